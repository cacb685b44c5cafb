/* tests/host/test_buddy_free.c - every refusal of buddy_free and its kin, runs, find and
 * walk. */
#include "tests/host/fixture.h"

#define KIB       ((size_t)1024)
#define HEAP_SIZE (8 * KIB)

static int set_up(void **state) {
    return heap_set_up(state, HEAP_SIZE, 2 * HEAP_SIZE / 32);
}

/* A mixed heap, and then every address of it: each gets the status it deserves. */
static void test_every_wrong_address(void **state) {
    struct fixture *f = *state;
    struct rng rng = {3};
    for (int i = 0; i < 60; i++)
        model_alloc(f->m, 1 + rng_below(&rng, 300), 1, rng_below(&rng, 2));
    for (int i = 0; i < 20; i++)
        model_release(f->m, rng_below(&rng, f->m->nr_live), true);
    uintptr_t start = (uintptr_t)f->arena.start;
    for (uintptr_t at = start - 64; at < start + HEAP_SIZE + 64; at++) {
        bool is_live = false;
        for (size_t i = 0; i < f->m->nr_live; i++)
            is_live |= f->m->live[i].address == at;
        if (!is_live)
            model_release_any(f->m, at);
    }
    model_verify(f->m);
}

static void test_foreign(void **state) {
    struct fixture *f = *state;
    int local;
    const uintptr_t strangers[] = {0,
                                   1,
                                   32,
                                   4096,
                                   UINTPTR_MAX,
                                   UINTPTR_MAX - 31,
                                   (uintptr_t)1 << 63,
                                   (uintptr_t)&local,
                                   (uintptr_t)&f->b};
    for (size_t i = 0; i < ARRAY_SIZE(strangers); i++) {
        void *stranger = (void *)strangers[i];
        struct buddy_block found;
        ASSERT_STATUS(buddy_free(&f->b, stranger), ERR_FOREIGN);
        ASSERT_STATUS(buddy_free_sized(&f->b, stranger, 1), ERR_FOREIGN);
        ASSERT_STATUS(buddy_free_run(&f->b, stranger, 1), ERR_FOREIGN);
        ASSERT_STATUS(buddy_find(&f->b, stranger, &found), ERR_FOREIGN);
    }
    model_verify(f->m);
}

/* The allocator's own books at the end of the region are nobody's block. */
static void test_books_are_foreign(void **state) {
    struct fixture *f = *state;
    uint8_t *books = f->arena.start + f->m->nr_units * 32;
    for (uint8_t *p = books; p < f->arena.start + HEAP_SIZE; p++)
        ASSERT_STATUS(buddy_free(&f->b, p), ERR_FOREIGN);
}

static void test_double_free(void **state) {
    struct fixture *f = *state;
    uint8_t *a = buddy_alloc(&f->b, 32, 1), *b = buddy_alloc(&f->b, 32, 1);
    uint8_t *c = buddy_alloc(&f->b, 32, 1), *d = buddy_alloc(&f->b, 32, 1);
    ASSERT_OK(buddy_free(&f->b, a));
    ASSERT_STATUS(buddy_free(&f->b, a), ERR_DOUBLE_FREE); /* as it was freed      */
    ASSERT_OK(buddy_free(&f->b, b));
    ASSERT_STATUS(buddy_free(&f->b, a), ERR_DOUBLE_FREE); /* merged, still first  */
    ASSERT_STATUS(buddy_free(&f->b, b), ERR_DOUBLE_FREE); /* merged away          */
    ASSERT_OK(buddy_free(&f->b, d));
    ASSERT_OK(buddy_free(&f->b, c));
    uint8_t *all[] = {a, b, c, d};
    for (size_t i = 0; i < 4; i++) {
        ASSERT_STATUS(buddy_free(&f->b, all[i]), ERR_DOUBLE_FREE);
        ASSERT_STATUS(buddy_free_sized(&f->b, all[i], 32), ERR_DOUBLE_FREE);
    }
    model_verify(f->m);
}

static void test_sized_free(void **state) {
    struct fixture *f = *state;
    for (size_t size = 0; size < 1200; size += 1 + size / 13) {
        void *block = buddy_alloc(&f->b, size, 1);
        assert_non_null(block);
        struct buddy before = f->b;
        const size_t wrong[] = {
            size + 1, size + 2,      size * 2 + 2,   size ? size - 1 : 7,
            SIZE_MAX, SIZE_MAX - 31, (size_t)1 << 47};
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
            if ((wrong[i] ? wrong[i] : 1) != (size ? size : 1))
                ASSERT_STATUS(buddy_free_sized(&f->b, block, wrong[i]), ERR_SIZE);
        assert_memory_equal(&before, &f->b, sizeof(before));
        ASSERT_OK(buddy_free_sized(&f->b, block, size));
    }
}

/* ---- runs ---- */

static void test_runs_of_every_length(void **state) {
    struct fixture *f = *state;
    for (size_t nr_blocks = 1; nr_blocks <= 128; nr_blocks++)
        for (size_t align = 0; align <= 4096; align = align ? align * 2 : 1) {
            bool is_given = model_alloc_run(f->m, nr_blocks, align);
            assert_int_equal(is_given, nr_blocks * 32 <= 4096);
            if (!is_given)
                continue;
            model_verify(f->m);
            if (align % 3 == 0)
                model_release_run(f->m, f->m->live[0].address, nr_blocks);
            while (f->m->nr_live)
                model_release(f->m, f->m->nr_live / 2, true);
            model_verify(f->m);
        }
}

