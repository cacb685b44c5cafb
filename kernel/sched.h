/* kernel/sched.h - who runs: the most urgent thread that is ready; those of one priority
 * take turns.
 *
 * To block is to change a thread's state and leave hart->thread NULL; trap.S then asks
 * sched_next() for another.  There is no kernel-side context switch (rCore: __switch): a
 * hart has one kernel stack, which is empty whenever a user runs.
 *
 * A thread that waits stands in a list of whatever it waits for, by its queue_link, the
 * most urgent in front: sched_queue_insert(), then sched_block().  Whoever ends the wait
 * puts the results into its registers and calls sched_wake() or sched_hand_over().  After
 * any of these the caller may not be hart->thread any more: so it does not ask for that
 * again.
 *
 * Each hart has queues of its own.  A thread that becomes ready goes where it need not
 * wait: to an idle hart, or one that runs somebody less urgent; if there is none, to
 * where it ran last.  A hart with nothing to do takes what waits elsewhere, and at the
 * end of its turn a thread changes over to a shorter queue.
 * Needs: kernel lock, all of it. */
#pragma once

#include "kernel/smp.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "lib/bits.h"

#define PRIORITY_DEFAULT 8
#define SLICE_DEFAULT_NS ((uint64_t)10000000) /* a turn */
#define SLICE_MIN_NS     ((uint64_t)100000)
#define SLICE_MAX_NS     NS_PER_SECOND

/* A new thread gets the default priority, or its maker's if that is lower, and slice. */
void sched_adopt(struct thread *thread);

/* Let a thread that has not begun, or was stopped, wait for its turn; one more urgent
 * than the one that runs takes its place at once. */
void sched_make_ready(struct thread *thread);

/* The harts that run threads, a bit for each by its index; and those that just wait. */
extern uint32_t sched_harts, sched_idle_harts;

static inline bool sched_may_run_on(const struct thread *thread,
                                    const struct hart *hart) {
    return (thread->affinity & sched_harts) >> hart->index & 1;
}

/* Is it on its hart?  Also when it was stopped from elsewhere, and is there no longer
 * than the nudge takes. */
static inline bool sched_is_running(const struct thread *thread) {
    return thread->hart->thread == thread;
}

/* The most urgent thread that waits for its turn here: its priority; -1: none does. */
static inline int sched_best_ready(void) {
    return (int)bits_width(hart_current()->ready_bits) - 1;
}

/* Would sched_yield() let another run? */
static inline bool sched_is_anybody_waiting(const struct hart *hart,
                                            const struct thread *self) {
    return hart->ready_bits >> self->priority != 0;
}

/* The running thread goes behind those of its priority: somebody waits, as urgent. */
void sched_yield(void);

/* Set the timer for the end of the turn, and for the first deadline. */
void sched_set_timer(struct hart *hart);

static inline void sched_begin_turn(struct hart *hart, struct thread *thread,
                                    uint64_t now_ticks) {
    hart->thread = thread;
    hart->turn_end_ticks = now_ticks + thread->turn_ticks;
    if (UNLIKELY(hart->turn_end_ticks < hart->timer_ticks))
        sched_set_timer(hart);
}

/* The running thread pays for the time since somebody paid here last.  That is what it
 * has used, and what those have who called or answered and so handed their turn on: a
 * message's fast path (fastpath.S) does not look at the clock. */
static inline void sched_charge(struct hart *hart, struct thread *thread,
                                uint64_t now_ticks) {
    thread->used_ticks += now_ticks - hart->charged_ticks;
    hart->charged_ticks = now_ticks;
}

/* sched_yield() by the shortest way, if the most urgent thread that waits is exactly as
 * urgent as the running one, and the timer can stay as it is.  False: not so, and nothing
 * has been done. */
static inline bool sched_rotate(struct hart *hart, struct thread *self) {
    if (hart->ready_bits >> self->priority != 1)
        return false;
    struct list *queue = &hart->ready[self->priority];
    struct thread *next = LIST_ENTRY(queue->next, struct thread, queue_link);
    uint64_t now_ticks = timer_now_ticks(), end_ticks = now_ticks + next->turn_ticks;
    if (UNLIKELY(end_ticks < hart->timer_ticks))
        return false;
    (void)list_pop(queue);
    list_append(queue, &self->queue_link);
    sched_charge(hart, self, now_ticks);
    hart->thread = next;
    hart->turn_end_ticks = end_ticks;
    return true;
}

/* Stand in the queue of a thing that one waits for, behind those who are as urgent. */
void sched_queue_insert(struct list *queue, struct thread *thread);

/* The running thread waits: `why` is SENDING, RECEIVING or WAITING, and it is in a queue
 * already; or SLEEPING or AWAITING_REPLY.  At the deadline (TIMER_NEVER: never) it gets
 * ERR_TIMEOUT. */
void sched_block(struct thread *self, enum thread_state why, uint64_t deadline_ns);

/* Set a deadline that is not set, in nanoseconds, and this hart's timer. */
void sched_set_deadline(struct deadline *deadline, uint64_t deadline_ns);

/* End the wait of one that is blocked: out of its queue, and ready. */
void sched_wake(struct thread *thread);

/* The same, but it runs on this hart at once, for what is left of the slice: the running
 * thread has just blocked.  Only if to->priority is at least sched_best_ready(). */
void sched_hand_over(struct thread *to);

/* End the wait of one that is blocked with this status as its result. */
void thread_cancel(struct thread *thread, status_t status);

/* Change a thread's priority, the length of its turns, and where it may run: on one of
 * sched_harts at least.  One that waits keeps its place in the queue where it is. */
void sched_set_schedule(struct thread *thread, unsigned priority, uint64_t slice_ns,
                        uint32_t affinity);

/* Take a thread out of wherever it is, also off this hart.  If another runs it, that
 * hart is told, and lets go of it as soon as it is in the kernel: sched_is_running().
 * One that waits, which can only be THREAD_ENDED by this, leaves the queue, and no more:
 * so that many can be stopped at once.  sched_disown() does the rest before it is freed:
 * the deadline, and the gate that it sends through. */
void sched_stop(struct thread *thread, enum thread_state why);
void sched_disown(struct thread *thread);

/* The running thread waits until the hart of one that it has stopped has let go. */
void sched_await_stop(const struct thread *stopped);

/* Another hart has stopped this one's thread, whose registers are stored. */
void sched_let_go(struct thread *thread);

/* A software interrupt: another hart has stopped this one's thread, or put one into its
 * queue that should run at once. */
void sched_nudged(void);

/* The timer has fired: what is due happens, and who has had a turn lets others run
 * (rCore: set_next_trigger and suspend_current_and_run_next). */
void sched_tick(void);

/* The next thread to run on this hart, which trap.S goes over to.
 * Called by trap.S, on an empty kernel stack, when the one that was running does not go
 * on and none is handed over to.  Waits (wfi) while there is none, without the lock; does
 * ended processes' work; and when no process is left calls the function given to
 * sched_start(). */
struct thread *sched_next(void);

/* Begin to run threads, on all harts: leaves the caller's stack behind.  `all_ended` is
 * called whenever no process is left; it makes new ones or does not return. */
NORETURN void sched_start(void (*all_ended)(void));
