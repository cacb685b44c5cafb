/* tests/host/test_buddy_alloc.c - buddy_alloc, tags, sizes and alignments at the edges,
 * statistics, and the trace hook. */
#include "tests/host/fixture.h"

#define KIB       ((size_t)1024)
#define HEAP_SIZE (128 * KIB)
#define BIGGEST   (64 * KIB) /* the largest block of the heap of these tests */

static int set_up(void **state) {
    return heap_set_up(state, HEAP_SIZE, HEAP_SIZE / 32);
}

static void test_every_size(void **state) {
    struct fixture *f = *state;
    for (size_t size = 0; size <= 5000; size++) {
        REQUIRE(model_alloc(f->m, size, 0, false) != MODEL_NONE);
        REQUIRE(model_alloc(f->m, size, 1, size > 32) != MODEL_NONE);
        if (size % 16 == 0)
            model_verify(f->m);
        model_release(f->m, 1, false);
        model_release(f->m, 0, true);
    }
}

static void test_every_alignment(void **state) {
    struct fixture *f = *state;
    const size_t sizes[] = {0, 1, 31, 32, 33, 64, 100, 1000, 4096, BIGGEST};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
        for (unsigned log = 0; log < 64; log++)
            if (model_alloc(f->m, sizes[i], (size_t)1 << log, false) != MODEL_NONE) {
                assert_true((size_t)1 << log <= BIGGEST);
                model_verify(f->m);
                model_release(f->m, 0, true);
            } else {
                assert_true((size_t)1 << log > BIGGEST);
            }
}

static void test_bad_alignment_is_refused(void **state) {
    struct fixture *f = *state;
    const size_t aligns[] = {
        3,           5,  6,    7,     9,        12,           33,
        48,          96, 4097, 12288, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2 + 2,
        SIZE_MAX / 2};
    const size_t sizes[] = {0, 1, 8, 40, 4096, SIZE_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(aligns); i++)
        for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
            assert_null(buddy_alloc(&f->b, sizes[k], aligns[i]));
            assert_null(buddy_alloc_tagged(&f->b, sizes[k], aligns[i]));
            assert_null(buddy_alloc_run(&f->b, sizes[k], aligns[i]));
        }
    model_verify(f->m);
}

static void test_huge_requests_are_refused(void **state) {
    struct fixture *f = *state;
    size_t sizes[300], nr_sizes = 0;
    for (unsigned log = 16; log < 64; log++) {
        sizes[nr_sizes++] = ((size_t)1 << log) + 1;
        sizes[nr_sizes++] = ((size_t)2 << log) - 1;
    }
    for (size_t less = 0; less < 64; less++)
        sizes[nr_sizes++] = SIZE_MAX - less;
    for (size_t i = 0; i < nr_sizes; i++)
        for (size_t align = 0; align <= 4096; align = align ? align * 8 : 1) {
            assert_int_equal(model_alloc(f->m, sizes[i], align, false), MODEL_NONE);
            assert_int_equal(model_alloc(f->m, sizes[i], align, true), MODEL_NONE);
            assert_null(buddy_alloc_run(&f->b, sizes[i], align));
        }
    model_verify(f->m);
    struct buddy vast; /* a state byte has five bits for the order of a tagged block */
    buddy_init(&vast, 5, 47);
    assert_null(buddy_alloc_tagged(&vast, (size_t)1 << 37, 1));
    assert_null(buddy_alloc_tagged(&vast, 1, (size_t)1 << 37));
}

static void test_exactly_the_largest_block(void **state) {
    struct fixture *f = *state;
    assert_int_equal(model_alloc(f->m, BIGGEST + 1, 1, false), MODEL_NONE);
    size_t index = model_alloc(f->m, BIGGEST, BIGGEST, false);
    assert_int_not_equal(index, MODEL_NONE);
    assert_int_equal(model_alloc(f->m, BIGGEST, 1, false), MODEL_NONE);
    assert_int_not_equal(model_alloc(f->m, BIGGEST / 2, 1, false), MODEL_NONE);
    model_verify(f->m);
}

static void test_largest_order_is_a_limit(void **state) {
    (void)state;
    struct arena arena;
    struct buddy b;
    arena_make(&arena, HEAP_SIZE, 0, HEAP_SIZE);
    struct model *m = model_make(&b, 5, 12, HEAP_SIZE / 32);
    ASSERT_OK(model_add(m, arena.start, HEAP_SIZE));
    assert_int_equal(model_alloc(m, 4097, 1, false), MODEL_NONE);
    assert_int_equal(model_alloc(m, 1, 8192, false), MODEL_NONE);
    size_t nr_blocks = 0;
    while (model_alloc(m, 4096, 1, false) != MODEL_NONE)
        nr_blocks++;
    assert_true(nr_blocks >= 30);
    model_verify(m);
    while (m->nr_live)
        model_release(m, 0, false);
    model_verify(m);
    model_free(m);
    arena_free(&arena);
}

