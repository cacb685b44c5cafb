/* kernel/sched.c - the ready queues, turns, and idling.
 *
 * Invariant S1: a thread that is THREAD_READY is the hart->thread of its `hart`, or in
 *               the ready queue there of its priority; if one in a queue is more urgent
 *               than the former, or there is none, that hart has been nudged.
 * Invariant S2: bit p of a hart's `ready_bits` is set exactly when ready[p] has threads.
 * Invariant S3: a hart's timer fires no later than its thread's turn ends, some hart's no
 *               later than the first deadline.  Most switches set none: it may be early.
 * Invariant S4: a turn that is interrupted goes on later with what is left, turn_ticks;
 *               by what it was too long the next is shorter, or ends as it begins.
 * Invariant S5: thread->hart is one that its affinity allows, or it is THREAD_MOVING. */
#include "kernel/sched.h"
#include "boot/sbi.h"
#include "kernel/csr.h"
#include "kernel/irq.h"
#include "kernel/message.h"
#include "kernel/space.h"
#include "kernel/trace.h"
#include "kernel/trap.h"

#define REAP_NS ((uint64_t)1000000) /* a piece of an ended process at least that often */

/* (k) kernel lock */
uint32_t sched_harts = 1;  /* the one that boots, and those that have joined */
uint32_t sched_idle_harts; /* those in wfi: let_others_in() */
static void (*on_all_ended)(void);

/* ---- the ready queues ---- */

static FRAMELESS inline void ready_insert(struct hart *hart, struct thread *thread,
                                          struct list *before) {
    hart->ready_bits |= 1u << thread->priority;
    hart->nr_ready++;
    list_push(before, &thread->queue_link);
}

static FRAMELESS void ready_append(struct hart *hart, struct thread *thread) {
    ready_insert(hart, thread, hart->ready[thread->priority].prev);
}

static void ready_remove(struct hart *hart, struct thread *thread) {
    list_remove(&thread->queue_link);
    hart->nr_ready--;
    if (list_is_empty(&hart->ready[thread->priority]))
        hart->ready_bits &= ~(1u << thread->priority);
}

/* The most urgent; there is one. */
static struct thread *ready_first(const struct hart *hart) {
    const struct list *queue = &hart->ready[bits_width(hart->ready_bits) - 1];
    return LIST_ENTRY(queue->next, struct thread, queue_link);
}

static FRAMELESS inline void stand_back(struct hart *hart, uint64_t now_ticks) {
    struct thread *self = hart->thread;
    ready_insert(hart, self, &hart->ready[self->priority]);
    self->turn_ticks = hart->turn_end_ticks - now_ticks;
    sched_charge(hart, self, now_ticks);
}

/* The running thread does not go on. */
static void leave(struct hart *hart) {
    sched_charge(hart, hart->thread, timer_now_ticks());
    hart->thread = NULL;
}

/* Into the queue of this hart, or straight in the place of somebody less urgent. */
static FRAMELESS inline void enter_here(struct hart *hart, struct thread *thread) {
    if (hart->thread == NULL || hart->thread->priority >= thread->priority) {
        ready_append(hart, thread);
        return;
    }
    uint64_t now_ticks = timer_now_ticks();
    stand_back(hart, now_ticks);
    sched_begin_turn(hart, thread, now_ticks);
}

/* ---- which hart ---- */

/* What a thread would find there, the less the better: nobody; somebody less urgent, who
 * would have to stand back; or a queue. */
static unsigned crowd_at(const struct hart *hart, unsigned priority) {
    if (hart->thread == NULL)
        return hart->nr_ready == 0 ? 0 : PRIORITIES + hart->nr_ready;
    if (hart->thread->priority < priority)
        return 1 + hart->thread->priority;
    return PRIORITIES + hart->nr_ready + 1;
}

