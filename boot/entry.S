/* boot/entry.S - the first instruction, for the first hart and for the others.
 *
 * The image is linked high and starts low, with paging off: until the jump every address
 * comes from the pc (`la` is auipc here), so it is physical.  To jump, stvec is pointed
 * at the high copy of the next instruction and satp is written: the low pc is not
 * mapped any more, so the fetch traps, to there.  So no identity map is ever needed. */

#include "boot/layout.h"
#include "kernel/trap_macros.S"

/* Turn on the page table in `satp`; goes on at the next instruction's high address. */
.macro jump_high satp
    la   t0, 1f
    li   t1, KERNEL_IMAGE_OFFSET
    add  t0, t0, t1
    csrw stvec, t0              /* where the fetch that fails continues      */
    sfence.vma                  /* no walk may have cached anything older    */
    csrw satp, \satp            /* paging is on; the next fetch traps        */
    .balign 4                   /* stvec's low bits are its mode             */
1:  la   t0, park
    csrw stvec, t0              /* until trap_init(), a trap stops the hart  */
.endm

    .section .text.entry, "ax", @progbits
    .globl _start
/* a0 = hart id, a1 = physical address of the device tree, paging off (SBI 2.0, 3.1). */
_start:
    csrw sie, zero              /* no interrupt until somebody wants one     */
    la   t0, boot_lottery       /* firmware without HSM starts all harts:    */
    li   t1, 1                  /* the first to draw boots, the others stop  */
    amoswap.w.aq t1, t1, (t0)
    bnez t1, park
    rdtime t0                   /* the beginning, for bench=boot             */
    la   t1, boot_entry_time
    sd   t0, (t1)

    la   t0, sbss               /* clear_bss: not the stacks, not HEAP_SPACE */
    la   t1, sstack
1:  sd   zero, (t0)
    addi t0, t0, 8
    bltu t0, t1, 1b

    la   sp, boot_stack_top
    mv   s1, a0
    mv   s2, a1
    mv   a0, a1
    call early_page_table       /* returns the value for satp                */
    li   t0, KERNEL_IMAGE_OFFSET
    add  sp, sp, t0
    jump_high a0
    la   tp, harts              /* the hart that boots is harts[0]           */
    mv   fp, zero               /* backtraces end here                       */
    mv   a0, s1
    mv   a1, s2
    call kernel_main

    .balign 4
park:
    csrw sie, zero              /* nothing can wake it                       */
    wfi
    j    park

    .globl secondary_start
/* The same for a hart started by smp.c: a1 = physical address of its struct hart,
 * which smp.c has filled.  It takes the final page table at once. */
secondary_start:
    csrw sie, zero
    li   t0, KERNEL_IMAGE_OFFSET
    add  tp, a1, t0
    la   t2, kspace_satp
    ld   t2, (t2)
    ld   sp, HART_STACK_TOP(a1)
    jump_high t2
    mv   fp, zero
    call smp_secondary_main

    .data
    .balign 8
    .globl boot_entry_time
boot_entry_time:
    .dword 0
boot_lottery:
    .word 0                     /* in .data: .bss is cleared after the draw  */
