/* labs/02-pair-bits/tests/host.c - the tests of lab pair-bits that run on the host.
 *
 * The first ones call the student's parts one by one, on a region laid out by hand, so
 * that a part can pass before the next one is written (all stand on get and set); the
 * last one uses the whole allocator. */
#include "tests/host/lab.h"

#include "mm/pairbits.c"
#include "mm/pairbits_view.c"

#define UNITS      64
#define UNIT_BYTES 32
#define MEMORY_K   6 /* all of it is one block of 2^6 units */

static _Alignas(UNITS *UNIT_BYTES) uint8_t memory[UNITS * UNIT_BYTES];
static union {
    struct buddy_region region;
    uint8_t bytes[sizeof(struct buddy_region) + UNITS / 4];
} books;
static struct buddy b;
static struct buddy_region *const r = &books.region;

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

/* A buddy whose one region is memory[], all of it in use as one block. */
static void by_hand(void) {
    memset(&books, 0, sizeof(books));
    memset(memory, 0xa5, sizeof(memory));
    memset(&traced, 0, sizeof(traced));
    buddy_init(&b, BUDDY_SMALLEST_ORDER, 20);
    buddy_set_trace(&b, count_event, NULL);
    r->start = (uintptr_t)memory;
    r->end = r->start + sizeof(memory);
    b.regions = r;
}

static uintptr_t unit(size_t n) {
    return (uintptr_t)memory + n * UNIT_BYTES;
}

static void set(size_t n, enum pair pair) {
    pair_set(&b, r, unit(n), pair);
}

static enum pair get(size_t n) {
    return pair_get(&b, r, unit(n));
}

/* The list of blocks of 2^k units is these, in any order. */
static void expect_list(size_t k, size_t nr_blocks, const size_t *units) {
    size_t nr_found = 0, nr_nodes = 0;
    for (struct list *node = b.orders[k].blocks.next; node != &b.orders[k].blocks;
         node = node->next) {
        for (size_t i = 0; i < nr_blocks; i++)
            nr_found += (uintptr_t)node == unit(units[i]);
        if (++nr_nodes > UNITS)
            fail_msg("the list of k = %zu does not end", k);
    }
    assert_int_equal(nr_nodes, nr_blocks);
    assert_int_equal(nr_found, nr_blocks);
    assert_int_equal(b.orders[k].nr_free, nr_blocks);
}

#define EXPECT_LIST(k, ...)                                                              \
    expect_list(k, sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t),                     \
                (size_t[]){__VA_ARGS__})

static void expect_empty_below(size_t k) {
    while (k-- > 0)
        expect_list(k, 0, NULL);
}

/* ---- part by part ---- */

static void test_bits(void **state) {
    (void)state;
    struct rng rng = {2};
    enum pair want[UNITS] = {WHOLE};
    by_hand();
    for (int step = 0; step < 2000; step++) {
        size_t n = rng_below(&rng, UNITS);
        want[n] = rng_below(&rng, 4);
        set(n, want[n]);
        for (n = 0; n < UNITS; n++)
            if (get(n) != want[n])
                fail_msg("unit %zu: %d instead of %d", n, get(n), want[n]);
    }
}

/* Every unit of [n, n + 2^k) is found in the block at n. */
static void expect_block(size_t n, size_t k) {
    for (size_t i = n; i < n + ((size_t)1 << k); i++) {
        uintptr_t block = 0;
        assert_int_equal(block_around(&b, r, unit(i) + 5, &block), k);
        assert_int_equal(block, unit(n));
    }
}

static void test_find(void **state) {
    (void)state;
    by_hand();
    expect_block(0, MEMORY_K);
    set(32, TAGGED); /* a tagged block is not split */
    expect_block(0, MEMORY_K);
    set(32, EVEN);
    set(16, ODD);
    set(8, ODD);
    set(24, TAGGED);
    set(33, EVEN); /* below a whole block: not looked at */
    expect_block(0, 3);
    expect_block(8, 3);
    expect_block(16, 4);
    expect_block(32, 5);
    set(48, EVEN);
    set(40, EVEN);
    set(36, EVEN);
    set(34, EVEN);
    set(33, ODD);
    expect_block(32, 0);
    expect_block(33, 0);
    expect_block(34, 1);
    expect_block(36, 2);
    expect_block(48, 4);
}

