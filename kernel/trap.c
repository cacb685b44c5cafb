/* kernel/trap.c - what a trap out of user mode was, and who deals with it.
 *
 * Native calls do not come here: trap.S calls their handlers itself. */
#include "kernel/trap.h"
#include "kernel/csr.h"
#include "kernel/fault.h"
#include "kernel/fpu.h"
#include "kernel/irq.h"
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "lib/spinlock.h"

/* -1 unless it is a power of two. */
#define LOG2(n)                        ((n) & ((n)-1) ? -1 : __builtin_ctzl(n))
#define PLACE(name, value, expression) _Static_assert((expression) == (value), #name);
#include "kernel/places.def"

#define INTERRUPT          (1ul << 63)
#define INTERRUPT_SOFTWARE (INTERRUPT | 1)
#define INTERRUPT_TIMER    (INTERRUPT | 5)
#define INTERRUPT_EXTERNAL (INTERRUPT | 9)

void __alltraps(void);

void trap_init(void) {
    csr_write(sscratch, 0);
    csr_write(stvec, (uintptr_t)__alltraps);
    fpu_init();
    csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPP | SSTATUS_VS | SSTATUS_FS | SSTATUS_SUM);
    csr_set(sie,
            SIE_SOFTWARE); /* it ends wfi; in the kernel sstatus.SIE is off: no trap */
}

/* A call with a number that is not negative belongs to the thread's system-call handler.
 * All registers but a0 stay as they were.  One with a negative number was called off, and
 * is made again. */
static void foreign_call(struct thread *thread) {
    if ((int64_t)thread->x[REGISTER_A7] < 0)
        return;
    thread->x[REGISTER_PC] += 4;
    status_t st = ERR_NO_SYSCALL;
    if (thread->x[REGISTER_A7] < FOREIGN_CALLS)
        st = handler_ask(thread, &thread->syscall_handler, ASK_FOREIGN);
    if (st != OK)
        thread->x[REGISTER_A0] = (uint64_t)st;
}

static void interrupt(uint64_t scause) {
    switch (scause) {
    case INTERRUPT_SOFTWARE: sched_nudged(); break;
    case INTERRUPT_TIMER: sched_tick(); break;
    case INTERRUPT_EXTERNAL: irq_handle(); break;
    default: PANIC("interrupt %lu, which nobody has enabled", scause & ~INTERRUPT);
    }
}

void trap_handler(struct thread *thread, uint64_t scause, uint64_t stval) {
    bool is_stopped = thread->state != THREAD_READY; /* by another hart: trap.S, T5 */
    if (is_stopped)
        sched_let_go(thread);
    if (scause & INTERRUPT)
        interrupt(scause);
    else if (is_stopped)
        ; /* it comes here again if it ever goes on */
    else if (scause == CAUSE_USER_CALL)
        foreign_call(thread);
    else
        fault_handle(thread, scause, stval);
}
