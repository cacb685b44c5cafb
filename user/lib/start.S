/* user/lib/start.S - the first instruction of every program.
 *
 * The kernel gives a0 = handle to the system, a1 = argc, a2 = argv, a3 = handle to the
 * program's own process, sp = the top of a mapped stack, aligned to 16. */
    .section .text.start, "ax", @progbits
    .globl _start
_start:
    mv    fp, zero              /* backtraces end here                */
    call  user_start            /* start.c; it does not return        */