static void test_split(void **state) {
    (void)state;
    for (size_t k = 0; k <= MEMORY_K; k++) {
        by_hand();
        push_free(&b, unit(0), MEMORY_K);
        assert_int_equal(take_block(&b, k), unit(0));
        for (size_t below = k; below < MEMORY_K; below++) {
            EXPECT_LIST(below, (size_t)1 << below);
            assert_int_equal(get((size_t)1 << below), ODD);
        }
        expect_empty_below(k);
        expect_list(MEMORY_K, 0, NULL);
        assert_int_equal(traced.nr_splits, MEMORY_K - k); /* each is reported: */
        if (k < MEMORY_K) {
            assert_int_equal(traced.last_block, unit(0)); /* the block before it */
            assert_int_equal(traced.last_order, BUDDY_SMALLEST_ORDER + k + 1);
        }
    }
    /* now the memory is one block in use: its buddy is outside */
    assert_int_equal(take_block(&b, 0), 0);

    by_hand(); /* take a block whose buddy is in use: then none of the two is free */
    set(32, ODD);
    push_free(&b, unit(32), 5);
    assert_int_equal(take_block(&b, 4), unit(32));
    assert_int_equal(get(32), EVEN);
    assert_int_equal(get(48), ODD);
    EXPECT_LIST(4, 48);
}

static void test_merge(void **state) {
    (void)state;
    by_hand();
    for (size_t n = 1; n < UNITS; n++)
        set(n, EVEN); /* every unit is a block in use */
    give_block(&b, r, unit(5), 0);
    assert_int_equal(get(5), ODD);
    EXPECT_LIST(0, 5);
    give_block(&b, r, unit(6), 0); /* a neighbour, but not the buddy */
    EXPECT_LIST(0, 5, 6);
    give_block(&b, r, unit(4), 0); /* the lower half comes last */
    EXPECT_LIST(0, 6);
    EXPECT_LIST(1, 4);
    assert_int_equal(get(5), WHOLE);
    assert_int_equal(get(6), ODD);
    give_block(&b, r, unit(7), 0);
    expect_empty_below(2);
    EXPECT_LIST(2, 4);
    assert_int_equal(get(6), WHOLE);
    assert_int_equal(get(4), ODD);
    assert_int_equal(traced.nr_merges, 3); /* each is reported: the block after it */
    assert_int_equal(traced.last_block, unit(4));
    assert_int_equal(traced.last_order, BUDDY_SMALLEST_ORDER + 2);

    struct rng rng = {3};
    bool is_free[UNITS] = {[4] = true, [5] = true, [6] = true, [7] = true};
    for (size_t nr_used = UNITS - 4; nr_used > 0;) {
        size_t n = rng_below(&rng, UNITS);
        if (is_free[n])
            continue;
        give_block(&b, r, unit(n), 0);
        is_free[n] = true;
        nr_used--;
    }
    expect_empty_below(MEMORY_K);
    EXPECT_LIST(MEMORY_K, 0); /* beyond it lies no memory of the region */
    for (size_t n = 0; n < UNITS; n++)
        assert_int_equal(get(n), WHOLE);
}

