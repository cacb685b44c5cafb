/* kernel/sched.c - the ready queue, the sleepers, and idling.
 *
 * Invariant S1: a thread that is THREAD_READY is either some hart's hart->thread or in
 *               `sched_ready`; one that is THREAD_SLEEPING is in `sleepers`; others in
 *               neither.
 * Invariant S2: `sleepers` is sorted by wake_at_ns, the first to wake in front.
 * Invariant S3: the timer is set to the next tick or to the first sleeper's time,
 *               whichever comes first; so a switch of threads need not touch it. */
#include "kernel/sched.h"
#include "kernel/csr.h"
#include "kernel/kspace.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/smp.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "kernel/trap.h"
#include "mm/sv39.h"

/* (k) kernel lock */
struct list sched_ready = {&sched_ready, &sched_ready};
static struct list sleepers = {&sleepers, &sleepers};
static uint64_t next_tick_ns;
static unsigned nr_ticks; /* since the running thread's turn began */
static void (*on_all_ended)(void);

void sched_make_ready(struct thread *thread) {
    thread->state = THREAD_READY;
    list_append(&sched_ready, &thread->queue_link);
}

void sched_yield(void) {
    struct hart *hart = hart_current();
    if (hart->thread == NULL || !sched_is_anybody_waiting())
        return;
    sched_make_ready(hart->thread);
    hart->thread = NULL;
}

void sched_end(struct thread *thread) {
    struct hart *hart = hart_current();
    if (hart->thread == thread)
        hart->thread = NULL;
    else if (thread->state != THREAD_ENDED)
        list_remove(&thread->queue_link);
    thread->state = THREAD_ENDED;
}

/* ---- time ---- */

static struct thread *first_sleeper(void) {
    if (list_is_empty(&sleepers))
        return NULL;
    return LIST_ENTRY(sleepers.next, struct thread, queue_link);
}

static void set_timer(void) {
    const struct thread *sleeper = first_sleeper();
    bool is_sleeper_first = sleeper != NULL && sleeper->wake_at_ns < next_tick_ns;
    timer_set_deadline(is_sleeper_first ? sleeper->wake_at_ns : next_tick_ns);
}

void sched_sleep(uint64_t wake_at_ns) {
    struct hart *hart = hart_current();
    struct thread *thread = hart->thread;
    struct list *after = sleepers.prev;
    while (after != &sleepers &&
           LIST_ENTRY(after, struct thread, queue_link)->wake_at_ns > wake_at_ns)
        after = after->prev;
    thread->state = THREAD_SLEEPING;
    thread->wake_at_ns = wake_at_ns;
    list_push(after, &thread->queue_link);
    hart->thread = NULL;
    set_timer();
}

static void wake_sleepers(uint64_t now_ns) {
    struct thread *thread = first_sleeper();
    while (thread != NULL && thread->wake_at_ns <= now_ns) {
        list_remove(&thread->queue_link);
        sched_make_ready(thread);
        thread = first_sleeper();
    }
}

void sched_tick(void) {
    uint64_t now_ns = timer_now_ns();
    wake_sleepers(now_ns);
    if (now_ns >= next_tick_ns) {
        next_tick_ns = now_ns + TICK_NS;
        (void)process_reap_step(); /* also while one thread runs and never lets go */
        nr_ticks++;
        if (nr_ticks >= TICKS_A_TURN)
            sched_yield();
    }
    set_timer();
}

/* ---- address spaces ---- */

static void satp_set(uint64_t satp) {
    if (csr_read(satp) == satp)
        return;
    csr_write(satp, satp);
    /* Without ASIDs the old space's entries would be taken for the new one's. */
    __asm__ volatile("sfence.vma zero, zero" ::: "memory");
}

void sched_leave_address_space(const struct process *process) {
    if (csr_read(satp) == process->satp)
        satp_set(sv39_satp(kspace_root(), 0));
}

/* ---- the next one ---- */

/* With interrupts off wfi still ends when one is pending.  So none can arrive unseen
 * between the last look at the queues and the wfi. */
static void idle(void) {
    kernel_unlock();
    __asm__ volatile("wfi" ::: "memory");
    kernel_lock();
    if (csr_read(sip) & SIE_TIMER)
        sched_tick();
}

struct thread *sched_next(void) {
    struct hart *hart = hart_current();
    bool did_work = process_reap_step();
    while (!sched_is_anybody_waiting()) {
        if (process_count() == 0)
            on_all_ended();
        else if (!did_work)
            idle();
        did_work = process_reap_step();
    }
    struct thread *thread = LIST_ENTRY(list_pop(&sched_ready), struct thread, queue_link);
    nr_ticks = 0;
    hart->thread = thread;
    thread->hart = hart;
    satp_set(thread->process->satp);
    return thread;
}

void sched_start(void (*all_ended)(void)) {
    on_all_ended = all_ended;
    csr_set(sie, SIE_TIMER);
    kernel_lock();
    sched_tick(); /* the first one: S3 */
    trap_run_next();
}
