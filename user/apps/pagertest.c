/* user/apps/pagertest.c - what a program that the pager looks after may rely on, and what
 * a hostile one cannot do to others (TAP).
 *
 * Needs the pager: init loads by it what begins with `~` in app=.  Its forks are children
 * that try something and exit; those that try what is forbidden must be killed. */
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "user/lib/clock.h"
#include "user/lib/message.h"
#include "user/lib/pager.h"
#include "user/lib/server.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define PAGE         USER_PAGE_BYTES
#define BSS_PAGES    512
#define DATA_WORDS   2048 /* several pages */
#define ADDED_AT     ((uint64_t)0x30000000)
#define ADDED_PAGES  64
#define CHILD_FRAMES 64
#define CHILD_HEAP   ((size_t)24 << 10)
#define CHILD_STACK  (USER_STACK_TOP - USER_STACK_BYTES)
#define STACK_PAGES  200
#define KERNEL_AT    0xffffffff80200000
#define STALE        0x7ffffc00u
#define KILLS        40

static volatile uint8_t bss[BSS_PAGES][PAGE] __attribute__((aligned(4096)));
static volatile uint64_t data[DATA_WORDS] = {[0] = 1, [700] = 2, [DATA_WORDS - 1] = 3};
static const uint64_t constants[DATA_WORDS] = {[0] = 4, [DATA_WORDS - 1] = 5};

static size_t frames_used(void) {
    struct process_info info = {0};
    (void)!process_inspect(own_process, &info);
    return info.nr_frames;
}

/* ---- on demand ---- */

static void test_segments(void) {
    size_t before = frames_used();
    tap_check(before < BSS_PAGES / 8, "%zu frames to begin with", before);
    tap_check(bss[5][0] == 0 && bss[300][4095] == 0, "untouched memory is zero");
    bss[5][0] = 7;
    tap_check(bss[5][0] == 7 && bss[6][0] == 0, "and is written");
    size_t more = frames_used() - before;
    tap_check(more >= 3 && more <= 5, "a frame for each page touched, %zu", more);
    uint64_t sum = 0, constant_sum = 0;
    for (size_t i = 0; i < DATA_WORDS; i++) {
        sum += data[i] * (i + 1);
        constant_sum += *(const volatile uint64_t *)&constants[i] * (i + 1);
    }
    tap_check(sum == 1 + 2 * 701 + 3 * DATA_WORDS, "data is what the file has");
    tap_check(constant_sum == 4 + 5 * DATA_WORDS, "constants are");
}

/* The kernel does not wait for the pager. */
static void test_buffers(void) {
    struct process_info *info = (struct process_info *)(uintptr_t)bss[100];
    tap_status(process_inspect(own_process, info), ERR_FAULT,
               "a buffer that was never touched is none");
    bss[100][0] = 0;
    tap_status(process_inspect(own_process, info), OK, "one that was is");
}

static volatile uint64_t thread_saw;

static void other_thread(uint64_t argument) {
    bss[200][0] = 9;
    thread_saw = argument + bss[201][0];
    (void)!thread_exit();
}

static void test_threads(void) {
    status_t st = thread_start(other_thread, 42);
    for (int i = 0; st == OK && i < 1000 && thread_saw == 0; i++)
        clock_pause(1000000);
    tap_check(thread_saw == 42, "other threads have their faults mended too");
}