/* Every byte of the heap can be handed out, in blocks of each size. */
static void test_whole_heap(void **state) {
    struct fixture *f = *state;
    for (size_t size = 32; size <= BIGGEST; size *= 2) {
        for (size_t part = size; part >= 32; part /= 2)
            while (model_alloc(f->m, part, 1, false) != MODEL_NONE)
                ;
        assert_null(buddy_alloc(&f->b, 0, 0));
        struct buddy_stats stats;
        buddy_stats(&f->b, &stats);
        assert_int_equal(stats.used_bytes, stats.total_bytes);
        assert_int_equal(stats.largest_free_bytes, 0);
        assert_int_equal(stats.fragmentation_percent, 0);
        model_verify(f->m);
        model_verify_units(f->m);
        while (f->m->nr_live)
            model_release(f->m, f->m->nr_live * 7 / 11, false);
        model_verify(f->m);
    }
}

static void test_tags(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < 200; i++)
        model_alloc(f->m, 33 + i * 7 % 900, (size_t)1 << i % 8, i % 3 == 0);
    model_verify(f->m);
    model_verify_units(f->m);
    while (f->m->nr_live > 100)
        model_release(f->m, f->m->nr_live / 3, true);
    model_verify_units(f->m); /* a freed block is not tagged any more */
    int local;
    const uintptr_t strangers[] = {0,
                                   1,
                                   8,
                                   UINTPTR_MAX,
                                   (uintptr_t)&local,
                                   (uintptr_t)f->arena.start - 1,
                                   (uintptr_t)f->arena.start + HEAP_SIZE - 8,
                                   (uintptr_t)f->arena.start + HEAP_SIZE};
    for (size_t i = 0; i < ARRAY_SIZE(strangers); i++)
        assert_false(buddy_is_tagged(&f->b, (void *)strangers[i]));
}

/* A tagged block has no smaller size than two units. */
static void test_tagged_size_limits(void **state) {
    struct fixture *f = *state;
    for (size_t size = 0; size <= 64; size++) {
        REQUIRE(model_alloc(f->m, size, 1, true) != MODEL_NONE);
        assert_int_equal(model_used_bytes(f->m), 64);
        model_verify_units(f->m);
        model_release(f->m, 0, true);
    }
    REQUIRE(model_alloc(f->m, BIGGEST, 1, true) != MODEL_NONE);
    model_verify_units(f->m);
}

/* Requests are counted to 1/32 of a unit when units are frames. */
static void test_frames_as_units(void **state) {
    (void)state;
    struct arena arena;
    struct buddy b;
    arena_make(&arena, 512 * KIB, 0, 512 * KIB);
    struct model *m = model_make(&b, 12, 30, 128);
    ASSERT_OK(model_add(m, arena.start, arena.bytes));
    for (size_t size = 0; size < 20000; size += 61) {
        REQUIRE(model_alloc(m, size, 1, false) != MODEL_NONE);
        REQUIRE(model_alloc(m, size, 8192, true) != MODEL_NONE);
        model_verify(m);
        model_verify_units(m);
        model_release(m, 1, true);
        model_release(m, 0, true);
    }
    model_verify(m);
    model_free(m);
    arena_free(&arena);
}

static void test_stats_are_exact(void **state) {
    struct fixture *f = *state;
    struct buddy_stats stats;
    void *a = buddy_alloc(&f->b, 33, 1);
    void *b = buddy_alloc(&f->b, 1, 256);
    buddy_stats(&f->b, &stats);
    assert_int_equal(stats.requested_bytes, 34);
    assert_int_equal(stats.used_bytes, 64 + 256);
    assert_int_equal(stats.largest_free_bytes, BIGGEST);
    ASSERT_OK(buddy_free(&f->b, a));
    buddy_stats(&f->b, &stats);
    assert_int_equal(stats.requested_bytes, 1);
    ASSERT_OK(buddy_free(&f->b, b));
    buddy_stats(&f->b, &stats);
    assert_int_equal(stats.requested_bytes + stats.used_bytes, 0);
}

