/* user/apps/bench.c - what the way into the kernel and back costs; for tools/bench.
 *
 * Counts retired instructions, exactly under QEMU's `-icount shift=0`, where a nanosecond
 * of the clock is one too.  The first line is the other end of
 * tests/bench/boot_bench.c. */
#include "kernel/abi/info.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

/* Between the two readings stand the ecall and the second reading itself. */
#define AROUND   2
#define ATTEMPTS 5

/* a0 to a3 and the number go in where the call wants them; s2 and s3 survive it. */
static uint64_t call_cost(uint64_t arg0, uint64_t arg1, uint64_t arg2, uint64_t arg3,
                          int64_t number) {
    register uint64_t a0 __asm__("a0") = arg0;
    register uint64_t a1 __asm__("a1") = arg1;
    register uint64_t a2 __asm__("a2") = arg2;
    register uint64_t a3 __asm__("a3") = arg3;
    register uint64_t a7 __asm__("a7") = (uint64_t)number;
    uint64_t before, after;
    __asm__ volatile("rdinstret s2\n"
                     "ecall\n"
                     "rdinstret s3\n"
                     "mv %[before], s2\n"
                     "mv %[after], s3\n"
                     : [before] "=&r"(before), [after] "=&r"(after), "+r"(a0), "+r"(a1),
                       "+r"(a2), "+r"(a3), "+r"(a7)
                     :
                     : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a4",
                       "a5", "a6", "s2", "s3");
    return after - before - AROUND;
}

/* From the trap's entry to its sret, the ecall itself not counted.  The least of some
 * attempts: the timer may have taken a turn in one. */
static void measure(const char *name, int64_t number, uint64_t arg0, uint64_t arg1,
                    uint64_t arg2, uint64_t arg3) {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < ATTEMPTS; i++) {
        uint64_t cost = call_cost(arg0, arg1, arg2, arg3, number);
        if (cost < least)
            least = cost;
    }
    printf("bench: syscall %s %lu.00\n", name, least);
}

/* A yield by a thread that uses floating point, before and after: its registers are
 * stored and loaded.  The instruction that turned it on again counts twice in QEMU. */
static void measure_float(void) {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < ATTEMPTS; i++) {
        register uint64_t a7 __asm__("a7") = (uint64_t)SYS_thread_yield;
        uint64_t before, after;
        __asm__ volatile(".word 0xf2000053\n" /* fmv.d.x ft0, zero */
                         "rdinstret s2\n"
                         "ecall\n"
                         ".word 0xf2000053\n"
                         "rdinstret s3\n"
                         "mv %[before], s2\n"
                         "mv %[after], s3\n"
                         : [before] "=&r"(before), [after] "=&r"(after), "+r"(a7)
                         :
                         : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0",
                           "a1", "a2", "a3", "a4", "a5", "a6", "s2", "s3");
        if (after - before < least)
            least = after - before;
    }
    printf("bench: syscall computing %lu.00\n", least - AROUND - 2);
}

int main(int argc, char **argv) {
    static struct heap_stats info;
    static struct buddy_block block;
    uint64_t now_ns, closed;
    (void)argc, (void)argv;
    if (clock_read(&now_ns) != OK)
        return 1;
    printf("bench: boot program_ns %lu.00\n", now_ns);
    if (handle_copy(own_system, 0, &closed) != OK || handle_close((handle_t)closed) != OK)
        return 1;
    measure("yield", SYS_thread_yield, 0, 0, 0, 0);
    measure_float();
    measure("refused", SYS_frame_stats, 0xdead, 0, 0, 0);
    measure("closed", SYS_frame_stats, closed, 0, 0, 0);
    measure("bad_close", SYS_handle_close, 0xdead, 0, 0, 0);
    measure("clock", SYS_clock_read, 0, 0, 0, 0);
    measure("unknown", -127, 0, 0, 0, 0);
    measure("foreign", 64, 0, 0, 0, 0);
    measure("heap_stats", SYS_heap_stats, own_system, (uintptr_t)&info, 0, 0);
    measure("heap_walk", SYS_heap_walk, own_system, 0, (uintptr_t)&block, 0);
    return 0;
}
