/* tests/host/test_buddy_random.c - a million operations, a token in every block. */
#include "tests/host/model.h"
#include "tests/host/support.h"

#define KIB ((size_t)1024)

/* Sizes as programs ask for them: mostly small, now and then large. */
static size_t random_size(struct rng *rng) {
    unsigned log = rng_below(rng, 100) < 90 ? rng_below(rng, 9) : rng_below(rng, 16);
    return ((size_t)1 << log) + rng_below(rng, 1u << log) - rng_below(rng, 2);
}

static void random_step(struct model *m, struct rng *rng, unsigned percent_allocs) {
    uint32_t dice = rng_below(rng, 100);
    if (dice < percent_allocs) {
        size_t align = rng_below(rng, 4) ? 0 : (size_t)1 << rng_below(rng, 13);
        if (rng_below(rng, 16) == 0)
            model_alloc_run(m, rng_below(rng, 20), align);
        else
            model_alloc(m, random_size(rng), align, rng_below(rng, 8) == 0);
    } else if (m->nr_live > 0) {
        model_release(m, rng_below(rng, m->nr_live), rng_below(rng, 2));
    }
    if (dice == 99) {
        const struct model_region *r = &m->regions[rng_below(rng, m->nr_regions)];
        uintptr_t at = r->start + rng_below(rng, r->nr_units * m->unit_bytes + 64);
        model_release_any(m, dice % 2 ? at & ~(uintptr_t)31 : at);
    }
}

/* The share of allocations swings: the heap is full at times, and nearly empty. */
static void random_run(struct model *m, uint64_t seed, size_t nr_operations) {
    struct rng rng = {seed};
    unsigned percent_allocs = 60;
    for (size_t i = 0; i < nr_operations; i++) {
        if (i % 2000 == 0)
            percent_allocs = 30 + rng_below(&rng, 45);
        random_step(m, &rng, percent_allocs);
        if (i % 4096 == 0)
            model_verify(m);
        if (i % 65536 == 0)
            model_verify_units(m);
    }
    model_verify(m);
    model_verify_units(m);
    while (m->nr_live)
        model_release(m, rng_below(&rng, m->nr_live), false);
    model_verify(m);
    assert_int_equal(model_used_bytes(m), 0);
}

static void test_one_region(void **state) {
    (void)state;
    struct arena arena;
    struct buddy b;
    arena_make(&arena, 512 * KIB, 0, 384 * KIB);
    struct model *m = model_make(&b, 5, 30, 384 * KIB / 32);
    ASSERT_OK(model_add(m, arena.start, arena.bytes));
    random_run(m, 1, 600000);
    model_free(m);
    arena_free(&arena);
}

static void test_many_regions(void **state) {
    (void)state;
    struct arena arena;
    struct buddy b;
    arena_make(&arena, 64 * KIB, 40, 128 * KIB);
    struct model *m = model_make(&b, 5, 13, 128 * KIB / 32);
    for (size_t i = 0; i < 5; i++)
        ASSERT_OK(model_add(m, arena.start + (4 - i) * 25000, 20000 + i * 1000));
    random_run(m, 2, 300000);
    model_free(m);
    arena_free(&arena);
}

/* Units as large as frames: two regions of 256 and 100 of them. */
static void test_frames(void **state) {
    (void)state;
    struct arena arena;
    struct buddy b;
    arena_make(&arena, 1024 * KIB, 0, 1600 * KIB);
    struct model *m = model_make(&b, 12, 30, 400);
    ASSERT_OK(model_add(m, arena.start, 1024 * KIB));
    ASSERT_OK(model_add(m, arena.start + 1100 * KIB, 400 * KIB));
    random_run(m, 3, 100000);
    model_free(m);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_region),
        cmocka_unit_test(test_many_regions),
        cmocka_unit_test(test_frames),
    };
    return cmocka_run_group_tests_name("buddy_random", tests, NULL, NULL);
}
