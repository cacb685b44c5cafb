/* user/apps/callcost.c - what the shortest system calls cost, in retired instructions.
 *
 * Exact under QEMU's -icount shift=0.  Counted from the trap's entry to the instruction
 * after its sret: the ecall itself and the reading of the counter are subtracted. */
#include "kernel/abi/info.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

/* Between the two readings stand the ecall and the second reading itself. */
#define AROUND 2

static uint64_t call_cost(int64_t number, const uint64_t args[4]) {
    register uint64_t a0 __asm__("a0") = args[0];
    register uint64_t a1 __asm__("a1") = args[1];
    register uint64_t a2 __asm__("a2") = args[2];
    register uint64_t a3 __asm__("a3") = args[3];
    register uint64_t a7 __asm__("a7") = (uint64_t)number;
    register uint64_t before __asm__("s2");
    register uint64_t after __asm__("s3");
    __asm__ volatile("rdinstret %[before]\n"
                     "ecall\n"
                     "rdinstret %[after]\n"
                     : [before] "=&r"(before), [after] "=&r"(after), "+r"(a0), "+r"(a1),
                       "+r"(a2), "+r"(a3), "+r"(a7)
                     :
                     : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a4",
                       "a5", "a6");
    return after - before - AROUND;
}

static void report(const char *name, int64_t number, uint64_t a0, uint64_t a1,
                   uint64_t a2, uint64_t a3) {
    const uint64_t args[4] = {a0, a1, a2, a3};
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
        uint64_t cost = call_cost(number, args);
        if (cost < least)
            least = cost;
    }
    printf("callcost: %s: %lu instructions\n", name, least);
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    static struct heap_info info;
    static struct heap_block blocks[HEAP_WALK_MAX];
    uint64_t copy = 0;
    report("thread_yield with nobody else", SYS_thread_yield, 0, 0, 0, 0);
    report("heap_stats, index of handle too large", SYS_heap_stats, 1023, 0, 0, 0);
    if (handle_copy(own_system, 0, &copy) != OK || handle_close((handle_t)copy) != OK)
        return 1;
    report("heap_stats, closed handle", SYS_heap_stats, copy, 0, 0, 0);
    report("a number that is not given", -63, 0, 0, 0, 0);
    report("a foreign call", 64, 0, 0, 0, 0);
    report("clock_read", SYS_clock_read, 0, 0, 0, 0);
    report("heap_stats", SYS_heap_stats, own_system, (uintptr_t)&info, 0, 0);
    report("heap_walk", SYS_heap_walk, own_system, 0, (uintptr_t)blocks, HEAP_WALK_MAX);
    return 0;
}
