/* kernel/trap.S - every trap enters here, and every way back to user mode leaves here.
 *
 * Three ways in:
 *   native call   an ecall with a negative a7.  It behaves like a function call: sp, gp, tp
 *                 and s0 to s11 survive, a0 and a1 are results, everything else becomes 0.
 *                 The C handler preserves gp and s2 to s11 by C's own convention, so when
 *                 the same thread goes on they need not be saved at all; only if another
 *                 is to run are they stored, at native_switch.
 *   anything else foreign calls, faults and interrupts: all 31 registers are saved.
 *   the kernel    a trap while in S-mode is our bug: panic, on the emergency stack.
 *
 * Invariants
 *   T1  In user mode sscratch holds the running thread, in the kernel 0.
 *   T2  In the kernel tp holds this hart's struct hart, sstatus.SIE is 0.
 *   T3  A thread is freed only by sched_next()'s work, that is after its registers were
 *       stored here: so s0 may be stored through even if the handler ended the thread.
 *   T4  During a native call sepc itself holds the address to go on at. */

#include "kernel/smp_asm.h"
#include "kernel/thread_asm.h"
#include "kernel/trap_asm.h"

    .section .text.trap, "ax", @progbits
    .globl __alltraps
    .balign 4                           /* stvec's low bits are its mode        */
__alltraps:
    csrrw tp, sscratch, tp              /* T1: tp = thread, or 0 from S-mode    */
    beqz  tp, trap_from_kernel
    sd    s0, THREAD_X(8)(tp)
    sd    s1, THREAD_X(9)(tp)
    csrr  s0, scause                    /* a native call?                       */
    addi  s0, s0, -CAUSE_USER_CALL
    bnez  s0, save_all
    bgez  a7, save_all

/* ---- native calls: at most 75 instructions from __alltraps to sret ---- */

    sd    sp, THREAD_X(2)(tp)
    csrrw s1, sscratch, zero            /* T1; s1 = the user's tp               */
    sd    s1, THREAD_X(4)(tp)
    csrr  s0, sepc
    addi  s0, s0, 4                     /* go on after the ecall                */
    csrw  sepc, s0                      /* T4                                   */
    mv    s0, tp                        /* s0 = the thread, from here on        */
    ld    tp, THREAD_HART(s0)           /* T2                                   */
    ld    sp, HART_STACK_TOP(tp)

    la    s1, the_kernel_lock + LOCK_SERVING /* s1 = that, from here on         */
    addi  t0, s1, LOCK_NEXT - LOCK_SERVING
    li    t1, 1
    amoadd.w t1, t1, (t0)               /* kernel_lock(): draw a ticket, ...    */
1:  lw    t2, (s1)                      /* ... wait for it to be served         */
    bne   t1, t2, 1b
    fence r, rw

    addi  t0, a7, SYSCALL_PLACES        /* its place; 0 is for unknown numbers  */
    bgez  t0, 2f
    li    t0, 0
2:  la    t1, syscall_table
    slli  t0, t0, 3
    add   t0, t0, t1
    ld    t0, 0(t0)
    mv    a7, s0
    jalr  t0                            /* a0 to a6 in, status and value out    */

    ld    t0, HART_THREAD(tp)           /* does the same thread go on?          */
    bne   t0, s0, native_switch

    li    t1, 1                         /* kernel_unlock()                      */
    amoadd.w.rl zero, t1, (s1)

    csrw  sscratch, s0                  /* T1                                   */
    ld    tp, THREAD_X(4)(s0)
    ld    sp, THREAD_X(2)(s0)
    li    ra, 0                         /* nothing of the kernel leaks          */
    li    t0, 0
    li    t1, 0
    li    t2, 0
    li    a2, 0
    li    a3, 0
    li    a4, 0
    li    a5, 0
    li    a6, 0
    li    a7, 0
    li    t3, 0
    li    t4, 0
    li    t5, 0
    li    t6, 0
    ld    s1, THREAD_X(9)(s0)
    ld    s0, THREAD_X(8)(s0)
    sret

