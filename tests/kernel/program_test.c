/* tests/kernel/program_test.c - processes made of ELF files: good, malformed, and without
 * the memory for it.  None of them is ever run here. */
#include "kernel/process.h"
#include "kernel/program.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/sv39.h"
#include "tests/kernel/selftest.h"

struct program_header { /* Elf64_Phdr */
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct file { /* Elf64_Ehdr, two program headers, and contents */
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
    struct program_header segments[2];
    uint8_t contents[64];
};

enum { X = 1, W = 2, R = 4 };

/* Text of 32 bytes at 0x10010, data of 32 bytes and a tail of zeroes at 0x11000. */
static struct file good_file(void) {
    struct file file = {
        .ident = "\177ELF\2\1\1",
        .type = 2,
        .machine = 243,
        .version = 1,
        .entry = 0x10010,
        .phoff = offsetof(struct file, segments),
        .ehsize = 64,
        .phentsize = sizeof(struct program_header),
        .phnum = 2,
        .segments =
            {
                {1, R | X, offsetof(struct file, contents), 0x10010, 0, 32, 32, 1},
                {1, R | W, offsetof(struct file, contents) + 32, 0x11000, 0, 32, 0x1800,
                 1},
            },
    };
    for (size_t i = 0; i < sizeof(file.contents); i++)
        file.contents[i] = (uint8_t)(i + 1);
    return file;
}

static const char *const arguments[] = {"tiny", "one", "two words"};

static status_t start(const void *file, size_t file_bytes, struct process **out,
                      const char **why) {
    struct program program = {"tiny", file, file_bytes, ARRAY_SIZE(arguments), arguments};
    return program_start(&program, out, why);
}

/* The byte at a user address of the process; -1 if it is not mapped with all of
 * `flags`. */
static int byte_at(const struct process *process, uint64_t va, uint32_t flags) {
    struct sv39_mapping mapping;
    if (sv39_translate(process->root, va, &mapping) != OK ||
        (mapping.flags & (SV39_R | SV39_W | SV39_X | SV39_U)) != (flags | SV39_U))
        return -1;
    return *(const uint8_t *)phys_to_virt(mapping.frame);
}

SELFTEST("program_good", program_good) {
    struct file file = good_file();
    struct process *p;
    const char *why = NULL;
    CHECK_EQUAL(start(&file, sizeof(file), &p, &why), OK, "it is loaded");
    CHECK_EQUAL(byte_at(p, 0x10010, SV39_R | SV39_X), 1, "text is where it belongs");
    CHECK_EQUAL(byte_at(p, 0x1000f, SV39_R | SV39_X), 0, "zeroes before it");
    CHECK_EQUAL(byte_at(p, 0x11000, SV39_R | SV39_W), 33, "data is where it belongs");
    CHECK_EQUAL(byte_at(p, 0x1101f, SV39_R | SV39_W), 64, "all of it");
    CHECK_EQUAL(byte_at(p, 0x11020, SV39_R | SV39_W), 0, "zeroes after it");
    CHECK_EQUAL(byte_at(p, 0x127ff, SV39_R | SV39_W), 0, "to the end");
    CHECK_EQUAL(byte_at(p, 0x13000, SV39_R | SV39_W), -1, "and no further");
    CHECK_EQUAL(byte_at(p, 0, SV39_R), -1, "nothing at NULL");
    CHECK(byte_at(p, USER_STACK_TOP - 1, SV39_R | SV39_W) >= 0, "there is a stack");
    CHECK_EQUAL(byte_at(p, USER_STACK_TOP - USER_STACK_BYTES - 1, SV39_R | SV39_W), -1,
                "with a guard page");
    /* text, data, its tail; a buffer; the root, and two tables for each of the three */
    CHECK_EQUAL(p->used.nr_frames, 3 + USER_STACK_BYTES / PAGE_SIZE + 1 + 1 + 5,
                "frames are counted");
    process_discard(p);
}

SELFTEST("program_arguments", program_arguments) {
    struct file file = good_file();
    struct process *p;
    const char *why;
    CHECK_EQUAL(start(&file, sizeof(file), &p, &why), OK, "it is loaded");
    const struct thread *thread =
        LIST_ENTRY(p->threads.next, struct thread, process_link);
    uint64_t argv = thread->x[REGISTER_A0 + 2];
    CHECK_EQUAL(thread->x[REGISTER_PC], 0x10010, "it begins at its entry");
    CHECK_EQUAL(thread->x[REGISTER_A0 + 1], ARRAY_SIZE(arguments), "a1 is argc");
    CHECK_EQUAL(argv, thread->x[REGISTER_SP], "a2 is argv, at the top of the stack");
    CHECK_EQUAL(argv % 16, 0, "sp is aligned");
    struct sv39_mapping mapping;
    CHECK_EQUAL(sv39_translate(p->root, argv, &mapping), OK, "argv is mapped");
    const uint64_t *pointers = phys_to_virt(mapping.frame);
    for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
        CHECK_EQUAL(sv39_translate(p->root, pointers[i], &mapping), OK,
                    "so is each string");
        CHECK(strcmp(phys_to_virt(mapping.frame), arguments[i]) == 0,
              "and it is the one");
    }
    CHECK_EQUAL(pointers[ARRAY_SIZE(arguments)], 0, "NULL ends them");
    process_discard(p);
}

