/* user/apps/orphans.c - leaves two processes behind that hold on to each other.
 *
 * Each has a handle to the other, so neither goes for want of handles; what ends them is
 * the end of init, to which they fall. */
#include "kernel/abi/rights.h"
#include "user/lib/child.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

static void wait_for_ever(uint64_t unused) {
    (void)unused;
    for (;;)
        (void)!thread_sleep(UINT64_MAX);
}

int main(int argc, char **argv) {
    uint64_t children[2], handle;
    (void)argc, (void)argv;
    for (int i = 0; i < 2; i++)
        if (child_create("orphan", 96, 16 << 10, &children[i]) != OK)
            return 1;
    for (int i = 0; i < 2; i++)
        if (process_give((handle_t)children[i], children[1 - i], RIGHTS_OF_PROCESS,
                         &handle) != OK ||
            child_start(children[i], wait_for_ever, 0) != OK)
            return 1;
    printf("two processes stay behind\n");
    return 0;
}
