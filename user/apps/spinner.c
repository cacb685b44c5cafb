/* user/apps/spinner.c - never gives the processor away; the timer takes it.
 *
 * Two of them at once (app="spinner A+spinner B") show their lines mixed. */
#include "user/lib/clock.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"

#define ROUNDS   5
#define ROUND_NS 15000000 /* longer than a turn, of 10 ms at most */

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "?";
    for (int round = 1; round <= ROUNDS; round++) {
        uint64_t end_ns = clock_now_ns() + ROUND_NS;
        while (clock_now_ns() < end_ns)
            ;
        printf("spinner %s: round %d of %d\n", name, round, ROUNDS);
    }
    return 0;
}
