/* kernel/sched.c - the ready queues, turns, and idling.
 *
 * Invariant S1: a thread that is THREAD_READY is some hart's hart->thread, or in the
 *               ready queue of its priority; none in a queue is more urgent than the
 *               former.
 * Invariant S2: bit p of a hart's `ready_bits` is set exactly when a thread is in
 *               ready[p].
 * Invariant S3: a hart's timer fires no later than the first deadline that this hart set
 *               and than the end of its thread's turn.  It may fire earlier, for a turn
 *               that another thread's has replaced: so most switches need not set it.
 * Invariant S4: a turn that is interrupted by a more urgent thread goes on afterwards
 *               with what is left of it, in front of its queue: `turn_ticks`, till it
 *               has been used up, is that, and then a whole slice again. */
#include "kernel/sched.h"
#include "kernel/csr.h"
#include "kernel/irq.h"
#include "kernel/kspace.h"
#include "kernel/message.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/timer.h"
#include "kernel/trap.h"
#include "mm/sv39.h"

#define REAP_NS ((uint64_t)1000000) /* a piece of an ended process at least that often */

/* (k) kernel lock */
static void (*on_all_ended)(void);

/* ---- the ready queues ---- */

static FRAMELESS void ready_append(struct hart *hart, struct thread *thread) {
    hart->ready_bits |= 1u << thread->priority;
    list_append(&hart->ready[thread->priority], &thread->queue_link);
}

static void ready_remove(struct hart *hart, struct thread *thread) {
    list_remove(&thread->queue_link);
    if (list_is_empty(&hart->ready[thread->priority]))
        hart->ready_bits &= ~(1u << thread->priority);
}

/* S4. */
static FRAMELESS void preempt(struct hart *hart, struct thread *by) {
    struct thread *self = hart->thread;
    uint64_t now_ticks = timer_now_ticks();
    int64_t left_ticks = (int64_t)(hart->turn_end_ticks - now_ticks);
    self->turn_ticks = left_ticks > 0 ? (uint64_t)left_ticks : 1;
    unsigned priority = self->priority;
    hart->ready_bits |= 1u << priority;
    list_push(&hart->ready[priority], &self->queue_link);
    hart->thread = by;
    sched_begin_turn(hart, by, now_ticks);
}

FRAMELESS void sched_make_ready(struct thread *thread) {
    struct hart *hart = hart_current();
    thread->state = THREAD_READY;
    if (hart->thread != NULL && hart->thread->priority < thread->priority)
        preempt(hart, thread);
    else
        ready_append(hart, thread);
}

void sched_yield(void) {
    struct hart *hart = hart_current();
    if (sched_rotate(hart, hart->thread) || !sched_is_anybody_waiting(hart, hart->thread))
        return;
    ready_append(hart, hart->thread);
    hart->thread = NULL;
}

/* ---- waiting ---- */

/* The running thread has waked a more urgent one, and then waits itself. */
static bool is_preempted(const struct hart *hart, const struct thread *self) {
    return self->state == THREAD_READY && hart->thread != self;
}

void sched_queue_insert(struct list *queue, struct thread *thread) {
    if (is_preempted(hart_current(), thread))
        ready_remove(hart_current(), thread);
    struct list *after = queue->prev;
    while (after != queue &&
           LIST_ENTRY(after, struct thread, queue_link)->priority < thread->priority)
        after = after->prev;
    list_push(after, &thread->queue_link);
}

static void set_timer(struct hart *hart, uint64_t ticks) {
    hart->timer_ticks = ticks;
    timer_set_ticks(ticks);
}

void sched_set_deadline(struct deadline *deadline, uint64_t deadline_ns) {
    struct hart *hart = hart_current();
    if (deadline_ns == TIMER_NEVER)
        return;
    deadline_set(deadline, timer_ticks(deadline_ns));
    if (deadline->due_ticks < hart->timer_ticks)
        set_timer(hart, deadline->due_ticks);
}

void sched_block(struct thread *self, enum thread_state why, uint64_t deadline_ns) {
    struct hart *hart = hart_current();
    if (hart->thread == self)
        hart->thread = NULL;
    else if (why >= THREAD_SLEEPING && is_preempted(hart, self))
        ready_remove(hart, self); /* else sched_queue_insert() has done it */
    self->state = why;
    sched_set_deadline(&self->deadline, deadline_ns);
}

/* Out of the queue and the deadlines, its token void; its state is still what it waited
 * for. */
static void end_wait(struct thread *thread) {
    if (thread->state < THREAD_SLEEPING)
        list_remove(&thread->queue_link);
    deadline_clear(&thread->deadline);
    thread->answerer = NULL;
    thread->slow &= SLOW_ALWAYS;
    if (thread->state == THREAD_SENDING)
        object_drop(thread->gate);
}

static NOINLINE void wake_anyhow(struct thread *thread) {
    end_wait(thread);
    sched_make_ready(thread);
}

/* Who waits for a notification without a deadline is woken by a shorter way. */
FRAMELESS void sched_wake(struct thread *thread) {
    if (thread->state != THREAD_WAITING || thread->deadline.place != 0) {
        wake_anyhow(thread);
        return;
    }
    list_remove(&thread->queue_link);
    sched_make_ready(thread);
}