/* S5.  This hart if it has nothing else to do, then where the thread was, then others. */
static struct hart *choose_hart(const struct thread *thread) {
    struct hart *self = hart_current(), *best = thread->hart;
    unsigned least = UINT32_MAX;
    if (sched_may_run_on(thread, self) && crowd_at(self, thread->priority) == 0)
        return self;
    for (uint32_t i = 0; i < nr_harts; i++) {
        struct hart *hart = &harts[(thread->hart->index + i) % nr_harts];
        unsigned crowd = crowd_at(hart, thread->priority);
        if (sched_may_run_on(thread, hart) && crowd < least) {
            best = hart;
            least = crowd;
        }
    }
    return best;
}

static NOINLINE void enter_anywhere(struct thread *thread) {
    trace_thread(thread, "ready");
    if (sched_is_running(thread)) { /* it was stopped, and its hart does not know yet */
        thread->state = THREAD_MOVING;
        return;
    }
    struct hart *hart = thread->hart = choose_hart(thread);
    if (hart == hart_current()) {
        enter_here(hart, thread);
        return;
    }
    ready_append(hart, thread);
    if (hart->thread == NULL || hart->thread->priority < thread->priority)
        smp_nudge(hart);
}

FRAMELESS void sched_make_ready(struct thread *thread) {
    thread->state = THREAD_READY;
    if (LIKELY(sched_idle_harts == 0 && thread->hart == hart_current()))
        enter_here(thread->hart, thread);
    else
        enter_anywhere(thread);
}

/* Take the first of the longest queue elsewhere. */
static bool take_from_others(struct hart *self) {
    struct thread *found = NULL;
    for (struct hart *hart = harts; hart < harts + nr_harts; hart++)
        if (hart->nr_ready > (found == NULL ? 0 : found->hart->nr_ready) &&
            sched_may_run_on(ready_first(hart), self))
            found = ready_first(hart);
    if (found == NULL)
        return false;
    ready_remove(found->hart, found);
    found->hart = self;
    ready_append(self, found);
    return true;
}

/* ---- waiting ---- */

void sched_queue_insert(struct list *queue, struct thread *thread) {
    struct list *after = queue->prev;
    while (after != queue &&
           LIST_ENTRY(after, struct thread, queue_link)->priority < thread->priority)
        after = after->prev;
    list_push(after, &thread->queue_link);
}

void sched_set_deadline(struct deadline *deadline, uint64_t deadline_ns) {
    if (deadline_ns == TIMER_NEVER)
        return;
    deadline_set(deadline, timer_ticks(deadline_ns));
    if (deadline->due_ticks < hart_current()->timer_ticks)
        sched_set_timer(hart_current());
}

void sched_block(struct thread *self, enum thread_state why, uint64_t deadline_ns) {
    leave(hart_current());
    self->state = why;
    trace_thread(self, "%s object %lu", trace_states[why], object_number(self->gate));
    sched_set_deadline(&self->deadline, deadline_ns);
}

/* Out of queue and deadlines, its token void; its state is still what it waited for. */
static void end_wait(struct thread *thread) {
    if (thread->state < THREAD_SLEEPING)
        list_remove(&thread->queue_link);
    deadline_clear(&thread->deadline);
    thread->answerer = NULL;
    thread->slow &= SLOW_LASTING;
    if (thread->state == THREAD_SENDING)
        object_drop(thread->gate);
}

void sched_wake(struct thread *thread) {
    end_wait(thread);
    sched_make_ready(thread);
}

void sched_hand_over(struct thread *to) {
    end_wait(to);
    to->state = THREAD_READY;
    to->hart = hart_current();
    to->hart->thread = to;
    trace_thread(to, "run");
}

void thread_cancel(struct thread *thread, status_t status) {
    trace_thread(thread, "done status %d", -status);
    if (!(thread->slow & ASK_FAULT)) /* that just happens again */
        thread->x[REGISTER_A0] = (uint64_t)(int64_t)status;
    if (thread->saved != SAVED_ALL)
        thread->x[REGISTER_A1] = 0;
    sched_wake(thread);
}

