/* kernel/trap.c - what a trap out of user mode was, and who deals with it.
 *
 * Native calls do not come here: trap.S calls their handlers itself. */
#include "kernel/trap.h"
#include "kernel/csr.h"
#include "kernel/fault.h"
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
#define INTERRUPT_TIMER    (INTERRUPT | 5)
#define INTERRUPT_EXTERNAL (INTERRUPT | 9)

void __alltraps(void);

void trap_init(void) {
    csr_write(sscratch, 0);
    csr_write(stvec, (uintptr_t)__alltraps);
    csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPP | SSTATUS_VS | SSTATUS_FS | SSTATUS_SUM);
}

/* A call with a number that is not negative belongs to the thread's system-call handler.
 * All registers but a0 stay as they were. */
static void foreign_call(struct thread *thread) {
    thread->x[REGISTER_PC] += 4;
    status_t st = ERR_NO_SYSCALL;
    if (thread->x[REGISTER_A7] < FOREIGN_CALLS)
        st = handler_ask(thread, &thread->syscall_handler, ASK_FOREIGN);
    if (st != OK)
        thread->x[REGISTER_A0] = (uint64_t)st;
}

void trap_handler(struct thread *thread, uint64_t scause, uint64_t stval) {
    if (scause == INTERRUPT_TIMER)
        sched_tick();
    else if (scause == INTERRUPT_EXTERNAL)
        irq_handle();
    else if (scause == CAUSE_USER_CALL)
        foreign_call(thread);
    else if (scause & INTERRUPT)
        PANIC("interrupt %lu, which nobody has enabled", scause & ~INTERRUPT);
    else
        fault_handle(thread, scause, stval);
}
