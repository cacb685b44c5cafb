/* kernel/trap_macros.S - what trap.S and fastpath.S say often, said shortly; without them
 * it is nothing. */

#define PLACE(name, value, expression) .equ name, value
#include "kernel/places.def"

#define THREAD_X(n) ((n)*8) /* register xn in struct thread; the place of x0 has the pc */

/* Lists of registers for the macros below, by number.  Those that have no name here: ra
 * 1, sp 2, gp 3, tp 4, s0 8, s1 9. */
#define T0_T2  5, 6, 7
#define A0_A1  10, 11
#define A2_A6  12, 13, 14, 15, 16
#define A7     17
#define S2_S11 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
#define T3_T6  28, 29, 30, 31

/* To or from the array of 32 words at `base`; a `load` may end with its own base. */
.macro store base, registers:vararg
    .irp n, \registers
    sd    x\n, THREAD_X(\n)(\base)
    .endr
.endm
.macro load base, registers:vararg
    .irp n, \registers
    ld    x\n, THREAD_X(\n)(\base)
    .endr
.endm
.macro clear registers:vararg
    .irp n, \registers
    li    x\n, 0
    .endr
.endm

/* kernel_lock() and kernel_unlock() without a call, by t4 alone.  Between the two s1
 * stays the lock.  Who was stopped by then goes to `stopped`: see trap.S, T5. */
.macro lock_kernel stopped
    la    s1, the_kernel_lock
1:  li    t4, 1
    amoswap.d.aq t4, t4, (s1)           /* was it 0?  It is 1 now               */
    beqz  t4, 2f
    csrsi sip, 1 << 1                   /* a wfi that does not wait,            */
    wfi                                 /* as in kernel_lock()                  */
    j     1b
2:  lbu   t4, THREAD_STATE(s0)
    bnez  t4, \stopped                  /* not THREAD_READY                     */
.endm
.macro unlock_kernel
    amoswap.d.rl zero, zero, (s1)
.endm

/* Use the address space of `process`, by t3 to t6 alone; space.h. */
.macro enter_space process
    ld    t4, HART_SPACE(tp)
    add   t4, t4, \process
    ld    t3, (t4)                      /* satp for this hart                   */
    bltz  t3, 1f                        /* its mode is there: as it is          */
    jal   t5, fence_space
1:  csrw  satp, t3
.endm

/* From the first instructions of __alltraps into the kernel: tp is the thread, the user's
 * tp in sscratch, s0 and s1 are saved.  Afterwards s0 is the thread, tp the hart. */
.macro enter_kernel
    sd    sp, THREAD_X(2)(tp)
    csrrw s1, sscratch, zero            /* T1; s1 = the user's tp               */
    sd    s1, THREAD_X(4)(tp)
    mv    s0, tp
    ld    tp, THREAD_HART(s0)           /* T2                                   */
.endm
