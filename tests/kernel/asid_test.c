/* tests/kernel/asid_test.c - when a hart fences on its way to an address space.
 *
 * QEMU forgets all translations whenever satp changes, so no program could tell; what is
 * looked at here is whether the kernel remembers what to forget. */
#include "kernel/space.h"
#include "kernel/abi/syscall.h"
#include "kernel/options.h"
#include "kernel/process.h"
#include "kernel/smp.h"
#include "tests/kernel/selftest.h"
#include "tests/kernel/usermode.h"

#define PROCESSES 2
#define PRIORITY  8
#define ASID_BITS (UINT64_MAX << 48 >> 4)

static struct process *processes[PROCESSES];
static const struct quota enough = {64, 65536};

static void begin(bool with_asids) {
    struct thread *thread;
    asid_init(with_asids);
    for (int i = 0; i < PROCESSES; i++) {
        CHECK_EQUAL(process_create("asid", NULL, enough, &processes[i]), OK, "processes");
        CHECK_EQUAL(usermode_thread(processes[i], PRIORITY, &thread), OK,
                    "a thread each");
    }
}

static void end(void) {
    usermode_leave();
    for (int i = 0; i < PROCESSES; i++)
        process_discard(processes[i]);
    asid_init(!options.no_asids);
}

/* Process `i` comes to run here, from the other. */
static void run(int i) {
    struct thread *thread = hart_current()->thread;
    if (thread == NULL)
        thread = usermode_run();
    while (thread->process != processes[i]) {
        thread->x[REGISTER_A7] = (uint64_t)SYS_thread_yield;
        thread = usermode_trap(thread);
    }
}

/* Will this hart fence when it comes there? */
static bool is_due(int i) {
    return processes[i]->spaces[hart_current()->index] != processes[i]->satp;
}

SELFTEST("asid_own", asid_own) {
    begin(true);
    CHECK((processes[0]->satp & ASID_BITS) != 0, "QEMU has ASIDs");
    CHECK((processes[0]->satp ^ processes[1]->satp) & ASID_BITS, "each has its own");
    for (int i = 0; i < PROCESSES; i++) {
        CHECK(is_due(i), "what the last owner of the ASID left is to be forgotten");
        run(i);
        CHECK(!is_due(i), "once");
    }
    space_flush(processes[0], false);
    CHECK(is_due(0) && !is_due(1), "what has changed is to be forgotten, nothing else,");
    run(0);
    CHECK(!is_due(0), "on the way there");
    end();
}

SELFTEST("asid_shared", asid_shared) {
    begin(false);
    for (int i = 0; i < PROCESSES; i++) {
        CHECK_EQUAL(processes[i]->satp & ASID_BITS, 0, "no ASID");
        run(i);
        CHECK(is_due(i), "so it is fenced each time");
    }
    end();
}
