/* tests/bench/workloads.c - see workloads.h.
 *
 * Not here: which heap is measured and how the figures are printed (each user's own).
 * Invariant W1: live_bytes is the sum of the live blocks' sizes, each rounded up.
 * Invariant W2: blocks[0] to blocks[nr_live - 1] are the live blocks, in no order. */
#include "tests/bench/workloads.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "user/lib/random.h"

#define COUNTED_STEPS 200000
#define FRAME_BYTES   4096

/* --- the generator ---------------------------------------------------------------- */

static uint32_t random_below(struct bench_run *run, uint32_t bound) {
    return (uint32_t)(((splitmix64(&run->random) >> 32) * bound) >> 32);
}

static void random_seed(struct bench_run *run, unsigned workload) {
    run->random = 0x1234567 + (uint64_t)workload * 7919 + run->heap->arena_bytes;
}

static size_t small_size(struct bench_run *run) {
    uint32_t percent = random_below(run, 100);
    if (percent < 40)
        return 16 + random_below(run, 17);
    if (percent < 67)
        return 33 + random_below(run, 32);
    if (percent < 84)
        return 65 + random_below(run, 64);
    if (percent < 94)
        return 129 + random_below(run, 128);
    return 257 + random_below(run, 256);
}

static size_t mixed_size(struct bench_run *run) {
    uint32_t power = (uint32_t)1 << (3 + random_below(run, 13));
    return power + random_below(run, power);
}

static size_t pages_size(struct bench_run *run) {
    uint32_t e = random_below(run, 9);
    if (e == 8)
        return 256 * FRAME_BYTES;
    uint32_t power = (uint32_t)1 << e;
    return (size_t)(power + random_below(run, power)) * FRAME_BYTES;
}

static size_t next_size(struct bench_run *run, enum bench_sizes sizes) {
    switch (sizes) {
    case BENCH_SMALL: return small_size(run);
    case BENCH_MIXED: return mixed_size(run);
    case BENCH_PAGES: break;
    }
    return pages_size(run);
}

static size_t rounded(size_t size) {
    return size <= 16 ? 16 : (size_t)1 << bits_log2_ceil(size);
}

/* --- the counts ------------------------------------------------------------------- */

static void tally_clear(struct bench_tally *tally) {
    memset(tally, 0, sizeof(*tally));
}

static void tally_add(struct bench_tally *tally, uint64_t cost) {
    size_t bucket = cost;
    if (bucket >= BENCH_EXACT)
        bucket = BENCH_EXACT + (cost - BENCH_EXACT) / BENCH_COARSE;
    if (bucket >= BENCH_BUCKETS)
        bucket = BENCH_BUCKETS - 1;
    tally->buckets[bucket]++;
    tally->nr_calls++;
    tally->sum += cost;
    if (cost > tally->worst)
        tally->worst = cost;
}

/* What an allocator's entry costs that does nothing: the function that calls it, as the
 * heaps below have one, and the call itself. */
static NOINLINE void *nothing(void *heap, size_t size, size_t align) {
    __asm__ volatile("" : : "r"(heap), "r"(size), "r"(align));
    return NULL;
}

static void *alloc_nothing(void *context, size_t size) {
    return nothing(context, size, 1);
}

static uint64_t cost_of_nothing(const struct bench_heap *heap) {
    void *(*volatile pointer)(void *, size_t) = alloc_nothing;
    void *(*entry)(void *, size_t) = pointer;
    uint64_t before = heap->counter();
    entry(heap->context, 0);
    return heap->counter() - before;
}

void bench_start(struct bench_run *run) {
    run->nr_live = 0;
    run->live_bytes = 0;
    run->nr_refused = 0;
    run->counting = true;
    run->empty_cost = cost_of_nothing(run->heap);
    tally_clear(&run->alloc);
    tally_clear(&run->free);
}

/* --- one allocation, one free ------------------------------------------------------ */

static void block_mark(const struct bench_block *block) {
    char *first = block->address;
    memcpy(first, &block->token, sizeof(block->token));
    memcpy(first + block->block_bytes - sizeof(block->token), &block->token,
           sizeof(block->token));
}

static bool block_is_intact(const struct bench_block *block) {
    const char *first = block->address;
    const char *last = first + block->block_bytes - sizeof(block->token);
    return memcmp(first, &block->token, sizeof(block->token)) == 0 &&
           memcmp(last, &block->token, sizeof(block->token)) == 0;
}

static uint64_t timed_alloc(const struct bench_heap *heap, size_t size, void **out) {
    uint64_t before = heap->counter();
    *out = heap->alloc(heap->context, size);
    return heap->counter() - before;
}

