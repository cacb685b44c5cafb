/* tests/kernel/irq_test.c - interrupts of devices: who has a source, and the way from a
 * device to a notification. */
#include "kernel/irq.h"
#include "kernel/notification.h"
#include "kernel/syscall.h"
#include "kernel/smp.h"
#include "tests/kernel/calls.h"
#include "tests/kernel/selftest.h"
#include "tests/kernel/serial.h"

#define PATIENCE_NS 1000000000u
#define MOMENT_NS   1000u

static struct object *irq_object;
static struct notification *notification;

static bool make_both(void) {
    return irq_create(SERIAL_SOURCE, NULL, &irq_object) == OK &&
           notification_create(NULL, &notification) == OK;
}

static void drop_notification(void) {
    if (notification != NULL)
        object_drop(notification->object);
    notification = NULL;
}

static void drop_both(void) {
    if (irq_object != NULL)
        object_drop(irq_object);
    irq_object = NULL;
    drop_notification();
}

SELFTEST("irq_sources", irq_sources) {
    static const uint64_t bad[] = {0, 1023, 1024, SERIAL_SOURCE | 1ull << 32, UINT64_MAX};
    uint32_t nr_before = object_count();
    struct object *object;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        CHECK_EQUAL(irq_create(bad[i], NULL, &object), ERR_NOT_FOUND, "no such source");
    CHECK_EQUAL(irq_create(SERIAL_SOURCE, NULL, &irq_object), OK,
                "the serial port has one");
    CHECK_EQUAL(irq_create(SERIAL_SOURCE, NULL, &object), ERR_BUSY,
                "and one object only");
    drop_both();
    CHECK_EQUAL(irq_create(SERIAL_SOURCE, NULL, &irq_object), OK,
                "the next, when it is gone");
    drop_both();
    CHECK_EQUAL(object_count(), nr_before, "nothing is left");
}

SELFTEST("irq_binding", irq_binding) {
    CHECK(make_both(), "an interrupt and a notification");
    struct irq *irq = irq_object->body;
    CHECK_EQUAL(sys_irq_acknowledge(irq), ERR_CLOSED, "bound to nothing it stays off");
    (void)!sys_irq_bind(irq, notification, 1);
    CHECK_EQUAL(sys_irq_acknowledge(irq), OK, "bound it can be turned on");
    drop_notification();
    CHECK_EQUAL(sys_irq_acknowledge(irq), ERR_CLOSED,
                "not when the notification has ended");
    CHECK_EQUAL(notification_create(NULL, &notification), OK, "another one");
    CHECK_EQUAL(sys_irq_acknowledge(irq), ERR_CLOSED, "in the same slot is not meant");
    drop_both();
}

static void handle_here(void *argument) {
    (void)argument;
    kernel_lock();
    irq_handle();
    kernel_unlock();
}

static void check_delivery(struct irq *irq) {
    (void)!sys_irq_bind(irq, notification, 0x30);
    serial_set_interrupt(true);
    CHECK(!serial_is_heard_within(MOMENT_NS), "a source that is off is not heard");
    CHECK_EQUAL(sys_irq_acknowledge(irq), OK, "turned on");
    CHECK(serial_is_heard_within(PATIENCE_NS), "it is");
    smp_call_all(handle_here, NULL);
    CHECK_EQUAL(notification_take(notification), 0x30, "its bits are signalled");
    CHECK(!serial_is_heard_within(MOMENT_NS), "and it is off");
    serial_set_interrupt(false);
    serial_set_interrupt(true);
    CHECK(!serial_is_heard_within(MOMENT_NS), "also when the device wants more");
    CHECK_EQUAL(sys_irq_acknowledge(irq), OK, "acknowledged");
    CHECK(serial_is_heard_within(PATIENCE_NS), "that is heard");
    (void)!sys_irq_mask(irq);
    CHECK(!serial_is_heard_within(MOMENT_NS), "unless it is masked before");
    CHECK_EQUAL(sys_irq_acknowledge(irq), OK, "and when it no longer is");
    CHECK(serial_is_heard_within(PATIENCE_NS), "it is heard");
    drop_notification();
    handle_here(NULL);
    CHECK(!serial_is_heard_within(MOMENT_NS), "with nobody to signal it is off, too");
}

SELFTEST("irq_delivery", irq_delivery) {
    CHECK_EQUAL(serial_map(), OK, "a device can be reached");
    CHECK(make_both(), "an interrupt and a notification");
    check_delivery(irq_object->body);
    serial_set_interrupt(false);
    drop_both();
    serial_unmap();
}
