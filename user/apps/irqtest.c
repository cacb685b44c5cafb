/* user/apps/irqtest.c - interrupts as a driver meets them, and as no honest one would
 * (TAP).
 *
 * The device is the serial port, whose transmitter interrupts while it is idle and asked
 * to tell.  Its address and source are those of QEMU's machine `virt`.
 * Needs RIGHT_DEVICE: init gives it to an item of app= that begins with `@`. */
#include "kernel/abi/addresses.h"
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/clock.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define UART_START           ((uint64_t)0x10000000)
#define UART_SOURCE          10
#define UART_IER             1 /* register: which interrupts it may raise */
#define UART_IER_TRANSMITTER 2
#define UART_AT              ((uint64_t)1 << 32)
#define PATIENCE_NS          1000000000u
#define MOMENT_NS            1000000u
#define STALE                0x7ffffc00u /* index 0 of some generation */

static handle_t irq, notification;
static char call_name[64];

static const char *named(const char *call, const char *with) {
    format_string(call_name, sizeof(call_name), "%s: %s", call, with);
    return call_name;
}

static handle_t copy_with(handle_t handle, uint64_t rights) {
    uint64_t copy;
    return handle_copy(handle, rights, &copy) == OK ? (handle_t)copy : 0;
}

static status_t create(uint64_t system, uint64_t source) {
    uint64_t made;
    struct syscall_result result =
        native_call(SYS_irq_create, system, source, 0, 0, 0, 0);
    made = result.value;
    if (result.status == OK)
        (void)!handle_close((handle_t)made);
    return (status_t)result.status;
}

static uint64_t heap_bytes(void) {
    struct process_info info = {0};
    (void)!process_inspect(own_process, &info);
    return info.heap_bytes;
}

static void test_create(void) {
    handle_t weak = copy_with(own_system, RIGHTS_OF_SYSTEM);
    uint64_t made;
    tap_status(create(0, UART_SOURCE), ERR_HANDLE, "irq_create: handle 0");
    tap_status(create(STALE, UART_SOURCE), ERR_HANDLE, "irq_create: a stale handle");
    tap_status(create(own_system | 1ul << 32, UART_SOURCE), ERR_HANDLE,
               "irq_create: a good handle with a bit too many");
    tap_status(create(own_process, UART_SOURCE), ERR_TYPE, "irq_create: wrong type");
    tap_status(create(weak, UART_SOURCE), ERR_RIGHTS, "irq_create: missing right");
    tap_status(create(own_system, 0), ERR_NOT_FOUND, "irq_create: source 0");
    tap_status(create(own_system, 1024), ERR_NOT_FOUND, "irq_create: source 1024");
    tap_status(create(own_system, UART_SOURCE | 1ul << 32), ERR_NOT_FOUND,
               "irq_create: a good source with a bit too many");
    tap_status(create(own_system, UINT64_MAX), ERR_NOT_FOUND, "irq_create: all bits");
    tap_status(create(own_system, UART_SOURCE), OK, "irq_create: a good one, which ends");
    uint64_t before = heap_bytes();
    tap_status(irq_create(own_system, UART_SOURCE, &made), OK, "irq_create: again");
    tap_check(heap_bytes() > before, "irq_create: the caller pays for it");
    (void)!handle_close(made);
    tap_check(heap_bytes() == before, "irq_create: until it is closed");
    (void)!irq_create(own_system, UART_SOURCE, &made);
    irq = (handle_t)made;
    tap_status(create(own_system, UART_SOURCE), ERR_BUSY, "irq_create: a second one");
    (void)!handle_close(weak);
}

typedef status_t irq_fn(uint64_t handle);

static status_t bind_it(uint64_t handle) {
    return (status_t)native_call(SYS_irq_bind, handle, notification, 1, 0, 0, 0).status;
}

static status_t acknowledge_it(uint64_t handle) {
    return (status_t)native_call(SYS_irq_acknowledge, handle, 0, 0, 0, 0, 0).status;
}

static status_t mask_it(uint64_t handle) {
    return (status_t)native_call(SYS_irq_mask, handle, 0, 0, 0, 0, 0).status;
}

static void test_handles(irq_fn *call, const char *name) {
    handle_t weak = copy_with(irq, RIGHT_COPY);
    tap_status(call(0), ERR_HANDLE, named(name, "handle 0"));
    tap_status(call(STALE), ERR_HANDLE, named(name, "a stale handle"));
    tap_status(call(irq | 1ul << 32), ERR_HANDLE,
               named(name, "a good handle with a bit too many"));
    tap_status(call(notification), ERR_TYPE, named(name, "wrong type"));
    tap_status(call(weak), ERR_RIGHTS, named(name, "missing right"));
    (void)!handle_close(weak);
}