static void test_add(void) {
    volatile uint8_t *added = (volatile uint8_t *)ADDED_AT;
    tap_status(pager_add(own_pager, ADDED_AT, ADDED_PAGES * PAGE), OK, "more memory");
    added[PAGE] = 1;
    tap_check(added[PAGE] == 1 && added[63 * PAGE] == 0, "can be used");
    tap_status(pager_add(own_pager, ADDED_AT + 63 * PAGE, 2 * PAGE), ERR_OVERLAP,
               "not twice");
    tap_status(pager_add(own_pager, (uintptr_t)bss, PAGE), ERR_OVERLAP,
               "not over the program");
    tap_status(pager_add(own_pager, ADDED_AT + 1, PAGE), ERR_MISALIGNED, "whole pages");
    tap_status(pager_add(own_pager, ADDED_AT, 0), ERR_INVALID, "not none");
    tap_status(pager_add(own_pager, 0, PAGE), ERR_INVALID, "not at NULL");
    tap_status(pager_add(own_pager, KERNEL_AT, PAGE), ERR_INVALID, "not in the kernel");
    tap_status(pager_add(own_pager, 0x31000000, 0 - (uint64_t)0x31000000), ERR_INVALID,
               "not around the end");
    tap_status(pager_add(own_pager, USER_STACK_TOP - PAGER_STACK_BYTES - PAGE, PAGE),
               ERR_INVALID, "not in the stack's guard page");
    tap_status(pager_add(own_pager, 0x31000000, (size_t)1 << 32), ERR_INVALID,
               "not more than a memory can be");
}

/* ---- forks ---- */

static int (*job)(void); /* of the next child: what it returns is its exit code */

NORETURN static void child_begin(uint64_t handles) {
    own_process = (uint32_t)handles; /* each has 32 bits */
    own_system = (handle_t)(handles >> 32);
    exit(job());
}

static status_t child_thread(handle_t process, handle_t gate) {
    uint64_t own, system, thread;
    status_t st = process_give(process, process, RIGHTS_OF_PROCESS, &own);
    if (st == OK)
        st = process_give(process, own_system, RIGHTS_OF_SYSTEM, &system);
    if (st == OK)
        st = thread_create(process, (uintptr_t)child_begin, CHILD_STACK,
                           system << 32 | own, &thread);
    if (st != OK)
        return st;
    st = thread_set_handlers((handle_t)thread, gate, 0);
    if (st == OK)
        st = thread_resume((handle_t)thread);
    (void)!handle_close((handle_t)thread);
    return st;
}

static status_t child_fork(int (*what)(void), size_t max_frames, handle_t *process) {
    uint64_t made;
    handle_t gate;
    job = what;
    status_t st = process_create("fork", 4, max_frames, CHILD_HEAP, &made);
    *process = (handle_t)made;
    if (st != OK)
        return st;
    st = pager_fork(own_pager, *process, &gate);
    if (st == OK) {
        st = child_thread(*process, gate);
        (void)!handle_close(gate);
    }
    return st;
}

/* How it ends: its exit code, or -1 if it is killed, -2 if it cannot be made. */
static int64_t child_end(handle_t process) {
    uint64_t exit_code = 0;
    status_t st = ERR_AGAIN;
    for (int i = 0; i < 5000 && st == ERR_AGAIN; i++) {
        clock_pause(1000000);
        st = process_result(process, &exit_code);
    }
    (void)!handle_close(process);
    return st == OK ? (int64_t)exit_code : st == ERR_KILLED ? -1 : -2;
}

static int64_t child_run(int (*what)(void), size_t max_frames) {
    handle_t process;
    return child_fork(what, max_frames, &process) == OK ? child_end(process) : -2;
}

static int sees_and_writes(void) {
    if (bss[5][0] != 7 || data[700] != 2 || bss[400][0] != 0)
        return 1;
    bss[5][0] = 8;
    bss[400][0] = 1;
    data[700] = 22;
    return bss[5][0] == 8 && data[700] == 22 ? 33 : 2;
}

static int waits_and_sees(void) {
    clock_pause(50000000);
    return bss[5][0];
}

static status_t protect_here(const volatile void *page, uint64_t flags) {
    return space_protect(own_process, align_down((uintptr_t)page, PAGE), PAGE, flags);
}

/* What others see as well it could only write if it could make it writable. */
static int makes_writable(void) {
    bool is_mapped = bss[5][0] == 7 && *(const volatile uint64_t *)constants == 4;
    return is_mapped && protect_here(bss[5], MAP_READ | MAP_WRITE) == ERR_RIGHTS &&
                   protect_here(constants, MAP_READ | MAP_WRITE) == ERR_RIGHTS &&
                   protect_here((void *)child_begin, MAP_READ | MAP_WRITE) == ERR_RIGHTS
               ? 44
               : 1;
}

