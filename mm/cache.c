/* mm/cache.c - object caches: the slow half.
 *
 * The paths that are taken often stand in cache.h.   Callers: heap.c, its lock held.
 * Invariants, which cache_check_slab() proves for a slab:
 *   C1  nr_live counts the objects whose state is a slack;
 *   C2  the chain from first_free visits free objects only, each once, and with the fresh
 *       ones and the live ones these are all;
 *   C3  a slab is on the list of its cache exactly if it has room. */
#include "mm/cache.h"

#include "lib/string.h"
#include "mm/port.h"

/* Sizes that fill a slab well: steps of 8 to 128, then what n objects to a slab allow. */
static const uint16_t class_bytes[CACHE_CLASSES] = {
    16,  24,  32,  40,  48,  56,  64,  72,  80,  88,  96,  104, 112,
    120, 128, 136, 144, 152, 160, 168, 176, 192, 200, 208, 224, 232,
    248, 264, 288, 304, 336, 368, 400, 448, 504, 576, 672, 808, 1008,
};

void cache_set_trace(struct cache_set *set, bool is_traced) {
    set->is_traced = is_traced;
    struct cache *cache = set->caches, *empty = &set->caches[CACHE_CLASSES];
    for (size_t slot = 0; slot < ARRAY_SIZE(set->class_of); slot++) {
        if (cache->object_bytes < 8 * (slot + 1))
            cache++;
        set->class_of[slot] = is_traced ? empty : cache;
    }
}

static void report(const struct cache_set *set, int event, const void *object,
                   size_t requested_bytes) {
    const struct buddy *b = set->buddy;
    if (UNLIKELY(set->is_traced))
        b->trace(b->trace_context, (enum buddy_event)event, object, CACHE_SLAB_ORDER,
                 requested_bytes);
}

void cache_set_init(struct cache_set *set, struct buddy *buddy) {
    memset(set, 0, sizeof(*set));
    set->buddy = buddy;
    set->keeps_empty = true;
    for (size_t i = 0; i < CACHE_CLASSES; i++) {
        struct cache *cache = &set->caches[i];
        size_t bytes = class_bytes[i];
        list_init(&cache->with_room);
        cache->object_bytes = bytes;
        cache->reciprocal = 65536 / bytes + 1;
        cache->nr_states = CACHE_SLAB_BYTES / bytes + 1;
        cache->nr_objects =
            (CACHE_SLAB_BYTES - offsetof(struct slab, state) - cache->nr_states) / bytes;
    }
    list_init(&set->caches[CACHE_CLASSES].with_room);
    cache_set_trace(set, false);
}

static struct slab *slab_create(struct cache_set *set, struct cache *cache) {
    /* <lab object-cache/create> A slab is a tagged block of CACHE_SLAB_BYTES, aligned
     * to its size; NULL if the buddy has none.  All its objects are fresh, none is
     * live, every state (there are nr_states) is CACHE_STATE_FREE.  It goes to the
     * front of its cache's list, and the set counts it. */
    struct slab *slab =
        buddy_alloc_tagged(set->buddy, CACHE_SLAB_BYTES, CACHE_SLAB_BYTES);
    if (slab == NULL)
        return NULL;
    slab->cache = cache;
    slab->reciprocal = cache->reciprocal;
    slab->object_bytes = cache->object_bytes;
    slab->first_free = 0;
    slab->nr_fresh = cache->nr_objects;
    slab->nr_live = 0;
    memset(slab->state, CACHE_STATE_FREE, cache->nr_states);
    list_push(&cache->with_room, &slab->link);
    set->nr_slabs++;
    return slab;
    /* </lab object-cache/create> otherwise: return NULL; */
}

static status_t slab_destroy(struct cache_set *set, struct slab *slab) {
    list_remove(&slab->link);
    set->nr_slabs--;
    return buddy_free(set->buddy, slab);
}

/* No block for a slab is left: an object of a larger class will do. */
static NOINLINE struct cache *larger_with_room(struct cache_set *set, struct cache *cache,
                                               size_t size) {
    struct cache *end = &set->caches[CACHE_CLASSES];
    do
        if (++cache == end || cache->object_bytes - size > CACHE_SLACK_MAX)
            return NULL;
    while (list_is_empty(&cache->with_room));
    return cache;
}

void *cache_alloc(struct cache_set *set, size_t size) {
    struct cache *cache = cache_for(set, size);
    if (UNLIKELY(set->is_traced))
        for (cache = set->caches; cache->object_bytes < size;)
            cache++;
    if (list_is_empty(&cache->with_room) && slab_create(set, cache) == NULL)
        cache = larger_with_room(set, cache, size);
    if (cache == NULL)
        return NULL;
    void *object = slab_take(set, cache_first_slab(cache), size);
    report(set, CACHE_TAKE, object, size);
    return object;
}

/* Why no live object begins at `address`. */
static NOINLINE status_t refusal(const struct slab *slab, uintptr_t address) {
    if (!is_aligned(address, 8))
        return ERR_MISALIGNED;
    return slab_find(slab, address).address != address ? ERR_INTERIOR : ERR_DOUBLE_FREE;
}

status_t cache_free(struct cache_set *set, struct slab *slab, void *object) {
    size_t number = slab_number(slab, slab_from_end(object));
    if (slab->state[number] == CACHE_STATE_FREE)
        return refusal(slab, (uintptr_t)object);
    size_t requested_bytes = slab->object_bytes + 1 - slab->state[number];
    report(set, CACHE_PUT, object, requested_bytes);
    if (slab_put(set, slab, object, number))
        return OK;

    /* It is the last one, so the slab, which has room for more, is listed. */
    set->requested_bytes -= requested_bytes;
    return slab_destroy(set, slab);
}

void cache_trim(struct cache_set *set, bool keeps_empty) {
    set->keeps_empty = keeps_empty;
    /* <lab object-cache/trim> Destroy each slab with no live object, of every cache.
     * Note where a list goes on before the node is gone. */
    for (size_t i = 0; i < CACHE_CLASSES; i++) {
        struct list *head = &set->caches[i].with_room;
        for (struct list *node = head->next, *next; node != head; node = next) {
            struct slab *slab = LIST_ENTRY(node, struct slab, link);
            next = node->next;
            if (slab->nr_live == 0) {
                status_t status = slab_destroy(set, slab);
                MM_ASSERT(status == OK, "a slab is a block of the buddy");
            }
        }
    }
    /* </lab object-cache/trim> */
}

struct buddy_block slab_find(const struct slab *slab, uintptr_t address) {
    size_t bytes = slab->object_bytes;
    uintptr_t end = (uintptr_t)slab + CACHE_SLAB_BYTES;
    size_t number = (end - address + bytes - 1) / bytes;
    if (number > slab->cache->nr_objects)
        return (struct buddy_block){0};
    struct buddy_block object = {end - number * bytes, bytes, 0, BUDDY_KIND_FREE};
    if (slab->state[number] != CACHE_STATE_FREE) {
        object.requested_bytes = bytes + 1 - slab->state[number];
        object.kind = BUDDY_KIND_USED;
    }
    return object;
}
