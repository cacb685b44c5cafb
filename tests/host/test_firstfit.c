/* tests/host/test_firstfit.c - the first-fit heap: random operations with tokens in every
 * block, against what the interface promises of any policy.  The tests of the buddy speak
 * of orders and splits, so they are not for it. */
#include "tests/host/support.h"

#include "mm/firstfit.c"

#define ARENA_BYTES ((size_t)64 << 10)
#define LIVE_MAX    512

struct live {
    uint8_t *block;
    size_t size;
    uint64_t token;
    bool is_tagged;
};

static struct live live[LIVE_MAX];
static size_t nr_live;

static size_t figure_of(const struct buddy *b, size_t *largest_free) {
    struct buddy_stats stats;
    buddy_stats(b, &stats);
    *largest_free = stats.largest_free_bytes;
    return stats.requested_bytes;
}

static void allocate(struct buddy *b, struct rng *rng) {
    size_t largest, size = rng_below(rng, 600), align = (size_t)1 << rng_below(rng, 9);
    bool is_tagged = rng_below(rng, 4) == 0;
    size_t before = figure_of(b, &largest);
    uint8_t *block =
        is_tagged ? buddy_alloc_tagged(b, size, align) : buddy_alloc(b, size, align);
    if (block == NULL) {
        assert_true(largest < size + align);
        assert_int_equal(figure_of(b, &largest), before);
        return;
    }
    size += size == 0;
    assert_int_equal((uintptr_t)block % align, 0);
    assert_int_equal(figure_of(b, &largest), before + size);
    assert_true(buddy_is_tagged(b, block) == is_tagged);
    live[nr_live] = (struct live){block, size, rng_next(rng), is_tagged};
    token_write(block, size, live[nr_live++].token);
}

static void release(struct buddy *b, struct rng *rng) {
    size_t index = rng_below(rng, nr_live);
    struct live one = live[index];
    assert_true(token_holds(one.block, one.size, one.token));
    ASSERT_STATUS(buddy_free(b, one.block + 1), ERR_MISALIGNED);
    if (one.size > 32)
        ASSERT_STATUS(buddy_free(b, one.block + 32), ERR_INTERIOR);
    ASSERT_STATUS(buddy_free_sized(b, one.block, one.size + 1), ERR_SIZE);
    if (rng_below(rng, 2))
        ASSERT_OK(buddy_free(b, one.block));
    else
        ASSERT_OK(buddy_free_sized(b, one.block, one.size));
    ASSERT_STATUS(buddy_free(b, one.block), ERR_DOUBLE_FREE);
    live[index] = live[--nr_live];
}

static void test_random(void **state) {
    (void)state;
    struct arena arena;
    struct buddy b;
    struct rng rng = {1};
    arena_make(&arena, 4096, 24, ARENA_BYTES);
    buddy_init(&b, BUDDY_SMALLEST_ORDER, 20);
    ASSERT_OK(buddy_add(&b, arena.start, ARENA_BYTES));
    size_t largest_at_first, largest;
    figure_of(&b, &largest_at_first);
    for (int i = 0; i < 60000; i++) {
        bool rising = i / 1000 % 2 == 0;
        if (nr_live < LIVE_MAX && (nr_live == 0 || rng_below(&rng, 5) < (rising ? 4 : 1)))
            allocate(&b, &rng);
        else
            release(&b, &rng);
        if (i % 16 == 0)
            ASSERT_SOUND(buddy_check(&b));
    }
    while (nr_live > 0)
        release(&b, &rng);
    ASSERT_SOUND(buddy_check(&b));
    assert_int_equal(figure_of(&b, &largest), 0);
    assert_int_equal(largest, largest_at_first);
    ASSERT_OK(buddy_remove(&b, arena.start));
    arena_free(&arena);
}

static void test_defined_cases(void **state) {
    (void)state;
    struct arena arena;
    struct buddy b;
    arena_make(&arena, 4096, 0, ARENA_BYTES);
    buddy_init(&b, 0, 20);
    assert_null(buddy_alloc(&b, 1, 1));
    ASSERT_STATUS(buddy_add(&b, NULL, 4096), ERR_INVALID);
    ASSERT_STATUS(buddy_add(&b, arena.start, SIZE_MAX), ERR_INVALID);
    ASSERT_STATUS(buddy_add(&b, arena.start, 64), ERR_TOO_SMALL);
    ASSERT_OK(buddy_add(&b, arena.start + 4096, ARENA_BYTES - 4096));
    ASSERT_STATUS(buddy_add(&b, arena.start, 4097), ERR_OVERLAP);
    ASSERT_OK(buddy_add(&b, arena.start, 4096));
    assert_null(buddy_alloc(&b, SIZE_MAX, 1));
    assert_null(buddy_alloc(&b, 1, 3));
    assert_null(buddy_alloc(&b, 1, SIZE_MAX / 2 + 1));
    assert_null(buddy_alloc(&b, ARENA_BYTES, 1));
    ASSERT_STATUS(buddy_free(&b, NULL), ERR_FOREIGN);
    ASSERT_STATUS(buddy_free(&b, arena.start), ERR_DOUBLE_FREE);
    void *block = buddy_alloc(&b, 8192, 8192);
    assert_non_null(block);
    ASSERT_STATUS(buddy_remove(&b, arena.start + 4096), ERR_BUSY);
    ASSERT_STATUS(buddy_remove(&b, arena.start + 1), ERR_NOT_FOUND);
    struct buddy_block found;
    ASSERT_OK(buddy_find(&b, (char *)block + 100, &found));
    assert_int_equal(found.address, (uintptr_t)block);
    assert_int_equal(found.requested_bytes, 8192);
    ASSERT_OK(buddy_free(&b, block));
    ASSERT_OK(buddy_remove(&b, arena.start + 4096));
    ASSERT_OK(buddy_remove(&b, arena.start));
    arena_free(&arena);
}

static void test_runs(void **state) {
    (void)state;
    struct arena arena;
    struct buddy b;
    arena_make(&arena, 4096, 0, ARENA_BYTES);
    buddy_init(&b, BUDDY_SMALLEST_ORDER, 20);
    ASSERT_OK(buddy_add(&b, arena.start, ARENA_BYTES));
    assert_null(buddy_alloc_run(&b, 0, 1));
    assert_null(buddy_alloc_run(&b, SIZE_MAX / 16, 1));
    uint8_t *run = buddy_alloc_run(&b, 7, 256);
    assert_non_null(run);
    assert_int_equal((uintptr_t)run % 256, 0);
    ASSERT_STATUS(buddy_free_run(&b, run, 8), ERR_DOUBLE_FREE);
    ASSERT_STATUS(buddy_free_run(&b, run, SIZE_MAX), ERR_FOREIGN);
    ASSERT_OK(buddy_free(&b, run + 3 * 32));
    ASSERT_STATUS(buddy_free_run(&b, run, 7), ERR_DOUBLE_FREE);
    ASSERT_SOUND(buddy_check(&b));
    ASSERT_OK(buddy_free_run(&b, run, 3));
    ASSERT_OK(buddy_free_run(&b, run + 4 * 32, 3));
    uint8_t *block = buddy_alloc(&b, 64, 1);
    ASSERT_STATUS(buddy_free_run(&b, block, 1), ERR_SIZE);
    ASSERT_OK(buddy_free(&b, block));
    ASSERT_SOUND(buddy_check(&b));
    ASSERT_OK(buddy_remove(&b, arena.start));
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defined_cases),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
