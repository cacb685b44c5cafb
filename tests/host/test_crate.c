/* tests/host/test_crate.c - what the book says about the crate's algorithm, shown on
 * tests/bench/crate.c: docs/en/heap-crate.md and heap-faults.md refer to each test here.
 *
 * Not here: how fast it is (make bench), our own buddy (test_buddy_*.c). */
#include "tests/host/support.h"

#include "tests/bench/crate.c"

#define ARENA_BYTES ((size_t)1 << 16)

static uint8_t arena[ARENA_BYTES + 4096] __attribute__((aligned(ARENA_BYTES)));
static struct crate_heap heap;

static void make_heap(size_t from, size_t to) {
    crate_init(&heap);
    crate_add(&heap, (uintptr_t)arena + from, (uintptr_t)arena + to);
}

static size_t list_length(unsigned order) {
    size_t length = 0;
    for (const struct crate_link *link = heap.free[order]; link; link = link->next)
        length++;
    return length;
}

/* add_to_heap() of [0x1003, 0x2000): up the stairs, one block of each size. */
static void test_add_climbs(void **state) {
    (void)state;
    make_heap(0x1003, 0x2000);
    for (unsigned order = 0; order < CRATE_ORDERS; order++)
        assert_int_equal(list_length(order), order >= 3 && order <= 11);
    assert_int_equal(heap.total_bytes, 0xff8);
}

/* X bytes that do not begin at a multiple of X: X bytes cannot be had. */
static void test_whole_area(void **state) {
    (void)state;
    make_heap(0, ARENA_BYTES);
    assert_ptr_equal(crate_alloc(&heap, ARENA_BYTES, 8), arena);
    make_heap(8, ARENA_BYTES + 8);
    assert_int_equal(heap.total_bytes, ARENA_BYTES);
    assert_null(crate_alloc(&heap, ARENA_BYTES, 8));
}

/* The first free merged the block away; the second puts a part of it on a list again. */
static void test_double_free_overlaps(void **state) {
    (void)state;
    make_heap(0, ARENA_BYTES);
    void *block = crate_alloc(&heap, 64, 8);
    crate_free(&heap, block, 64, 8);
    crate_free(&heap, block, 64, 8);
    assert_ptr_equal(crate_alloc(&heap, 64, 8), block);
    assert_ptr_equal(crate_alloc(&heap, 64, 8), block);
}

/* The first free left the block at the head of its list; the second links it to itself,
 * and the search for its buddy does not end. */
static void test_double_free_hangs(void **state) {
    (void)state;
    make_heap(0, ARENA_BYTES);
    void *block = crate_alloc(&heap, 64, 8), *buddy = crate_alloc(&heap, 64, 8);
    assert_ptr_equal(buddy, (uint8_t *)block + 64);
    crate_free(&heap, block, 64, 8);
    push(&heap, 6, (uintptr_t)block); /* what the second free begins with */
    assert_ptr_equal(heap.free[6], block);
    assert_ptr_equal(heap.free[6]->next, block);
}

/* Freed with half its size, the other half is lost, and nobody says so. */
static void test_wrong_size_loses(void **state) {
    (void)state;
    make_heap(0, ARENA_BYTES);
    void *block = crate_alloc(&heap, 4096, 8);
    crate_free(&heap, block, 2048, 8);
    assert_null(crate_alloc(&heap, ARENA_BYTES, 8));
    assert_int_equal(heap.user_bytes, 2048);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_climbs),
        cmocka_unit_test(test_whole_area),
        cmocka_unit_test(test_double_free_overlaps),
        cmocka_unit_test(test_double_free_hangs),
        cmocka_unit_test(test_wrong_size_loses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
