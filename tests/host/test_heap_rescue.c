/* tests/host/test_heap_rescue.c - what the heap does when it runs out: ask for more, give
 * it back, live with a refusal at any point. */
#include "mm/heap.h"
#include "mm/guard.h"
#include "tests/host/support.h"

#define REGIONS_MAX 16

/* The rescuer: lends memory, and can be told to refuse. */
static struct lender {
    size_t refuse_after; /* lend this many regions more */
    size_t nr_asked;
    size_t nr_lent;
    struct {
        void *start;
        size_t bytes;
    } lent[REGIONS_MAX];
} lender;

static void *lend(size_t bytes, size_t align) {
    lender.nr_asked++;
    REQUIRE(bytes >= HEAP_RESCUE_BYTES && bytes % 4096 == 0 && align % 4096 == 0);
    if (lender.refuse_after == 0)
        return NULL;
    lender.refuse_after--;
    for (size_t i = 0; i < REGIONS_MAX; i++) {
        if (lender.lent[i].start != NULL)
            continue;
        if (bytes > (1ul << 31) ||
            posix_memalign(&lender.lent[i].start, align, bytes) != 0)
            return NULL;
        lender.lent[i].bytes = bytes;
        lender.nr_lent++;
        return lender.lent[i].start;
    }
    return NULL;
}

static void take_back(void *start, size_t bytes) {
    for (size_t i = 0; i < REGIONS_MAX; i++)
        if (lender.lent[i].start == start && start != NULL) {
            REQUIRE(lender.lent[i].bytes == bytes);
            lender.lent[i].start = NULL;
            lender.nr_lent--;
            free(start);
            return;
        }
    REQUIRE(!"the region was lent");
}

static size_t nr_regions(void) {
    struct heap_stats s;
    heap_get_stats(&s);
    return s.nr_rescue_regions;
}

static int set_up(void **state) {
    (void)state;
    lender = (struct lender){.refuse_after = SIZE_MAX};
    heap_set_rescue(lend, take_back);
    return 0;
}

static int check_whole(void **state) {
    (void)state;
    struct heap_stats s;
    heap_trim();
    heap_get_stats(&s);
    if (heap_check() != NULL || s.buddy.used_bytes != 0 || s.requested_bytes != 0 ||
        s.nr_rescue_regions != 0 || lender.nr_lent != 0) {
        print_error("%zu bytes and %zu regions are missing\n", s.requested_bytes,
                    lender.nr_lent);
        return -1;
    }
    return 0;
}

/* Allocate blocks of `size` until NULL; how many there are. */
static size_t fill(void **blocks, size_t max_blocks, size_t size) {
    size_t nr_blocks = 0;
    while (nr_blocks < max_blocks && (blocks[nr_blocks] = kmalloc(size)) != NULL) {
        memset(blocks[nr_blocks], 0x33, size);
        nr_blocks++;
    }
    ASSERT_SOUND(heap_check());
    return nr_blocks;
}

static void test_grows_and_shrinks(void **state) {
    (void)state;
    static void *blocks[400000];
    const size_t sizes[] = {40, 1000, 3000, 100000, 500000};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        size_t nr_blocks = fill(blocks, ARRAY_SIZE(blocks), sizes[i]);
        assert_int_equal(nr_regions(), HEAP_RESCUE_MAX);
        assert_int_equal(lender.nr_lent, HEAP_RESCUE_MAX);
        while (nr_blocks > 0)
            kfree(blocks[--nr_blocks]);
        assert_int_equal(check_whole(state), 0);
    }
}

/* Without a rescue nothing is asked; with a refusal the caller gets NULL and goes on. */
static void test_refusal_is_survived(void **state) {
    (void)state;
    static void *blocks[4000];
    lender.refuse_after = 0;
    size_t nr_blocks = fill(blocks, ARRAY_SIZE(blocks), 3000);
    assert_int_equal(nr_regions(), 0);
    assert_true(lender.nr_asked > 0);
    assert_null(kmalloc(3000));
    lender.refuse_after = 1;
    void *last = kmalloc(3000);
    assert_non_null(last);
    assert_int_equal(nr_regions(), 1);
    kfree(last);
    assert_int_equal(nr_regions(), 0); /* an empty region goes back */
    while (nr_blocks > 0)
        kfree(blocks[--nr_blocks]);
}