static void test_is_free(void **state) {
    (void)state;
    by_hand();
    assert_false(
        pairbits_is_free(&b, r, unit(0), MEMORY_K)); /* a block without a buddy */
    push_free(&b, unit(0), MEMORY_K);
    assert_true(pairbits_is_free(&b, r, unit(0), MEMORY_K));
    drop_free(&b, unit(0), MEMORY_K);

    set(32, EVEN);
    assert_false(pairbits_is_free(&b, r, unit(0), 5));
    set(32, ODD); /* one of two: the lower one */
    push_free(&b, unit(0), 5);
    assert_true(pairbits_is_free(&b, r, unit(0), 5));
    assert_false(pairbits_is_free(&b, r, unit(32), 5));

    /* the one in use is full of what looks like a node: the same as its buddy's */
    memcpy((void *)unit(32), (void *)unit(0), sizeof(struct list));
    assert_true(pairbits_is_free(&b, r, unit(0), 5));
    assert_false(pairbits_is_free(&b, r, unit(32), 5));

    /* and even the node of a list that somebody made of his own blocks */
    struct list *fake = (struct list *)unit(32);
    list_init((struct list *)unit(40));
    list_push((struct list *)unit(40), fake);
    assert_true(pairbits_is_free(&b, r, unit(0), 5));
    assert_false(pairbits_is_free(&b, r, unit(32), 5));

    drop_free(&b, unit(0), 5); /* the other way round */
    push_free(&b, unit(32), 5);
    assert_false(pairbits_is_free(&b, r, unit(0), 5));
    assert_true(pairbits_is_free(&b, r, unit(32), 5));
    set(16, EVEN); /* the lower one is split, and a half of it begins where it began */
    list_init((struct list *)unit(0));
    assert_true(pairbits_is_free(&b, r, unit(32), 5));
}

/* ---- the whole ---- */

#define ARENA_BYTES ((size_t)64 << 10)
#define LIVE_MAX    1024

static struct {
    uint8_t *block;
    size_t size;
} live[LIVE_MAX];
static size_t nr_live;

static void allocate(struct rng *rng) {
    size_t size = 1 + rng_below(rng, rng_below(rng, 8) ? 200 : 5000);
    bool is_tagged = rng_below(rng, 8) == 0;
    uint8_t *block =
        is_tagged ? buddy_alloc_tagged(&b, size, 1) : buddy_alloc(&b, size, 1);
    if (block == NULL)
        return;
    assert_true(buddy_is_tagged(&b, block) == is_tagged);
    token_write(block, size, (uintptr_t)block);
    live[nr_live].block = block;
    live[nr_live++].size = size;
}

static void release(struct rng *rng) {
    size_t i = rng_below(rng, nr_live);
    uint8_t *block = live[i].block;
    assert_true(token_holds(block, live[i].size, (uintptr_t)block));
    ASSERT_STATUS(buddy_free(&b, block + 1), ERR_MISALIGNED);
    if (live[i].size > UNIT_BYTES)
        ASSERT_STATUS(buddy_free(&b, block + UNIT_BYTES), ERR_INTERIOR);
    ASSERT_OK(buddy_free(&b, block));
    ASSERT_STATUS(buddy_free(&b, block), ERR_DOUBLE_FREE);
    live[i] = live[--nr_live];
}

static void test_random(void **state) {
    (void)state;
    struct arena arena;
    struct rng rng = {4};
    struct buddy_stats stats;
    arena_make(&arena, ARENA_BYTES, 96, ARENA_BYTES);
    buddy_init(&b, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    ASSERT_OK(buddy_add(&b, arena.start, ARENA_BYTES));
    for (int i = 0; i < 30000; i++) {
        bool rising = i / 1000 % 2 == 0;
        if (nr_live < LIVE_MAX && (nr_live == 0 || rng_below(&rng, 5) < (rising ? 4 : 1)))
            allocate(&rng);
        else
            release(&rng);
        if (i % 16 == 0)
            ASSERT_SOUND(buddy_check(&b));
    }
    while (nr_live > 0)
        release(&rng);
    ASSERT_SOUND(buddy_check(&b));
    buddy_stats(&b, &stats);
    assert_int_equal(stats.used_bytes, 0);
    ASSERT_OK(buddy_remove(&b, arena.start)); /* all of it is free */
    arena_free(&arena);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        LAB_TEST(bits, test_bits),    LAB_TEST(find, test_find),
        LAB_TEST(split, test_split),  LAB_TEST(merge, test_merge),
        LAB_TEST(free, test_is_free), LAB_TEST(random, test_random),
    };
    return LAB_MAIN(tests, argc, argv);
}
