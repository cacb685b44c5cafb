/* user/apps/bench.c - what the way into the kernel and back costs; for tools/bench.
 *
 * Under QEMU's `-icount shift=0` a nanosecond is an instruction, so the clock counts
 * them.  Its first line is the other end of tests/bench/boot_bench.c. */
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define ROUNDS   1000
#define ATTEMPTS 5 /* the least of these: the timer may have taken a turn in one */

static uint64_t now_ns(void) {
    uint64_t now;
    return clock_read(&now) == OK ? now : 0;
}

/* The time of ROUNDS times `instruction`, each with a7 = number and a0 = argument. */
#define DEFINE_LOOP(name, instruction)                                                   \
    static uint64_t name(int64_t number, uint64_t argument) {                            \
        uint64_t start_ns = now_ns();                                                    \
        for (int i = 0; i < ROUNDS; i++) {                                               \
            register uint64_t a0 __asm__("a0") = argument;                               \
            register int64_t a7 __asm__("a7") = number;                                  \
            __asm__ volatile(instruction                                                 \
                             : "+r"(a0), "+r"(a7)                                        \
                             :                                                           \
                             : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", \
                               "a1", "a2", "a3", "a4", "a5", "a6");                      \
        }                                                                                \
        return now_ns() - start_ns;                                                      \
    }
DEFINE_LOOP(loop_of_calls, "ecall")
DEFINE_LOOP(loop_of_nops, "nop")

/* From the trap's entry to its sret, the ecall itself not counted. */
static void measure(const char *name, int64_t number, uint64_t argument) {
    uint64_t least_ns = UINT64_MAX;
    for (int i = 0; i < ATTEMPTS; i++) {
        uint64_t calls_ns = loop_of_calls(number, argument);
        uint64_t cost_ns = calls_ns - loop_of_nops(number, argument);
        if (cost_ns < least_ns)
            least_ns = cost_ns;
    }
    printf("bench: syscall %s %lu.%02lu\n", name, least_ns / ROUNDS,
           least_ns % ROUNDS * 100 / ROUNDS);
}

int main(int argc, char **argv) {
    uint64_t first_ns = now_ns();
    (void)argc;
    (void)argv;
    printf("bench: boot user_ns %lu.00\n", first_ns);
    measure("yield", SYS_thread_yield, 0);
    measure("refused", SYS_frame_stats, 0xdead);
    measure("bad_close", SYS_handle_close, 0xdead);
    measure("clock", SYS_clock_read, 0);
    measure("unknown", -63, 0);
    return 0;
}
