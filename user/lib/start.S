/* user/lib/start.S - the first instruction of every program.
 *
 * a0 and sp are the address of what the program is born with: user/lib/start_block.h. */
    .section .text.start, "ax", @progbits
    .globl _start
_start:
    mv    fp, zero              /* backtraces end here                */
    call  user_start            /* start.c; it does not return        */
