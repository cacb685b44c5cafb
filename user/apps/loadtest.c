/* user/apps/loadtest.c - the loader of user/lib on programs made here, byte by byte: they
 * are in memory as their files say, and whatever is refused leaves nothing behind.
 *
 * Not here: which files and layouts are refused (test_elf.c, test_layout.c). */
#include "kernel/abi/addresses.h"
#include "kernel/abi/info.h"
#include "lib/string.h"
#include "user/lib/clock.h"
#include "user/lib/loader.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

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
    uint32_t text[8];
    uint8_t data[32];
};

enum { X = 1, W = 2, R = 4 };

/* What is enough for such a program. */
#define FRAMES_MAX     64
#define HEAP_BYTES_MAX ((size_t)32 << 10)

#define SETTLE_NS       3000000
#define SETTLE_TRIES    200
#define STEPS_LEAST     5
#define HEAP_STEP_BYTES ((size_t)64)

/* Text of 32 bytes at 0x10010, data of 32 bytes and a tail of zeroes at 0x11000. */
static const struct file good = {
    .ident = "\177ELF\2\1\1",
    .type = 2,
    .machine = 243,
    .version = 1,
    .entry = 0x10010,
    .phoff = offsetof(struct file, segments),
    .ehsize = 64,
    .phentsize = sizeof(struct program_header),
    .phnum = 2,
    .segments = {{1, R | X, offsetof(struct file, text), 0x10010, 0, 32, 32, 1},
                 {1, R | W, offsetof(struct file, data), 0x11000, 0, 32, 0x1800, 1}},
    .data = {[0] = 33, [31] = 64},
};

static const uint32_t loops[] = {0x0000006f}; /* j . */
static const uint32_t exits_with_argc[] = {
    0x01053503, /* ld a0, 16(a0): argc of the start block */
    0xfff00893, /* li a7, -1: process_exit */
    0x00000073, /* ecall      */
};

static const char *const arguments[] = {"tiny", "one", "two words"};

static struct program program_of(const struct file *file) {
    return (struct program){.name = "tiny",
                            .file = file,
                            .file_bytes = sizeof(*file),
                            .nr_arguments = ARRAY_SIZE(arguments),
                            .arguments = arguments,
                            .max_frames = FRAMES_MAX,
                            .max_heap_bytes = HEAP_BYTES_MAX};
}

static status_t start(const struct file *file, handle_t *process) {
    struct program program = program_of(file);
    const char *why;
    return program_start(&program, process, &why);
}

/* The byte at an address of the process; -1 if there is none. */
static int byte_at(handle_t process, uint64_t va) {
    uint8_t byte;
    uint64_t nr_read;
    return process_read(process, va, &byte, 1, &nr_read) == OK ? byte : -1;
}

static void test_memory(void) {
    struct file file = good;
    handle_t process;
    memcpy(file.text, loops, sizeof(loops));
    tap_status(start(&file, &process), OK, "a good program is started");
    tap_check(byte_at(process, 0x10010) == 0x6f, "its text is where it belongs");
    tap_check(byte_at(process, 0x1000f) == 0, "with zeroes before it");
    tap_check(byte_at(process, 0x11000) == 33, "its data is where it belongs");
    tap_check(byte_at(process, 0x1101f) == 64, "all of it");
    tap_check(byte_at(process, 0x11020) == 0, "with zeroes after it");
    tap_check(byte_at(process, 0x127ff) == 0, "to the end");
    tap_check(byte_at(process, 0x13000) == -1, "and no further");
    tap_check(byte_at(process, 0) == -1, "nothing is at NULL");
    tap_check(byte_at(process, USER_STACK_TOP - 1) != -1, "there is a stack");
    tap_check(byte_at(process, USER_STACK_TOP - USER_STACK_BYTES - 1) == -1,
              "with a guard page");
    tap_status(process_kill(process), OK, "it is killed");
    tap_status(handle_close(process), OK, "and forgotten");
}

static void test_registers(void) {
    struct file file = good;
    handle_t process;
    uint64_t exit_code = 0;
    memcpy(file.text, exits_with_argc, sizeof(exits_with_argc));
    status_t st = start(&file, &process);
    while (st == OK && process_result(process, &exit_code) == ERR_AGAIN)
        (void)!thread_yield();
    tap_check(st == OK && exit_code == ARRAY_SIZE(arguments), "it gets its arguments");
    (void)!handle_close(process);
}

