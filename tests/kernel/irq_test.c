/* tests/kernel/irq_test.c - interrupts of devices: who has a source, and the way from a
 * device's registers to a notification.
 *
 * The device is the serial port of QEMU's machine `virt`, whose transmitter interrupts
 * for as long as it has nothing to do and is asked to tell. */
#include "kernel/csr.h"
#include "kernel/irq.h"
#include "kernel/kspace.h"
#include "kernel/notification.h"
#include "kernel/smp.h"
#include "kernel/timer.h"
#include "mm/sv39.h"
#include "tests/kernel/selftest.h"

#define UART_START           ((uint64_t)0x10000000) /* alone in its 2 MiB */
#define UART_SOURCE          10
#define UART_IER             1 /* register: which interrupts it may raise */
#define UART_IER_TRANSMITTER 2
#define PATIENCE_NS          1000000000u

static struct object *irq_object;
static struct notification *notification;

static void drop_both(void) {
    if (irq_object != NULL)
        object_drop(irq_object);
    if (notification != NULL)
        object_drop(notification->object);
    irq_object = NULL;
    notification = NULL;
}

static bool make_both(void) {
    return irq_create(UART_SOURCE, &irq_object) == OK &&
           notification_create(&notification) == OK;
}

SELFTEST("irq_sources", irq_sources) {
    static const uint64_t bad[] = {0, 1023, 1024, UART_SOURCE | 1ull << 32, UINT64_MAX};
    uint32_t nr_before = object_count();
    struct object *object;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        CHECK_EQUAL(irq_create(bad[i], &object), ERR_NOT_FOUND, "no such source");
    CHECK_EQUAL(irq_create(UART_SOURCE, &irq_object), OK, "the serial port has one");
    CHECK_EQUAL(irq_create(UART_SOURCE, &object), ERR_BUSY, "and one object only");
    drop_both();
    CHECK_EQUAL(irq_create(UART_SOURCE, &irq_object), OK,
                "the next one, when it is gone");
    drop_both();
    CHECK_EQUAL(object_count(), nr_before, "nothing is left");
}

SELFTEST("irq_binding", irq_binding) {
    struct notification *next;
    CHECK(make_both(), "an interrupt and a notification");
    struct irq *irq = irq_object->body;
    CHECK_EQUAL(irq_unmask(irq), ERR_CLOSED, "bound to nothing it stays off");
    irq_bind(irq, notification->object, 1);
    CHECK_EQUAL(irq_unmask(irq), OK, "bound it can be turned on");
    object_drop(notification->object);
    notification = NULL;
    CHECK_EQUAL(irq_unmask(irq), ERR_CLOSED, "not when the notification has ended");
    CHECK_EQUAL(notification_create(&next), OK, "another one");
    notification = next;
    CHECK_EQUAL(irq_unmask(irq), ERR_CLOSED, "in the same slot is not meant");
    drop_both();
}

/* Ask the serial port to interrupt, or no longer to. */
static void uart_enable(uint32_t interrupts) {
    volatile uint8_t *uart = phys_to_virt(paddr(UART_START));
    uart[UART_IER] = (uint8_t)interrupts;
}

static bool is_pending_within(uint64_t patience_ns) {
    uint64_t give_up_ns = timer_now_ns() + patience_ns;
    while ((csr_read(sip) & SIE_EXTERNAL) == 0)
        if (timer_now_ns() > give_up_ns)
            return false;
    return true;
}

static void handle_here(void *argument) {
    (void)argument;
    kernel_lock();
    irq_handle();
    kernel_unlock();
}

static void check_delivery(struct irq *irq) {
    irq_bind(irq, notification->object, 0x30);
    uart_enable(UART_IER_TRANSMITTER);
    CHECK(!is_pending_within(1000), "a source that is off does not interrupt");
    CHECK_EQUAL(irq_unmask(irq), OK, "turned on");
    CHECK(is_pending_within(PATIENCE_NS), "it does");
    smp_call_all(handle_here, NULL);
    CHECK_EQUAL(notification_take(notification), 0x30, "the bits are signalled");
    CHECK(!is_pending_within(1000), "and it is off");
    uart_enable(0);
    uart_enable(UART_IER_TRANSMITTER);
    CHECK(!is_pending_within(1000), "also when the device wants something again");
    irq_bind(irq, notification->object, 2);
    CHECK_EQUAL(irq_unmask(irq), OK, "acknowledged");
    CHECK(is_pending_within(PATIENCE_NS), "that is told");
    irq_mask(irq);
    CHECK(!is_pending_within(1000), "unless it is masked before");
    CHECK_EQUAL(irq_unmask(irq), OK, "and when it no longer is");
    CHECK(is_pending_within(PATIENCE_NS), "it is told");
    object_drop(notification->object);
    notification = NULL;
    handle_here(NULL);
    CHECK(!is_pending_within(1000), "with nobody to hear of it, it is turned off too");
}

SELFTEST("irq_delivery", irq_delivery) {
    uint64_t va = (uintptr_t)phys_to_virt(paddr(UART_START));
    size_t nr_bytes = sv39_page_bytes(SV39_2M);
    CHECK_EQUAL(sv39_map(kspace_root(), va, paddr(UART_START), nr_bytes,
                         SV39_R | SV39_W | SV39_G, SV39_2M),
                OK, "the serial port can be reached");
    __asm__ volatile("sfence.vma" ::: "memory");
    CHECK(make_both(), "an interrupt and a notification");
    check_delivery(irq_object->body);
    uart_enable(0);
    drop_both();
    CHECK_EQUAL(sv39_unmap(kspace_root(), va, nr_bytes), OK, "it is out of reach again");
    __asm__ volatile("sfence.vma" ::: "memory");
}
