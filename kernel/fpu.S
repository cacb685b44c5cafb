/* kernel/fpu.S - floating point to and from memory.
 *
 * Assembled for the extension D, as nothing else in the kernel is (Makefile).  fpu.h
 * tells when which of the two is done. */

#include "kernel/trap_macros.S"

/* The 32 registers, `op` being fsd or fld, at `base`. */
.macro each_register op, base
    .irp  n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    \op   f\n, 8 * \n(\base)
    .endr
    .irp  n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \op   f\n, 8 * \n(\base)
    .endr
.endm

    .section .text.trap, "ax", @progbits

/* stvec while floating point is on: F1.  All other registers are the user's yet, and stay
 * so for __alltraps. */
    .globl fpu_trap
    .balign 4
fpu_trap:
    csrrw tp, sscratch, tp              /* T1: tp = the thread                  */
    beqz  tp, trap_from_kernel          /* a bug behind fpu_load()              */
    store tp, 8, 9
    ld    s0, THREAD_FPU(tp)
    each_register fsd, s0
    frcsr s1
    sd    s1, FPU_FCSR(s0)
    csrr  s1, scause
    sd    s1, FPU_CAUSE(s0)             /* F2                                   */
    li    s1, SSTATUS_FS
    csrc  sstatus, s1                   /* off                                  */
    la    s1, __alltraps
    csrw  stvec, s1                     /* the usual way in from now on         */
    load  tp, 8, 9
    csrrw tp, sscratch, tp
    j     __alltraps

/* bool fpu_probe(void): has this hart the extension D?  Without, what it tries traps, and
 * goes on at 1. */
    .globl fpu_probe
fpu_probe:
    la    t0, 1f
    csrrw t1, stvec, t0
    li    t2, SSTATUS_FS
    csrs  sstatus, t2
    li    a0, 0
    fmv.d.x f0, zero
    li    a0, 1
    .balign 4
1:  csrc  sstatus, t2
    csrw  stvec, t1
    ret

/* void fpu_load(const struct fpu_state *): floating point is on, also after the return to
 * user mode. */
    .globl fpu_load
fpu_load:
    li    t0, SSTATUS_FS
    csrs  sstatus, t0
    each_register fld, a0
    ld    t0, FPU_FCSR(a0)
    fscsr t0
    la    t0, fpu_trap
    csrw  stvec, t0
    ret
