/* kernel/notification.c - see notification.h.
 *
 * Not here: the calls (syscall_notification.c), waiting and waking (sched.c).
 * Invariant N1: while threads wait, no bit is set. */
#include "kernel/notification.h"
#include "kernel/object.h"
#include "kernel/sched.h"
#include "mm/heap.h"

static void timer_passes(struct deadline *timer) {
    struct notification *notification = CONTAINER_OF(timer, struct notification, timer);
    notification_signal(notification, notification->timer_bits);
}

status_t notification_create(struct notification **out) {
    struct notification *notification = kzalloc(sizeof(*notification));
    if (notification == NULL)
        return ERR_NO_MEMORY;
    status_t st = object_create(OBJECT_NOTIFICATION, notification, &notification->object);
    if (st != OK) {
        kfree(notification);
        return st;
    }
    list_init(&notification->waiters);
    notification->timer.pass = timer_passes;
    *out = notification;
    return OK;
}

static struct thread *first_waiter(const struct notification *notification) {
    return LIST_ENTRY(notification->waiters.next, struct thread, queue_link);
}

void notification_destroy(void *body) {
    struct notification *notification = body;
    while (!list_is_empty(&notification->waiters))
        thread_cancel(first_waiter(notification), ERR_CLOSED);
    deadline_clear(&notification->timer);
    kfree(notification);
}

void notification_signal(struct notification *notification, uint64_t bits) {
    if (list_is_empty(&notification->waiters) || bits == 0) {
        notification->bits |= bits;
        return;
    }
    struct thread *thread = first_waiter(notification);
    thread->x[REGISTER_A0] = OK;
    thread->x[REGISTER_A0 + 1] = bits;
    sched_wake(thread);
}
