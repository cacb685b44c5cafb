/* kernel/trap.c - what a trap out of user mode was, and who deals with it.
 *
 * Native calls do not come here: trap.S calls their handlers itself. */
#include "kernel/trap.h"
#include "kernel/csr.h"
#include "kernel/fault.h"
#include "kernel/handler.h"
#include "kernel/irq.h"
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/trap_asm.h"
#include "lib/spinlock.h"

_Static_assert(SYSCALL_PLACES == SYSCALLS_MAX, "trap.S checks the number against it");
_Static_assert(SYS_call == SYS_CALL && SYS_reply_receive == SYS_REPLY_RECEIVE,
               "trap.S knows them by number");
_Static_assert(offsetof(struct spinlock, next) == LOCK_NEXT, "trap.S takes the lock");
_Static_assert(offsetof(struct spinlock, serving) == LOCK_SERVING,
               "trap.S drops the lock");
#define ASSERT_FILLED(field, place)                                                      \
    _Static_assert(offsetof(struct panic_registers, field) == (place), "trap.S fills it")
ASSERT_FILLED(x, THREAD_X(0));
ASSERT_FILLED(sepc, PANIC_SEPC);
ASSERT_FILLED(scause, PANIC_SCAUSE);
ASSERT_FILLED(stval, PANIC_STVAL);
ASSERT_FILLED(sstatus, PANIC_SSTATUS);
_Static_assert(sizeof(struct panic_registers) == PANIC_REGISTERS_BYTES, "all of it");

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