/* So many rows that they must be taken down to copy a page. */
static int writes_here_and_there(void) {
    for (size_t i = 0; i < 20; i++)
        if (bss[2 * i + 20][0] != i)
            return 1;
    for (size_t i = 0; i < 20; i += 2)
        bss[2 * i + 20][0] = 99;
    for (size_t i = 0; i < 20; i++)
        if (bss[2 * i + 20][0] != (i % 2 == 0 ? 99 : i))
            return 2;
    return 55;
}

static NOINLINE uint64_t use_stack(unsigned depth) {
    volatile uint64_t frame[PAGE / 8];
    unsigned i = depth % ARRAY_SIZE(frame); /* which one: so none can be left out */
    frame[i] = depth;
    uint64_t below = depth == 0 ? 0 : use_stack(depth - 1);
    return below + frame[i];
}

/* In a fork: what the parent uses still changes when its children have ended. */
static int grows_stack(void) {
    size_t before = frames_used();
    if (use_stack(STACK_PAGES) != STACK_PAGES * (STACK_PAGES + 1) / 2)
        return 1;
    return frames_used() - before >= STACK_PAGES ? 66 : 2;
}

static int returns(void) {
    return 0;
}

static void test_forks(void) {
    handle_t process;
    tap_check(child_run(sees_and_writes, CHILD_FRAMES) == 33,
              "a fork sees what was there, and writes");
    tap_check(bss[5][0] == 7 && data[700] == 2 && bss[400][0] == 0,
              "which nobody else sees");
    status_t st = child_fork(waits_and_sees, CHILD_FRAMES, &process);
    bss[5][0] = 70;
    tap_check(st == OK && child_end(process) == 7,
              "nor does it see what is written later");
    bss[5][0] = 7;
    tap_check(child_run(makes_writable, CHILD_FRAMES) == 44,
              "it cannot make writable what others see");
    for (size_t i = 0; i < 20; i++)
        bss[2 * i + 20][0] = (uint8_t)i;
    tap_check(child_run(writes_here_and_there, CHILD_FRAMES) == 55,
              "it writes here and there");
    tap_check(bss[20][0] == 0 && bss[58][0] == 19, "in its own memory");
    tap_check(child_run(grows_stack, CHILD_FRAMES + STACK_PAGES) == 66,
              "a stack grows by %d pages that were not there before", STACK_PAGES);
}

static void test_fork_limit(void) {
    handle_t processes[16], gates[16];
    uint64_t made;
    size_t nr_forks = 0;
    status_t st = OK;
    while (st == OK && nr_forks < ARRAY_SIZE(processes)) {
        if (process_create("fork", 4, CHILD_FRAMES, CHILD_HEAP / 3, &made) != OK)
            break;
        processes[nr_forks] = (handle_t)made;
        st = pager_fork(own_pager, (handle_t)made, &gates[nr_forks]);
        nr_forks++;
    }
    tap_check(st == ERR_FULL && nr_forks <= 8, "no forks without end, but %zu", nr_forks);
    for (size_t i = 0; i < nr_forks; i++) {
        (void)!handle_close(gates[i]);
        (void)!handle_close(processes[i]);
    }
    tap_check(child_run(returns, CHILD_FRAMES) == 0, "when they have gone, again");
}

/* ---- hostile ones ---- */

static int writes_text(void) {
    *(volatile uint32_t *)(uintptr_t)child_begin = 0;
    return 0;
}

static int writes_constants(void) {
    *(volatile uint64_t *)(uintptr_t)constants = 0;
    return 0;
}

static int reads_kernel(void) {
    return *(const volatile int *)KERNEL_AT;
}

static int runs_data(void) {
    ((void (*)(void))(uintptr_t)bss[7])();
    return 0;
}

static int overruns_stack(void) {
    volatile uintptr_t guard = USER_STACK_TOP - PAGER_STACK_BYTES - 1;
    return *(const volatile int *)(guard - 3);
}