static void test_runs_are_freed_in_parts(void **state) {
    struct fixture *f = *state;
    struct rng rng = {4};
    for (int i = 0; i < 20000; i++) {
        uintptr_t at = (uintptr_t)f->arena.start + 32 * rng_below(&rng, 280);
        switch (rng_below(&rng, 4)) {
        case 0:
            model_alloc_run(f->m, rng_below(&rng, 40), (size_t)1 << rng_below(&rng, 10));
            break;
        case 1: model_alloc(f->m, 20 + rng_below(&rng, 60), 1, rng_below(&rng, 2)); break;
        case 2: model_release_run(f->m, at, rng_below(&rng, 12)); break;
        default: model_release_any(f->m, at);
        }
        if (i % 8 == 0)
            model_verify(f->m);
    }
}

static void test_run_refusals(void **state) {
    struct fixture *f = *state;
    assert_null(buddy_alloc_run(&f->b, 0, 1));
    assert_null(buddy_alloc_run(&f->b, SIZE_MAX, 1));
    assert_null(buddy_alloc_run(&f->b, SIZE_MAX / 32 + 2, 1)); /* the bytes would wrap */
    assert_null(buddy_alloc_run(&f->b, 1, (size_t)1 << 63));
    assert_null(buddy_alloc_run(&f->b, 1, HEAP_SIZE));
    uint8_t *run = buddy_alloc_run(&f->b, 5, 256); /* aligned: the block's rest follows */
    ASSERT_STATUS(buddy_free_run(&f->b, run + 4 * 32, 5), ERR_DOUBLE_FREE);
    uint8_t *block = buddy_alloc(&f->b, 64, 1), *part = buddy_alloc(&f->b, 20, 1);
    struct buddy before = f->b;
    ASSERT_STATUS(buddy_free_run(&f->b, run + 1, 1), ERR_MISALIGNED);
    ASSERT_STATUS(buddy_free_run(&f->b, block, 1), ERR_SIZE);
    ASSERT_STATUS(buddy_free_run(&f->b, block + 32, 1), ERR_INTERIOR);
    ASSERT_STATUS(buddy_free_run(&f->b, part, 1), ERR_SIZE);
    const size_t long_counts[] = {SIZE_MAX, SIZE_MAX / 32, SIZE_MAX / 32 + 2, 4096, 257};
    for (size_t i = 0; i < ARRAY_SIZE(long_counts); i++)
        ASSERT_STATUS(buddy_free_run(&f->b, run, long_counts[i]), ERR_FOREIGN);
    assert_memory_equal(&before, &f->b, sizeof(before));
    ASSERT_OK(buddy_free_run(&f->b, run + 32, 3));
    ASSERT_STATUS(buddy_free_run(&f->b, run, 5), ERR_DOUBLE_FREE);
    ASSERT_OK(buddy_free(&f->b, run));
    ASSERT_OK(buddy_free(&f->b, run + 4 * 32));
    ASSERT_OK(buddy_free(&f->b, block));
    ASSERT_OK(buddy_free(&f->b, part));
}

/* ---- walk ---- */

struct walk {
    size_t nr_visits, stop_after;
    struct buddy_block blocks[512];
};

static bool visit(void *context, const struct buddy_block *block) {
    struct walk *w = context;
    REQUIRE(w->nr_visits < ARRAY_SIZE(w->blocks));
    w->blocks[w->nr_visits++] = *block;
    return w->nr_visits != w->stop_after;
}

static void test_walk_from_anywhere(void **state) {
    struct fixture *f = *state;
    static struct walk all, part;
    struct arena second;
    arena_make(&second, 64, 8, 1000);
    ASSERT_OK(model_add(f->m, second.start, second.bytes));
    for (int i = 0; i < 30; i++)
        model_alloc(f->m, 20 + i * 9, 1, i % 2);
    memset(&all, 0, sizeof(all));
    buddy_walk(&f->b, 0, visit, &all);
    for (size_t i = 0; i < all.nr_visits; i++) {
        const uintptr_t first = all.blocks[i].address;
        const uintptr_t froms[] = {first, first + 1,
                                   first + all.blocks[i].block_bytes - 1};
        for (size_t k = 0; k < ARRAY_SIZE(froms); k++) {
            memset(&part, 0, sizeof(part));
            buddy_walk(&f->b, froms[k], visit, &part);
            assert_int_equal(part.nr_visits, all.nr_visits - i);
            assert_memory_equal(&part.blocks[0], &all.blocks[i],
                                part.nr_visits * sizeof(part.blocks[0]));
        }
        memset(&part, 0, sizeof(part));
        part.stop_after = i + 1;
        buddy_walk(&f->b, 0, visit, &part);
        assert_int_equal(part.nr_visits, i + 1);
    }
    memset(&part, 0, sizeof(part));
    buddy_walk(&f->b, UINTPTR_MAX, visit, &part);
    assert_int_equal(part.nr_visits, 0);
    while (f->m->nr_live)
        model_release(f->m, 0, false);
    ASSERT_OK(buddy_remove(&f->b, second.start));
    f->m->nr_units -= f->m->regions[--f->m->nr_regions].nr_units;
    arena_free(&second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, heap_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_every_wrong_address),
        TEST(test_foreign),
        TEST(test_books_are_foreign),
        TEST(test_double_free),
        TEST(test_sized_free),
        TEST(test_runs_of_every_length),
        TEST(test_runs_are_freed_in_parts),
        TEST(test_run_refusals),
        TEST(test_walk_from_anywhere),
    };
    return cmocka_run_group_tests_name("buddy_free", tests, NULL, NULL);
}