static uint64_t timed_free(const struct bench_heap *heap, const struct bench_block *block,
                           status_t *out) {
    uint64_t before;
    if (heap->free_checked) {
        before = heap->counter();
        *out = heap->free_checked(heap->context, block->address, block->block_bytes);
    } else {
        *out = OK;
        before = heap->counter();
        heap->free(heap->context, block->address, block->block_bytes);
    }
    return heap->counter() - before;
}

static void count(struct bench_run *run, struct bench_tally *tally, uint64_t cost) {
    if (run->counting)
        tally_add(tally, cost > run->empty_cost ? cost - run->empty_cost : 0);
}

/* True if a block of `size` bytes was added to the live ones. */
static bool live_alloc(struct bench_run *run, size_t size) {
    if (run->nr_live == run->nr_blocks_max)
        return false;
    struct bench_block *block = &run->blocks[run->nr_live];
    uint64_t cost = timed_alloc(run->heap, size, &block->address);
    count(run, &run->alloc, cost);
    if (block->address == NULL) {
        run->nr_refused++;
        return false;
    }
    block->block_bytes = (uint32_t)size;
    block->token = (uint32_t)(uintptr_t)block->address * 0x9E3779B1u ^ (uint32_t)size;
    block_mark(block);
    run->live_bytes += rounded(size);
    run->nr_live++;
    return true;
}

/* NULL, or what is wrong with the block or its free. */
static const char *live_free(struct bench_run *run, size_t index) {
    struct bench_block block = run->blocks[index];
    if (!block_is_intact(&block))
        return "a live block was overwritten";
    status_t status;
    uint64_t cost = timed_free(run->heap, &block, &status);
    count(run, &run->free, cost);
    run->live_bytes -= rounded(block.block_bytes);
    run->nr_live--;
    run->blocks[index] = run->blocks[run->nr_live];
    return status == OK ? NULL : status_name(status);
}

static const char *free_any(struct bench_run *run) {
    return live_free(run, random_below(run, (uint32_t)run->nr_live));
}

static const char *drain(struct bench_run *run) {
    bool counting = run->counting;
    run->counting = false;
    while (run->nr_live != 0) {
        const char *broken = live_free(run, run->nr_live - 1);
        if (broken)
            return broken;
    }
    run->counting = counting;
    return run->heap->whole(run->heap->context);
}

/* --- the workloads ---------------------------------------------------------------- */

static const char *fill(struct bench_run *run, enum bench_sizes sizes,
                        size_t target_bytes) {
    run->counting = false;
    while (run->live_bytes < target_bytes) {
        if (!live_alloc(run, next_size(run, sizes)))
            return "half of the arena could not be filled";
    }
    return NULL;
}

/* One step round a target: NULL, or what broke. */
static const char *steady_step(struct bench_run *run, enum bench_sizes sizes) {
    size_t target_bytes = run->heap->arena_bytes / 2;
    bool alloc;
    if (run->live_bytes * 100 < target_bytes * 95)
        alloc = true;
    else if (run->live_bytes * 100 > target_bytes * 105)
        alloc = false;
    else
        alloc = random_below(run, 2) == 0;
    if (!alloc)
        return free_any(run);
    live_alloc(run, next_size(run, sizes));
    return NULL;
}

/* Twice as many steps as there are live blocks, uncounted, then the counted ones. */
const char *bench_steady(struct bench_run *run, enum bench_sizes sizes) {
    random_seed(run, sizes);
    const char *broken = fill(run, sizes, run->heap->arena_bytes / 2);
    size_t warm_up_steps = 2 * run->nr_live;
    for (size_t i = 0; i < warm_up_steps + COUNTED_STEPS && !broken; i++) {
        run->counting = i >= warm_up_steps;
        broken = steady_step(run, sizes);
    }
    return broken ? broken : drain(run);
}

/* Four of five steps go the way of the tide, which turns at 3/4 and at 1/4. */
static const char *swing_step(struct bench_run *run, bool *rising) {
    size_t arena_bytes = run->heap->arena_bytes;
    if (run->live_bytes > arena_bytes / 4 * 3)
        *rising = false;
    else if (run->live_bytes < arena_bytes / 4)
        *rising = true;
    bool with_the_tide = random_below(run, 5) < 4;
    if (with_the_tide != *rising && run->nr_live != 0)
        return free_any(run);
    live_alloc(run, small_size(run));
    return NULL;
}

const char *bench_swing(struct bench_run *run) {
    random_seed(run, 6);
    bool rising = true;
    const char *broken = fill(run, BENCH_SMALL, run->heap->arena_bytes / 2);
    size_t warm_up_steps = 2 * run->nr_live;
    for (size_t i = 0; i < warm_up_steps + COUNTED_STEPS && !broken; i++) {
        run->counting = i >= warm_up_steps;
        broken = swing_step(run, &rising);
    }
    return broken ? broken : drain(run);
}

