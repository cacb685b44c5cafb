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

static struct notification *notification_of(handle_t handle) {
    return handle_object(&caller_process()->handles, handle)->body;
}

syscall_pair_t sys_notification_create(void) {
    struct notification *notification;
    status_t st = notification_create(&notification);
    if (st != OK)
        return REFUSE(st, "no memory for one more notification");
    struct object *object = notification->object;
    handle_t handle = 0;
    st = handle_insert(&caller_process()->handles, object, RIGHTS_OF_NOTIFICATION, 0,
                       &handle);
    object_drop(object); /* if there is no handle, it goes */
    if (st != OK)
        return REFUSE(st, "no place for one more handle");
    return syscall_value(handle);
}

syscall_pair_t sys_notification_signal(handle_t handle, uint64_t bits) {
    notification_signal(notification_of(handle), bits);
    return syscall_status(OK);
}

/* The result of the call that waits is put in place by notification_signal(). */
static syscall_pair_t wait_until(handle_t handle, uint64_t deadline_ns) {
    struct notification *notification = notification_of(handle);
    struct thread *self = hart_current()->thread;
    if (notification->bits != 0)
        return syscall_value(notification_take(notification));
    if (deadline_ns != TIMER_NEVER && deadline_ns <= timer_now_ns())
        return syscall_status(ERR_TIMEOUT);
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
    return syscall_value(notification_take(notification_of(handle)));
}

syscall_pair_t sys_notification_timer(handle_t handle, uint64_t deadline_ns,
                                      uint64_t bits) {
    struct notification *notification = notification_of(handle);
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
        return REFUSE(st, "handle %#x is not NOTIFICATION(RIGHT_SIGNAL)", handle);
    st = process_watch(handle_object(handles, process)->body, notification_of(handle),
                       bits);
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
    if ((affinity & 1) == 0)
        return REFUSE(ERR_INVALID, "affinity %#lx lacks bit 0: that hart runs threads",
                      affinity);
    sched_set_schedule(handle_object(&caller_process()->handles, thread)->body,
                       (uint8_t)priority, slice_ns);
    return syscall_status(OK);
}