SELFTEST("program_long_arguments", program_long_arguments) {
    static char text[3000];
    const char *words[] = {"tiny", text};
    struct file file = good_file();
    struct program program = {"tiny", &file, sizeof(file), 2, words};
    struct process *p;
    const char *why = NULL;
    memset(text, 'x', sizeof(text) - 1);
    CHECK_EQUAL(program_start(&program, &p, &why), ERR_TOO_SMALL, "they do not fit");
    CHECK(why != NULL, "and it is told");
}

/* Break one thing of a good file; it must be refused, with a reason. */
#define REFUSED(change, status, what)                                                    \
    do {                                                                                 \
        struct file file = good_file();                                                  \
        struct process *p;                                                               \
        const char *why = NULL;                                                          \
        change;                                                                          \
        CHECK_EQUAL(start(&file, sizeof(file), &p, &why), status, what);                 \
        CHECK(why != NULL, "a reason is given");                                         \
    } while (0)

SELFTEST("program_malformed", program_malformed) {
    struct file whole = good_file();
    struct process *process;
    const char *reason;
    for (size_t nr_bytes = 0; nr_bytes < sizeof(whole); nr_bytes++)
        CHECK_EQUAL(start(&whole, nr_bytes, &process, &reason), ERR_FORMAT, "cut short");
    REFUSED(file.ident[0] = 0, ERR_FORMAT, "no magic");
    REFUSED(file.ident[4] = 1, ERR_FORMAT, "32-bit");
    REFUSED(file.ident[5] = 2, ERR_FORMAT, "big-endian");
    REFUSED(file.type = 3, ERR_FORMAT, "not at a fixed address");
    REFUSED(file.machine = 62, ERR_FORMAT, "another machine");
    REFUSED(file.phnum = 0, ERR_FORMAT, "no program headers");
    REFUSED(file.phnum = 0xffff, ERR_FORMAT, "too many program headers");
    REFUSED(file.phoff = UINT64_MAX - 8, ERR_FORMAT, "program headers that wrap");
    REFUSED(file.phentsize = 8, ERR_FORMAT, "program headers of another size");
    REFUSED(file.entry = 0x11000, ERR_FORMAT, "an entry that is not executable");
    REFUSED(file.entry = 0x10011, ERR_FORMAT, "an odd entry");
    REFUSED(file.segments[0].type = 3, ERR_FORMAT, "an interpreter");
    REFUSED(file.segments[0].filesz = 33, ERR_FORMAT, "more in the file than in memory");
    REFUSED(file.segments[1].offset = UINT64_MAX, ERR_FORMAT, "contents that wrap");
    REFUSED(file.segments[1].vaddr = UINT64_MAX - 64, ERR_FORMAT,
            "an address that wraps");
    REFUSED(file.segments[1].vaddr = 0x10000, ERR_FORMAT, "segments that overlap");
}

