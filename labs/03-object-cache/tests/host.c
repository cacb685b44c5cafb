/* labs/03-object-cache/tests/host.c - the tests of lab object-cache that run on the host.
 *
 * take and put are tried on a slab that is laid out by hand here, so that each part can
 * pass before the next one is written. */
#include "tests/host/lab.h"

#include "mm/cache.c"

#define OBJECT_BYTES 104
#define ARENA_BYTES  ((size_t)256 << 10)

static struct arena arena;
static struct buddy buddy;
static struct cache_set set;
static struct cache *cache; /* of the objects of OBJECT_BYTES */

static int set_up(void **state) {
    (void)state;
    arena_make(&arena, CACHE_SLAB_BYTES, 0, ARENA_BYTES);
    buddy_init(&buddy, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    ASSERT_OK(buddy_add(&buddy, arena.start, ARENA_BYTES));
    cache_set_init(&set, &buddy);
    cache = cache_for(&set, OBJECT_BYTES);
    assert_int_equal(cache->object_bytes, OBJECT_BYTES);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static void *object_of(const struct slab *slab, size_t number) {
    return (uint8_t *)slab + CACHE_SLAB_BYTES - number * OBJECT_BYTES;
}

/* A slab of which nothing is in use and everything fresh. */
static struct slab *slab_by_hand(void) {
    struct slab *slab = buddy_alloc_tagged(&buddy, CACHE_SLAB_BYTES, CACHE_SLAB_BYTES);
    assert_non_null(slab);
    *slab = (struct slab){.cache = cache,
                          .reciprocal = cache->reciprocal,
                          .object_bytes = OBJECT_BYTES,
                          .nr_fresh = cache->nr_objects};
    memset(slab->state, CACHE_STATE_FREE, cache->nr_states);
    list_append(&cache->with_room, &slab->link);
    set.nr_slabs++;
    return slab;
}

/* The same, with every object in use, each asked for with OBJECT_BYTES - 4 bytes. */
static struct slab *full_slab_by_hand(void) {
    struct slab *slab = slab_by_hand();
    memset(&slab->state[1], 5, cache->nr_objects);
    slab->nr_live = cache->nr_objects;
    slab->nr_fresh = 0;
    set.requested_bytes += cache->nr_objects * (OBJECT_BYTES - 4);
    list_remove(&slab->link);
    return slab;
}

static void test_take(void **state) {
    (void)state;
    struct slab *slab = slab_by_hand();
    size_t nr_objects = cache->nr_objects, asked = 0;
    for (size_t i = 0; i < nr_objects;
         i++) { /* each once, from the highest number down */
        size_t size = OBJECT_BYTES - i % 8;
        uint8_t *object = slab_take(&set, slab, size);
        assert_ptr_equal(object, object_of(slab, nr_objects - i));
        memset(object, 0xee, size);
        asked += size;
        assert_int_equal(set.requested_bytes, asked);
        assert_int_equal(slab->nr_live, i + 1);
        assert_int_equal(slab_find(slab, (uintptr_t)object).requested_bytes, size);
        ASSERT_SOUND(cache_check_slab(slab));
    }
    assert_true(list_is_empty(&cache->with_room)); /* full, so on no list */

    slab = full_slab_by_hand(); /* 7, then 3 are free, and nothing is fresh */
    slab->first_free = 7;
    *(uint8_t *)object_of(slab, 7) = 3;
    *(uint8_t *)object_of(slab, 3) = 0;
    slab->state[3] = slab->state[7] = CACHE_STATE_FREE;
    slab->nr_live -= 2;
    list_append(&cache->with_room, &slab->link);
    assert_ptr_equal(slab_take(&set, slab, 100), object_of(slab, 7));
    ASSERT_SOUND(cache_check_slab(slab));
    assert_ptr_equal(slab_take(&set, slab, 100), object_of(slab, 3));
    ASSERT_SOUND(cache_check_slab(slab));
    assert_true(list_is_empty(&cache->with_room));
}

static void test_put(void **state) {
    (void)state;
    struct slab *slab = full_slab_by_hand();
    size_t nr_objects = cache->nr_objects, asked = set.requested_bytes;
    assert_false(slab_put(&set, slab, object_of(slab, 0), 0)); /* 0 is no object */
    for (size_t number = 1; number < nr_objects; number++) {
        assert_true(slab_put(&set, slab, object_of(slab, number), number));
        asked -= OBJECT_BYTES - 4;
        assert_int_equal(set.requested_bytes, asked);
        assert_int_equal(slab->nr_live, nr_objects - number);
        assert_int_equal(slab->first_free,
                         number); /* the last one in is the first one out */
        ASSERT_SOUND(cache_check_slab(slab));
        assert_false(slab_put(&set, slab, object_of(slab, number), number)); /* twice */
    }
    assert_ptr_equal(cache_first_slab(cache), slab); /* it has room, so it is listed */

    /* The last live object: the slab may stay if it is the only one with room, ... */
    struct slab *other = slab_by_hand();
    void *last = object_of(slab, nr_objects);
    assert_false(slab_put(&set, slab, last, nr_objects)); /* ... which it is not, ... */
    list_remove(&other->link);
    set.keeps_empty = false;
    assert_false(
        slab_put(&set, slab, last, nr_objects)); /* ... and if the set keeps it */
    assert_int_equal(slab->nr_live, 1);
    set.keeps_empty = true;
    assert_true(slab_put(&set, slab, last, nr_objects));
    assert_int_equal(slab->nr_live, 0);
    ASSERT_SOUND(cache_check_slab(slab));
}

static void test_create(void **state) {
    (void)state;
    struct buddy_stats stats;
    for (size_t i = 0; i < CACHE_CLASSES; i++) {
        cache = &set.caches[i];
        struct slab *slab = slab_create(&set, cache);
        assert_non_null(slab);
        assert_int_equal((uintptr_t)slab % CACHE_SLAB_BYTES, 0);
        assert_true(buddy_is_tagged(&buddy, slab));
        assert_ptr_equal(cache_first_slab(cache), slab);
        assert_int_equal(set.nr_slabs, i + 1);
        assert_int_equal(slab->object_bytes, cache->object_bytes);
        assert_int_equal(slab->reciprocal, cache->reciprocal);
        assert_int_equal(slab->nr_fresh, cache->nr_objects);
        assert_int_equal(slab->nr_live + slab->first_free, 0);
        ASSERT_SOUND(cache_check_slab(slab));
    }
    while (buddy_alloc(&buddy, CACHE_SLAB_BYTES, 1) != NULL)
        ;
    buddy_stats(&buddy, &stats);
    assert_null(slab_create(&set, cache)); /* no block: no slab, and no harm */
    assert_int_equal(set.nr_slabs, CACHE_CLASSES);
}

static void test_trim(void **state) {
    (void)state;
    struct slab *empty = slab_by_hand(), *live = slab_by_hand(), *last = slab_by_hand();
    struct buddy_stats before, after;
    live->state[cache->nr_objects] = 1;
    live->nr_live = 1;
    live->nr_fresh--;
    (void)empty;
    (void)last;
    buddy_stats(&buddy, &before);
    cache_trim(&set, false);
    buddy_stats(&buddy, &after);
    assert_int_equal(set.nr_slabs, 1);
    assert_int_equal(before.used_bytes - after.used_bytes, 2 * CACHE_SLAB_BYTES);
    assert_ptr_equal(cache_first_slab(cache), live);
    assert_ptr_equal(live->link.next, &cache->with_room);
    assert_false(set.keeps_empty);
    ASSERT_SOUND(buddy_check(&buddy));
}

/* Objects of all sizes come and go, each full of its own token. */
static void test_random(void **state) {
    (void)state;
    static struct {
        void *object;
        size_t size;
    } live[1000];
    size_t nr_live = 0, nr_most = 0;
    struct rng rng = {3};
    for (int i = 0; i < 60000; i++) {
        bool rising = i / 5000 % 2 == 0;
        if (nr_live < ARRAY_SIZE(live) && rng_below(&rng, 5) < (rising ? 4u : 1u)) {
            size_t size = 1 + rng_below(&rng, 300);
            void *object = cache_alloc(&set, size);
            if (object == NULL)
                continue;
            token_write(object, size, (uintptr_t)object);
            live[nr_live].object = object;
            live[nr_live++].size = size;
            nr_most = nr_live > nr_most ? nr_live : nr_most;
        } else if (nr_live > 0) {
            size_t one = rng_below(&rng, nr_live--);
            void *object = live[one].object;
            assert_true(token_holds(object, live[one].size, (uintptr_t)object));
            ASSERT_OK(cache_free(&set, slab_around(object), object));
            live[one] = live[nr_live];
        }
        if (i % 100 == 0 && nr_live > 0)
            ASSERT_SOUND(cache_check_slab(slab_around(live[0].object)));
    }
    assert_int_equal(nr_most, ARRAY_SIZE(live));
    while (nr_live > 0) {
        void *object = live[--nr_live].object;
        ASSERT_OK(cache_free(&set, slab_around(object), object));
    }
    assert_int_equal(set.requested_bytes, 0);
    cache_trim(&set, true);
    struct buddy_stats stats;
    buddy_stats(&buddy, &stats);
    assert_int_equal(stats.used_bytes, 0);
}

#define TEST(name)                                                                       \
    { #name, test_##name, set_up, tear_down, NULL }

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {TEST(take), TEST(put), TEST(create),
                                              TEST(trim), TEST(random)};
    return LAB_MAIN(tests, argc, argv);
}
