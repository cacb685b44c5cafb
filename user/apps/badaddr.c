/* user/apps/badaddr.c - writes where nothing is mapped, and is killed.
 * (rCore: store_fault.)  With an argument it reads instead. */
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

int main(int argc, char **argv) {
    volatile uint64_t *nowhere = (volatile uint64_t *)0xdead000;
    (void)argv;
    puts("badaddr: using 0xdead000, the kernel should kill me");
    if (argc > 1)
        (void)*nowhere;
    else
        *nowhere = 0;
    puts("badaddr: still alive, which is wrong");
    return 0;
}
