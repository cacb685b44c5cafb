/* mm/cache.h - object caches: slabs of equal objects, cut from the buddy.
 *
 * Each size class has a cache; a cache has slabs of one tagged 4 KiB block each:
 *
 *     | struct slab | state[1..n] | slack | object n | ... | object 2 | object 1 |
 *
 * An allocation pops a free object and a free pushes it back; an empty slab returns to the
 * buddy at once.  No header in the object: its state byte tells whether it is live and how
 * many of its bytes were not asked for.  Free objects are chained by number, through their
 * first byte; those never used yet are only counted (nr_fresh), so that making a slab
 * costs the same whatever it holds.
 * Not here: locks (heap.c holds its own around every call), large blocks.
 * Source: Bonwick 1994, "The Slab Allocator". */
#pragma once

#include "lib/bits.h"
#include "mm/buddy.h"

#define CACHE_SLAB_BYTES 4096
#define CACHE_OBJECT_MAX 1008 /* four to a slab */
#define CACHE_CLASSES    44   /* at most */
#define CACHE_STATE_FREE 0xff /* a smaller value is the slack of a live object */

struct slab {
    struct list link;        /* on its cache's `with_room`, if is_listed */
    uint32_t reciprocal;     /* these three as its cache has them, at hand for a free */
    uint16_t object_bytes;
    uint8_t nr_objects;
    uint8_t is_listed;       /* a slab that has run full leaves the list when met there */
    uint8_t first_free;      /* number of a free object; 0: none */
    uint8_t nr_fresh;        /* objects 1 to nr_fresh were never used */
    uint8_t nr_live;
    uint8_t state[];         /* of object i: state[i]; state[0] stays "free" */
};

struct cache {
    struct list with_room;   /* slabs that may have a free object */
    uint32_t reciprocal;     /* 65536 / object_bytes + 1: x * reciprocal >> 16 divides */
    uint16_t object_bytes;
    uint8_t nr_objects;      /* in a slab */
};

struct cache_set {
    struct buddy *buddy;
    size_t requested_bytes;  /* of the live objects, to the byte */
    size_t nr_slabs;
    struct cache *class_of[CACHE_OBJECT_MAX / 8]; /* by (size - 1) / 8 */
    struct cache caches[CACHE_CLASSES];
    size_t nr_caches;
};

void cache_set_init(struct cache_set *set, struct buddy *buddy);

/* An object of at least `size` bytes, 1 to CACHE_OBJECT_MAX, aligned to 8; NULL if no
 * memory is left. */
void *cache_alloc(struct cache_set *set, size_t size);

/* Free the object at `object`, which lies in `slab`'s block.  ERR_MISALIGNED, ERR_INTERIOR
 * or ERR_DOUBLE_FREE; nothing changes on error. */
MUST_CHECK status_t cache_free(struct cache_set *set, struct slab *slab, uintptr_t object);

/* Prove the invariants of one slab and its objects: NULL, or the broken one. */
const char *cache_check_slab(const struct slab *slab);

/* ---- the fast paths ---- */

static inline uintptr_t slab_object(const struct slab *slab, unsigned number) {
    return (uintptr_t)slab + CACHE_SLAB_BYTES - number * (size_t)slab->object_bytes;
}

/* The slab that `address` is in, if buddy_is_tagged() says that it is one. */
static inline struct slab *slab_around(uintptr_t address) {
    return (struct slab *)align_down(address, CACHE_SLAB_BYTES);
}

/* The number of the object that begins at `address`, 0 if none does. */
static inline unsigned slab_number(const struct slab *slab, uintptr_t address) {
    uintptr_t from_end = (uintptr_t)slab + CACHE_SLAB_BYTES - address;
    unsigned number = from_end * slab->reciprocal >> 16;
    if (UNLIKELY(number > slab->nr_objects || slab_object(slab, number) != address))
        return 0;
    return number;
}

/* Take an object for a request of `size` bytes, which leaves a slack below
 * CACHE_STATE_FREE; NULL if the slab has no room. */
static inline void *slab_take(struct cache_set *set, struct slab *slab, size_t size) {
    unsigned number = slab->first_free;
    uintptr_t object = slab_object(slab, number);
    if (LIKELY(number != 0)) {
        slab->first_free = *(uint8_t *)object;
    } else {
        number = slab->nr_fresh;
        if (number == 0)
            return NULL;
        slab->nr_fresh--;
        object = slab_object(slab, number);
    }
    slab->state[number] = slab->object_bytes - size;
    slab->nr_live++;
    set->requested_bytes += size;
    return (void *)object;
}

static inline void slab_put(struct cache_set *set, struct slab *slab, unsigned number) {
    set->requested_bytes -= slab->object_bytes - slab->state[number];
    slab->state[number] = CACHE_STATE_FREE;
    *(uint8_t *)slab_object(slab, number) = slab->first_free;
    slab->first_free = number;
    slab->nr_live--;
}

/* cache_alloc() where the class has an object at hand; NULL is no answer. */
static inline void *cache_alloc_fast(struct cache_set *set, size_t size) {
    struct cache *cache = set->class_of[(size - 1) / 8];
    struct slab *slab = (struct slab *)cache->with_room.next;
    if (UNLIKELY(&slab->link == &cache->with_room))
        return NULL;
    return slab_take(set, slab, size);
}

/* cache_free() where nothing but the slab changes; false if nothing was done. */
static inline bool cache_free_fast(struct cache_set *set, struct slab *slab,
                                   uintptr_t object) {
    unsigned number = slab_number(slab, object);
    if (UNLIKELY(slab->state[number] == CACHE_STATE_FREE || !slab->is_listed ||
                 slab->nr_live == 1))
        return false;
    slab_put(set, slab, number);
    return true;
}
