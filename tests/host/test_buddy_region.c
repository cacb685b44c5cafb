/* tests/host/test_buddy_region.c - buddy_init, buddy_add, buddy_remove: what regions a
 * buddy takes, how it lays them out, and how it gives them back. */
#include "tests/host/model.h"
#include "tests/host/support.h"

#define KIB ((size_t)1024)
#define MIB (KIB * KIB)

static size_t total_bytes(const struct buddy *b) {
    struct buddy_stats stats;
    buddy_stats(b, &stats);
    return stats.total_bytes;
}

static void test_init_is_empty(void **state) {
    (void)state;
    struct buddy b;
    memset(&b, 0x5a, sizeof(b));
    buddy_init(&b, 5, 20);
    ASSERT_SOUND(buddy_check(&b));
    assert_null(buddy_alloc(&b, 1, 1));
    assert_null(buddy_alloc_tagged(&b, 1, 1));
    assert_null(buddy_alloc_run(&b, 1, 1));
    struct buddy_stats stats;
    buddy_stats(&b, &stats);
    assert_int_equal(stats.total_bytes, 0);
    assert_int_equal(stats.largest_free_bytes, 0);
    assert_int_equal(stats.fragmentation_percent, 0);
}

/* Orders that make no sense are brought into bounds: see what blocks come of them. */
static void test_init_bounds_orders(void **state) {
    (void)state;
    const struct {
        unsigned smallest, largest, got_smallest, got_largest;
    } cases[] = {
        {0, 20, 5, 14}, {5, 5, 5, 5},     {6, 200, 6, 14}, {12, 3, 12, 12},
        {0, 0, 5, 5},   {12, 12, 12, 12}, {7, 9, 7, 9},    {5, 47, 5, 14},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena;
        struct buddy b;
        struct buddy_stats stats;
        arena_make(&arena, 32 * KIB, 0, 31 * KIB);
        buddy_init(&b, cases[i].smallest, cases[i].largest);
        ASSERT_OK(buddy_add(&b, arena.start, arena.bytes));
        buddy_stats(&b, &stats);
        assert_int_equal(stats.largest_free_bytes, (size_t)1 << cases[i].got_largest);
        assert_non_null(buddy_alloc(&b, 1, 1));
        buddy_stats(&b, &stats);
        assert_int_equal(stats.used_bytes, (size_t)1 << cases[i].got_smallest);
        ASSERT_SOUND(buddy_check(&b));
        arena_free(&arena);
    }
    struct buddy b;
    for (unsigned huge = 47; huge < 100; huge += 13) { /* no such region exists */
        int memory[64];
        buddy_init(&b, huge, huge);
        ASSERT_STATUS(buddy_add(&b, memory, sizeof(memory)), ERR_TOO_SMALL);
        assert_null(buddy_alloc(&b, 1, 1));
    }
}

/* The guard bytes of the arena show that nothing outside the range is written. */
static void try_region(size_t offset, size_t bytes, unsigned smallest, unsigned largest) {
    struct arena arena;
    struct buddy b;
    arena_make(&arena, 8 * KIB, offset, bytes);
    memset(arena.start, 0xff, bytes);
    struct model *m = model_make(&b, smallest, largest, bytes >> smallest);
    status_t status = model_add(m, arena.start, bytes);
    size_t unit = (size_t)1 << smallest;
    if (status == OK) {
        model_verify(m);
        size_t overhead = bytes - total_bytes(&b);
        REQUIRE(overhead < 64 + 2 * unit + bytes / (unit + 1));
        while (model_alloc(m, unit, 1, false) != MODEL_NONE)
            ;
        REQUIRE(model_used_bytes(m) == total_bytes(&b));
        model_verify(m);
        model_verify_units(m);
        while (m->nr_live > 0)
            model_release(m, m->nr_live / 2, m->nr_live % 2);
        model_verify(m);
        ASSERT_OK(buddy_remove(&b, arena.start));
    } else {
        ASSERT_STATUS(status, ERR_TOO_SMALL);
        REQUIRE(bytes < 128 + 3 * unit);
    }
    ASSERT_SOUND(buddy_check(&b));
    model_free(m);
    arena_free(&arena);
}

static void test_add_any_alignment_and_size(void **state) {
    (void)state;
    for (size_t offset = 0; offset < 72; offset++)
        for (size_t bytes = 0; bytes < 400; bytes += 1 + offset % 7)
            try_region(offset, bytes, 5, 20);
    struct rng rng = {1};
    for (int i = 0; i < 400; i++)
        try_region(rng_below(&rng, 9000), rng_below(&rng, 20000), 5 + rng_below(&rng, 3),
                   5 + rng_below(&rng, 12));
}

