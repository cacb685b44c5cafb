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

static void report(const char *name, int64_t number, uint64_t a0, uint64_t a1,
                   uint64_t a2, uint64_t a3) {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
        uint64_t cost = call_cost(a0, a1, a2, a3, number);
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
