/* tests/kernel/message_fault_test.c - faults and foreign calls as messages. */
#include "kernel/message.h"
#include "kernel/abi/rights.h"
#include "kernel/handle.h"
#include "kernel/reap.h"
#include "kernel/smp.h"
#include "kernel/timer.h"
#include "tests/kernel/message_world.h"

static struct thread *fault(void) {
    running = usermode_fault(running, FAULT_LOAD, 0x1234);
    return running;
}

static status_t set_handlers(int i) {
    status_t st = handle_insert(&processes[i]->handles, threads[i]->object,
                                RIGHTS_OF_THREAD, 0, &own_handle[i]);
    if (st == OK)
        st = native(SYS_thread_set_handlers, own_handle[i], gates[i], gates[i]);
    return st;
}

static void handlers(void) {
    BEGIN(0);
    CHECK_EQUAL(handle_insert(&processes[CLIENT]->handles, threads[CLIENT]->object,
                              RIGHTS_OF_THREAD, 0, &own_handle[CLIENT]),
                OK, "a handle to the thread");
    receive(0);
    CHECK_EQUAL(
        native(SYS_thread_set_handlers, own_handle[CLIENT], own_handle[CLIENT], 0),
        ERR_TYPE, "a handler is a gate");
    CHECK_EQUAL(
        native(SYS_thread_set_handlers, own_handle[CLIENT], gates[CLIENT], gates[CLIENT]),
        OK, "handlers");
    for (unsigned n = 1; n < 32; n++)
        running->x[n] = n + 500;
    fault();
    CHECK(running == threads[SERVER], "a fault is a message");
    CHECK_EQUAL(running->x[A1], tag_make(LABEL_FAULT, 0, 0, 0), "with a label");
    CHECK_EQUAL(running->x[A2], FAULT_LOAD, "a kind");
    CHECK_EQUAL(running->x[A2 + 1], 0x1234, "an address");
    CHECK_EQUAL(running->x[A2 + 2], threads[CLIENT]->x[0], "and a pc");
    threads[CLIENT]->x[0] += 4;        /* it must land here again */
    threads[CLIENT]->hart = &harts[1]; /* the handler has moved here meanwhile */
    reply_receive(running->x[T2], 0, 77);
    CHECK(running == threads[CLIENT], "the thread tries again");
    CHECK(running->hart == hart_current(), "where its handler ran");
    for (unsigned n = 1; n < 32; n++)
        CHECK_EQUAL(running->x[n], n + 500, "with all its registers");
    running->x[REGISTER_A7] = 64;
    running = usermode_trap(running);
    CHECK(running == threads[SERVER], "a foreign call is a message");
    CHECK_EQUAL(running->x[A1], tag_make(64, 0, 0, 0), "the number is the label");
    for (unsigned n = 0; n < 5; n++)
        CHECK_EQUAL(running->x[A2 + n], 510 + n, "a0 to a4 are words");
    CHECK_EQUAL(running->x[T0], 515, "a5 too");
    reply_receive(running->x[T2], 0, 77);
    CHECK(running == threads[CLIENT], "it has an answer");
    for (unsigned n = 1; n < 32; n++)
        CHECK_EQUAL(running->x[n],
                    n == 10   ? 77
                    : n == 17 ? 64
                              : n + 500,
                    "the first word in a0, all else as it was");
    running->x[REGISTER_A7] = INT64_MAX;
    running = usermode_trap(running);
    CHECK_EQUAL(running->x[A0], (uint64_t)ERR_NO_SYSCALL, "a number that is no label");
    fault();
    CHECK(running == threads[SERVER], "another fault");
    reply_receive(running->x[T2], tag_make(1, 0, 0, 0), 0);
    CHECK_EQUAL(processes[CLIENT]->state, PROCESS_ENDING, "the handler gives up on it");
}

SELFTEST("message_handlers", message_handlers) {
    handlers();
    world_end();
}

static void revoked_handler(void) {
    BEGIN(0);
    receive(0);
    CHECK_EQUAL(set_handlers(CLIENT), OK, "handlers");
    CHECK_EQUAL(native(SYS_handle_revoke, gates[CLIENT], 0, 0), OK, "and no more");
    fault();
    CHECK(processes[CLIENT]->state != PROCESS_ALIVE, "nobody hears of the fault");
}

SELFTEST("message_revoked_handler", message_revoked_handler) {
    revoked_handler();
    world_end(); /* that the gate is given back is counted behind this */
}

/* To end a process takes long: no step of the work that waits does it twice. */
static void ends_one_by_one(bool are_taken) {
    BEGIN(0);
    for (int i = CLIENT; i < NR_THREADS; i++) {
        if (are_taken)
            receive(0);
        else if (i == CLIENT)
            native(SYS_thread_sleep, timer_now_ns() + NS_PER_SECOND * 3600, 0, 0);
        CHECK(running == threads[i], "whose turn it is");
        CHECK_EQUAL(set_handlers(i), OK, "handlers");
        fault();
    }
    if (are_taken)
        process_kill(processes[SERVER], "the test ends it");
    else
        CHECK_EQUAL(handle_close(&processes[SERVER]->handles, endpoint), OK, "closed");
    unsigned nr_ended = 0;
    for (bool more = true; more; more = reap_step()) {
        unsigned nr_before = nr_ended;
        nr_ended = (processes[CLIENT]->state != PROCESS_ALIVE) +
                   (processes[OTHER]->state != PROCESS_ALIVE);
        CHECK(nr_ended <= nr_before + 1, "a step ends one process");
    }
    CHECK_EQUAL(nr_ended, 2, "both have ended");
}

SELFTEST("message_ends_one_by_one", message_ends_one_by_one) {
    ends_one_by_one(false);
    world_end();
    ends_one_by_one(true);
    world_end();
}