/* Another thread is to run: store what survives the call, and its results so far. */
native_switch:
    sd    gp, THREAD_X(3)(s0)
    sd    a0, THREAD_X(10)(s0)
    sd    a1, THREAD_X(11)(s0)
    sd    s2, THREAD_X(18)(s0)
    sd    s3, THREAD_X(19)(s0)
    sd    s4, THREAD_X(20)(s0)
    sd    s5, THREAD_X(21)(s0)
    sd    s6, THREAD_X(22)(s0)
    sd    s7, THREAD_X(23)(s0)
    sd    s8, THREAD_X(24)(s0)
    sd    s9, THREAD_X(25)(s0)
    sd    s10, THREAD_X(26)(s0)
    sd    s11, THREAD_X(27)(s0)
    csrr  t0, sepc                      /* T4 */
    sd    t0, THREAD_PC(s0)
    li    t0, SAVED_NATIVE
    sb    t0, THREAD_SAVED(s0)
    call  sched_next
    j     __restore

/* ---- everything else ---- */

/* tp = the thread, the user's tp in sscratch, s0 and s1 saved already. */
save_all:
    sd    ra, THREAD_X(1)(tp)
    sd    sp, THREAD_X(2)(tp)
    sd    gp, THREAD_X(3)(tp)
    sd    t0, THREAD_X(5)(tp)
    sd    t1, THREAD_X(6)(tp)
    sd    t2, THREAD_X(7)(tp)
    sd    a0, THREAD_X(10)(tp)
    sd    a1, THREAD_X(11)(tp)
    sd    a2, THREAD_X(12)(tp)
    sd    a3, THREAD_X(13)(tp)
    sd    a4, THREAD_X(14)(tp)
    sd    a5, THREAD_X(15)(tp)
    sd    a6, THREAD_X(16)(tp)
    sd    a7, THREAD_X(17)(tp)
    sd    s2, THREAD_X(18)(tp)
    sd    s3, THREAD_X(19)(tp)
    sd    s4, THREAD_X(20)(tp)
    sd    s5, THREAD_X(21)(tp)
    sd    s6, THREAD_X(22)(tp)
    sd    s7, THREAD_X(23)(tp)
    sd    s8, THREAD_X(24)(tp)
    sd    s9, THREAD_X(25)(tp)
    sd    s10, THREAD_X(26)(tp)
    sd    s11, THREAD_X(27)(tp)
    sd    t3, THREAD_X(28)(tp)
    sd    t4, THREAD_X(29)(tp)
    sd    t5, THREAD_X(30)(tp)
    sd    t6, THREAD_X(31)(tp)
    csrrw t0, sscratch, zero            /* T1; t0 = the user's tp               */
    sd    t0, THREAD_X(4)(tp)
    csrr  t0, sepc
    sd    t0, THREAD_PC(tp)
    sb    zero, THREAD_SAVED(tp)        /* SAVED_ALL                            */

    mv    s0, tp
    ld    tp, THREAD_HART(s0)           /* T2                                   */
    ld    sp, HART_STACK_TOP(tp)
    call  kernel_lock
    mv    a0, s0
    csrr  a1, scause                    /* why                                  */
    csrr  a2, stval                     /* the address, or the instruction      */
    call  trap_handler
    mv    a0, s0
    ld    t0, HART_THREAD(tp)
    beq   t0, s0, __restore
    call  sched_next

/* Run thread a0, whose hart->thread it is.  The kernel lock is held, and dropped here. */
    .globl __restore
__restore:
    mv    s0, a0
    call  kernel_unlock
    csrw  sscratch, s0                  /* T1                                   */
    ld    t0, THREAD_PC(s0)
    csrw  sepc, t0                      /* where sret goes                      */
    lbu   t0, THREAD_SAVED(s0)
    mv    tp, s0
    ld    sp, THREAD_X(2)(tp)
    ld    gp, THREAD_X(3)(tp)
    ld    a0, THREAD_X(10)(tp)
    ld    a1, THREAD_X(11)(tp)
    ld    s1, THREAD_X(9)(tp)
    ld    s2, THREAD_X(18)(tp)
    ld    s3, THREAD_X(19)(tp)
    ld    s4, THREAD_X(20)(tp)
    ld    s5, THREAD_X(21)(tp)
    ld    s6, THREAD_X(22)(tp)
    ld    s7, THREAD_X(23)(tp)
    ld    s8, THREAD_X(24)(tp)
    ld    s9, THREAD_X(25)(tp)
    ld    s10, THREAD_X(26)(tp)
    ld    s11, THREAD_X(27)(tp)
    bnez  t0, restore_native
    ld    ra, THREAD_X(1)(tp)
    ld    t0, THREAD_X(5)(tp)
    ld    t1, THREAD_X(6)(tp)
    ld    t2, THREAD_X(7)(tp)
    ld    a2, THREAD_X(12)(tp)
    ld    a3, THREAD_X(13)(tp)
    ld    a4, THREAD_X(14)(tp)
    ld    a5, THREAD_X(15)(tp)
    ld    a6, THREAD_X(16)(tp)
    ld    a7, THREAD_X(17)(tp)
    ld    t3, THREAD_X(28)(tp)
    ld    t4, THREAD_X(29)(tp)
    ld    t5, THREAD_X(30)(tp)
    ld    t6, THREAD_X(31)(tp)
    ld    s0, THREAD_X(8)(tp)
    ld    tp, THREAD_X(4)(tp)
    sret

