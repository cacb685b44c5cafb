/* labs/01-buddy/tests/host.c - the tests of lab buddy that run on the host.
 *
 * The first ones call the student's parts one by one, on memory and state bytes laid out
 * by hand, so that a part can pass before the next one is written; the later ones use
 * the whole allocator. */
#include "tests/host/lab.h"

#include "mm/buddy_fast.h"

#define UNITS      64
#define UNIT_BYTES 32
#define MEMORY_K   6 /* all of it is one block of 2^6 units */

static _Alignas(UNITS *UNIT_BYTES) uint8_t memory[UNITS * UNIT_BYTES];
static uint8_t states[UNITS];
static struct buddy b;

/* ---- the hook ---- */

static struct {
    size_t nr_splits, nr_merges;
    uintptr_t last_block;
    unsigned last_order;
} traced;

static void count_event(void *context, enum buddy_event event, const void *block,
                        unsigned order, size_t requested_bytes) {
    (void)context;
    (void)requested_bytes;
    traced.nr_splits += event == BUDDY_SPLIT;
    traced.nr_merges += event == BUDDY_MERGE;
    traced.last_block = (uintptr_t)block;
    traced.last_order = order;
}

/* A buddy without a region: the tests own memory[] and states[]. */
static struct buddy_span by_hand(void) {
    memset(states, STATE_INSIDE, sizeof(states));
    memset(&traced, 0, sizeof(traced));
    buddy_init(&b, BUDDY_SMALLEST_ORDER, 20);
    buddy_set_trace(&b, count_event, NULL);
    uintptr_t start = (uintptr_t)memory;
    return (struct buddy_span){start, sizeof(memory),
                               (uintptr_t)states - (start >> BUDDY_SMALLEST_ORDER)};
}

static uintptr_t unit(size_t n) {
    return (uintptr_t)memory + n * UNIT_BYTES;
}

static void push(size_t n, size_t k) {
    push_free(&b.orders[k], unit(n), &states[n]);
}

/* The free block at unit n, of 2^k units, is known and marked as such. */
static void expect_listed(size_t n, size_t k) {
    const struct free_block *found = NULL;
    size_t nr_seen = 0;
    LIST_FOR_EACH(block, &b.orders[k].blocks, struct free_block, link) {
        if ((uintptr_t)block == unit(n))
            found = block;
        if (++nr_seen > UNITS)
            fail_msg("the list of k = %zu does not end", k);
    }
    if (found == NULL)
        fail_msg("unit %zu is not on the list of k = %zu", n, k);
    assert_ptr_equal(found->state, &states[n]);
    assert_int_equal(states[n], STATE_FREE | k);
    assert_int_equal(b.orders[k].nr_free, nr_seen);
}

static void expect_empty(size_t k) {
    assert_true(list_is_empty(&b.orders[k].blocks));
    assert_int_equal(b.orders[k].nr_free, 0);
}

/* ---- part by part ---- */

static void test_lists(void **state) {
    (void)state;
    by_hand();
    for (size_t n = 0; n < 6; n += 2) {
        push(n, 0);
        expect_listed(n, 0);
        assert_int_equal(b.orders[0].nr_free, n / 2 + 1);
    }
    push(8, 3);
    expect_listed(8, 3);
    for (size_t n = 6; n > 0; n -= 2) { /* the last one in is the first one out */
        assert_ptr_equal(pop_free(&b.orders[0]), unit(n - 2));
        assert_int_equal(b.orders[0].nr_free, n / 2 - 1);
    }
    expect_empty(0);
    expect_listed(8, 3);
}

/* Take 2^k units from one block of all the memory. */
static void expect_split(size_t k) {
    by_hand();
    push(0, MEMORY_K);
    struct free_block *block = take_block(&b, &b.orders[k], true);
    assert_ptr_equal(block, memory);
    for (size_t below = k; below < MEMORY_K; below++)
        expect_listed((size_t)1 << below, below);
    expect_empty(MEMORY_K);
    assert_int_equal(traced.nr_splits, MEMORY_K - k);
    if (k < MEMORY_K) {
        assert_int_equal(traced.last_block, memory);
        assert_int_equal(traced.last_order, BUDDY_SMALLEST_ORDER + k + 1);
    }
}