static int maps_its_own(void) { /* read-only, where the pager has to give writable */
    uint64_t memory, done;
    if (memory_create(own_process, PAGE, 0, &memory) != OK ||
        process_map(own_process, (handle_t)memory, (uintptr_t)bss[450], 0, PAGE, MAP_READ,
                    &done) != OK)
        return 1;
    bss[450][0] = 1;
    return 0;
}

static int uses_too_much(void) {
    for (size_t i = 0; i < BSS_PAGES; i++)
        bss[i][1] = 1;
    return 0;
}

NORETURN static int faults_for_ever(void) {
    for (;;) {
        bss[9][0] = 1;
        (void)!space_unmap(own_process, (uintptr_t)bss[9], PAGE);
    }
}

static void test_killed(void) {
    static const struct {
        int (*job)(void);
        const char *what;
    } crimes[] = {
        {writes_text, "writing text"},
        {writes_constants, "writing constants"},
        {reads_kernel, "reading the kernel"},
        {runs_data, "running data"},
        {overruns_stack, "a stack without end"},
        {maps_its_own, "mapping something where the pager does"},
        {uses_too_much, "more than its quota"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(crimes); i++)
        tap_check(child_run(crimes[i].job, CHILD_FRAMES) == -1, "killed for %s",
                  crimes[i].what);
    int nr_killed = 0;
    for (int i = 0; i < KILLS; i++) {
        handle_t process;
        if (child_fork(faults_for_ever, CHILD_FRAMES, &process) != OK)
            break;
        clock_pause(500000 + (uint64_t)i * 37000);
        (void)!process_kill(process);
        nr_killed += child_end(process) == -1;
    }
    tap_check(nr_killed == KILLS, "%d killed in the middle of a fault", nr_killed);
}

/* ---- messages that are none ---- */

static status_t ask(uint32_t label, handle_t handle, uint32_t nr_takes) {
    struct message m = {.tag = tag_make(label, 0, handle != 0, nr_takes)};
    message_buffer()->handles[0] = handle;
    status_t st = message_call(own_pager, &m);
    for (uint32_t i = 0; st == OK && i < tag_handles(m.tag); i++)
        (void)!handle_close(message_buffer()->handles[i]);
    return st == OK ? (status_t)(int64_t)m.words[0] : st;
}

static handle_t copy_of(handle_t handle, uint64_t rights) {
    uint64_t copy;
    return handle_copy(handle, rights, &copy) == OK ? (handle_t)copy : 0;
}

static void test_messages(void) {
    uint64_t made;
    tap_status(ask(77, 0, 0), ERR_NO_SYSCALL, "an unknown label");
    tap_status(ask(77, copy_of(own_system, 0), 0), ERR_NO_SYSCALL, "with a handle");
    tap_status(ask(LABEL_FAULT, 0, 0), ERR_INVALID, "a fault that is none");
    tap_status(ask(PAGER_LOAD, copy_of(own_process, RIGHTS_OF_PROCESS), 1), ERR_RIGHTS,
               "a program is not its to load");
    tap_status(ask(PAGER_FORK, 0, 1), ERR_INVALID, "a fork into nothing");
    tap_status(ask(PAGER_FORK, copy_of(own_system, RIGHTS_OF_SYSTEM), 1), ERR_TYPE,
               "into what is no process");
    tap_status(ask(PAGER_FORK, copy_of(own_process, RIGHT_INFO), 1), ERR_RIGHTS,
               "into a process that it may not manage");
    status_t st = process_create("fork", 4, CHILD_FRAMES, CHILD_HEAP / 3, &made);
    if (st == OK)
        st = ask(PAGER_FORK, (handle_t)made, 0);
    tap_status(st, OK, "a fork whose gate is not taken");
    tap_check(child_run(returns, CHILD_FRAMES) == 0, "after all that it still works");
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(6 + 2 + 1 + 11 + 7 + 2 + 8 + 9);
    test_segments();
    test_buffers();
    test_threads();
    test_add();
    test_forks();
    test_fork_limit();
    test_killed();
    test_messages();
    return tap_end();
}
