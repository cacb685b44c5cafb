/* tests/host/test_heap.c - kmalloc and its kin over HEAP_SPACE: sizes, alignment, object
 * caches, statistics, exhaustion, wrong frees.  Rescue: test_heap_rescue.c; trace:
 * test_heap_trace.c. */
#include "mm/heap.h"

#include "mm/cache.h"

#include "tests/host/support.h"

#define NR_BLOCKS 4000

struct held {
    uint8_t *block;
    size_t size;
    uint64_t token;
};

static struct heap_stats stats(void) {
    struct heap_stats s;
    heap_get_stats(&s);
    return s;
}

/* After every test the heap is whole again. */
static int check_whole(void **state) {
    (void)state;
    heap_trim();
    struct heap_stats s = stats();
    if (heap_check() != NULL || s.buddy.used_bytes != 0 || s.requested_bytes != 0 ||
        s.nr_slabs != 0 || s.buddy.requested_bytes != 0) {
        print_error("leaked %zu bytes in %zu slabs: %s\n", s.requested_bytes, s.nr_slabs,
                    heap_check());
        return -1;
    }
    return 0;
}

static void test_heap_space(void **state) {
    (void)state;
    struct range space = heap_space();
    struct heap_stats s = stats();
    assert_int_equal(space.end - space.start, KERNEL_HEAP_SIZE);
    assert_int_equal(space.start % 0x200000, 0);
    assert_int_equal(s.buddy.largest_free_bytes, 0x200000);
    assert_true((KERNEL_HEAP_SIZE - s.buddy.total_bytes) * 1000 <= KERNEL_HEAP_SIZE * 32);
    assert_int_equal(s.nr_rescue_regions, 0);
    uint8_t *most =
        kmalloc(0x200000 - (DEBUG ? 16 : 0)); /* less the debug build's guard */
    assert_non_null(most);
    assert_in_range((uintptr_t)most, space.start, space.end - 1);
    kfree(most);
}

static void test_every_size(void **state) {
    (void)state;
    for (size_t size = 0; size < 6000; size++) {
        uint8_t *a = kmalloc(size), *b = kmalloc(size);
        assert_non_null(a);
        assert_non_null(b);
        assert_int_equal((uintptr_t)a % HEAP_MIN_ALIGN, 0);
        assert_int_equal(stats().requested_bytes, 2 * (size ? size : 1));
        token_write(a, size ? size : 1, size);
        token_write(b, size ? size : 1, ~size);
        assert_true(token_holds(a, size ? size : 1, size));
        kfree(a);
        assert_true(token_holds(b, size ? size : 1, ~size));
        kfree(b);
        if (size % 64 == 0)
            ASSERT_SOUND(heap_check());
    }
    kfree(NULL);
}

static void test_kzalloc(void **state) {
    (void)state;
    for (size_t size = 0; size < 20000; size += 1 + size / 9) {
        uint8_t *dirty = kmalloc(size);
        memset(dirty, 0xee, size);
        kfree(dirty);
        uint8_t *clean = kzalloc(size);
        assert_non_null(clean);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(clean[i], 0);
        kfree(clean);
    }
    assert_null(kzalloc(SIZE_MAX));
    assert_null(kzalloc(SIZE_MAX / 2));
}

static void test_aligned(void **state) {
    (void)state;
    const size_t sizes[] = {0, 1, 8, 40, 100, 1000, 5000, 70000};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        for (size_t align = 1; align <= (1 << 20); align *= 2) {
            uint8_t *block = kmalloc_aligned(sizes[i], align);
            assert_non_null(block);
            assert_int_equal((uintptr_t)block % align, 0);
            memset(block, 0x77, sizes[i]);
            kfree(block);
        }
        const size_t bad[] = {
            3, 6, 12, 100, SIZE_MAX, SIZE_MAX / 2, (size_t)1 << 63, (size_t)1 << 40};
        for (size_t k = 0; k < ARRAY_SIZE(bad); k++)
            assert_null(kmalloc_aligned(sizes[i], bad[k]));
    }
}

static void test_impossible_sizes(void **state) {
    (void)state;
    for (unsigned log = 22; log < 63; log++)
        for (size_t near = 0; near < 40; near++) {
            assert_null(kmalloc(((size_t)1 << log) + near));
            assert_null(kmalloc(((size_t)1 << log) - near + ((size_t)1 << log)));
            assert_null(kmalloc(SIZE_MAX - near));
            assert_null(kmalloc_aligned(SIZE_MAX - near, 4096));
        }
}

/* Small objects share slabs: little is lost beyond the class's rounding, and of those
 * that became empty one is kept. */
