/* kernel/syscall_notification.c - native calls about notifications, and about when a
 * thread runs.
 *
 * Arguments, rights and errors of each call are told in kernel/abi/syscalls.def. */
#include "kernel/log.h"
#include "kernel/notification.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"

LOG_MODULE("syscall");

syscall_pair_t sys_notification_create(void) {
    struct notification *notification;
    status_t st = notification_create(caller_process(), &notification);
    if (st != OK)
        return REFUSE(st, "no quota, memory or place for a notification");
    return syscall_give_handle(notification->object, RIGHTS_OF_NOTIFICATION);
}

FRAMELESS syscall_pair_t sys_notification_signal(handle_t handle, uint64_t bits) {
    notification_signal(syscall_object(handle), bits);
    return syscall_status(OK);
}

/* The result of the call that waits is put in place by notification_signal(). */
static syscall_pair_t wait_until(handle_t handle, uint64_t deadline_ns) {
    struct notification *notification = syscall_object(handle);
    struct thread *self = hart_current()->thread;
    if (notification->bits != 0)
        return syscall_value(notification_take(notification));
    if (deadline_ns != TIMER_NEVER && deadline_ns <= timer_now_ns())
        return syscall_status(ERR_TIMEOUT);
    self->x[REGISTER_A0] = handle; /* what it waits for: inspect.c */
    sched_queue_insert(&notification->waiters, self);
    sched_block(self, THREAD_WAITING, deadline_ns);
    return syscall_status(OK);
}

syscall_pair_t sys_notification_wait(handle_t handle) {
    return wait_until(handle, TIMER_NEVER);
}

syscall_pair_t sys_notification_wait_until(handle_t handle, uint64_t deadline_ns) {
    return wait_until(handle, deadline_ns);
}

syscall_pair_t sys_notification_poll(handle_t handle) {
    return syscall_value(notification_take(syscall_object(handle)));
}

syscall_pair_t sys_notification_bind(handle_t handle, handle_t endpoint) {
    const struct handle_table *handles = &caller_process()->handles;
    struct notification *notification = syscall_object(handle);
    if (endpoint == 0) {
        notification_unbind(notification);
        return syscall_status(OK);
    }
    status_t st = handle_check(handles, endpoint, OBJECT_ENDPOINT, RIGHT_RECEIVE);
    if (st != OK)
        return REFUSE(st, "handle %#lx is not ENDPOINT(RIGHT_RECEIVE)", endpoint);
    st = notification_bind(notification, syscall_object(endpoint));
    if (st != OK)
        return REFUSE(st, "the notification or the endpoint is bound already");
    return syscall_status(OK);
}

syscall_pair_t sys_notification_timer(handle_t handle, uint64_t deadline_ns,
                                      uint64_t bits) {
    struct notification *notification = syscall_object(handle);
    deadline_clear(&notification->timer);
    notification->timer_bits = bits;
    if (deadline_ns != 0)
        sched_set_deadline(&notification->timer, deadline_ns);
    return syscall_status(OK);
}

syscall_pair_t sys_process_watch(handle_t process, handle_t handle, uint64_t bits) {
    const struct handle_table *handles = &caller_process()->handles;
    status_t st = handle_check(handles, handle, OBJECT_NOTIFICATION, RIGHT_SIGNAL);
    if (st != OK)
        return REFUSE(st, "handle %#lx is not NOTIFICATION(RIGHT_SIGNAL)", handle);
    st = process_watch(syscall_object(process), syscall_object(handle), bits);
    if (st != OK)
        return REFUSE(st, "another notification watches that process");
    return syscall_status(OK);
}

syscall_pair_t sys_thread_set_schedule(handle_t thread, uint64_t priority,
                                       uint64_t slice_ns, uint64_t affinity) {
    if (priority >= PRIORITIES)
        return REFUSE(ERR_INVALID, "priority %lu: the most urgent is 31", priority);
    if (priority > hart_current()->thread->priority)
        return REFUSE(ERR_RIGHTS, "priority %lu is above the caller's own", priority);
    if (slice_ns < SLICE_MIN_NS || slice_ns > SLICE_MAX_NS)
        return REFUSE(ERR_INVALID, "a slice of %lu ns: from %lu to %lu", slice_ns,
                      SLICE_MIN_NS, SLICE_MAX_NS);
    if ((affinity & sched_harts) == 0)
        return REFUSE(ERR_INVALID, "affinity %#lx: the harts are %#x", affinity,
                      sched_harts);
    sched_set_schedule(syscall_object(thread), (uint8_t)priority, slice_ns,
                       (uint32_t)affinity);
    return syscall_status(OK);
}
