/* tests/kernel/usermode.S - into __alltraps, and out of it to the test: see usermode.h.
 *
 * sret comes to usermode_landing in S-mode, since sstatus.SPP was set before; nothing in
 * the kernel looks at that bit for traps that come with a thread in sscratch. */
#include "kernel/trap_macros.S"

    .section .text.usermode, "ax", @progbits

/* What C preserves, in the order of x[]. */
#define PRESERVED 1, 2, 3, 4, 8, 9, S2_S11

/* The test stands on the hart's stack: meanwhile that begins below the test's frames. */
.macro leave_test
    la    t0, test_registers
    store t0, PRESERVED
    ld    t1, HART_STACK_TOP(tp)
    la    t0, stack_top
    sd    t1, 0(t0)
    sd    sp, HART_STACK_TOP(tp)
.endm

/* sret will go to S-mode, with interrupts off. */
.macro sret_to_test
    li    t1, 1 << 5                    /* sstatus.SPIE                         */
    csrc  sstatus, t1
    li    t1, 1 << 8                    /* sstatus.SPP                          */
    csrs  sstatus, t1
.endm

/* struct thread *usermode_enter(struct thread *, uint64_t scause, uint64_t stval) */
    .globl usermode_enter
usermode_enter:
    leave_test
    csrw  scause, a1
    csrw  stval, a2
    ld    t1, THREAD_PC(a0)
    addi  t1, t1, -4                    /* the ecall, or what faults            */
    csrw  sepc, t1
    sret_to_test
    csrw  sscratch, a0
    rdinstret t1
    la    t0, instructions_before
    sd    t1, 0(t0)
    mv    tp, a0
    load  tp, 1, 2, 3, T0_T2, 8, 9, A0_A1, A2_A6, A7, S2_S11, T3_T6, 4
    j     __alltraps                    /* counts as the ecall                  */

    .balign 4
    nop
    .globl usermode_landing
usermode_landing:
    csrrw tp, sscratch, tp
    sd    t0, THREAD_X(5)(tp)
    rdinstret t0
    store tp, 1, 2, 3, 6, 7, 8, 9, A0_A1, A2_A6, A7, S2_S11, T3_T6
    csrrw t1, sscratch, zero
    sd    t1, THREAD_X(4)(tp)
    mv    a0, tp
    la    t1, instructions_before
    ld    t1, 0(t1)
    sub   t0, t0, t1
    la    t1, usermode_cost
    sd    t0, 0(t1)
    li    t1, 1 << 8 | 1 << 5 | 1 << 1  /* SPP; SPIE and SIE, which sret sets   */
    csrc  sstatus, t1
    la    t0, test_registers
    load  t0, PRESERVED
    la    t0, stack_top
    ld    t0, 0(t0)
    sd    t0, HART_STACK_TOP(tp)
    ret

/* struct thread *usermode_choose(void): as a hart that has no thread */
    .globl usermode_choose
usermode_choose:
    leave_test
    sret_to_test
    j     trap_run_next

    .bss
    .balign 8
test_registers:
    .zero 256
stack_top:
    .zero 8
instructions_before:
    .zero 8
    .globl usermode_cost
usermode_cost:
    .zero 8