static void test_split(void **state) {
    (void)state;
    for (size_t k = 0; k <= MEMORY_K; k++)
        expect_split(k);

    by_hand(); /* the smallest block that is large enough is the one to break */
    push(32, 5);
    push(16, 4);
    push(4, 2);
    assert_ptr_equal(take_block(&b, &b.orders[1], true), unit(4));
    expect_listed(6, 1);
    expect_listed(16, 4);
    expect_listed(32, 5);
    assert_ptr_equal(take_block(&b, &b.orders[3], true), unit(16));
    expect_listed(24, 3);
    assert_null(take_block(&b, &b.orders[6], true)); /* nothing is so large */
    expect_listed(32, 5);
}

static void give(struct buddy_span span, size_t n, size_t k) {
    give_block(&b, span, BUDDY_SMALLEST_ORDER, (size_t)UNIT_BYTES << k, unit(n),
               &states[n], k, true);
}

static void test_merge(void **state) {
    (void)state;
    struct buddy_span span = by_hand();
    give(span, 5, 0); /* odd first, then its lower buddy */
    expect_listed(5, 0);
    give(span, 4, 0);
    expect_empty(0);
    expect_listed(4, 1);
    assert_int_equal(states[5], STATE_INSIDE);
    assert_int_equal(traced.nr_merges, 1);
    assert_int_equal(traced.last_block, unit(4));
    assert_int_equal(traced.last_order, BUDDY_SMALLEST_ORDER + 1);

    give(span, 2, 1); /* a neighbour of the same size, but not the buddy */
    expect_listed(2, 1);
    expect_listed(4, 1);
    give(span, 0, 0);
    give(span, 1, 0); /* 1 with 0, both with 2, all with ... 4 is smaller: stop */
    expect_listed(0, 2);
    expect_listed(4, 1);
    give(span, 6, 1);
    expect_listed(0, 3);
    for (size_t k = 0; k < 3; k++)
        expect_empty(k);

    for (size_t n = 8; n < UNITS; n++)
        give(span, n, 0);
    expect_listed(0, MEMORY_K); /* beyond it lies no memory of the span */
    for (size_t k = 0; k < MEMORY_K; k++)
        expect_empty(k);
    assert_int_equal(traced.nr_merges, UNITS - 3); /* two blocks came as pairs of units */
}

/* ---- the whole ---- */

#define ARENA_BYTES ((size_t)64 << 10)

static struct arena arena;

/* A buddy over `bytes` that begin `offset` past a multiple of 64 KiB. */
static void with_arena(size_t offset, size_t bytes) {
    memset(&traced, 0, sizeof(traced));
    arena_make(&arena, ARENA_BYTES, offset, bytes);
    buddy_init(&b, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    buddy_set_trace(&b, count_event, NULL);
    ASSERT_OK(buddy_add(&b, arena.start, bytes));
}

static bool expect_largest_possible(void *context, const struct buddy_block *block) {
    const struct buddy_span *span = context;
    uintptr_t at = block->address;
    assert_int_equal(block->kind, BUDDY_KIND_FREE);
    uintptr_t larger = block->block_bytes * 2, end = span->start + span->block_bytes;
    if (at % larger == 0 && end - at >= larger)
        fail_msg("at %#zx stands a block of %zu bytes, and a larger one could",
                 at - (uintptr_t)arena.start, block->block_bytes);
    return true;
}

static void test_carve(void **state) {
    (void)state;
    static const size_t offsets[] = {0, 32, 40, 96, 4096, 4096 + 160, 61440};
    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++)
        for (size_t bytes = 300; bytes < ARENA_BYTES; bytes = bytes * 3 / 2) {
            with_arena(offsets[i], bytes);
            ASSERT_SOUND(buddy_check(&b));
            struct buddy_stats stats;
            buddy_stats(&b, &stats);
            assert_true(stats.total_bytes > 0);
            assert_int_equal(stats.used_bytes, 0);
            struct buddy_region *region = b.regions;
            buddy_walk(&b, 0, expect_largest_possible, &region->span);
            assert_int_equal(traced.nr_merges, 0); /* they are cut, not put together */
            arena_free(&arena);
        }
    buddy_init(&b, BUDDY_SMALLEST_ORDER, 9); /* no block above 512 bytes */
    arena_make(&arena, ARENA_BYTES, 0, ARENA_BYTES);
    ASSERT_OK(buddy_add(&b, arena.start, ARENA_BYTES));
    ASSERT_SOUND(buddy_check(&b));
    arena_free(&arena);
}