void sched_hand_over(struct thread *to) {
    end_wait(to);
    to->state = THREAD_READY;
    hart_current()->thread = to;
}

void thread_cancel(struct thread *thread, status_t status) {
    if (!(thread->slow & ASK_FAULT)) /* that just happens again */
        thread->x[REGISTER_A0] = (uint64_t)(int64_t)status;
    if (thread->saved != SAVED_ALL)
        thread->x[REGISTER_A1] = 0;
    sched_wake(thread);
}

static void time_out(struct deadline *deadline) {
    struct thread *thread = CONTAINER_OF(deadline, struct thread, deadline);
    thread_cancel(thread, thread->state == THREAD_SLEEPING ? OK : ERR_TIMEOUT);
}

void sched_stop(struct thread *thread, enum thread_state why) {
    struct hart *hart = hart_current();
    if (hart->thread == thread)
        hart->thread = NULL;
    else if (thread->state == THREAD_READY)
        ready_remove(hart, thread);
    else
        end_wait(thread);
    thread->state = why;
}

void sched_set_schedule(struct thread *thread, unsigned priority, uint64_t slice_ns) {
    struct hart *hart = hart_current();
    bool is_queued = thread->state == THREAD_READY && hart->thread != thread;
    if (is_queued)
        ready_remove(hart, thread);
    thread->priority = (uint8_t)priority;
    thread->slice_ticks = timer_ticks(slice_ns);
    thread->turn_ticks = thread->slice_ticks;
    if (is_queued)
        sched_make_ready(thread);
    else if (hart->thread == thread)
        sched_yield(); /* S1: it may have become less urgent than one that waits */
}

void sched_adopt(struct thread *thread) {
    const struct thread *maker = hart_current()->thread;
    thread->priority = PRIORITY_DEFAULT;
    if (maker != NULL && maker->priority < PRIORITY_DEFAULT)
        thread->priority = maker->priority;
    thread->slice_ticks = timer_ticks(SLICE_DEFAULT_NS);
    thread->turn_ticks = thread->slice_ticks;
    thread->deadline.pass = time_out;
}

/* ---- turns ---- */

static uint64_t earlier(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

NOINLINE void sched_set_timer(struct hart *hart) {
    uint64_t at = earlier(hart->turn_end_ticks, deadline_first_ticks());
    if (!list_is_empty(&reap_list))
        at = earlier(at, timer_now_ticks() + timer_ticks(REAP_NS));
    set_timer(hart, at);
}

void sched_tick(void) {
    struct hart *hart = hart_current();
    uint64_t now_ticks = timer_now_ticks();
    deadline_pass_due(now_ticks);
    (void)reap_step();               /* also while one thread runs and never lets go */
    hart->timer_ticks = TIMER_NEVER; /* it has fired: whoever runs next sets it */
    struct thread *thread = hart->thread;
    if (thread != NULL && now_ticks >= hart->turn_end_ticks) {
        thread->turn_ticks = thread->slice_ticks;
        sched_yield();
        if (hart->thread == thread)
            sched_begin_turn(hart, thread, now_ticks);
    } else if (thread != NULL) {
        sched_set_timer(hart);
    }
}

/* ---- address spaces ---- */

void sched_leave_address_space(const struct process *process) {
    if (csr_read(satp) != process->satp)
        return;
    csr_write(satp, sv39_satp(kspace_root(), 0));
    /* Without ASIDs the old space's entries would be taken for the new one's. */
    __asm__ volatile("sfence.vma zero, zero" ::: "memory");
}

/* ---- the next one ---- */

/* With interrupts off wfi still ends when one is pending.  So none can arrive unseen
 * between the last look at the queues and the wfi. */
static void idle(struct hart *hart) {
    hart->turn_end_ticks = TIMER_NEVER;
    sched_set_timer(hart);
    kernel_unlock();
    __asm__ volatile("wfi" ::: "memory");
    kernel_lock();
    if (csr_read(sip) & SIE_TIMER)
        sched_tick();
    if (csr_read(sip) & SIE_EXTERNAL)
        irq_handle();
}

static NOINLINE void wait_for_ready(struct hart *hart, bool did_work) {
    while (hart->ready_bits == 0) {
        if (process_count() == 0)
            on_all_ended();
        else if (!did_work)
            idle(hart);
        did_work = reap_step();
    }
}

struct thread *sched_next(void) {
    struct hart *hart = hart_current();
    bool did_work = reap_step();
    if (UNLIKELY(hart->ready_bits == 0))
        wait_for_ready(hart, did_work);
    struct list *queue = &hart->ready[sched_best_ready()];
    struct thread *thread = LIST_ENTRY(queue->next, struct thread, queue_link);
    ready_remove(hart, thread);
    hart->thread = thread;
    sched_begin_turn(hart, thread, timer_now_ticks());
    return thread;
}

void sched_start(void (*all_ended)(void)) {
    on_all_ended = all_ended;
    hart_current()->timer_ticks = TIMER_NEVER;
    csr_set(sie, SIE_TIMER | SIE_EXTERNAL);
    kernel_lock();
    trap_run_next();
}
