/* user/apps/badinst.c - executes an instruction that user mode may not, and is killed.
 * (rCore: priv_inst.) */
#include "user/lib/start.h"
#include "user/lib/stdio.h"

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    puts("badinst: executing sret, the kernel should kill me");
    __asm__ volatile("sret");
    puts("badinst: still alive, which is wrong");
    return 0;
}