static void block_swap(struct bench_block *a, struct bench_block *b) {
    struct bench_block old = *a;
    *a = *b;
    *b = old;
}

static void sift_down(struct bench_block *blocks, size_t root, size_t nr_blocks) {
    for (size_t child = 2 * root + 1; child < nr_blocks; child = 2 * root + 1) {
        if (child + 1 < nr_blocks && blocks[child].address < blocks[child + 1].address)
            child++;
        if (blocks[root].address >= blocks[child].address)
            return;
        block_swap(&blocks[root], &blocks[child]);
        root = child;
    }
}

/* Heapsort (Knuth, TAOCP 3, 5.2.3): in place, no recursion. */
static void sort_by_address(struct bench_block *blocks, size_t nr_blocks) {
    for (size_t i = nr_blocks / 2; i-- > 0;)
        sift_down(blocks, i, nr_blocks);
    for (size_t end = nr_blocks; end-- > 1;) {
        block_swap(&blocks[0], &blocks[end]);
        sift_down(blocks, 0, end);
    }
}

/* Move the even ones to the back half, in descending order of address, so that freeing
 * from the end frees them in ascending order. */
static void every_second_last(struct bench_block *blocks, size_t nr_blocks) {
    for (size_t i = 0; i < nr_blocks; i++) /* the evens get their rank, from the end */
        blocks[i].token = (uint32_t)(i % 2 == 0 ? nr_blocks - 1 - i / 2 : i / 2);
    for (size_t i = 0; i < nr_blocks; i++) {
        while (blocks[i].token != i)
            block_swap(&blocks[i], &blocks[blocks[i].token]);
    }
}

static void shuffle(struct bench_run *run, size_t nr_blocks) {
    for (size_t i = nr_blocks; i > 1; i--)
        block_swap(&run->blocks[i - 1], &run->blocks[random_below(run, (uint32_t)i)]);
}

static const char *free_down_to(struct bench_run *run, size_t nr_left) {
    const char *broken = NULL;
    while (run->nr_live > nr_left && !broken)
        broken = live_free(run, run->nr_live - 1);
    return broken;
}

const char *bench_lists(struct bench_run *run, size_t nr_blocks,
                        struct bench_tally *every_second) {
    random_seed(run, 2);
    while (run->nr_live < nr_blocks) {
        if (!live_alloc(run, 64))
            return "the blocks of the long lists do not fit";
    }
    sort_by_address(run->blocks, nr_blocks);
    every_second_last(run->blocks, nr_blocks);
    for (size_t i = 0; i < nr_blocks; i++)
        block_mark(&run->blocks[i]);
    const char *broken = free_down_to(run, nr_blocks / 2);
    *every_second = run->free;
    tally_clear(&run->free);
    shuffle(run, run->nr_live);
    if (!broken)
        broken = free_down_to(run, 0);
    return broken ? broken : drain(run);
}

/* The neighbour stays allocated, so that nothing splits or merges. */
const char *bench_ping_pong(struct bench_run *run, size_t size) {
    run->counting = false;
    const char *broken = NULL;
    for (int i = 0; i < 3; i++) {
        if (!live_alloc(run, size))
            return "a block could not be allocated";
    }
    run->counting = true;
    for (int i = 0; i < 1000 && !broken; i++) {
        broken = live_free(run, run->nr_live - 1);
        if (!live_alloc(run, size))
            return "a block could not be allocated again";
    }
    return broken ? broken : drain(run);
}

const char *bench_deep(struct bench_run *run, size_t from_bytes, size_t size) {
    run->counting = false;
    if (!live_alloc(run, from_bytes))
        return "the block to split could not be allocated";
    for (size_t step = from_bytes; step >= 16; step /= 2) {
        while (live_alloc(run, step))
            ;
    }
    const char *broken = live_free(run, 0);
    run->counting = true;
    for (int i = 0; i < 16 && !broken; i++) {
        if (!live_alloc(run, size))
            return "the free block could not be split";
        broken = live_free(run, run->nr_live - 1);
    }
    return broken ? broken : drain(run);
}

const char *bench_fit(struct bench_run *run, enum bench_sizes sizes, size_t *fit_bytes) {
    random_seed(run, sizes);
    *fit_bytes = 0;
    while (run->nr_refused == 0) {
        if (run->nr_live == run->nr_blocks_max)
            return "there are more blocks than can be noted";
        size_t size = next_size(run, sizes);
        if (live_alloc(run, size))
            *fit_bytes += size;
    }
    return drain(run);
}
