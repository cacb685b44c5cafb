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
_Static_assert(sizeof(struct tas_lock) == sizeof(uint64_t), "trap.S takes the lock");
#define ASSERT_FILLED(field, place)                                                      \
    _Static_assert(offsetof(struct panic_registers, field) == (place), "trap.S fills it")
ASSERT_FILLED(x, THREAD_X(0));
ASSERT_FILLED(sepc, PANIC_SEPC);
ASSERT_FILLED(scause, PANIC_SCAUSE);
ASSERT_FILLED(stval, PANIC_STVAL);
ASSERT_FILLED(sstatus, PANIC_SSTATUS);
_Static_assert(sizeof(struct panic_registers) == PANIC_REGISTERS_BYTES, "all of it");

#define INTERRUPT          (1ul << 63)
#define INTERRUPT_SOFTWARE (INTERRUPT | 1)
#define INTERRUPT_TIMER    (INTERRUPT | 5)
#define INTERRUPT_EXTERNAL (INTERRUPT | 9)

void __alltraps(void);

void trap_init(void) {
    csr_write(sscratch, 0);
    csr_write(stvec, (uintptr_t)__alltraps);
    csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPP | SSTATUS_VS | SSTATUS_FS | SSTATUS_SUM);
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
