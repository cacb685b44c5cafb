/* labs/04-first-fit/tests/kernel.c - the test of lab first-fit that compares: what fits,
 * how what is free falls into pieces, what it costs, against the crate's buddy system.
 *
 * It measures the policy that the kernel was built with, so `make run POLICY=buddy` runs
 * the same work on our own buddy. */
#include "kernel/log.h"
#include "labs/measure.h"
#include "tests/kernel/selftest.h"

#define ARENA_BYTES  KERNEL_HEAP_SIZE
#define BLOCKS_MAX   65536
#define FIT_AT_LEAST 80 /* percent of the arena, with small objects; buddies have 75 */

static _Alignas(2 << 20) uint8_t arena[ARENA_BYTES];
static struct bench_block blocks[BLOCKS_MAX];
static struct bench_run run;
static struct crate_heap crate;
static struct buddy buddy;

struct fit {
    unsigned percent; /* of the arena, in bytes that were asked for */
    unsigned cost;    /* the mean of an allocation on the way there */
};

static struct fit fit_of(const struct bench_heap *heap, enum bench_sizes sizes) {
    size_t fit_bytes = 0;
    run = (struct bench_run){.heap = heap, .blocks = blocks, .nr_blocks_max = BLOCKS_MAX};
    bench_start(&run);
    const char *broken = bench_fit(&run, sizes, &fit_bytes);
    if (broken != NULL)
        selftest_fail(__FILE__, __LINE__, "%s", broken);
    return (struct fit){fit_bytes * 100 / ARENA_BYTES,
                        bench_mean_hundredths(&run.alloc) / 100};
}

/* Fill the arena, free every second block: how much of what is free is not in the largest
 * free block? */
static unsigned fragmentation_of(const struct bench_heap *heap) {
    struct buddy_stats stats;
    size_t nr = 0;
    for (; nr < BLOCKS_MAX; nr++) {
        blocks[nr].address = heap->alloc(heap->context, 100 + nr % 3000);
        if (blocks[nr].address == NULL)
            break;
    }
    for (size_t i = 0; i < nr; i += 2)
        if (heap->free_checked(heap->context, blocks[i].address, 0) != OK)
            selftest_fail(__FILE__, __LINE__, "a block could not be freed");
    buddy_stats(heap->context, &stats);
    for (size_t i = 1; i < nr; i += 2)
        if (heap->free_checked(heap->context, blocks[i].address, 0) != OK)
            selftest_fail(__FILE__, __LINE__, "a block could not be freed");
    return stats.fragmentation_percent;
}

static void tell(const char *what, struct fit crates, struct fit yours) {
    console_printf("lab: %s: crate %u %% at %u instructions, yours %u %% at %u\n", what,
                   crates.percent, crates.cost, yours.percent, yours.cost);
}

SELFTEST("lab_first_fit_compare", lab_first_fit_compare) {
    struct bench_heap before = measure_crate(&crate, arena, ARENA_BYTES);
    struct fit crate_small = fit_of(&before, BENCH_SMALL);
    struct fit crate_mixed = fit_of(&before, BENCH_MIXED);
    struct bench_heap heap = measure_policy(&buddy, arena, ARENA_BYTES);
    CHECK(heap.context != NULL, "the arena can be added");
    struct fit small = fit_of(&heap, BENCH_SMALL), mixed = fit_of(&heap, BENCH_MIXED);
    unsigned fragmented = fragmentation_of(&heap);
    tell("small objects fit", crate_small, small);
    tell("mixed sizes fit", crate_mixed, mixed);
    console_printf(
        "lab: every second block freed: %u %% of the free bytes are not in the "
        "largest block\n",
        fragmented);
    CHECK(buddy_check(&buddy) == NULL, "the heap's invariants hold");
    CHECK(small.percent >= FIT_AT_LEAST, "nothing is rounded up to a power of two");
    CHECK(mixed.percent > crate_mixed.percent,
          "mixed sizes fit better than in the crate");
}