restore_native:
    li    ra, 0
    li    t0, 0
    li    t1, 0
    li    t2, 0
    li    a2, 0
    li    a3, 0
    li    a4, 0
    li    a5, 0
    li    a6, 0
    li    a7, 0
    li    t3, 0
    li    t4, 0
    li    t5, 0
    li    t6, 0
    ld    s0, THREAD_X(8)(tp)
    ld    tp, THREAD_X(4)(tp)
    sret

/* void trap_run_next(void): the first thread of a hart, or the next one after its stack has
 * been given up. */
    .globl trap_run_next
trap_run_next:
    ld    sp, HART_STACK_TOP(tp)
    mv    fp, zero                      /* backtraces end here                  */
    call  sched_next
    j     __restore

/* ---- our bugs ---- */

/* tp = 0, the kernel's tp in sscratch, and sp may be what is broken. */
trap_from_kernel:
    csrrw tp, sscratch, tp              /* T1, T2 again                         */
    sd    t0, HART_TRAP_SCRATCH(tp)
    sd    t1, HART_TRAP_SCRATCH + 8(tp)
    ld    t0, HART_EMERGENCY_STACK_TOP(tp)
    addi  t0, t0, -PANIC_REGISTERS_BYTES
    sd    zero, PANIC_X(0)(t0)
    sd    ra, PANIC_X(1)(t0)
    sd    sp, PANIC_X(2)(t0)
    sd    gp, PANIC_X(3)(t0)
    sd    tp, PANIC_X(4)(t0)
    sd    t2, PANIC_X(7)(t0)
    sd    s0, PANIC_X(8)(t0)
    sd    s1, PANIC_X(9)(t0)
    sd    a0, PANIC_X(10)(t0)
    sd    a1, PANIC_X(11)(t0)
    sd    a2, PANIC_X(12)(t0)
    sd    a3, PANIC_X(13)(t0)
    sd    a4, PANIC_X(14)(t0)
    sd    a5, PANIC_X(15)(t0)
    sd    a6, PANIC_X(16)(t0)
    sd    a7, PANIC_X(17)(t0)
    sd    s2, PANIC_X(18)(t0)
    sd    s3, PANIC_X(19)(t0)
    sd    s4, PANIC_X(20)(t0)
    sd    s5, PANIC_X(21)(t0)
    sd    s6, PANIC_X(22)(t0)
    sd    s7, PANIC_X(23)(t0)
    sd    s8, PANIC_X(24)(t0)
    sd    s9, PANIC_X(25)(t0)
    sd    s10, PANIC_X(26)(t0)
    sd    s11, PANIC_X(27)(t0)
    sd    t3, PANIC_X(28)(t0)
    sd    t4, PANIC_X(29)(t0)
    sd    t5, PANIC_X(30)(t0)
    sd    t6, PANIC_X(31)(t0)
    ld    t1, HART_TRAP_SCRATCH(tp)
    sd    t1, PANIC_X(5)(t0)
    ld    t1, HART_TRAP_SCRATCH + 8(tp)
    sd    t1, PANIC_X(6)(t0)
    csrr  t1, sepc
    sd    t1, PANIC_SEPC(t0)
    csrr  t1, scause
    sd    t1, PANIC_SCAUSE(t0)
    csrr  t1, stval
    sd    t1, PANIC_STVAL(t0)
    csrr  t1, sstatus
    sd    t1, PANIC_SSTATUS(t0)
    mv    sp, t0
    mv    a0, t0
    call  panic_trap
