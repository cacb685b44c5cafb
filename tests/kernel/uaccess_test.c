/* tests/kernel/uaccess_test.c - copies from and to user memory, good and hostile. */
#include "kernel/kspace.h"
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "kernel/uaccess.h"
#include "lib/string.h"
#include "mm/sv39.h"
#include "tests/kernel/selftest.h"

#define FIRST     0x20000 /* two pages to read and write, ... */
#define READ_ONLY 0x22000 /* ... one to read, ... */
#define HOLE      0x23000 /* ... then nothing */

static uaddr_t at(uint64_t address) {
    return (uaddr_t){address};
}

/* A process with those pages, filled with `fill`; NULL if it cannot be had. */
static struct process *process_with_pages(int fill) {
    static const uint32_t flags[] = {MAP_READ | MAP_WRITE, MAP_READ | MAP_WRITE,
                                     MAP_READ};
    struct process *process;
    struct memory *memory;
    if (process_create("uaccess", NULL, (struct quota){64, 4096}, &process) != OK)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (mapping_add_new(process, FIRST + i * PAGE_SIZE, 1, flags[i], &memory) != OK) {
            process_discard(process);
            return NULL;
        }
        memset(memory_contents(memory, 0), fill, PAGE_SIZE);
    }
    return process;
}

SELFTEST("uaccess_good", uaccess_good) {
    static const char text[] = "across the border of two pages";
    char back[sizeof(text)] = {0};
    struct process *p = process_with_pages(0);
    CHECK(p != NULL, "a process can be had");
    uaddr_t border = at(FIRST + PAGE_SIZE - 10);
    CHECK_EQUAL(copy_to_user(p, border, text, sizeof(text)), OK, "text goes there");
    CHECK_EQUAL(copy_from_user(p, back, border, sizeof(back)), OK, "and comes back");
    CHECK(strcmp(text, back) == 0, "as it was");
    CHECK_EQUAL(copy_from_user(p, back, at(READ_ONLY), 8), OK,
                "what is read-only is read");
    CHECK_EQUAL(copy_to_user(p, at(HOLE), text, 0), OK, "0 bytes go anywhere");
    CHECK_EQUAL(copy_to_user(p, at(USER_END), text, 0), OK, "even to the very end");
    process_discard(p);
}

static void check_refused(const struct process *p, uint64_t address, size_t nr_bytes) {
    static char bytes[2 * PAGE_SIZE];
    CHECK_EQUAL(copy_to_user(p, at(address), bytes, nr_bytes), ERR_FAULT, "no writing");
}

SELFTEST("uaccess_hostile", uaccess_hostile) {
    static const struct {
        uint64_t address;
        size_t nr_bytes;
    } cases[] = {
        {0, 1},                        /* NULL                       */
        {HOLE, 1},                     /* not mapped                 */
        {FIRST - 1, 2},                /* begins before the page     */
        {READ_ONLY, 1},                /* read-only                  */
        {READ_ONLY - 1, 2},            /* ends in a read-only page   */
        {USER_END - 1, 2},             /* leaves the lower half      */
        {USER_END, 1},                 /* outside of it              */
        {0x0000008000000000, 8},       /* not canonical              */
        {0xffffffc000000000, 8},       /* the direct map             */
        {0xffffffff80200000, 8},       /* the kernel's text          */
        {UINT64_MAX, 1},               /* the last byte              */
        {UINT64_MAX - 3, 8},           /* wraps                      */
        {FIRST, SIZE_MAX},             /* wraps                      */
        {FIRST, SIZE_MAX - FIRST + 1}, /* wraps to 0 exactly         */
        {FIRST, (size_t)1 << 38},      /* as long as the lower half  */
    };
    struct process *p = process_with_pages(0);
    CHECK(p != NULL, "a process can be had");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_refused(p, cases[i].address, cases[i].nr_bytes);
    char bytes[8];
    CHECK_EQUAL(copy_from_user(p, bytes, at(HOLE - 4), 8), ERR_FAULT,
                "reading into a hole");
    CHECK_EQUAL(copy_from_user(p, bytes, at(0xffffffff80200000), 8), ERR_FAULT,
                "reading the kernel");
    process_discard(p);
}

/* A copy that is refused has copied nothing, not even the pages that were good. */
SELFTEST("uaccess_all_or_nothing", uaccess_all_or_nothing) {
    static char bytes[2 * PAGE_SIZE];
    memset(bytes, 0x11, sizeof(bytes));
    struct process *p = process_with_pages(0x22);
    CHECK(p != NULL, "a process can be had");
    CHECK_EQUAL(copy_to_user(p, at(FIRST + PAGE_SIZE), bytes, sizeof(bytes)), ERR_FAULT,
                "the second page is read-only");
    char first = 0;
    CHECK_EQUAL(copy_from_user(p, &first, at(FIRST + PAGE_SIZE), 1), OK,
                "look at the first");
    CHECK_EQUAL(first, 0x22, "it is as before");
    CHECK_EQUAL(copy_from_user(p, bytes, at(READ_ONLY), sizeof(bytes)), ERR_FAULT,
                "the second page is not there");
    CHECK_EQUAL(bytes[0], 0x11, "nothing was read");
    process_discard(p);
}

/* The kernel's half is in every table, but is not the user's. */
SELFTEST("uaccess_kernel_pages", uaccess_kernel_pages) {
    struct process *p = process_with_pages(0);
    CHECK(p != NULL, "a process can be had");
    struct sv39_mapping mapping;
    uint64_t here = (uintptr_t)&uaccess_kernel_pages;
    CHECK_EQUAL(sv39_translate(p->root, here, &mapping), OK,
                "the kernel is mapped there");
    CHECK((mapping.flags & SV39_U) == 0, "not for users");
    CHECK_EQUAL(copy_to_user(p, at(here), "", 1), ERR_FAULT, "and refused to them");
    process_discard(p);
}

/* Registers of a device can be mapped, but the direct map does not show them. */
SELFTEST("uaccess_device", uaccess_device) {
    struct process *p = process_with_pages(0);
    struct memory *memory;
    CHECK(p != NULL, "a process can be had");
    CHECK_EQUAL(memory_create_physical(p, paddr(0x10000000), 1, &memory), OK, "a device");
    struct mapping wanted = {.process = p,
                             .memory = memory,
                             .va = HOLE,
                             .nr_pages = 1,
                             .flags = MAP_READ | MAP_WRITE,
                             .allowed = MAP_READ | MAP_WRITE};
    size_t done;
    CHECK_EQUAL(mapping_add(&wanted, &done), OK, "is mapped");
    char bytes[8];
    CHECK_EQUAL(copy_from_user(p, bytes, at(HOLE), 8), ERR_FAULT, "the kernel reads not");
    CHECK_EQUAL(copy_to_user(p, at(HOLE), bytes, 8), ERR_FAULT, "nor does it write");
    object_drop(memory->object);
    process_discard(p);
}