static void time_out(struct deadline *deadline) {
    struct thread *thread = CONTAINER_OF(deadline, struct thread, deadline);
    if (thread->state != THREAD_ENDED) /* sched_disown() is still to come */
        thread_cancel(thread, thread->state == THREAD_SLEEPING ? OK : ERR_TIMEOUT);
}

void sched_stop(struct thread *thread, enum thread_state why) {
    struct hart *hart = thread->hart;
    if (hart == hart_current() && hart->thread == thread)
        leave(hart);
    else if (hart->thread == thread)
        smp_nudge(hart);
    else if (thread->state == THREAD_READY)
        ready_remove(hart, thread);
    else if (thread->state < THREAD_SLEEPING)
        list_remove(&thread->queue_link);
    thread->answerer = NULL;
    thread->state = why;
    trace_thread(thread, "%s", trace_states[why]);
}

void sched_disown(struct thread *thread) {
    deadline_clear(&thread->deadline);
    if (thread->slow & SLOW_SENDER)
        object_drop(thread->gate);
}

void sched_await_stop(const struct thread *stopped) {
    struct thread *self = hart_current()->thread;
    if (sched_is_running(stopped)) {
        sched_queue_insert(&stopped->hart->stoppers, self);
        self->gate = stopped->object;
        sched_block(self, THREAD_WAITING, TIMER_NEVER);
    }
}

void sched_let_go(struct thread *thread) {
    leave(hart_current());
    if (thread->state == THREAD_ENDED)
        process_left(thread->process);
    else
        thread->hart = choose_hart(thread); /* S5 */
    if (thread->state == THREAD_MOVING)
        sched_make_ready(thread);
}

void sched_nudged(void) {
    struct hart *hart = hart_current();
    csr_clear(sip, SIE_SOFTWARE); /* before anything is looked at */
    while (!list_is_empty(&hart->stoppers))
        sched_wake(LIST_ENTRY(hart->stoppers.next, struct thread, queue_link));
    if (hart->thread == NULL || hart->ready_bits >> hart->thread->priority <= 1)
        return;
    stand_back(hart, timer_now_ticks());
    hart->thread = NULL;
}

void sched_set_schedule(struct thread *thread, unsigned priority, uint64_t slice_ns,
                        uint32_t affinity) {
    bool was_ready = thread->state == THREAD_READY;
    if (was_ready)
        sched_stop(thread, THREAD_MOVING);
    thread->priority = (uint8_t)priority;
    thread->turn_ticks = thread->slice_ticks = timer_ticks(slice_ns);
    thread->affinity = affinity;
    bool is_bound = (~affinity & ((1u << nr_harts) - 1)) != 0;
    thread->slow = (uint8_t)((thread->slow & ~SLOW_BOUND) | (is_bound ? SLOW_BOUND : 0));
    if (sched_is_running(thread))
        return; /* sched_let_go() does the rest */
    thread->hart = choose_hart(thread);
    if (was_ready)
        sched_make_ready(thread);
}

void sched_adopt(struct thread *thread) {
    const struct thread *maker = hart_current()->thread;
    bool is_lower = maker != NULL && maker->priority < PRIORITY_DEFAULT;
    thread->deadline.pass = time_out;
    thread->hart = hart_current();
    sched_set_schedule(thread, is_lower ? maker->priority : PRIORITY_DEFAULT,
                       SLICE_DEFAULT_NS, UINT32_MAX);
}

/* ---- turns ---- */

void sched_yield(void) {
    struct hart *hart = hart_current();
    ready_append(hart, hart->thread);
    leave(hart);
}

