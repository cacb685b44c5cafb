/* kernel/syscall_irq.c - the native calls about interrupts of devices.
 *
 * Arguments, rights and errors of each call are told in kernel/abi/syscalls.def. */
#include "kernel/irq.h"
#include "kernel/log.h"
#include "kernel/syscall.h"

LOG_MODULE("syscall");

static struct irq *irq_of_caller(handle_t irq) {
    return handle_object(&caller_process()->handles, irq)->body;
}

syscall_pair_t sys_irq_create(handle_t system, uint64_t source) {
    (void)system;
    struct object *object;
    handle_t handle = 0;
    status_t st = irq_create(source, &object);
    if (st != OK)
        return syscall_status(st);
    st = handle_insert(&caller_process()->handles, object, RIGHTS_OF_IRQ, 0, &handle);
    object_drop(object);
    return st == OK ? syscall_value(handle) : REFUSE(st, "no place for one more handle");
}

syscall_pair_t sys_irq_bind(handle_t irq, handle_t notification, uint64_t bits) {
    const struct handle_table *handles = &caller_process()->handles;
    status_t st = handle_check(handles, notification, OBJECT_NOTIFICATION, RIGHT_SIGNAL);
    if (st != OK)
        return REFUSE(st, "handle %#x is not NOTIFICATION(RIGHT_SIGNAL)", notification);
    if (bits == 0)
        return REFUSE(ERR_INVALID, "no bits to signal");
    irq_bind(irq_of_caller(irq), handle_object(handles, notification), bits);
    return syscall_status(OK);
}

syscall_pair_t sys_irq_acknowledge(handle_t irq) {
    return syscall_status(irq_unmask(irq_of_caller(irq)));
}

syscall_pair_t sys_irq_mask(handle_t irq) {
    irq_mask(irq_of_caller(irq));
    return syscall_status(OK);
}
