/* kernel/notification.c - see notification.h.
 *
 * Not here: waiting and waking (sched.c).
 * Invariant N1: while threads wait, no bit is set.
 * Invariant N2: while bits are set that an endpoint may take, they count as one of its
 *               `pending`. */
#include "kernel/notification.h"
#include "kernel/endpoint.h"
#include "kernel/message.h"
#include "kernel/object.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"

#define CANCEL_AT_ONCE 32

static void timer_passes(struct deadline *timer) {
    struct notification *notification = CONTAINER_OF(timer, struct notification, timer);
    notification_signal(notification, notification->timer_bits);
}

status_t notification_create(struct process *payer, struct notification **out) {
    struct object *object;
    status_t st =
        object_make(OBJECT_NOTIFICATION, sizeof(**out), payer, (void **)out, &object);
    if (st != OK)
        return st;
    list_init(&(*out)->waiters);
    (*out)->timer.pass = timer_passes;
    (*out)->object = object;
    (*out)->payer = payer;
    return OK;
}

static struct thread *first_waiter(const struct notification *notification) {
    return LIST_ENTRY(notification->waiters.next, struct thread, queue_link);
}

static bool notification_reap(struct reap_item *item) {
    struct notification *notification = CONTAINER_OF(item, struct notification, reap);
    for (int i = 0; i < CANCEL_AT_ONCE && !list_is_empty(&notification->waiters); i++)
        thread_cancel(first_waiter(notification), ERR_CLOSED);
    if (!list_is_empty(&notification->waiters))
        return true;
    object_unmake(notification, sizeof(*notification), notification->payer);
    return false;
}

void notification_forget(void *body) {
    struct notification *notification = body;
    deadline_clear(&notification->timer);
    notification_unbind(notification);
    if (notification_reap(&notification->reap))
        reap_begin(&notification->reap, notification_reap);
}

/* N2. */
static NOINLINE void keep(struct notification *notification, uint64_t bits) {
    bool is_first = notification->bits == 0 && bits != 0;
    notification->bits |= bits;
    if (!is_first || notification->endpoint == NULL)
        return;
    notification->endpoint->pending++;
    message_pending(notification->endpoint);
}

FRAMELESS void notification_signal(struct notification *notification, uint64_t bits) {
    if (list_is_empty(&notification->waiters) || bits == 0) {
        keep(notification, bits);
        return;
    }
    struct thread *thread = first_waiter(notification);
    bool is_timed = thread->deadline.place != 0;
    if (!is_timed)
        (void)list_pop(&notification->waiters);
    thread->x[REGISTER_A1] = bits; /* a0 is OK: what its call has returned */
    if (is_timed)
        sched_wake(thread);
    else
        sched_make_ready(thread); /* a shorter way */
}

uint64_t notification_take(struct notification *notification) {
    uint64_t bits = notification->bits;
    notification->bits = 0;
    if (bits != 0 && notification->endpoint != NULL)
        notification->endpoint->pending--;
    return bits;
}

void notification_unbind(struct notification *notification) {
    uint64_t bits = notification_take(notification);
    if (notification->endpoint != NULL)
        notification->endpoint->notification = NULL;
    notification->endpoint = NULL;
    notification->bits = bits;
}

/* ---- calls ---- */

status_t sys_notification_create(uint64_t *handle) {
    struct notification *notification;
    status_t st = notification_create(caller_process(), &notification);
    return st != OK ? st
                    : syscall_give_handle(notification->object, RIGHTS_OF_NOTIFICATION,
                                          handle);
}

/* Of a call that waits, notification_signal() puts the bits in place. */
status_t sys_notification_wait_until(struct notification *notification,
                                     uint64_t deadline_ns, uint64_t *bits) {
    struct thread *self = hart_current()->thread;
    *bits = notification_take(notification);
    if (*bits != 0)
        return OK;
    if (deadline_ns != TIMER_NEVER && deadline_ns <= timer_now_ns())
        return ERR_TIMEOUT;
    self->gate = notification->object;
    sched_queue_insert(&notification->waiters, self);
    sched_block(self, THREAD_WAITING, deadline_ns);
    return OK;
}

status_t sys_notification_wait(struct notification *notification, uint64_t *bits) {
    return sys_notification_wait_until(notification, TIMER_NEVER, bits);
}

status_t sys_notification_poll(struct notification *notification, uint64_t *bits) {
    *bits = notification_take(notification);
    return OK;
}

status_t sys_notification_bind(struct notification *notification,
                               struct endpoint *endpoint) {
    if (endpoint == NULL) {
        notification_unbind(notification);
        return OK;
    }
    if (endpoint->notification != NULL || notification->endpoint != NULL)
        return ERR_BUSY;
    uint64_t bits = notification_take(notification);
    notification->endpoint = endpoint;
    endpoint->notification = notification;
    keep(notification, bits);
    return OK;
}

status_t sys_notification_timer(struct notification *notification, uint64_t deadline_ns,
                                uint64_t bits) {
    deadline_clear(&notification->timer);
    notification->timer_bits = bits;
    if (deadline_ns != 0)
        sched_set_deadline(&notification->timer, deadline_ns);
    return OK;
}
