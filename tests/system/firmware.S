/* tests/system/firmware.S - the least that a firmware can be: three calls of SBI 0.1.
 *
 * Puts every hart into the kernel at once, has no base extension, no HSM, no Sstc, and
 * says nothing of itself in the device tree.  Each hart has a place of 16 bytes for the
 * registers that the trap handler needs.
 * Source: SBI 2.0, chapter 5 (legacy); RISC-V Privileged 1.12, chapter 3. */

    .globl _start
_start:
    la   t0, trap
    csrw mtvec, t0
    li   t0, -1
    csrw pmpaddr0, t0           /* all memory is the supervisor's            */
    csrw mcounteren, t0         /* rdtime                                    */
    li   t0, 0x1f
    csrw pmpcfg0, t0
    li   t0, 0xb1ff             /* all but ecall from S-mode                 */
    csrw medeleg, t0
    li   t0, 0x222
    csrw mideleg, t0
    la   t0, places
    csrr t1, mhartid
    slli t1, t1, 4
    add  t0, t0, t1
    csrw mscratch, t0
    li   t0, 0x1800
    csrc mstatus, t0
    li   t0, 0x0800             /* mret goes to S-mode                       */
    csrs mstatus, t0
    li   t0, 0x80200000
    csrw mepc, t0
    mret                        /* a0, a1 as QEMU gave them: hart, tree      */

    .balign 4
trap:
    csrrw sp, mscratch, sp
    sd   t0, 0(sp)
    sd   t1, 8(sp)
    csrr t0, mcause
    bltz t0, timer
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    beqz a7, set_timer
    li   t0, 1
    beq  a7, t0, console_putchar
    li   t0, 8
    beq  a7, t0, shutdown
    li   a0, -2                 /* not supported                             */
back:
    ld   t0, 0(sp)
    ld   t1, 8(sp)
    csrrw sp, mscratch, sp
    mret

set_timer:
    csrr t0, mhartid
    slli t0, t0, 3
    li   t1, 0x2004000          /* mtimecmp of the CLINT                     */
    add  t1, t1, t0
    sd   a0, 0(t1)
    li   t0, 0x20
    csrc mip, t0                /* STIP                                      */
    li   t0, 0x80
    csrs mie, t0                /* MTIE                                      */
    li   a0, 0
    j    back

timer:
    li   t0, 0x80
    csrc mie, t0
    li   t0, 0x20
    csrs mip, t0
    j    back

console_putchar:
    li   t1, 0x10000000         /* ns16550a                                  */
1:  lb   t0, 5(t1)
    andi t0, t0, 0x20           /* until there is room                       */
    beqz t0, 1b
    sb   a0, 0(t1)
    li   a0, 0
    j    back

shutdown:
    li   t0, 0x100000           /* sifive,test1                              */
    li   t1, 0x5555
    sw   t1, 0(t0)
    j    shutdown

    .bss
    .balign 16
places:
    .space 16 * 8
