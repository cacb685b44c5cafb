/* labs/04-first-fit/tests/host.c - the tests of lab first-fit that run on the host. */
#include "tests/host/lab.h"

#include "mm/firstfit.c"

#define ARENA_BYTES ((size_t)64 << 10)
#define UNIT        32

static struct arena arena;
static struct buddy b;

static int set_up(void **state) {
    (void)state;
    arena_make(&arena, 4096, 0, ARENA_BYTES);
    buddy_init(&b, BUDDY_SMALLEST_ORDER, 20);
    ASSERT_OK(buddy_add(&b, arena.start, ARENA_BYTES));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static size_t nr_free_blocks(void) {
    size_t nr = 0;
    LIST_FOR_EACH(block, &b.orders[0].blocks, struct free_block, link)
        if (++nr > ARENA_BYTES / UNIT)
            fail_msg("the list of free blocks does not end");
    return nr;
}

static size_t largest_free(void) {
    struct buddy_stats stats;
    buddy_stats(&b, &stats);
    return stats.largest_free_bytes;
}

static void test_take(void **state) {
    (void)state;
    size_t whole = largest_free();
    uint8_t *first = buddy_alloc(&b, 100, 1); /* four units, at the very front */
    assert_ptr_equal(first, arena.start);
    ASSERT_SOUND(buddy_check(&b));
    assert_int_equal(largest_free(), whole - 4 * UNIT);
    uint8_t *second = buddy_alloc(&b, 1, 1);
    assert_ptr_equal(second, first + 4 * UNIT);
    uint8_t *aligned = buddy_alloc(&b, 64, 4096); /* leaves something on both sides */
    assert_ptr_equal(aligned, arena.start + 4096);
    ASSERT_SOUND(buddy_check(&b));
    assert_int_equal(nr_free_blocks(), 2);

    size_t before = largest_free();
    assert_null(buddy_alloc(&b, before + 1, 1));
    assert_null(buddy_alloc(&b, 1, (size_t)1 << 40));
    assert_int_equal(largest_free(), before);
    assert_non_null(buddy_alloc(&b, before, 1)); /* a block that fits exactly is gone */
    assert_int_equal(nr_free_blocks(), 1);
    ASSERT_SOUND(buddy_check(&b));
}

/* The first block on the list that is large enough, not the best one. */
static void test_first(void **state) {
    (void)state;
    uint8_t *held[4];
    static const size_t sizes[4] = {10 * UNIT, UNIT, 3 * UNIT, UNIT};
    for (size_t i = 0; i < 4; i++)
        held[i] = buddy_alloc(&b, sizes[i], 1);
    void *rest = buddy_alloc(&b, largest_free(), 1);
    assert_non_null(rest);
    ASSERT_OK(buddy_free(&b, held[2])); /* behind on the list, and the better fit */
    ASSERT_OK(buddy_free(&b, held[0])); /* in front */
    assert_ptr_equal(buddy_alloc(&b, 3 * UNIT, 1), held[0]);
    assert_ptr_equal(buddy_alloc(&b, 8 * UNIT, 1), NULL);
    ASSERT_SOUND(buddy_check(&b));
}

/* Three neighbours, freed in each order: one block remains. */
static void test_give(void **state) {
    (void)state;
    static const uint8_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    size_t whole = largest_free();
    for (size_t i = 0; i < 6; i++) {
        uint8_t *held[3];
        for (size_t k = 0; k < 3; k++) {
            held[k] = buddy_alloc(&b, 50 + 100 * k, 1);
            assert_non_null(held[k]);
        }
        for (size_t k = 0; k < 3; k++) {
            ASSERT_OK(buddy_free(&b, held[orders[i][k]]));
            ASSERT_SOUND(buddy_check(&b));
        }
        assert_int_equal(nr_free_blocks(), 1);
        assert_int_equal(largest_free(), whole);
    }
}

/* Blocks of all sizes and alignments come and go, each full of its own token; when there
 * is no room, NULL, and nothing has changed. */
static void test_random(void **state) {
    (void)state;
    static struct {
        void *block;
        size_t size;
    } live[600];
    size_t nr_live = 0, nr_most = 0, nr_refused = 0, whole = largest_free();
    struct rng rng = {4};
    for (int i = 0; i < 30000; i++) {
        bool rising = i / 2000 % 2 == 0;
        if (nr_live < ARRAY_SIZE(live) && rng_below(&rng, 5) < (rising ? 4u : 1u)) {
            size_t size = 1 + rng_below(&rng, 500),
                   align = (size_t)1 << rng_below(&rng, 9);
            void *block = buddy_alloc(&b, size, align);
            nr_refused += block == NULL;
            if (block == NULL)
                continue;
            assert_int_equal((uintptr_t)block % align, 0);
            token_write(block, size, (uintptr_t)block);
            live[nr_live].block = block;
            live[nr_live++].size = size;
            nr_most = nr_live > nr_most ? nr_live : nr_most;
        } else if (nr_live > 0) {
            size_t one = rng_below(&rng, nr_live--);
            void *block = live[one].block;
            assert_true(token_holds(block, live[one].size, (uintptr_t)block));
            ASSERT_OK(buddy_free(&b, block));
            live[one] = live[nr_live];
        }
        if (i % 50 == 0)
            ASSERT_SOUND(buddy_check(&b));
    }
    assert_true(nr_refused > 0 && nr_most > 150); /* so it was full */
    while (nr_live > 0)
        ASSERT_OK(buddy_free(&b, live[--nr_live].block));
    ASSERT_SOUND(buddy_check(&b));
    assert_int_equal(largest_free(), whole);
}

#define TEST(name)                                                                       \
    { #name, test_##name, set_up, tear_down, NULL }

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {TEST(take), TEST(first), TEST(give),
                                              TEST(random)};
    return LAB_MAIN(tests, argc, argv);
}
