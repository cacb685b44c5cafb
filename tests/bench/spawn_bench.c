/* tests/bench/spawn_bench.c - what the kernel does for the life of a program of one page:
 * made, filled, started, ended, given back, forgotten; for tools/bench.
 *
 * All entries into the kernel are counted, those of the creator and that of the end,
 * after which the kernel gives everything back before the creator runs again.  The line
 * on the console that tells of the end is not counted: the firmware prints it. */
#include "kernel/abi/rights.h"
#include "kernel/log.h"
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/object.h"
#include "lib/string.h"
#include "tests/bench/instret.h"
#include "tests/kernel/message_world.h"

#define AT       ((uint64_t)0x10000)
#define ATTEMPTS 4

void usermode_landing(void);

static uint64_t total;

/* The creator's call with up to six arguments; its status. */
static status_t creates(int64_t number, uint64_t a0, uint64_t a1, uint64_t a2,
                        uint64_t a3, uint64_t a4, uint64_t a5) {
    const uint64_t more[] = {a3, a4, a5};
    for (unsigned i = 0; i < 3; i++)
        running->x[A2 + 1 + i] = more[i];
    status_t st = native(number, a0, a1, a2);
    total += usermode_cost;
    return st;
}

static uint64_t value(void) {
    return running->x[A1];
}

/* The very line: each digit of the number counts. */
static uint64_t line_cost(uint64_t child) {
    const struct process *process =
        handle_object(&processes[SERVER]->handles, child)->body;
    uint64_t before = instructions_retired();
    console_printf("[kernel] %s (pid %lu) exited with code %ld\n", "one", process->id,
                   0l);
    return instructions_retired() - before;
}

static void spawn(uint64_t notification) {
    CHECK_EQUAL(creates(SYS_process_create, AT, 3, 16, 8192, 0, 0), OK, "a process");
    uint64_t child = value();
    CHECK_EQUAL(creates(SYS_memory_create, child, PAGE_SIZE, 0, 0, 0, 0), OK, "a page");
    uint64_t memory = value();
    CHECK_EQUAL(
        creates(SYS_process_map, child, memory, AT, 0, PAGE_SIZE, MAP_READ | MAP_WRITE),
        OK, "is mapped");
    CHECK_EQUAL(creates(SYS_process_write, child, AT, AT, PAGE_SIZE, 0, 0), OK, "filled");
    CHECK_EQUAL(
        creates(SYS_process_protect, child, AT, PAGE_SIZE, MAP_READ | MAP_EXECUTE, 0, 0),
        OK, "and to be executed");
    CHECK_EQUAL(creates(SYS_handle_close, memory, 0, 0, 0, 0, 0), OK, "and forgotten");
    CHECK_EQUAL(
        creates(SYS_thread_create, child, (uintptr_t)usermode_landing, AT, 0, 0, 0), OK,
        "a thread");
    uint64_t thread = value();
    CHECK_EQUAL(creates(SYS_process_watch, child, notification, 1, 0, 0, 0), OK,
                "to hear of its end");
    CHECK_EQUAL(creates(SYS_thread_resume, thread, 0, 0, 0, 0, 0), OK, "it may run");
    CHECK_EQUAL(creates(SYS_handle_close, thread, 0, 0, 0, 0, 0), OK, "without a handle");
    running->x[A0] = notification;
    trap(SYS_notification_wait);
    total += usermode_cost;
    CHECK(running != threads[SERVER], "it runs");
    running->x[A0] = 0;
    trap(SYS_process_exit);
    total += usermode_cost;
    CHECK(running == threads[SERVER], "its creator hears of its end");
    total -= line_cost(child);
    CHECK_EQUAL(creates(SYS_process_result, child, 0, 0, 0, 0, 0), OK, "the exit code");
    CHECK_EQUAL(creates(SYS_handle_close, child, 0, 0, 0, 0, 0), OK, "is forgotten");
}

BENCHMARK("spawn", bench_spawn) {
    struct memory *memory;
    BEGIN(0);
    world_end_process(IDLE); /* with nobody else, who waits runs when all is given back */
    world_end_process(CLIENT);
    world_end_process(OTHER);
    CHECK_EQUAL(mapping_add_new(processes[SERVER], AT, 1, MAP_READ, &memory), OK,
                "a page to read from");
    memcpy(memory_contents(memory, 0), "one", 3);
    CHECK_EQUAL(native(SYS_notification_create, 0, 0, 0), OK, "a notification");
    uint64_t notification = value(), least = UINT64_MAX;
    for (int i = 0; i < ATTEMPTS; i++) {
        total = 0;
        spawn(notification);
        if (total < least)
            least = total;
    }
    console_printf("bench: spawn page %lu.00\n", least);
    world_end();
}
