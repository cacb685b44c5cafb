/* labs/01-buddy/tests/kernel.c - the test of lab buddy that counts: what a free costs
 * when the free lists are long, with the crate's algorithm and with the student's. */
#include "kernel/log.h"
#include "kernel/selftest.h"
#include "labs/measure.h"

#define ARENA_BYTES  ((size_t)1 << 20)
#define SHORT        512
#define LONG         8192
#define FREE_AT_MOST 400 /* instructions; the crate needs thousands */

static _Alignas(1 << 20) uint8_t arena[ARENA_BYTES];
static struct bench_block blocks[LONG];
static struct bench_run run;
static struct bench_tally every_second;
static struct crate_heap crate;
static struct buddy buddy;

/* The mean cost of freeing every second one of nr_blocks blocks of 64 bytes; a failed
 * test if the heap is broken. */
static uint64_t cost_of_free(const struct bench_heap *heap, size_t nr_blocks) {
    run = (struct bench_run){.heap = heap, .blocks = blocks, .nr_blocks_max = LONG};
    bench_start(&run);
    const char *broken = bench_lists(&run, nr_blocks, &every_second);
    if (broken != NULL)
        selftest_fail(__FILE__, __LINE__, "%zu blocks: %s", nr_blocks, broken);
    return bench_mean_hundredths(&every_second) / 100;
}

static void tell(int nr_blocks, uint64_t crates, uint64_t yours) {
    console_printf("lab: a free among %4d blocks: crate %5lu, yours %5lu instructions\n",
                   nr_blocks, (unsigned long)crates, (unsigned long)yours);
}

SELFTEST("lab_buddy_cost", lab_buddy_cost) {
    struct bench_heap before = measure_crate(&crate, arena, ARENA_BYTES);
    uint64_t crate_short = cost_of_free(&before, SHORT);
    uint64_t crate_long = cost_of_free(&before, LONG);
    struct bench_heap heap = measure_policy(&buddy, arena, ARENA_BYTES);
    CHECK(heap.context != NULL, "the arena can be added");
    uint64_t your_short = cost_of_free(&heap, SHORT);
    uint64_t your_long = cost_of_free(&heap, LONG);
    tell(SHORT, crate_short, your_short);
    tell(LONG, crate_long, your_long);
    CHECK(your_long <= your_short + your_short / 2,
          "a free costs the same, however long the lists are");
    CHECK(your_long <= FREE_AT_MOST, "a free costs no more than a few steps");
}