SELFTEST("program_layout", program_layout) {
    REFUSED(file.segments[0].flags = R | W | X, ERR_INVALID, "writable and executable");
    REFUSED(file.segments[1].flags = W, ERR_INVALID, "not readable");
    REFUSED(file.segments[1].vaddr = 0x10800, ERR_INVALID, "two segments in one page");
    REFUSED(file.segments[1].vaddr = 0, ERR_INVALID, "page 0");
    REFUSED(file.segments[1].vaddr = USER_STACK_TOP - 0x1000, ERR_INVALID,
            "in the stack");
    REFUSED(file.segments[1].vaddr = USER_IMAGE_END - 0x17ff, ERR_INVALID,
            "in the guard page");
    REFUSED(file.segments[1].vaddr = 0xffffffff80200000, ERR_INVALID, "in the kernel");
    REFUSED(file.segments[1].memsz = 1ull << 37, ERR_INVALID, "larger than memory");
    REFUSED(file.segments[1].memsz = (PROCESS_FRAMES_MAX - 8) * PAGE_SIZE, ERR_QUOTA,
            "with its stack more than the quota");
}

/* ---- without memory ---- */

/* Frames that a test holds so that others cannot have them: each holds the next one's
 * address.  0 ends the chain. */
static uint64_t hoard;

static bool hoard_one(void) {
    paddr_t frame;
    if (frame_alloc(&frame) != OK)
        return false;
    *(uint64_t *)phys_to_virt(frame) = hoard;
    hoard = frame.raw;
    return true;
}

static void hoard_release_one(void) {
    paddr_t frame = paddr(hoard);
    hoard = *(const uint64_t *)phys_to_virt(frame);
    frame_dealloc(frame);
}

/* With 0, 1, 2, ... frames to be had: refused and nothing lost, until it succeeds. */
SELFTEST("program_no_frames", program_no_frames) {
    struct file file = good_file();
    struct process *p = NULL;
    const char *why;
    struct frame_stats before, after;
    while (hoard_one())
        ;
    status_t st = ERR_NO_MEMORY;
    unsigned nr_refused = 0;
    while (st == ERR_NO_MEMORY && nr_refused < 100) {
        frame_get_stats(&before);
        st = start(&file, sizeof(file), &p, &why);
        frame_get_stats(&after);
        if (st == ERR_NO_MEMORY && after.free_frames != before.free_frames)
            break;
        nr_refused++;
        hoard_release_one();
    }
    if (st == OK)
        process_discard(p);
    while (hoard != 0)
        hoard_release_one();
    CHECK_EQUAL(after.free_frames <= before.free_frames, true, "no frame appears");
    CHECK_EQUAL(st, OK, "with enough frames it is loaded, before that none is lost");
    CHECK(nr_refused > USER_STACK_BYTES / PAGE_SIZE, "it needs a frame a page at least");
}

/* The same for the heap, which is filled with blocks and emptied one by one. */
SELFTEST("program_no_heap", program_no_heap) {
    enum { BLOCK_BYTES = 128 };
    struct file file = good_file();
    struct process *p = NULL;
    const char *why;
    void **chain = NULL;
    while (hoard_one())
        ;
    for (void **block = kmalloc(BLOCK_BYTES); block != NULL;
         block = kmalloc(BLOCK_BYTES)) {
        *block = chain;
        chain = block;
    }
    for (int i = 0; i < 64 && hoard != 0; i++)
        hoard_release_one();
    unsigned nr_refused = 0;
    while (start(&file, sizeof(file), &p, &why) == ERR_NO_MEMORY && chain != NULL) {
        void **block = chain;
        chain = *block;
        kfree(block);
        nr_refused++;
    }
    if (p != NULL)
        process_discard(p);
    while (chain != NULL) {
        void **block = chain;
        chain = *block;
        kfree(block);
    }
    while (hoard != 0)
        hoard_release_one();
    CHECK(nr_refused > 0, "without heap it is refused");
    CHECK(p != NULL, "with enough of it it is loaded");
}

SELFTEST("program_no_objects", program_no_objects) {
    static struct object *objects[OBJECTS_MAX];
    struct file file = good_file();
    struct process *p;
    const char *why;
    uint32_t nr_made = 0;
    while (nr_made < OBJECTS_MAX &&
           object_create(OBJECT_SYSTEM, &file, &objects[nr_made]) == OK)
        nr_made++;
    status_t st = start(&file, sizeof(file), &p, &why);
    while (nr_made > 0)
        object_drop(objects[--nr_made]);
    CHECK_EQUAL(st, ERR_FULL, "without a slot for the object it is refused");
}
