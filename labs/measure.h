/* labs/measure.h - what the labs' kernel tests measure with: the heaps that the workloads
 * of tests/bench run on.
 *
 * Not here: the workloads, and what a lab demands of the figures. */
#pragma once

#include "mm/buddy.h"
#include "mm/heap.h"
#include "tests/bench/crate.h"
#include "tests/bench/instret.h"
#include "tests/bench/workloads.h"
#include "tests/kernel/selftest.h"

static inline void *measure_crate_alloc(void *context, size_t size) {
    return crate_alloc(context, size, 1);
}

static inline void measure_crate_free(void *context, void *block, size_t size) {
    crate_free(context, block, size, 1);
}

static inline const char *measure_crate_whole(void *context) {
    const struct crate_heap *crate = context;
    return crate->allocated_bytes == 0 ? NULL : "bytes are missing";
}

/* The crate's algorithm, given the arena. */
static inline struct bench_heap measure_crate(struct crate_heap *crate, void *arena,
                                              size_t arena_bytes) {
    crate_init(crate);
    crate_add(crate, (uintptr_t)arena, (uintptr_t)arena + arena_bytes);
    return (struct bench_heap){.context = crate,
                               .alloc = measure_crate_alloc,
                               .free = measure_crate_free,
                               .whole = measure_crate_whole,
                               .counter = instructions_retired,
                               .arena_bytes = arena_bytes};
}

static inline void *measure_policy_alloc(void *context, size_t size) {
    return buddy_alloc(context, size, 1);
}

static inline status_t measure_policy_free(void *context, void *block, size_t size) {
    (void)size;
    return buddy_free(context, block);
}

static inline const char *measure_policy_whole(void *context) {
    struct buddy_stats stats;
    buddy_stats(context, &stats);
    return stats.used_bytes == 0 ? buddy_check(context) : "bytes are missing";
}

/* The policy that the kernel was built with (POLICY=), given the arena; its context is
 * NULL if it would not have it. */
static inline struct bench_heap measure_policy(struct buddy *b, void *arena,
                                               size_t arena_bytes) {
    buddy_init(b, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    return (struct bench_heap){.context =
                                   buddy_add(b, arena, arena_bytes) == OK ? b : NULL,
                               .alloc = measure_policy_alloc,
                               .free_checked = measure_policy_free,
                               .whole = measure_policy_whole,
                               .counter = instructions_retired,
                               .arena_bytes = arena_bytes};
}

static inline void *measure_kmalloc(void *context, size_t size) {
    (void)context;
    return kmalloc(size);
}

static inline void measure_kfree(void *context, void *block, size_t size) {
    (void)context;
    (void)size;
    kfree(block);
}

static inline const char *measure_kernel_whole(void *context) {
    (void)context;
    return heap_check();
}

/* HEAP_SPACE by kmalloc() and kfree(). */
static inline struct bench_heap measure_kernel_heap(void) {
    return (struct bench_heap){.alloc = measure_kmalloc,
                               .free = measure_kfree,
                               .whole = measure_kernel_whole,
                               .counter = instructions_retired,
                               .arena_bytes = KERNEL_HEAP_SIZE};
}

#define MEASURE_BLOCKS_MAX 8192

/* Of nr_blocks blocks of 64 bytes every second one is freed, so that the free list only
 * grows: the mean cost of such a free.  A failed test if the heap is broken. */
static inline unsigned measure_lone_free(const struct bench_heap *heap,
                                         size_t nr_blocks) {
    static struct bench_block blocks[MEASURE_BLOCKS_MAX];
    static struct bench_tally every_second;
    static struct bench_run run;
    run = (struct bench_run){
        .heap = heap, .blocks = blocks, .nr_blocks_max = MEASURE_BLOCKS_MAX};
    bench_start(&run);
    const char *broken = bench_lists(&run, nr_blocks, &every_second);
    if (broken != NULL)
        selftest_fail(__FILE__, __LINE__, "%zu blocks: %s", nr_blocks, broken);
    return bench_mean_hundredths(&every_second) / 100;
}
