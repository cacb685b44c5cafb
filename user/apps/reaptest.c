/* user/apps/reaptest.c - what a program had is given back when it ends, even if another
 * never lets go of the processor (TAP).
 *
 * Run before one that takes much and ends (app="reaptest+leaker"). */
#include "kernel/abi/info.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define OTHERS_FRAMES (USER_HEAP_SIZE / 4096) /* its heap alone */
#define PATIENCE_NS   5000000000

static uint64_t free_frames(void) {
    struct frame_info info;
    return frame_stats(own_system, &info) == OK ? info.free_frames : 0;
}

int main(int argc, char **argv) {
    uint64_t now_ns, end_ns;
    (void)argc, (void)argv;
    tap_plan(1);
    (void)!clock_read(&now_ns);
    end_ns = now_ns + PATIENCE_NS;
    uint64_t wanted = free_frames() + OTHERS_FRAMES;
    while (free_frames() < wanted && now_ns < end_ns)
        (void)!clock_read(&now_ns);
    tap_check(free_frames() >= wanted, "the other's frames come back while I run");
    return tap_end();
}
