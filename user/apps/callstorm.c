/* user/apps/callstorm.c - native calls at random, with arguments of all kinds (TAP).
 *
 * Whatever comes, the kernel answers with a status, goes on, and in the end has lost
 * nothing.  Arguments: how many calls, the seed, and `count`: hold each call to what an
 * entry into the kernel may take.  For that the instruction counter must be exact
 * (-icount) and the build a release: a debug kernel fills every block that it frees. */
#include "kernel/abi/info.h"
#include "lib/string.h"
#include "user/lib/random.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define CALLS     20000
#define ENTRY_MAX 20000 /* instructions; heap_check alone is known to take more */
#define BLOCKS    16

static uint8_t memory[3 * 4096] __attribute__((aligned(4096)));
static uint64_t blocks[BLOCKS]; /* what heap_alloc() gave; some are freed again since */
static uint64_t handles[BLOCKS];
static uint64_t random_state;

static uint64_t random_below(uint64_t limit) {
    return splitmix64(&random_state) % limit;
}

static uint64_t any_number(void) {
    static const uint64_t others[] = {
        0,
        UINT64_MAX,
        0x0000004000000000, /* where the user's half ends */
        0x0000008000000000, /* not canonical              */
        0xffffffc080400000, /* the direct map             */
        0xffffffff80200000, /* the kernel's text          */
    };
    uint64_t which = random_below(10);
    if (which < ARRAY_SIZE(others))
        return others[which] + random_below(3) * 8;
    return which < 8 ? random_below(5000) : 1ull << random_below(64);
}

/* Good for the first argument of most calls, more often than not. */
static uint64_t any_handle(void) {
    switch (random_below(8)) {
    case 0: return any_number();
    case 1: return own_process;
    case 2: return handles[random_below(BLOCKS)];
    default: return own_system;
    }
}

static uint64_t any_argument(void) {
    switch (random_below(4)) {
    case 0: return blocks[random_below(BLOCKS)];
    case 1: return (uintptr_t)memory + random_below(1200) * 8;
    default: return any_number();
    }
}

/* Not process_exit(), nor a sleep that might not end, nor text between the verdicts, nor
 * heap_check(), which takes as long as the heap is large; and the handle that the verdict
 * is told by stays open. */
static bool is_wanted(int64_t number, uint64_t arg0) {
    if (number == SYS_handle_close)
        return arg0 != own_system && arg0 != own_process;
    return number != SYS_process_exit && number != SYS_thread_sleep &&
           number != SYS_log_write && number != SYS_heap_check;
}

/* How many instructions it took, the way in and out included. */
static uint64_t call_at_random(void) {
    int64_t number = -(int64_t)random_below(18);
    uint64_t arg0 = any_handle(), arg1 = any_argument(), arg2 = any_argument(),
             arg3 = any_argument();
    if (!is_wanted(number, arg0))
        return 0;
    uint64_t before, after;
    __asm__ volatile("rdinstret %0" : "=r"(before)::"memory");
    struct syscall_result result = native_call(number, arg0, arg1, arg2, arg3, 0, 0);
    __asm__ volatile("rdinstret %0" : "=r"(after)::"memory");
    if (number == SYS_heap_alloc && result.status == OK)
        blocks[random_below(BLOCKS)] = result.value;
    if (number == SYS_handle_copy && result.status == OK)
        handles[random_below(BLOCKS)] = result.value;
    return after - before;
}

int main(int argc, char **argv) {
    int nr_calls = argc > 1 ? atoi(argv[1]) : CALLS;
    bool is_counted = !DEBUG && argc > 3 && strcmp(argv[3], "count") == 0;
    uint64_t worst = 0;
    struct process_info self;
    random_state = argc > 2 ? (uint64_t)atoi(argv[2]) : 1;
    tap_plan(2);
    for (int i = 0; i < nr_calls; i++) {
        uint64_t cost = call_at_random();
        if (cost > worst)
            worst = cost;
    }
    tap_check(process_inspect(own_process, &self) == OK && self.nr_handles >= 2,
              "%d calls, and the kernel still knows me", nr_calls);
    tap_check(!is_counted || worst <= ENTRY_MAX, "the longest took %lu instructions",
              is_counted ? worst : 0);
    return tap_end();
}
