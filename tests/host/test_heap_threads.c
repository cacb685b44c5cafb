/* tests/host/test_heap_threads.c - the ticket lock and the heap with real threads.
 *
 * Also built with ThreadSanitizer, see host.mk. */
#include <pthread.h>
#include <sched.h>

#include "lib/spinlock.h"
#include "mm/heap.h"
#include "tests/host/support.h"

#define NR_THREADS 2 /* a spinning ticket lock wants no more threads than processors */
#define NR_STEPS   20000
#define NR_HELD    64

static struct spinlock lock;
static uint64_t counter; /* guarded by the lock, and by nothing else */

static void *count(void *argument) {
    (void)argument;
    for (int i = 0; i < NR_STEPS; i++) {
        spinlock_acquire(&lock);
        counter++;
        spinlock_release(&lock);
    }
    return NULL;
}

static void *use_heap(void *argument) {
    struct rng rng = {(uintptr_t)argument};
    struct {
        uint8_t *block;
        size_t size;
    } held[NR_HELD] = {{0}};
    for (int i = 0; i < NR_STEPS; i++) {
        size_t at = rng_below(&rng, NR_HELD);
        if (held[at].block != NULL) {
            REQUIRE(
                token_holds(held[at].block, held[at].size, (uintptr_t)held[at].block));
            kfree(held[at].block);
            held[at].block = NULL;
            continue;
        }
        held[at].size = 1 + rng_below(&rng, rng_below(&rng, 8) ? 300 : 5000);
        held[at].block = kmalloc(held[at].size);
        REQUIRE(held[at].block != NULL);
        token_write(held[at].block, held[at].size, (uintptr_t)held[at].block);
    }
    for (size_t at = 0; at < NR_HELD; at++)
        kfree(held[at].block);
    return NULL;
}

static void run_threads(void *(*body)(void *)) {
    pthread_t threads[NR_THREADS];
    for (uintptr_t i = 0; i < NR_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, (void *)(i + 1)), 0);
    for (size_t i = 0; i < NR_THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static bool is_held(struct spinlock *spinlock) {
    return atomic_load(&spinlock->next) != atomic_load(&spinlock->serving);
}

static void test_lock(void **state) {
    (void)state;
    assert_false(is_held(&lock));
    spinlock_acquire(&lock);
    assert_true(is_held(&lock));
    spinlock_release(&lock);
    assert_false(is_held(&lock));
    run_threads(count);
    assert_int_equal(counter, NR_THREADS * NR_STEPS);
    assert_false(is_held(&lock));
}

/* The tickets run over after 2^32 acquisitions. */
static void test_lock_wraps(void **state) {
    (void)state;
    atomic_store(&lock.next, UINT32_MAX - 100);
    atomic_store(&lock.serving, UINT32_MAX - 100);
    counter = 0;
    run_threads(count);
    assert_int_equal(counter, NR_THREADS * NR_STEPS);
    assert_false(is_held(&lock));
}

static void test_heap(void **state) {
    (void)state;
    run_threads(use_heap);
    ASSERT_SOUND(heap_check());
    struct heap_stats s;
    heap_trim();
    heap_get_stats(&s);
    assert_int_equal(s.requested_bytes, 0);
    assert_int_equal(s.buddy.used_bytes, 0);
}

int main(void) {
    heap_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_lock_wraps),
        cmocka_unit_test(test_heap),
    };
    return cmocka_run_group_tests_name("heap_threads", tests, NULL, NULL);
}
