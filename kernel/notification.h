/* kernel/notification.h - notifications: a word of bits to signal and to wait for.
 *
 * Bits that are signalled stay until somebody takes them, all at once; signalling the
 * same bit twice meanwhile is once.  Interrupts, timers and the end of a process signal
 * too.   Needs: kernel lock, all of it. */
#pragma once

#include "kernel/deadline.h"
#include "kernel/reap.h"
#include "lib/list.h"
#include "lib/status.h"

struct notification {
    uint64_t bits;         /* signalled, and not yet taken                    */
    struct list waiters;   /* threads that are THREAD_WAITING                 */
    struct deadline timer; /* signals timer_bits                              */
    uint64_t timer_bits;
    struct object *object;     /* of which it is the body       */
    struct endpoint *endpoint; /* to which it is bound, or NULL */
    struct process *payer;
    struct reap_item reap; /* while it ends, for who waits */
};

/* One with a reference to its object, which is the caller's to drop.  ERR_QUOTA,
 * ERR_NO_MEMORY, ERR_FULL. */
MUST_CHECK status_t notification_create(struct process *payer, struct notification **out);

/* For object.c: the last reference has gone.  Who waits gets ERR_CLOSED. */
void notification_forget(void *notification);

/* The most urgent thread that waits gets these bits; else they stay. */
void notification_signal(struct notification *notification, uint64_t bits);

/* What has been signalled, which is taken; 0: nothing. */
uint64_t notification_take(struct notification *notification);

/* Have receives on its endpoint, if it is bound to one, find the bits no more. */
void notification_unbind(struct notification *notification);
