/* kernel/trap.S - every trap enters here, and every way back to user mode but that of
 * fastpath.S leaves here.
 *
 * Three ways in:
 *   native call   an ecall with a negative a7.  It behaves like a function call: sp, gp,
 *                 tp and s0 to s11 survive, a0 and a1 are results, everything else
 *                 becomes 0.  The C handler preserves gp and s2 to s11 by C's own
 *                 convention, so when the same thread goes on they need not be saved at
 *                 all; only if another is to run are they stored, at native_switch.
 *   anything else foreign calls, faults and interrupts: all 31 registers are saved.
 *   the kernel    a trap while in S-mode is our bug: panic, on the emergency stack.
 *
 * Invariants
 *   T1  In user mode sscratch holds the running thread, in the kernel 0.
 *   T2  In the kernel tp holds this hart's struct hart, sstatus.SIE is 0.
 *   T3  A thread is freed only by reap_step(), and not while it is some hart->thread.
 *       This hart does a step in sched_next(), after its registers were stored here, or
 *       in a tick, which has stored them: so s0 may be stored through even if the handler
 *       ended the thread.
 *   T4  During a native call the address of the ecall is in sepc alone.
 *   T5  A hart uses hart->thread, its registers and its address space without the lock:
 *       on the way in before the lock is taken, on the way out after it was dropped.  So
 *       only that hart changes, moves or frees them.  Another that wants to stop the
 *       thread changes its state and sends an IPI (sched_stop()).  The state is looked at
 *       as soon as the lock is there: a call of a stopped thread is called off.
 *   T6  No reservation (lr) outlives a trap that comes between any two instructions: the
 *       thread may be elsewhere by then, and another have written there.  So the way back
 *       from such a trap ends it, by an sc, which fails for want of an lr of its own.
 *       (QEMU ends it by itself at any change of mode; harts need not.) */

#include "kernel/trap_macros.S"

#define CALL_FIRST -63 /* numbers from here on are the quickest to get at */

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
    addi  s0, a7, -CALL_FIRST           /* one of the first numbers?            */
    sltiu s0, s0, -CALL_FIRST
    beqz  s0, other_calls

/* ---- native calls: at most 75 instructions from __alltraps to sret ---- */

native_call:
    enter_kernel

    lock_kernel called_off
    ld    sp, HART_STACK_TOP(tp)
    slli  t3, a7, 3                     /* its place in the table               */
    lui   t4, %hi(syscall_table + 8 * SYSCALLS_MAX) /* in the topmost 2 GiB   */
    add   t4, t4, t3
    ld    t5, %lo(syscall_table + 8 * SYSCALLS_MAX)(t4)
    mv    a7, s0
    jalr  t5                            /* a0 to a6 in, status and value out    */

    ld    t0, HART_THREAD(tp)           /* does the same thread go on?          */
    bne   t0, s0, native_switch

    unlock_kernel
    csrr  t0, sepc
    addi  t0, t0, 4                     /* T4: go on after the ecall            */
    csrw  sepc, t0
    csrw  sscratch, s0                  /* T1                                   */
    ld    tp, THREAD_X(4)(s0)
    ld    sp, THREAD_X(2)(s0)
    clear 1, T0_T2, A2_A6, A7, T3_T6    /* nothing of the kernel leaks          */
    ld    s1, THREAD_X(9)(s0)
    ld    s0, THREAD_X(8)(s0)
    sret

/* Another thread is to run, t0 if that is not NULL: store what survives the call, and its
 * results so far. */
native_switch:
    store s0, 3, A0_A1, S2_S11
    csrr  t1, sepc
    addi  t1, t1, 4                     /* T4: go on after the ecall            */
    sd    t1, THREAD_PC(s0)
    li    t1, SAVED_NATIVE
    sb    t1, THREAD_SAVED(s0)

/* Run thread t0, or if that is NULL whoever is next.  s1 is the lock. */
    .globl switch
switch:
    bnez  t0, 3f
    call  sched_next
    mv    t0, a0
3:  ld    t1, THREAD_PROCESS(t0)
    enter_space t1

/* Run thread t0, whose hart->thread it is, its address space active.  The kernel lock is
 * held, and dropped here. */
    .globl __restore
__restore:
    mv    tp, t0
    unlock_kernel
    csrw  sscratch, tp                  /* T1                                   */
    ld    t0, THREAD_PC(tp)
    csrw  sepc, t0                      /* where sret goes                      */
    lb    t0, THREAD_SAVED(tp)
    load  tp, 2, 3, 9, A0_A1, S2_S11
    blez  t0, 1f
    clear 1, T0_T2, A2_A6, A7, T3_T6
    load  tp, 8, 4
    sret

1:  bnez  t0, restore_message
    sc.w  zero, zero, (tp)              /* T6                                   */
    load  tp, 1, T0_T2, A2_A6, A7, T3_T6, 8, 4
    sret

restore_message:
    clear 1, A7, T3_T6
    load  tp, T0_T2, A2_A6, 8, 4
    sret

