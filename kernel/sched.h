/* kernel/sched.h - who runs: round robin, a turn of 5 to 10 ms each, on the hart that
 * booted.
 *
 * To block is to change a thread's state and leave hart->thread NULL; trap.S then asks
 * sched_next() for another.  There is no kernel-side context switch (rCore: __switch): a
 * hart has one kernel stack, which is empty whenever a user runs.
 * Needs: kernel lock, all of it. */
#pragma once

#include "lib/list.h"

struct process;
struct thread;

#define TICK_NS      ((uint64_t)5000000)
#define TICKS_A_TURN 2 /* the first may come as soon as the turn has begun */

/* Let a thread that has not begun, or has slept, wait for its turn. */
void sched_make_ready(struct thread *thread);

/* Would sched_yield() let another run? */
extern struct list sched_ready; /* sched.c's, here only for this */
static inline bool sched_is_anybody_waiting(void) {
    return !list_is_empty(&sched_ready);
}

/* The running thread goes to the end of the queue, if anybody waits in it. */
void sched_yield(void);

/* The running thread sleeps until the clock reads `wake_at_ns`. */
void sched_sleep(uint64_t wake_at_ns);

/* Take a thread out of wherever it is, for good. */
void sched_end(struct thread *thread);

/* The timer has fired: wake who is due, and take turns if it was a tick (rCore:
 * set_next_trigger and suspend_current_and_run_next). */
void sched_tick(void);

/* The next thread to run on this hart, its address space active.
 * Called by trap.S, on an empty kernel stack, when the one that was running does not go
 * on.  Waits (wfi) while there is none, without the lock; does ended processes' work; and
 * when no process is left calls the function given to sched_start(). */
struct thread *sched_next(void);

/* Begin to run threads: leaves the caller's stack behind.  `all_ended` is called
 * whenever no process is left; it makes new ones or does not return. */
NORETURN void sched_start(void (*all_ended)(void));

/* This hart must not go on using a page table that is about to be freed. */
void sched_leave_address_space(const struct process *process);