static void test_refused(void) {
    struct file file = good;
    handle_t process;
    file.segments[0].flags = R | W | X;
    tap_status(start(&file, &process), ERR_INVALID,
               "not writable and executable at once");
    file = good;
    file.segments[1].memsz = PROGRAM_SEGMENT_MAX + 1;
    tap_status(start(&file, &process), ERR_INVALID, "not larger than programs may be");
    file.segments[1].memsz = PROGRAM_SEGMENT_MAX;
    tap_status(start(&file, &process), ERR_QUOTA, "not larger than its creator may be");
    file = good;
    file.machine = 62;
    tap_status(start(&file, &process), ERR_FORMAT, "not for another machine");

    static char text[LAYOUT_STACK_MAX];
    const char *const words[] = {"tiny", text};
    struct program program = program_of(&good);
    const char *why = NULL;
    memset(text, 'x', sizeof(text) - 1);
    program.nr_arguments = ARRAY_SIZE(words);
    program.arguments = words;
    tap_status(program_start(&program, &process, &why), ERR_TOO_SMALL,
               "not with arguments without end");
    tap_check(why != NULL, "and why is told");
}

/* ---- with 0, 1, 2, ... of what it needs: refused until it succeeds ---- */

struct holdings {
    uint64_t free_frames, heap_bytes, nr_handles;
};

/* While a hart has nothing else to do, the kernel gives back what has ended. */
static void settle(void) {
    clock_pause(SETTLE_NS);
}

static struct holdings holdings_now(void) {
    struct frame_stats frames = {0};
    struct heap_stats heap = {0};
    struct process_info self = {0};
    settle();
    if (frame_stats(own_system, &frames) != OK || heap_stats(own_system, &heap) != OK ||
        process_inspect(own_process, &self) != OK)
        return (struct holdings){0};
    return (struct holdings){frames.free_frames, heap.requested_bytes, self.nr_handles};
}

static bool are_equal(const struct holdings *a, const struct holdings *b) {
    return a->nr_handles != 0 && memcmp(a, b, sizeof(*a)) == 0;
}

/* Once nothing more comes back. */
static struct holdings holdings_count(void) {
    struct holdings last, now = holdings_now();
    do {
        last = now;
        now = holdings_now();
    } while (!are_equal(&now, &last));
    return now;
}

static bool holdings_are(const struct holdings *before) {
    for (int try = 0; try < SETTLE_TRIES; try++) {
        struct holdings now = holdings_now();
        if (are_equal(&now, before))
            return true;
    }
    return false;
}

/* Start it with such quotas, and end it. */
static status_t start_with(size_t max_frames, size_t max_heap_bytes) {
    struct file file = good;
    struct program program = program_of(&file);
    handle_t process;
    const char *why = NULL;
    memcpy(file.text, loops, sizeof(loops));
    program.max_frames = max_frames;
    program.max_heap_bytes = max_heap_bytes;
    status_t st = program_start(&program, &process, &why);
    if (st == OK && (process_kill(process) != OK || handle_close(process) != OK))
        return ERR_BUSY;
    settle();
    return st;
}

static void test_no_frames(void) {
    struct holdings before = holdings_count();
    size_t nr_frames = 0;
    while (nr_frames < FRAMES_MAX && start_with(nr_frames, HEAP_BYTES_MAX) == ERR_QUOTA)
        nr_frames++;
    tap_check(nr_frames > STEPS_LEAST && nr_frames < FRAMES_MAX,
              "with %lu frames it is started, with fewer refused", nr_frames);
    tap_check(holdings_are(&before), "which leaves nothing behind");
}

static void test_no_heap(void) {
    struct holdings before = holdings_count();
    size_t nr_bytes = 0;
    while (nr_bytes < HEAP_BYTES_MAX && start_with(FRAMES_MAX, nr_bytes) == ERR_QUOTA)
        nr_bytes += HEAP_STEP_BYTES;
    tap_check(nr_bytes > STEPS_LEAST * HEAP_STEP_BYTES && nr_bytes < HEAP_BYTES_MAX,
              "with %lu bytes of the kernel heap it is started, with fewer refused",
              nr_bytes);
    tap_check(holdings_are(&before), "which leaves nothing behind");
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(24);
    test_memory();
    test_registers();
    test_refused();
    test_no_frames();
    test_no_heap();
    return tap_end();
}
