/* user/apps/spinner.c - never gives the processor away; the timer takes it.
 *
 * Two of them at once (app="spinner A+spinner B") show their lines mixed. */
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define ROUNDS   5
#define ROUND_NS 15000000 /* longer than a turn, of 10 ms at most */

static uint64_t now_ns(void) {
    uint64_t now;
    return clock_read(&now) == OK ? now : 0;
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "?";
    for (int round = 1; round <= ROUNDS; round++) {
        uint64_t end_ns = now_ns() + ROUND_NS;
        while (now_ns() < end_ns)
            ;
        printf("spinner %s: round %d of %d\n", name, round, ROUNDS);
    }
    return 0;
}
