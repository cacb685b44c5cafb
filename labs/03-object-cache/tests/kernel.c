/* labs/03-object-cache/tests/kernel.c - the tests of lab object-cache that measure: what
 * fits into HEAP_SPACE, what an allocation and a free cost, against the buddy alone. */
#include "kernel/log.h"
#include "labs/measure.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "tests/kernel/selftest.h"

#define BLOCKS_MAX        65536
#define FIT_AT_LEAST      85  /* percent; the buddy alone has 73 */
#define COST_PERCENT_MOST 150 /* of what the buddy alone costs */

static _Alignas(2 << 20) uint8_t arena[KERNEL_HEAP_SIZE];
static struct bench_block blocks[BLOCKS_MAX];
static struct bench_run run;
static struct buddy buddy;

static void start(const struct bench_heap *heap) {
    run = (struct bench_run){.heap = heap, .blocks = blocks, .nr_blocks_max = BLOCKS_MAX};
    bench_start(&run);
}

/* Percent of the arena, in bytes that were asked for. */
static unsigned fit_of(const struct bench_heap *heap) {
    size_t fit_bytes = 0;
    start(heap);
    const char *broken = bench_fit(&run, BENCH_SMALL, &fit_bytes);
    if (broken != NULL)
        selftest_fail(__FILE__, __LINE__, "%s", broken);
    return fit_bytes * 100 / heap->arena_bytes;
}

struct cost {
    unsigned alloc, free;
};

static struct cost cost_of(const struct bench_heap *heap) {
    start(heap);
    const char *broken = bench_steady(&run, BENCH_SMALL);
    if (broken != NULL)
        selftest_fail(__FILE__, __LINE__, "%s", broken);
    return (struct cost){bench_mean_hundredths(&run.alloc) / 100,
                         bench_mean_hundredths(&run.free) / 100};
}

/* Small objects come from slabs, and the slabs go back. */
SELFTEST("lab_cache_slabs", lab_cache_slabs) {
    static void *objects[500];
    struct heap_stats before, full, after;
    heap_trim();
    heap_get_stats(&before);
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        objects[i] = kmalloc(24);
        CHECK(objects[i] != NULL, "a small object can be had");
        memset(objects[i], 0x5a, 24);
    }
    heap_get_stats(&full);
    const char *broken = heap_check();
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
        kfree(objects[i]);
    heap_trim();
    heap_get_stats(&after);
    CHECK(broken == NULL && heap_check() == NULL, "the heap's invariants hold");
    CHECK(full.nr_slabs > before.nr_slabs, "the objects come from slabs");
    CHECK(full.nr_slabs <= before.nr_slabs + 4, "24 bytes do not take a page");
    CHECK_EQUAL(after.nr_slabs, before.nr_slabs, "empty slabs go back to the buddy");
}

SELFTEST("lab_cache_fit", lab_cache_fit) {
    heap_set_rescue(NULL, NULL); /* HEAP_SPACE alone is measured */
    struct bench_heap kernel = measure_kernel_heap();
    unsigned yours = fit_of(&kernel);
    heap_set_rescue(rescue_with_frames, rescue_give_back);
    struct bench_heap alone = measure_policy(&buddy, arena, sizeof(arena));
    CHECK(alone.context != NULL, "the arena can be added");
    unsigned buddys = fit_of(&alone);
    console_printf("lab: fit of small objects: the buddy alone %u %%, yours %u %%\n",
                   buddys, yours);
    CHECK(yours >= FIT_AT_LEAST, "small objects waste little");
}

SELFTEST("lab_cache_cost", lab_cache_cost) {
    struct bench_heap kernel = measure_kernel_heap();
    struct cost yours = cost_of(&kernel);
    struct bench_heap alone = measure_policy(&buddy, arena, sizeof(arena));
    CHECK(alone.context != NULL, "the arena can be added");
    struct cost buddys = cost_of(&alone);
    struct heap_stats stats;
    heap_get_stats(&stats);
    console_printf(
        "lab: instructions, alloc / free: the buddy alone %u / %u, yours %u / %u\n",
        buddys.alloc, buddys.free, yours.alloc, yours.free);
    CHECK(stats.nr_slabs > 0, "objects come from slabs");
    CHECK(yours.alloc * 100 <= buddys.alloc * COST_PERCENT_MOST, "to take is cheap");
    CHECK(yours.free * 100 <= buddys.free * COST_PERCENT_MOST, "to put back is cheap");
}