/* Calls that are not among the first 63: two of them have a path of their own.  Only s0
 * and s1 may change here: foreign calls save the rest yet. */
other_calls:
    li    s0, SYS_call
    beq   a7, s0, fast_call
    li    s0, SYS_reply_receive
    beq   a7, s0, fast_reply_receive
    bgez  a7, save_all                  /* foreign                              */
    addi  s0, a7, SYSCALLS_MAX
    bgtz  s0, native_call
    li    a7, -SYSCALLS_MAX           /* place 0 is for unknown numbers       */
    j     native_call

/* From enter_space: a fence is due.  t3, which t4 points at, is satp without its mode,
 * and stays so in memory if the ASID is shared: then it is due each time. */
    .globl fence_space
fence_space:
    li    t6, 1
    slli  t6, t6, 63
    or    t3, t3, t6                    /* Sv39                                 */
    csrr  t6, satp
    beq   t6, t3, 1f                    /* we are there                         */
    csrw  satp, t3
    slli  t6, t3, 4
    srli  t6, t6, 48                    /* the ASID                             */
    sfence.vma zero, t6
    fence.i                             /* there may be other code in sight     */
    beqz  t6, 1f
    sd    t3, (t4)
1:  jr    t5

/* T5: thread s0 was stopped on its way in.  Whatever it wants, it will try again if it
 * ever goes on; so it is as if it had been interrupted in front of the ecall. */
    .globl called_off
called_off:
    unlock_kernel
    clear T3_T6
    mv    tp, s0
    ld    s1, THREAD_X(4)(tp)
    csrw  sscratch, s1
    ld    sp, THREAD_X(2)(tp)

/* ---- everything else ---- */

/* tp = the thread, the user's tp in sscratch, s0 and s1 saved already. */
save_all:
    store tp, 1, 2, 3, T0_T2, A0_A1, A2_A6, A7, S2_S11, T3_T6
    csrrw t0, sscratch, zero            /* T1; t0 = the user's tp               */
    sd    t0, THREAD_X(4)(tp)
    csrr  t0, sepc
    sd    t0, THREAD_PC(tp)
    sb    zero, THREAD_SAVED(tp)        /* SAVED_ALL                            */

    mv    s0, tp
    ld    tp, THREAD_HART(s0)           /* T2                                   */
    ld    sp, HART_STACK_TOP(tp)
    mv    a0, s0
    csrr  a1, scause                    /* why                                  */
    csrr  a2, stval                     /* the address, or the instruction      */
    lock_kernel slow_trap
    ld    t0, THREAD_FAULT_GATE(s0)
    bnez  t0, fast_fault                /* or back to here                      */
    .globl slow_trap
slow_trap:
    call  trap_handler

/* Thread s0 goes on, or another. */
    .globl resume
resume:
    ld    t0, HART_THREAD(tp)
    beq   t0, s0, __restore
    j     switch

/* void trap_run_next(void): hart->thread, or if that is NULL whoever is next, after this
 * stack has been given up. */
    .globl trap_run_next
trap_run_next:
    ld    sp, HART_STACK_TOP(tp)
    mv    fp, zero                      /* backtraces end here                  */
    la    s1, the_kernel_lock
    ld    t0, HART_THREAD(tp)
    j     switch

/* ---- our bugs ---- */

/* All registers of this moment to the top of the emergency stack, which t0 points at
 * then. */
.macro keep_registers
    sd    t0, HART_TRAP_SCRATCH(tp)
    sd    t1, HART_TRAP_SCRATCH + 8(tp)
    ld    t0, HART_EMERGENCY_STACK_TOP(tp)
    addi  t0, t0, -PANIC_REGISTERS_BYTES
    store t0, 1, 2, 3, 4, 7, 8, 9, A0_A1, A2_A6, A7, S2_S11, T3_T6
    ld    t1, HART_TRAP_SCRATCH(tp)
    sd    t1, THREAD_X(5)(t0)
    ld    t1, HART_TRAP_SCRATCH + 8(tp)
    sd    t1, THREAD_X(6)(t0)
    csrr  t1, sepc
    sd    t1, PANIC_SEPC(t0)
    csrr  t1, scause
    sd    t1, PANIC_SCAUSE(t0)
    csrr  t1, stval
    sd    t1, PANIC_STVAL(t0)
    csrr  t1, sstatus
    sd    t1, PANIC_SSTATUS(t0)
.endm

/* tp = 0, the kernel's tp in sscratch, and sp may be what is broken. */
    .globl trap_from_kernel
trap_from_kernel:
    csrrw tp, sscratch, tp              /* T1, T2 again                         */
    keep_registers
    mv    sp, t0
    mv    a0, t0
    call  panic_trap

/* panic_at(file, line, fmt, ...), which is port_panic() for mm: its arguments are still
 * in place for panic_here(). */
    .globl panic_at, port_panic
panic_at:
port_panic:
    keep_registers
    j     panic_here