/* Refuse the Nth region for every N until the request succeeds: nothing is lost. */
static void test_fail_the_nth(void **state) {
    (void)state;
    static void *blocks[4000];
    for (size_t nth = 0; nth <= HEAP_RESCUE_MAX; nth++) {
        lender.refuse_after = nth;
        size_t nr_blocks = fill(blocks, ARRAY_SIZE(blocks), 5000);
        assert_int_equal(nr_regions(), nth);
        for (size_t i = 0; i < nr_blocks; i += 3)
            kfree(blocks[i]);
        for (size_t i = 0; i < nr_blocks; i++)
            if (i % 3 != 0)
                kfree(blocks[i]);
        assert_int_equal(check_whole(state), 0);
    }
}

/* A request of any size that a region could hold is worth a region large enough. */
static void test_region_fits_the_request(void **state) {
    (void)state;
    const struct {
        size_t size, align;
    } cases[] = {{1 << 20, 8},  {(1 << 21) + 1, 8}, {4 << 20, 4096}, {(1 << 20) - 100, 8},
                 {3 << 20, 64}, {100, 4 << 20},     {8 << 20, 8}};
    void *most = kmalloc_aligned((1 << 20) - GUARD_EXTRA, 1 << 20);
    void *more = kmalloc_aligned(1000000, 1 << 20);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t *block = kmalloc_aligned(cases[i].size, cases[i].align);
        if (block == NULL)
            fail_msg("no block of %zu at %zu", cases[i].size, cases[i].align);
        assert_int_equal((uintptr_t)block % cases[i].align, 0);
        memset(block, 1, cases[i].size);
        kfree(block);
        assert_int_equal(lender.nr_lent, 0);
    }
    kfree(most);
    kfree(more);
}

/* What no region could serve is not asked for. */
static void test_hopeless_requests(void **state) {
    (void)state;
    assert_null(kmalloc(SIZE_MAX / 2));
    assert_null(kmalloc_aligned(8, 3));
    assert_null(kmalloc_aligned(8, SIZE_MAX));
    assert_int_equal(lender.nr_asked, 0);
    assert_null(kmalloc(SIZE_MAX / 8));
    assert_int_equal(lender.nr_lent, 0);
}

/* Regions come and go a thousand times. */
static void test_many_rounds(void **state) {
    (void)state;
    static void *blocks[6000];
    struct rng rng = {1};
    size_t nr_blocks = 0;
    for (int i = 0; i < 60000; i++) {
        bool grows = rng_below(&rng, 100) < (i / 6000 % 2 ? 20u : 80u);
        if (grows && nr_blocks < ARRAY_SIZE(blocks)) {
            size_t size = 1 + rng_below(&rng, 6000);
            lender.refuse_after = rng_below(&rng, 2);
            void *block = kmalloc(size);
            if (block != NULL) {
                memset(block, 0x44, size);
                blocks[nr_blocks++] = block;
            }
        } else if (nr_blocks > 0) {
            size_t at = rng_below(&rng, nr_blocks);
            kfree(blocks[at]);
            blocks[at] = blocks[--nr_blocks];
        }
        if (i % 1000 == 0)
            ASSERT_SOUND(heap_check());
    }
    while (nr_blocks > 0)
        kfree(blocks[--nr_blocks]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, check_whole)

int main(void) {
    heap_init();
    const struct CMUnitTest tests[] = {
        TEST(test_grows_and_shrinks), TEST(test_refusal_is_survived),
        TEST(test_fail_the_nth),      TEST(test_region_fits_the_request),
        TEST(test_hopeless_requests), TEST(test_many_rounds),
    };
    return cmocka_run_group_tests_name("heap_rescue", tests, NULL, NULL);
}
