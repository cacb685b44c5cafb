/* tests/bench/irq_bench.c - from a device's interrupt to its driver's first instruction.
 *
 * The driver waits for its notification, a less urgent thread of another process runs.
 * The interrupt is the serial port's, claimed at the real PLIC; that it traps is played,
 * as in all tests that do not leave the kernel (tests/kernel/usermode.h). */
#include "kernel/abi/rights.h"
#include "kernel/irq.h"
#include "kernel/log.h"
#include "kernel/notification.h"
#include "kernel/syscall.h"
#include "kernel/process.h"
#include "tests/kernel/selftest.h"
#include "tests/kernel/serial.h"
#include "tests/kernel/usermode.h"

#define EXTERNAL    (1ull << 63 | 9) /* scause */
#define PATIENCE_NS 1000000000u
#define ATTEMPTS    3

enum { OTHER, DRIVER, NR_PROCESSES };

static struct process *processes[NR_PROCESSES];
static struct thread *threads[NR_PROCESSES];
static struct object *irq;
static handle_t notification;

static status_t add_process(int i, unsigned priority) {
    struct quota limit = {64, 65536};
    status_t st = process_create("bench", NULL, limit, &processes[i]);
    return st == OK ? usermode_thread(processes[i], priority, &threads[i]) : st;
}

/* What the driver has at hand. */
static status_t add_irq(void) {
    struct notification *made;
    struct handle_table *handles = &processes[DRIVER]->handles;
    status_t st = irq_create(SERIAL_SOURCE, NULL, &irq);
    if (st == OK)
        st = notification_create(NULL, &made);
    if (st != OK)
        return st;
    (void)!sys_irq_bind(irq->body, made, 1);
    st = handle_insert(handles, made->object, RIGHTS_OF_NOTIFICATION, 0, &notification);
    object_drop(made->object);
    return st;
}

static struct thread *driver_waits(void) {
    threads[DRIVER]->x[REGISTER_A7] = (uint64_t)SYS_notification_wait;
    threads[DRIVER]->x[REGISTER_A0] = notification;
    return usermode_trap(threads[DRIVER]);
}

static void measure(void) {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < ATTEMPTS; i++) {
        CHECK(driver_waits() == threads[OTHER], "the driver waits, the other runs");
        CHECK_EQUAL(sys_irq_acknowledge(irq->body), OK, "the interrupt is on");
        serial_set_interrupt(true);
        CHECK(serial_is_heard_within(PATIENCE_NS), "the device interrupts");
        CHECK(usermode_fault(threads[OTHER], EXTERNAL, 0) == threads[DRIVER],
              "the driver runs at once");
        threads[OTHER]->x[REGISTER_PC] += 4; /* it was no ecall, which is passed over */
        CHECK_EQUAL(threads[DRIVER]->x[REGISTER_A1], 1, "with the bits");
        if (usermode_cost < least)
            least = usermode_cost;
        serial_set_interrupt(false);
    }
    console_printf("bench: irq driver %lu.00\n", least);
}

BENCHMARK("irq", bench_irq) {
    CHECK_EQUAL(serial_map(), OK, "a device can be reached");
    CHECK_EQUAL(add_process(OTHER, 8), OK, "a process");
    CHECK_EQUAL(add_process(DRIVER, 16), OK, "and a driver");
    CHECK_EQUAL(add_irq(), OK, "with an interrupt");
    CHECK(usermode_run() == threads[DRIVER], "the driver is the most urgent");
    measure();
    usermode_leave();
    process_discard(processes[DRIVER]);
    process_discard(processes[OTHER]);
    object_drop(irq);
    serial_unmap();
}
