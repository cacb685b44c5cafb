/* user/apps/sleeptest.c - the clock goes on, and sleepers wake in time (TAP).
 *
 * Run several at once (app="sleeptest+sleeptest+spinner x") to have them wake while
 * others want the processor. */
#include "user/lib/clock.h"
#include "user/lib/start.h"
#include "user/lib/tap.h"

#define SLEEPS   5
#define SLEEP_NS 7000000
#define LATE_NS  200000000 /* generous: an emulator on a busy machine */

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(3 + SLEEPS);
    uint64_t first_ns = clock_now_ns();
    tap_check(first_ns > 0, "the clock does not read 0");
    tap_check(clock_now_ns() >= first_ns, "the clock does not go back");
    for (int i = 0; i < SLEEPS; i++) {
        uint64_t deadline_ns = clock_now_ns() + SLEEP_NS;
        status_t st = thread_sleep(deadline_ns);
        uint64_t woken_ns = clock_now_ns();
        tap_check(st == OK && woken_ns >= deadline_ns && woken_ns < deadline_ns + LATE_NS,
                  "woken after the deadline, and soon");
    }
    uint64_t before_ns = clock_now_ns();
    tap_check(thread_sleep(before_ns - 1) == OK && clock_now_ns() < before_ns + LATE_NS,
              "a deadline in the past is no sleep");
    return tap_end();
}