static void test_small_objects_are_dense(void **state) {
    (void)state;
    static void *objects[40000];
    for (size_t size = 8; size <= CACHE_OBJECT_MAX - 16; size += 40) {
        size_t nr_objects = 0;
        heap_trim();
        while (nr_objects * size < 300000)
            assert_non_null(objects[nr_objects++] = kmalloc(size));
        struct heap_stats s = stats();
        assert_int_equal(s.requested_bytes, nr_objects * size);
        assert_int_equal(s.nr_slabs * CACHE_SLAB_BYTES, s.buddy.used_bytes);
        size_t with_guard = size + (DEBUG ? 16 : 0);
        assert_true(s.buddy.used_bytes < nr_objects * (with_guard + with_guard / 4 + 12));
        ASSERT_SOUND(heap_check());
        while (nr_objects > 0)
            kfree(objects[--nr_objects]);
        assert_int_equal(stats().nr_slabs, 1);
        assert_int_equal(stats().buddy.used_bytes, CACHE_SLAB_BYTES);
    }
}

static void check_and_free(struct held *held) {
    REQUIRE(token_holds(held->block, held->size, held->token));
    if (held->token % 3 == 0)
        ASSERT_OK(heap_free_checked(held->block));
    else
        kfree(held->block);
}

static void test_random(void **state) {
    (void)state;
    static struct held held[NR_BLOCKS];
    struct rng rng = {1};
    size_t nr_held = 0, held_bytes = 0;
    for (int i = 0; i < 300000; i++) {
        if (nr_held < NR_BLOCKS &&
            rng_below(&rng, 1000) < (i / 20000 % 2 ? 400u : 600u)) {
            unsigned log = rng_below(&rng, 20) ? rng_below(&rng, 9) : rng_below(&rng, 17);
            size_t size = ((size_t)1 << log) + rng_below(&rng, 1u << log);
            size_t align = (size_t)1 << rng_below(&rng, 9);
            uint8_t *block =
                rng_below(&rng, 8) ? kmalloc(size) : kmalloc_aligned(size, align);
            if (block == NULL)
                continue;
            held[nr_held] = (struct held){block, size, rng_next(&rng)};
            token_write(block, size, held[nr_held++].token);
            held_bytes += size;
        } else if (nr_held > 0) {
            size_t at = rng_below(&rng, nr_held);
            check_and_free(&held[at]);
            held_bytes -= held[at].size;
            held[at] = held[--nr_held];
        }
        if (i % 4096 == 0) {
            ASSERT_SOUND(heap_check());
            assert_int_equal(stats().requested_bytes, held_bytes);
        }
    }
    while (nr_held > 0)
        check_and_free(&held[--nr_held]);
}

/* Fill the heap with one size until NULL, and free in another order. */
static void test_exhaustion(void **state) {
    (void)state;
    static void *blocks[200000];
    const size_t sizes[] = {1, 24, 100, 900, 1008, 1009, 4096, 5000, 100000, 500000};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        size_t nr_blocks = 0;
        while ((blocks[nr_blocks] = kmalloc(sizes[i])) != NULL)
            assert_true(++nr_blocks < ARRAY_SIZE(blocks));
        assert_null(kzalloc(sizes[i]));
        assert_true(nr_blocks * sizes[i] * 100 >
                    (size_t)KERNEL_HEAP_SIZE * (sizes[i] < 24 ? 2 : 40));
        ASSERT_SOUND(heap_check());
        for (size_t k = 0; k < nr_blocks; k += 2)
            kfree(blocks[k]);
        for (size_t k = 1; k < nr_blocks; k += 2)
            kfree(blocks[k]);
        assert_int_equal(check_whole(state), 0);
    }
}

/* ---- wrong frees ---- */

static void kfree_it(void *block) {
    kfree(block);
}

static void free_twice(void *block) {
    kfree(block);
    kfree(block);
}

static void expect_address_in_panic(void *block, panic_body_fn *body,
                                    const char *reason) {
    char address[32];
    snprintf(address, sizeof(address), "%p", block);
    expect_panic(body, block, reason);
    expect_panic(body, block, address);
}

static void test_double_free_panics(void **state) {
    (void)state;
    const size_t sizes[] = {1, 24, 500, 1008, 2000, 100000};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        void *a = kmalloc(sizes[i]), *b = kmalloc(sizes[i]);
        expect_address_in_panic(a, free_twice, "free already");
        kfree(a);
        kfree(b);
    }
}

static void test_wrong_pointers_panic(void **state) {
    (void)state;
    int local;
    const size_t sizes[] = {24, 500, 2000, 100000};
    expect_address_in_panic(&local, kfree_it, status_text(ERR_FOREIGN));
    expect_panic(kfree_it, (void *)8, status_text(ERR_FOREIGN));
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        uint8_t *block = kmalloc(sizes[i]);
        expect_address_in_panic(block + 1, kfree_it, status_text(ERR_MISALIGNED));
        expect_address_in_panic(block + sizes[i] / 64 * 32 + 8 * (sizes[i] == 24),
                                kfree_it, sizes[i] == 24 ? "inside" : "kfree");
        kfree(block);
    }
}