NOINLINE void sched_set_timer(struct hart *hart) {
    uint64_t at = deadline_first_ticks();
    for (const struct hart *other = harts; other < harts + nr_harts; other++)
        if (other != hart && other->timer_ticks <= at)
            at = TIMER_NEVER; /* S3: that one sees to it */
    uint64_t reap_ticks = timer_now_ticks() + timer_ticks(REAP_NS);
    if (!list_is_empty(&reap_list) && reap_ticks < at)
        at = reap_ticks;
    if (hart->turn_end_ticks < at)
        at = hart->turn_end_ticks;
    hart->timer_ticks = trace_has_notes ? TIMER_NEVER : at; /* each turn comes by here */
    timer_set_ticks(at);
    if (hart->thread != NULL)
        trace_thread(hart->thread, "run");
}

void sched_tick(void) {
    struct hart *hart = hart_current();
    uint64_t now_ticks = timer_now_ticks();
    deadline_pass_due(now_ticks);
    (void)reap_step();               /* also while one thread runs and never lets go */
    hart->timer_ticks = TIMER_NEVER; /* it has fired: whoever runs next sets it */
    struct thread *thread = hart->thread;
    if (thread != NULL && now_ticks < hart->turn_end_ticks)
        sched_set_timer(hart);
    if (thread == NULL || now_ticks < hart->turn_end_ticks)
        return;
    sched_charge(hart, thread, now_ticks);
    thread->turn_ticks = thread->slice_ticks;
    if (sched_is_anybody_waiting(hart, thread)) {
        uint64_t late_ticks = now_ticks - hart->turn_end_ticks;
        thread->turn_ticks -=
            late_ticks < thread->slice_ticks ? late_ticks : thread->slice_ticks;
        hart->thread = NULL;
        enter_anywhere(thread);
    } else {
        sched_begin_turn(hart, thread, now_ticks);
    }
}

/* With interrupts off wfi still ends when one is pending.  So none can arrive unseen
 * between the last look at the queues and the wfi. */
static void let_others_in(struct hart *hart, bool is_idle) {
    if (is_idle) {
        hart->turn_end_ticks = TIMER_NEVER;
        sched_set_timer(hart);
        sched_idle_harts |= 1u << hart->index;
    }
    kernel_unlock();
    uint64_t now_ticks = timer_now_ticks();
    if (is_idle)
        __asm__ volatile("wfi" ::: "memory");
    else
        while (timer_now_ticks() == now_ticks)
            ; /* time for another to take the lock */
    kernel_lock();
    sched_idle_harts &= ~(1u << hart->index);
    if (csr_read(sip) & SIE_SOFTWARE)
        sched_nudged();
    if (csr_read(sip) & SIE_TIMER)
        sched_tick();
    if (csr_read(sip) & SIE_EXTERNAL)
        irq_handle();
}

static NOINLINE void wait_for_ready(struct hart *hart, bool did_work) {
    space_use_kernels(); /* process.c, P2: any may end from here on */
    while (hart->ready_bits == 0 && !take_from_others(hart)) {
        if (process_count() == 0)
            on_all_ended();
        else
            let_others_in(hart, !did_work);
        did_work = reap_step();
    }
}

struct thread *sched_next(void) {
    struct hart *hart = hart_current();
    bool did_work = reap_step();
    if (UNLIKELY(hart->ready_bits == 0))
        wait_for_ready(hart, did_work);
    struct thread *thread = ready_first(hart);
    ready_remove(hart, thread);
    hart->charged_ticks = timer_now_ticks();
    sched_begin_turn(hart, thread, hart->charged_ticks);
    return thread;
}

static NORETURN void join(void *unused) {
    (void)unused;
    struct hart *hart = hart_current();
    hart->timer_ticks = TIMER_NEVER;
    timer_set_ticks(TIMER_NEVER);
    csr_set(sie, SIE_TIMER | SIE_EXTERNAL);
    kernel_lock();
    sched_harts |= 1u << hart->index;
    trap_run_next();
}

void sched_start(void (*all_ended)(void)) {
    on_all_ended = all_ended;
    sched_idle_harts = (uint32_t)trace_has_notes << 31; /* so no wake is a short one */
    if (sbi_has(SBI_IPI) && sbi_has(SBI_RFENCE))
        smp_call(join, NULL); /* and never come back */
    join(NULL);
}
