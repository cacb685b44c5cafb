/* tests/host/test_heap_trace.c - what the kernel heap tells its hook. */
#include "mm/heap.h"

#include "mm/cache.h"
#include "tests/host/support.h"

#define EXTRA (DEBUG ? 16 : 0) /* what a debug build's guard adds to a request */

struct log {
    size_t nr_events[CACHE_PUT + 1];
    const void *last_object;
    size_t object_bytes;
    size_t requested_bytes;
};

static void note(void *context, enum buddy_event event, const void *block, unsigned order,
                 size_t requested_bytes) {
    struct log *log = context;
    log->nr_events[event]++;
    if ((int)event < CACHE_TAKE)
        return;
    assert_int_equal(order, CACHE_SLAB_ORDER);
    log->last_object = block;
    log->object_bytes = slab_around(block)->object_bytes;
    log->requested_bytes = requested_bytes;
}

static void test_blocks(void **state) {
    (void)state;
    struct log log = {0};
    heap_set_trace(note, NULL, &log);
    kfree(kmalloc(3000));
    assert_int_equal(log.nr_events[BUDDY_ALLOC], 1);
    assert_int_equal(log.nr_events[BUDDY_FREE], 1);
    assert_true(log.nr_events[BUDDY_SPLIT] > 0);
    assert_int_equal(log.nr_events[BUDDY_SPLIT], log.nr_events[BUDDY_MERGE]);
    assert_int_equal(log.nr_events[CACHE_TAKE] + log.nr_events[CACHE_PUT], 0);
    heap_set_trace(NULL, NULL, NULL);
}

static void expect_object(const struct log *log, const void *object, size_t size) {
    assert_ptr_equal(log->last_object, object);
    assert_int_equal(log->requested_bytes, size + EXTRA);
    assert_in_range(log->object_bytes, size + EXTRA, 2 * (size + EXTRA));
}

/* Every size has its class, as without a trace; a slab is a block, until it is empty and
 * its cache has another or is trimmed. */
static void test_objects(void **state) {
    (void)state;
    struct log log = {0};
    heap_set_trace(note, NULL, &log);
    for (size_t size = 8; size + EXTRA <= 1008; size += 40) {
        void *object = kmalloc(size), *other = kmalloc(size);
        expect_object(&log, other, size);
        kfree(object);
        expect_object(&log, object, size);
        kfree(other);
        heap_trim();
        assert_int_equal(log.nr_events[BUDDY_ALLOC], log.nr_events[BUDDY_FREE]);
        assert_int_equal(log.nr_events[CACHE_TAKE], 2 * log.nr_events[BUDDY_ALLOC]);
        assert_int_equal(log.nr_events[CACHE_PUT], log.nr_events[CACHE_TAKE]);
    }
    heap_set_trace(NULL, NULL, NULL);
}

/* What was refused is no event; and after the last NULL there is none at all. */
static void test_no_events(void **state) {
    (void)state;
    struct log log = {0};
    heap_set_trace(note, NULL, &log);
    uint8_t *object = kmalloc(50);
    log = (struct log){0};
    assert_int_not_equal(heap_free_checked(object + 8), OK);
    assert_int_not_equal(heap_free_checked(object + 1), OK);
    heap_set_trace(NULL, NULL, NULL);
    kfree(object);
    assert_int_equal(heap_free_checked(object) == OK, false);
    kfree(kmalloc(24));
    kfree(kmalloc(5000));
    for (size_t i = 0; i <= CACHE_PUT; i++)
        assert_int_equal(log.nr_events[i], 0);
}

static int tear_down(void **state) {
    (void)state;
    struct heap_stats stats;
    heap_trim();
    heap_get_stats(&stats);
    return stats.buddy.used_bytes == 0 && heap_check() == NULL ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void) {
    heap_init();
    const struct CMUnitTest tests[] = {
        TEST(test_blocks),
        TEST(test_objects),
        TEST(test_no_events),
    };
    return cmocka_run_group_tests_name("heap_trace", tests, NULL, NULL);
}
