/* tests/bench/boot_bench.c - when the kernel's first instruction ran, for tools/bench.
 *
 * The other ends are kernel/first.c, whose log tells when init begins, and
 * user/apps/bench.c, which prints when the first program runs.  Under `-icount shift=0` a
 * nanosecond is an instruction. */
#include "kernel/csr.h"
#include "kernel/log.h"
#include "kernel/timer.h"
#include "tests/kernel/selftest.h"

extern uint64_t boot_entry_time; /* boot/entry.S, in ticks of the timebase */

BENCHMARK("boot", bench_boot) {
    uint64_t now_ticks = csr_read(time);
    uint64_t now_ns = timer_now_ns();
    CHECK(now_ticks != 0, "time goes on");
    uint64_t ns_per_tick = now_ns / now_ticks;
    uint64_t entry_ns = now_ns - (now_ticks - boot_entry_time) * ns_per_tick;
    console_printf("bench: boot entry_ns %lu.00\n", (unsigned long)entry_ns);
}
