/* user/apps/sharetest.c - a program that yields just before its turn ends gets no more of
 * the processor than one that never yields (TAP).
 *
 * Run as app=sharetest+"sharetest greedy", where time is exact (-icount): the one counts
 * how long it runs, the other lets go so late that the next tick meets the first. */
#include "user/lib/clock.h"
#include "user/lib/start.h"
#include "user/lib/tap.h"

#define RUN_NS      300000000
#define AWAY_NS     100000  /* two looks at the clock further apart: another ran */
#define TURN_NS     9500000 /* a little less than the longest turn */
#define LEAST_SHARE 25      /* percent */

static int be_greedy(void) {
    uint64_t last_ns = clock_now_ns(), turn_ns = last_ns, end_ns = last_ns + RUN_NS * 2;
    while (last_ns < end_ns) {
        uint64_t now_ns = clock_now_ns();
        if (now_ns - last_ns > AWAY_NS)
            turn_ns = now_ns;
        last_ns = now_ns;
        if (now_ns - turn_ns >= TURN_NS)
            (void)!thread_yield();
    }
    return 0;
}

static uint64_t share_percent(void) {
    uint64_t first_ns = clock_now_ns(), last_ns = first_ns, run_ns = 0;
    while (last_ns < first_ns + RUN_NS) {
        uint64_t now_ns = clock_now_ns();
        if (now_ns - last_ns <= AWAY_NS)
            run_ns += now_ns - last_ns;
        last_ns = now_ns;
    }
    return run_ns * 100 / (last_ns - first_ns);
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1)
        return be_greedy();
    tap_plan(1);
    uint64_t share = share_percent();
    tap_check(share >= LEAST_SHARE, "my share of the processor is %lu %%", share);
    return tap_end();
}
