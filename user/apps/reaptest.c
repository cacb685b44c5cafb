/* user/apps/reaptest.c - what a program had is given back when it ends, even if another
 * never lets go of the processor (TAP).
 *
 * Run beside one that ends (app="reaptest+leaker"): there must be a time when it is
 * there, and a later one when its frames are free. */
#include "kernel/abi/addresses.h"
#include "kernel/abi/info.h"
#include "user/lib/clock.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define OTHERS_FRAMES (USER_STACK_BYTES / USER_PAGE_BYTES) /* its stack alone */
#define PATIENCE_NS   5000000000

static uint64_t free_frames(void) {
    struct frame_stats info;
    return frame_stats(own_system, &info) == OK ? info.free_frames : 0;
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(1);
    uint64_t end_ns = clock_now_ns() + PATIENCE_NS;
    uint64_t free = free_frames(), least = free;
    while (free < least + OTHERS_FRAMES && clock_now_ns() < end_ns) {
        free = free_frames();
        if (free < least)
            least = free;
    }
    tap_check(free >= least + OTHERS_FRAMES, "the other's frames come back while I run");
    return tap_end();
}