static void test_bind(void) {
    handle_t weak = copy_with(notification, RIGHT_COPY | RIGHT_WAIT);
    uint64_t other;
    tap_status(irq_acknowledge(irq), ERR_CLOSED, "irq_acknowledge: bound to nothing");
    tap_status(irq_bind(irq, 0, 1), ERR_HANDLE, "irq_bind: to handle 0");
    tap_status(irq_bind(irq, STALE, 1), ERR_HANDLE, "irq_bind: to a stale handle");
    tap_status(irq_bind(irq, irq, 1), ERR_TYPE, "irq_bind: to itself");
    tap_status(irq_bind(irq, weak, 1), ERR_RIGHTS, "irq_bind: to one only to wait for");
    tap_status(irq_bind(irq, notification, 0), ERR_INVALID, "irq_bind: no bits");
    tap_status(irq_acknowledge(irq), ERR_CLOSED, "irq_acknowledge: still to nothing");
    tap_status(notification_create(&other), OK, "another notification");
    tap_status(irq_bind(irq, (handle_t)other, 1), OK, "irq_bind: to that");
    tap_status(irq_acknowledge(irq), OK, "irq_acknowledge: now it can be");
    tap_status(handle_close((handle_t)other), OK, "that notification ends");
    tap_status(irq_acknowledge(irq), ERR_CLOSED, "irq_acknowledge: and the binding");
    tap_status(notification_create(&other), OK, "the next takes its slot");
    tap_status(irq_acknowledge(irq), ERR_CLOSED, "irq_acknowledge: it is not meant");
    (void)!handle_close((handle_t)other);
    (void)!handle_close(weak);
}

/* ---- a device ---- */

static volatile uint8_t *const uart = (volatile uint8_t *)UART_AT;

static bool map_uart(void) {
    uint64_t memory;
    return memory_physical(own_system, UART_START, USER_PAGE_BYTES, &memory) == OK &&
           space_map(own_process, (handle_t)memory, UART_AT, 0, USER_PAGE_BYTES,
                     MAP_READ | MAP_WRITE) == OK &&
           handle_close((handle_t)memory) == OK;
}

/* The bits that come within the time; 0: none. */
static uint64_t wait_for(uint64_t patience_ns) {
    uint64_t bits;
    status_t st =
        notification_wait_until(notification, clock_now_ns() + patience_ns, &bits);
    return st == OK ? bits : 0;
}

static void test_delivery(void) {
    (void)!irq_mask(irq);
    tap_status(irq_bind(irq, notification, 0x30), OK, "bound");
    uart[UART_IER] = UART_IER_TRANSMITTER;
    tap_check(wait_for(MOMENT_NS) == 0, "a source that is off does not signal");
    tap_status(irq_acknowledge(irq), OK, "on");
    tap_check(wait_for(PATIENCE_NS) == 0x30, "it signals its bits");
    tap_check(wait_for(MOMENT_NS) == 0, "once");
    uart[UART_IER] = 0;
    uart[UART_IER] = UART_IER_TRANSMITTER;
    tap_check(wait_for(MOMENT_NS) == 0, "not again before it is acknowledged");
    tap_status(irq_acknowledge(irq), OK, "acknowledged");
    tap_check(wait_for(PATIENCE_NS) == 0x30, "again");
    tap_status(irq_acknowledge(irq), OK, "acknowledged");
    tap_status(irq_mask(irq), OK, "and masked");
    (void)wait_for(0); /* what it signalled in between */
    uart[UART_IER] = 0;
    uart[UART_IER] = UART_IER_TRANSMITTER;
    tap_check(wait_for(MOMENT_NS) == 0, "it does not signal");
    uart[UART_IER] = 0;
}

/* While a thousand interrupts arrive, none is lost. */
static void test_many(void) {
    int nr_signals = 0;
    for (int i = 0; i < 1000; i++) {
        if (irq_acknowledge(irq) != OK)
            break;
        uart[UART_IER] = UART_IER_TRANSMITTER;
        if (wait_for(PATIENCE_NS) == 0x30)
            nr_signals++;
        uart[UART_IER] = 0;
    }
    tap_check(nr_signals == 1000, "%d of 1000 interrupts arrive", nr_signals);
}

/* What is still bound and on when its process ends must not hurt anybody. */
static void leave_it_on(void) {
    tap_status(irq_acknowledge(irq), OK, "left on, to interrupt when we have ended");
    tap_status(handle_close(notification), OK, "with nobody to hear of it");
    uart[UART_IER] = UART_IER_TRANSMITTER;
    tap_status(thread_yield(), OK, "and going on");
    uart[UART_IER] = 0;
}

#define CHECKS (15 + 3 * 5 + 14 + 1 + 11 + 1 + 3)

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(CHECKS);
    uint64_t made;
    test_create();
    tap_status(notification_create(&made), OK, "a notification");
    notification = (handle_t)made;
    test_handles(bind_it, "irq_bind");
    test_handles(acknowledge_it, "irq_acknowledge");
    test_handles(mask_it, "irq_mask");
    test_bind();
    tap_check(map_uart(), "the serial port's registers can be mapped");
    test_delivery();
    test_many();
    leave_it_on();
    return tap_end();
}