/* Of 60 free units 59 are not in the largest free block: 98 %. */
static void test_fragmentation_percent(void **state) {
    struct fixture *f = *state;
    while (model_alloc(f->m, 32, 1, false) != MODEL_NONE)
        ;
    size_t kept = f->m->nr_live;
    uintptr_t first = (uintptr_t)f->arena.start;
    for (size_t i = 0; i < 120; i += 2)
        model_release_any(f->m, first + i * 32);
    assert_int_equal(f->m->nr_live, kept - 60);
    struct buddy_stats stats;
    buddy_stats(&f->b, &stats);
    assert_int_equal(stats.largest_free_bytes, 32);
    assert_int_equal(stats.fragmentation_percent, 98);
    model_verify(f->m);
}

/* ---- the trace hook ---- */

struct event {
    enum buddy_event event;
    const void *block;
    unsigned order;
    size_t requested_bytes;
};

struct events {
    size_t nr_events;
    struct event events[64];
};

static void record(void *context, enum buddy_event event, const void *block,
                   unsigned order, size_t requested_bytes) {
    struct events *e = context;
    REQUIRE(e->nr_events < ARRAY_SIZE(e->events));
    e->events[e->nr_events++] = (struct event){event, block, order, requested_bytes};
}

static void expect_event(const struct events *e, size_t i, enum buddy_event event,
                         const void *block, unsigned order, size_t requested_bytes) {
    assert_true(i < e->nr_events);
    assert_int_equal(e->events[i].event, event);
    assert_ptr_equal(e->events[i].block, block);
    assert_int_equal(e->events[i].order, order);
    assert_int_equal(e->events[i].requested_bytes, requested_bytes);
}

static void test_trace(void **state) {
    struct fixture *f = *state;
    static struct events e;
    e.nr_events = 0;
    model_alloc(f->m, BIGGEST, 1, false); /* one free block each of 32 and 16 KiB stays */
    model_alloc(f->m, BIGGEST / 4, 1, false);
    buddy_set_trace(&f->b, record, &e);
    uint8_t *block = buddy_alloc(&f->b, 8 * KIB + 1, 1);
    buddy_set_trace(&f->b, NULL, NULL);
    assert_non_null(block);
    expect_event(&e, 0, BUDDY_SPLIT, block, 15, 0);
    expect_event(&e, 1, BUDDY_ALLOC, block, 14, 8 * KIB + 1);
    assert_int_equal(e.nr_events, 2);

    e.nr_events = 0;
    buddy_set_trace(&f->b, record, &e);
    ASSERT_OK(buddy_free_sized(&f->b, block, 8 * KIB + 1));
    expect_event(&e, 0, BUDDY_FREE, block, 14, 8 * KIB + 1);
    expect_event(&e, 1, BUDDY_MERGE, block, 15, 0);
    assert_int_equal(e.nr_events, 2);

    e.nr_events = 0;
    ASSERT_STATUS(buddy_free(&f->b, block), ERR_DOUBLE_FREE);
    ASSERT_STATUS(buddy_free(&f->b, block + 1), ERR_MISALIGNED);
    assert_null(buddy_alloc(&f->b, BIGGEST, 1));
    assert_int_equal(e.nr_events, 0); /* what changed nothing is no event */
    buddy_set_trace(&f->b, NULL, NULL);
}

static void test_trace_of_runs(void **state) {
    struct fixture *f = *state;
    static struct events e;
    e.nr_events = 0;
    buddy_set_trace(&f->b, record, &e);
    uint8_t *run = buddy_alloc_run(&f->b, 3, 1);
    assert_non_null(run);
    size_t nr_allocs = 0, nr_frees = 0;
    for (size_t i = 0; i < e.nr_events; i++)
        if (e.events[i].event == BUDDY_ALLOC)
            expect_event(&e, i, BUDDY_ALLOC, run + 32 * nr_allocs++, 5, 32);
    assert_int_equal(nr_allocs, 3);
    e.nr_events = 0;
    ASSERT_OK(buddy_free_run(&f->b, run, 3));
    for (size_t i = 0; i < e.nr_events; i++)
        if (e.events[i].event == BUDDY_FREE)
            expect_event(&e, i, BUDDY_FREE, run + 32 * nr_frees++, 5, 32);
    assert_int_equal(nr_frees, 3);
    buddy_set_trace(&f->b, NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, heap_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_every_size),
        TEST(test_every_alignment),
        TEST(test_bad_alignment_is_refused),
        TEST(test_huge_requests_are_refused),
        TEST(test_exactly_the_largest_block),
        TEST(test_largest_order_is_a_limit),
        TEST(test_whole_heap),
        TEST(test_tags),
        TEST(test_tagged_size_limits),
        TEST(test_frames_as_units),
        TEST(test_stats_are_exact),
        TEST(test_fragmentation_percent),
        TEST(test_trace),
        TEST(test_trace_of_runs),
    };
    return cmocka_run_group_tests_name("buddy_alloc", tests, NULL, NULL);
}