static void test_add_too_small_changes_nothing(void **state) {
    (void)state;
    struct arena arena;
    arena_make(&arena, 64, 0, 4096);
    struct buddy b, before;
    buddy_init(&b, 5, 20);
    memcpy(&before, &b, sizeof(b));
    size_t bytes = 0;
    while (buddy_add(&b, arena.start, bytes) == ERR_TOO_SMALL) {
        assert_memory_equal(&before, &b, sizeof(b));
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(arena.start[i], 0xa5);
        bytes++;
    }
    assert_in_range(bytes, 32 + 1, 160);
    assert_int_equal(total_bytes(&b), 32);
    arena_free(&arena);
}

static void test_add_refuses_wrapping(void **state) {
    (void)state;
    struct buddy b;
    buddy_init(&b, 5, 47);
    const struct {
        uintptr_t start;
        size_t bytes;
    } cases[] = {
        {0, 4096},
        {0, 0},
        {UINTPTR_MAX - 100, 200},
        {1, SIZE_MAX},
        {4096, SIZE_MAX - 4094},
        {UINTPTR_MAX, 1 + (size_t)1},
        {UINTPTR_MAX, SIZE_MAX},
        {(uintptr_t)1 << 63, SIZE_MAX},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        ASSERT_STATUS(buddy_add(&b, (void *)cases[i].start, cases[i].bytes), ERR_INVALID);
    /* No unit begins in the last bytes of the address space: rounding up would wrap. */
    ASSERT_STATUS(buddy_add(&b, (void *)(UINTPTR_MAX - 20), 10), ERR_TOO_SMALL);
    assert_int_equal(total_bytes(&b), 0);
}

static void test_add_refuses_overlap(void **state) {
    (void)state;
    struct arena arena;
    arena_make(&arena, 64 * KIB, 0, 64 * KIB);
    struct buddy b;
    buddy_init(&b, 5, 20);
    uint8_t *at = arena.start;
    ASSERT_OK(buddy_add(&b, at + 16 * KIB, 16 * KIB));
    struct buddy before = b;
    const struct {
        size_t offset, bytes;
    } cases[] = {
        {16 * KIB, 16 * KIB}, {16 * KIB, 100},      {20 * KIB, 4 * KIB},
        {0, 64 * KIB},        {0, 16 * KIB + 1},    {32 * KIB - 1, 4 * KIB},
        {8 * KIB, 16 * KIB},  {24 * KIB, 16 * KIB}, {17 * KIB, 15 * KIB},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        ASSERT_STATUS(buddy_add(&b, at + cases[i].offset, cases[i].bytes), ERR_OVERLAP);
        assert_memory_equal(&before, &b, sizeof(b));
    }
    ASSERT_OK(buddy_add(&b, at, 16 * KIB));            /* ends where the other starts */
    ASSERT_OK(buddy_add(&b, at + 32 * KIB, 32 * KIB)); /* starts where it ends        */
    ASSERT_SOUND(buddy_check(&b));
    arena_free(&arena);
}

/* Regions that touch do not merge: each must be removable by itself. */
static void test_adjacent_regions_stay_apart(void **state) {
    (void)state;
    struct arena arena;
    arena_make(&arena, 64 * KIB, 0, 64 * KIB);
    struct buddy b;
    struct model *m = model_make(&b, 5, 20, 2 * KIB);
    for (int i = 3; i >= 0; i--) /* downwards: the walk must still go upwards */
        ASSERT_OK(model_add(m, arena.start + i * 16 * KIB, 16 * KIB));
    model_verify(m);
    struct rng rng = {2};
    for (int i = 0; i < 3000; i++) {
        if (rng_below(&rng, 2))
            model_alloc(m, rng_below(&rng, 3000), (size_t)1 << rng_below(&rng, 9), false);
        else if (m->nr_live)
            model_release(m, rng_below(&rng, m->nr_live), false);
        if (i % 16 == 0)
            model_verify(m);
    }
    while (m->nr_live)
        model_release(m, 0, true);
    model_verify(m);
    model_free(m);
    arena_free(&arena);
}

static void test_metadata_is_small(void **state) {
    (void)state;
    for (size_t bytes = 64 * KIB; bytes <= 8 * MIB; bytes += bytes / 3) {
        for (size_t offset = 0; offset < 64; offset += 13) {
            struct arena arena;
            arena_make(&arena, 64, offset, bytes);
            struct buddy b;
            buddy_init(&b, 5, 30);
            ASSERT_OK(buddy_add(&b, arena.start, bytes));
            size_t overhead = bytes - total_bytes(&b);
            if (overhead * 1000 > bytes * 32)
                fail_msg("%zu of %zu bytes are overhead", overhead, bytes);
            arena_free(&arena);
        }
    }
}

/* The largest aligned block of the range survives, unless it is the whole range. */
static void test_metadata_leaves_largest_block(void **state) {
    (void)state;
    const struct {
        size_t offset, bytes, largest;
    } cases[] = {
        {0, 3 * MIB, 2 * MIB},       /* HEAP_SPACE: books behind          */
        {1 * MIB, 3 * MIB, 2 * MIB}, /* books before                      */
        {64 * KIB, 2 * MIB - 64 * KIB, 1 * MIB},
        {1983 * KIB, 2 * MIB + 65 * KIB, 2 * MIB},
        {0, 2 * MIB + 65 * KIB, 2 * MIB}, /* just enough room for the books    */
        {0, 5 * MIB, 4 * MIB},
        {3 * MIB, 5 * MIB, 4 * MIB},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena;
        arena_make(&arena, 8 * MIB, cases[i].offset, cases[i].bytes);
        struct buddy b;
        buddy_init(&b, 5, 30);
        ASSERT_OK(buddy_add(&b, arena.start, cases[i].bytes));
        struct buddy_stats stats;
        buddy_stats(&b, &stats);
        assert_int_equal(stats.largest_free_bytes, cases[i].largest);
        void *block = buddy_alloc(&b, cases[i].largest, 1);
        assert_non_null(block);
        assert_null(buddy_alloc(&b, cases[i].largest, 1));
        ASSERT_OK(buddy_free_sized(&b, block, cases[i].largest));
        arena_free(&arena);
    }
}

static void test_remove(void **state) {
    (void)state;
    struct arena arena;
    arena_make(&arena, 64 * KIB, 0, 64 * KIB);
    struct buddy b;
    buddy_init(&b, 5, 20);
    uint8_t *first = arena.start, *second = arena.start + 32 * KIB;
    ASSERT_STATUS(buddy_remove(&b, first), ERR_NOT_FOUND);
    ASSERT_OK(buddy_add(&b, first, 16 * KIB));
    ASSERT_OK(buddy_add(&b, second, 32 * KIB));
    void *big = buddy_alloc(&b, 16 * KIB, 1);
    void *small = buddy_alloc(&b, 1, 1);
    assert_non_null(big);
    assert_non_null(small);
    struct buddy before = b;
    ASSERT_STATUS(buddy_remove(&b, second), ERR_BUSY);
    ASSERT_STATUS(buddy_remove(&b, second + 32), ERR_NOT_FOUND);
    ASSERT_STATUS(buddy_remove(&b, NULL), ERR_NOT_FOUND);
    assert_memory_equal(&before, &b, sizeof(b));
    ASSERT_OK(buddy_free(&b, big));
    ASSERT_OK(buddy_free(&b, small));
    ASSERT_OK(buddy_remove(&b, first)); /* the first of two, then the last of all */
    ASSERT_SOUND(buddy_check(&b));
    ASSERT_STATUS(buddy_remove(&b, first), ERR_NOT_FOUND);
    ASSERT_STATUS(buddy_free(&b, first), ERR_FOREIGN);
    ASSERT_OK(buddy_remove(&b, second));
    assert_int_equal(total_bytes(&b), 0);
    assert_null(buddy_alloc(&b, 1, 1));
    ASSERT_SOUND(buddy_check(&b));
    ASSERT_OK(buddy_add(&b, first, 64 * KIB)); /* the memory can be given again */
    ASSERT_SOUND(buddy_check(&b));
    arena_free(&arena);
}

/* A region with one block in use at any place is busy. */
static void test_remove_sees_every_block(void **state) {
    (void)state;
    struct arena arena;
    arena_make(&arena, 4 * KIB, 0, 2 * KIB);
    struct buddy b;
    buddy_init(&b, 5, 20);
    ASSERT_OK(buddy_add(&b, arena.start, arena.bytes));
    size_t nr_units = total_bytes(&b) / 32;
    for (size_t keep = 0; keep < nr_units; keep++) {
        void *blocks[64];
        for (size_t i = 0; i < nr_units; i++)
            assert_non_null(blocks[i] = buddy_alloc(&b, 32, 1));
        for (size_t i = 0; i < nr_units; i++)
            if (i != keep)
                ASSERT_OK(buddy_free(&b, blocks[i]));
        ASSERT_STATUS(buddy_remove(&b, arena.start), ERR_BUSY);
        ASSERT_SOUND(buddy_check(&b));
        ASSERT_OK(buddy_free(&b, blocks[keep]));
        ASSERT_OK(buddy_remove(&b, arena.start));
        ASSERT_OK(buddy_add(&b, arena.start, arena.bytes));
    }
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init_is_empty),
        cmocka_unit_test(test_init_bounds_orders),
        cmocka_unit_test(test_add_any_alignment_and_size),
        cmocka_unit_test(test_add_too_small_changes_nothing),
        cmocka_unit_test(test_add_refuses_wrapping),
        cmocka_unit_test(test_add_refuses_overlap),
        cmocka_unit_test(test_adjacent_regions_stay_apart),
        cmocka_unit_test(test_metadata_is_small),
        cmocka_unit_test(test_metadata_leaves_largest_block),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_remove_sees_every_block),
    };
    return cmocka_run_group_tests_name("buddy_region", tests, NULL, NULL);
}
