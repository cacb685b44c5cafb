/* tests/bench/workloads.h - the heap workloads, and the counting of what each call costs.
 *
 * Pure: the heap, the counter and all memory are the caller's, so the same code measures
 * on bare metal and checks heaps on the host (where the counter may stay at 0).
 * Every block carries a token at both ends that is checked before it is freed.
 * All randomness is splitmix64 from fixed seeds: a run repeats to the instruction. */
#pragma once

#include "lib/compiler.h"
#include "lib/status.h"

/* The heap under test.  One of `free` and `free_checked` is NULL. */
struct bench_heap {
    void *context;
    void *(*alloc)(void *context, size_t size);
    void (*free)(void *context, void *block, size_t size);
    status_t (*free_checked)(void *context, void *block, size_t size);
    const char *(*whole)(void *context); /* NULL if the heap is as it was at first */
    uint64_t (*counter)(void);
    size_t arena_bytes;
};

struct bench_block {
    void *address;
    uint32_t block_bytes;
    uint32_t token;
};

/* Costs up to BENCH_EXACT are counted each by itself, larger ones in steps of
 * BENCH_COARSE; the last bucket takes the rest. */
#define BENCH_EXACT   2048
#define BENCH_COARSE  64
#define BENCH_BUCKETS (BENCH_EXACT + 1024)

struct bench_tally {
    uint64_t nr_calls;
    uint64_t sum;
    uint64_t worst;
    uint32_t buckets[BENCH_BUCKETS];
};

struct bench_run {
    const struct bench_heap *heap;
    struct bench_block *blocks; /* room for nr_blocks_max */
    size_t nr_blocks_max;
    size_t nr_live;
    size_t live_bytes;   /* of the live blocks, each rounded up to a power of two */
    uint64_t random;     /* state of the generator */
    uint64_t empty_cost; /* what a call of nothing counts */
    bool counting;
    size_t nr_refused; /* allocations that got NULL */
    struct bench_tally alloc;
    struct bench_tally free;
};

/* Prepare `run`; the caller has set its first three members. */
void bench_start(struct bench_run *run);

/* Each returns NULL, or what was found broken; the tallies hold the counts.  Each starts
 * and ends with a heap that holds nothing of its own. */
enum bench_sizes { BENCH_SMALL = 1, BENCH_MIXED = 4, BENCH_PAGES = 5 };
const char *bench_steady(struct bench_run *run, enum bench_sizes sizes); /* W1, W4, W5 */
const char *bench_swing(struct bench_run *run);                          /* W6 */
const char *bench_ping_pong(struct bench_run *run, size_t size);

/* W2: nr_blocks of 64 bytes.  The frees of phase A are tallied in `every_second`, those
 * of phase B in run->free. */
const char *bench_lists(struct bench_run *run, size_t nr_blocks,
                        struct bench_tally *every_second);

/* Only one block of from_bytes is free; split it down to `size` and merge it again. */
const char *bench_deep(struct bench_run *run, size_t from_bytes, size_t size);

/* Allocate until the first refusal: the bytes that were asked for and given. */
const char *bench_fit(struct bench_run *run, enum bench_sizes sizes, size_t *fit_bytes);

uint64_t bench_mean_hundredths(const struct bench_tally *tally);
uint64_t bench_percentile(const struct bench_tally *tally, unsigned percent);