static void test_align(void **state) {
    (void)state;
    with_arena(96, ARENA_BYTES - 96);
    for (size_t align = 1; align <= 8192; align *= 2)
        for (size_t size = 1; size <= 5000; size = size * 2 + 1) {
            void *first = buddy_alloc(&b, size, align), *second = buddy_alloc(&b, 1, 1);
            assert_non_null(first);
            assert_non_null(second);
            assert_int_equal((uintptr_t)first % align, 0);
            ASSERT_SOUND(buddy_check(&b));
            ASSERT_OK(buddy_free(&b, first));
            ASSERT_OK(buddy_free(&b, second));
        }
    arena_free(&arena);
}

/* Take blocks of random sizes until there are no more, each full of its own token. */
static size_t take_all(struct rng *rng, uint8_t **blocks, size_t *sizes, size_t nr_max) {
    size_t nr = 0;
    for (size_t nr_refused = 0; nr_refused < 20 && nr < nr_max;) {
        struct buddy_stats before, after;
        sizes[nr] = 1 + rng_below(rng, nr_refused < 10 ? 400 : 32);
        buddy_stats(&b, &before);
        blocks[nr] = buddy_alloc(&b, sizes[nr], 1);
        if (blocks[nr] != NULL) {
            token_write(blocks[nr], sizes[nr], (uintptr_t)blocks[nr]);
            nr++;
            continue;
        }
        nr_refused++;
        buddy_stats(&b, &after);
        assert_memory_equal(&before, &after, sizeof(before)); /* NULL changes nothing */
        ASSERT_SOUND(buddy_check(&b));
    }
    return nr;
}

static void test_oom(void **state) {
    (void)state;
    static uint8_t *blocks[4096];
    static size_t sizes[4096];
    struct rng rng = {2026};
    struct buddy_stats whole, now;
    with_arena(0, ARENA_BYTES);
    buddy_stats(&b, &whole);
    for (int round = 0; round < 4; round++) {
        size_t nr = take_all(&rng, blocks, sizes, ARRAY_SIZE(blocks));
        assert_in_range(nr, 100, ARRAY_SIZE(blocks) - 1);
        buddy_stats(&b, &now);
        assert_true(now.used_bytes * 10 > now.total_bytes * 9);
        while (nr > 0) { /* in no order */
            size_t i = rng_below(&rng, nr--);
            assert_true(token_holds(blocks[i], sizes[i], (uintptr_t)blocks[i]));
            ASSERT_OK(buddy_free(&b, blocks[i]));
            blocks[i] = blocks[nr];
            sizes[i] = sizes[nr];
        }
        ASSERT_SOUND(buddy_check(&b));
        buddy_stats(&b, &now);
        assert_memory_equal(&whole, &now, sizeof(now)); /* all is merged again */
    }
    arena_free(&arena);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        LAB_TEST(lists, test_lists), LAB_TEST(split, test_split),
        LAB_TEST(merge, test_merge), LAB_TEST(carve, test_carve),
        LAB_TEST(align, test_align), LAB_TEST(oom, test_oom),
    };
    return LAB_MAIN(tests, argc, argv);
}
