/* mm/cache.c - object caches: the slow half.
 *
 * The paths that are taken often stand in cache.h.   Callers: heap.c, its lock held.
 * Invariants, which cache_check_slab() proves for a slab:
 *   C1  nr_live counts the objects whose state is a slack;
 *   C2  the chain from first_free visits free objects only, each once, and with the fresh
 *       ones and the live ones these are all;
 *   C3  a slab that is not listed has no room. */
#include "mm/cache.h"

#include "lib/string.h"
#include "mm/port.h"

/* Sizes that fill a slab well: steps of 8 to 128, then what n objects to a slab allow. */
static const uint16_t class_bytes[] = {
    16,  24,  32,  40,  48,  56,  64,  72,  80,  88,  96,  104, 112, 120,
    128, 136, 144, 152, 160, 168, 176, 192, 200, 208, 224, 232, 248, 264,
    288, 304, 336, 368, 400, 448, 504, 576, 672, 808, 1008,
};

_Static_assert(ARRAY_SIZE(class_bytes) <= CACHE_CLASSES, "struct cache_set has room");

void cache_set_init(struct cache_set *set, struct buddy *buddy) {
    memset(set, 0, sizeof(*set));
    set->buddy = buddy;
    size_t slot = 0;
    for (size_t i = 0; i < ARRAY_SIZE(class_bytes); i++) {
        struct cache *cache = &set->caches[i];
        size_t bytes = class_bytes[i];
        list_init(&cache->with_room);
        cache->object_bytes = bytes;
        cache->reciprocal = 65536 / bytes + 1;
        /* Each object costs its bytes and a state byte; state[0] is one more. */
        cache->nr_objects = (CACHE_SLAB_BYTES - sizeof(struct slab) - 1) / (bytes + 1);
        while (slot < bytes / 8)
            set->class_of[slot++] = cache;
    }
    set->nr_caches = ARRAY_SIZE(class_bytes);
}

static struct slab *slab_create(struct cache_set *set, struct cache *cache) {
    struct slab *slab = buddy_alloc_tagged(set->buddy, CACHE_SLAB_BYTES, 0);
    if (slab == NULL)
        return NULL;
    slab->reciprocal = cache->reciprocal;
    slab->object_bytes = cache->object_bytes;
    slab->nr_objects = cache->nr_objects;
    slab->is_listed = true;
    slab->first_free = 0;
    slab->nr_fresh = cache->nr_objects;
    slab->nr_live = 0;
    memset(slab->state, CACHE_STATE_FREE, cache->nr_objects + 1);
    list_push(&cache->with_room, &slab->link);
    set->nr_slabs++;
    return slab;
}

static void slab_destroy(struct cache_set *set, struct slab *slab) {
    list_remove(&slab->link);
    set->nr_slabs--;
    status_t status = buddy_free(set->buddy, slab);
    MM_ASSERT(status == OK, "a slab is a block of the buddy");
}

static bool slab_has_room(const struct slab *slab) {
    return slab->first_free != 0 || slab->nr_fresh != 0;
}

/* The first slab with room; the full ones before it leave the list.  NULL: none. */
static struct slab *cache_slab(struct cache *cache) {
    while (!list_is_empty(&cache->with_room)) {
        struct slab *slab = LIST_ENTRY(cache->with_room.next, struct slab, link);
        if (slab_has_room(slab))
            return slab;
        list_remove(&slab->link);
        slab->is_listed = false;
    }
    return NULL;
}

void *cache_alloc(struct cache_set *set, size_t size) {
    struct cache *cache = set->class_of[(size - 1) / 8];
    struct slab *slab = cache_slab(cache);
    if (slab == NULL)
        slab = slab_create(set, cache);

    /* No block for a slab is left: an object of a larger class will do. */
    struct cache *end = &set->caches[set->nr_caches];
    while (slab == NULL && ++cache < end && cache->object_bytes - size < CACHE_STATE_FREE)
        slab = cache_slab(cache);
    return slab == NULL ? NULL : slab_take(set, slab, size);
}

status_t cache_free(struct cache_set *set, struct slab *slab, uintptr_t object) {
    unsigned number = slab_number(slab, object);
    if (!is_aligned(object, 8))
        return ERR_MISALIGNED;
    if (number == 0)
        return ERR_INTERIOR;
    if (slab->state[number] == CACHE_STATE_FREE)
        return ERR_DOUBLE_FREE;
    slab_put(set, slab, number);
    if (!slab->is_listed) {
        list_push(&set->class_of[(slab->object_bytes - 1) / 8]->with_room, &slab->link);
        slab->is_listed = true;
    }
    if (slab->nr_live == 0)
        slab_destroy(set, slab);
    return OK;
}

const char *cache_check_slab(const struct slab *slab) {
    unsigned nr_live = 0, nr_chained = 0;
    for (unsigned i = 1; i <= slab->nr_objects; i++)
        nr_live += slab->state[i] != CACHE_STATE_FREE;
    if (nr_live != slab->nr_live)
        return "C1: nr_live counts the live objects of a slab";
    for (unsigned i = slab->first_free; i != 0; i = *(uint8_t *)slab_object(slab, i)) {
        if (i > slab->nr_objects || slab->state[i] != CACHE_STATE_FREE ||
            ++nr_chained > slab->nr_objects)
            return "C2: the chain of a slab visits its free objects";
    }
    if (nr_live + nr_chained + slab->nr_fresh != slab->nr_objects)
        return "C2: live, chained and fresh are all the objects of a slab";
    if (!slab->is_listed && slab_has_room(slab))
        return "C3: a slab with room is listed";
    return NULL;
}
