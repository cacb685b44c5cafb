/* kernel/syscall_irq.c - the native calls about interrupts of devices.
 *
 * Arguments, rights and errors of each call are told in kernel/abi/syscalls.def. */
#include "kernel/irq.h"
#include "kernel/log.h"
#include "kernel/syscall.h"

LOG_MODULE("syscall");

syscall_pair_t sys_irq_create(handle_t system, uint64_t source) {
    (void)system;
    struct object *object;
    status_t st = irq_create(source, caller_process(), &object);
    return st == OK ? syscall_give_handle(object, RIGHTS_OF_IRQ) : syscall_status(st);
}

syscall_pair_t sys_irq_bind(handle_t irq, handle_t notification, uint64_t bits) {
    const struct handle_table *handles = &caller_process()->handles;
    status_t st = handle_check(handles, notification, OBJECT_NOTIFICATION, RIGHT_SIGNAL);
    if (st != OK)
        return REFUSE(st, "handle %#lx is not NOTIFICATION(RIGHT_SIGNAL)", notification);
    if (bits == 0)
        return REFUSE(ERR_INVALID, "no bits to signal");
    irq_bind(syscall_object(irq), handle_object(handles, notification), bits);
    return syscall_status(OK);
}

syscall_pair_t sys_irq_acknowledge(handle_t irq) {
    return syscall_status(irq_unmask(syscall_object(irq)));
}

syscall_pair_t sys_irq_mask(handle_t irq) {
    irq_mask(syscall_object(irq));
    return syscall_status(OK);
}