/* Every address near blocks of three kinds: the right status, and nothing changes. */
static void test_free_checked(void **state) {
    (void)state;
    const size_t sizes[] = {24, 200, 2000, 5000};
    ASSERT_STATUS(heap_free_checked(NULL), ERR_FOREIGN);
    ASSERT_STATUS(heap_free_checked((void *)SIZE_MAX), ERR_FOREIGN);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        uint8_t *block = kmalloc(sizes[i]);
        struct heap_stats before = stats();
        for (size_t at = 1; at < sizes[i]; at++) {
            status_t status = heap_free_checked(block + at);
            if (status != ERR_MISALIGNED)
                ASSERT_STATUS(status, ERR_INTERIOR);
            if (at % 8 != 0)
                ASSERT_STATUS(status, ERR_MISALIGNED);
        }
        struct heap_stats after = stats();
        assert_int_equal(before.requested_bytes, after.requested_bytes);
        assert_int_equal(before.buddy.used_bytes, after.buddy.used_bytes);
        ASSERT_SOUND(heap_check());
        ASSERT_OK(heap_free_checked(block));
        status_t again =
            heap_free_checked(block); /* of an object whose slab is gone too */
        if (again != ERR_MISALIGNED || sizes[i] > CACHE_OBJECT_MAX)
            ASSERT_STATUS(again, ERR_DOUBLE_FREE);
    }
}

/* No address inside a slab's header or among its books frees anything. */
static void test_free_checked_in_a_slab(void **state) {
    (void)state;
    uint8_t *objects[8];
    for (int i = 0; i < 8; i++)
        objects[i] = kmalloc(40);
    for (int i = 0; i < 8; i += 2)
        kfree(objects[i]);
    uint8_t *slab =
        (uint8_t *)((uintptr_t)objects[1] & ~(uintptr_t)(CACHE_SLAB_BYTES - 1));
    struct heap_stats before = stats();
    for (size_t at = 0; at < CACHE_SLAB_BYTES; at++) {
        bool is_live = false;
        for (int i = 1; i < 8; i += 2)
            is_live |= objects[i] == slab + at;
        if (!is_live)
            assert_int_not_equal(heap_free_checked(slab + at), OK);
    }
    assert_int_equal(stats().requested_bytes, before.requested_bytes);
    ASSERT_SOUND(heap_check());
    for (int i = 1; i < 8; i += 2)
        kfree(objects[i]);
}

static void overstep(void *argument) {
    size_t size = *(size_t *)argument;
    uint8_t *block = kmalloc(size);
    *(volatile uint8_t *)(block + size) = 0x42;
    kfree(block);
}

static void test_overflow_is_seen_in_debug(void **state) {
    (void)state;
    size_t sizes[] = {0, 1, 7, 8, 24, 100, 992, 1000, 3000, 5000};
    for (size_t i = 1; DEBUG && i < ARRAY_SIZE(sizes); i++)
        expect_panic(overstep, &sizes[i], "overflow");
}

static void test_freed_memory_is_poisoned_in_debug(void **state) {
    (void)state;
    uint8_t *block = kmalloc(100), *neighbour = kmalloc(100);
    memset(block, 0, 100);
    kfree(block);
    if (DEBUG)
        for (int i = 16; i < 100; i++)
            assert_int_not_equal(block[i], 0);
    kfree(neighbour);
}

static void ask_for_too_much(void *argument) {
    (void)argument;
    handle_alloc_error(123456, 64);
}

static void test_alloc_error_says_all(void **state) {
    (void)state;
    void *block = kmalloc(5000);
    char total[32];
    snprintf(total, sizeof(total), "%zu", stats().buddy.total_bytes);
    expect_panic(ask_for_too_much, NULL, "123456");
    expect_panic(ask_for_too_much, NULL, "64");
    expect_panic(ask_for_too_much, NULL, "2097152"); /* the largest free block */
    expect_panic(ask_for_too_much, NULL, "5000");
    expect_panic(ask_for_too_much, NULL, total);
    kfree(block);
}

/* ---- looking at it ---- */

static bool sum_blocks(void *context, const struct buddy_block *block) {
    *(size_t *)context += block->block_bytes;
    return true;
}

static void test_walk(void **state) {
    (void)state;
    size_t sum = 0;
    void *a = kmalloc(3000), *b = kmalloc(10);
    heap_walk(0, sum_blocks, &sum);
    assert_int_equal(sum, stats().buddy.total_bytes);
    kfree(a);
    kfree(b);
}

#define TEST(name) cmocka_unit_test_teardown(name, check_whole)

int main(void) {
    heap_init();
    const struct CMUnitTest tests[] = {
        TEST(test_heap_space),
        TEST(test_every_size),
        TEST(test_kzalloc),
        TEST(test_aligned),
        TEST(test_impossible_sizes),
        TEST(test_small_objects_are_dense),
        TEST(test_random),
        TEST(test_exhaustion),
        TEST(test_double_free_panics),
        TEST(test_wrong_pointers_panic),
        TEST(test_free_checked),
        TEST(test_free_checked_in_a_slab),
        TEST(test_overflow_is_seen_in_debug),
        TEST(test_freed_memory_is_poisoned_in_debug),
        TEST(test_alloc_error_says_all),
        TEST(test_walk),
    };
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
