/* tests/bench/notification_bench.c - what it costs to signal a notification that a thread
 * in another address space waits for, which runs at once: from the trap to the sret. */
#include "kernel/abi/rights.h"
#include "kernel/log.h"
#include "kernel/process.h"
#include "tests/kernel/selftest.h"
#include "tests/kernel/usermode.h"

static struct process *processes[2];
static struct thread *threads[2]; /* who signals, who waits */

static status_t begin(void) {
    struct quota limit = {100, 1 << 20};
    status_t st = OK;
    for (unsigned i = 0; i < 2 && st == OK; i++) {
        st = process_create(i == 0 ? "signals" : "waits", NULL, limit, &processes[i]);
        if (st == OK)
            st = usermode_thread(processes[i], i == 0 ? 9 : 20, &threads[i]);
    }
    return st;
}

static void end(void) {
    usermode_leave();
    for (unsigned i = 0; i < 2; i++)
        process_discard(processes[i]);
}

/* The call of the thread that runs; who runs then. */
static struct thread *call(struct thread *thread, int64_t number, uint64_t arg0,
                           uint64_t arg1) {
    thread->x[REGISTER_A7] = (uint64_t)number;
    thread->x[REGISTER_A0] = arg0;
    thread->x[REGISTER_A1] = arg1;
    return usermode_trap(thread);
}

static void measure(void) {
    CHECK(usermode_run() == threads[1], "the more urgent runs");
    (void)call(threads[1], SYS_notification_create, 0, 0);
    handle_t waits = (handle_t)threads[1]->x[REGISTER_A1], signals;
    CHECK_EQUAL(handle_insert(&processes[0]->handles,
                              handle_object(&processes[1]->handles, waits), RIGHT_SIGNAL,
                              0, &signals),
                OK, "the other has a handle too");
    uint64_t least = UINT64_MAX;
    for (uint64_t bits = 1; bits < 8; bits++) {
        CHECK(call(threads[1], SYS_notification_wait, waits, 0) == threads[0],
              "while one waits the other runs");
        CHECK(call(threads[0], SYS_notification_signal, signals, bits) == threads[1],
              "who is signalled runs at once");
        CHECK(threads[1]->x[REGISTER_A0] == OK && threads[1]->x[REGISTER_A1] == bits,
              "and gets the bits");
        if (usermode_cost < least)
            least = usermode_cost;
    }
    console_printf("bench: notification signal %lu.00\n", least);
}

BENCHMARK("notification", bench_notification) {
    CHECK_EQUAL(begin(), OK, "there are two processes");
    measure();
    end();
}
