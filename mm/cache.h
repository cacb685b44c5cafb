/* mm/cache.h - object caches: slabs of equal objects, cut from the buddy.
 *
 * Each size class has a cache; a cache has slabs of one tagged 4 KiB block each:
 *
 *     | struct slab, state[] | a few bytes | object n | ... | object 2 | object 1 |
 *
 * An allocation pops a free object and a free pushes it back.  A slab that becomes empty
 * returns to the buddy at once if its cache has another with room, else when the buddy
 * runs short (cache_trim); so a lone object does not make and unmake a slab each time.
 * At most one empty slab a cache is kept, and none while the heap has rescue regions.
 * (One for the whole heap was tried: mixed sizes, W4, then cost 81 / 91 instructions, not
 * 64 / 68.)
 * No header in the object: its state byte tells whether it is live and how many of its
 * bytes were not asked for.  Free objects are chained by number, through their first
 * byte; those never used yet are only counted (nr_fresh), so that making a slab costs the
 * same whatever it holds.
 * Not here: locks (heap.c holds its own around every call), large blocks.
 * Source: Bonwick 1994, "The Slab Allocator". */
#pragma once

#include "lib/bits.h"
#include "mm/buddy.h"

#define CACHE_SLAB_ORDER 12
#define CACHE_SLAB_BYTES (1 << CACHE_SLAB_ORDER)
#define CACHE_OBJECT_MAX 1008 /* four to a slab */
#define CACHE_CLASSES    39
#define CACHE_STATE_FREE 0 /* else an object is live, and this is its slack + 1 */
#define CACHE_SLACK_MAX  254

struct slab {
    struct list link; /* on its cache's `with_room`, exactly if it has room */
    struct cache *cache;
    uint32_t reciprocal; /* these two as its cache has them, at hand for a free */
    uint16_t object_bytes;
    uint8_t first_free; /* number of a free object; 0: none */
    uint8_t nr_fresh;   /* objects 1 to nr_fresh were never used */
    uint8_t nr_live;
    /* Of object i: state[i].  As long as if the whole block were objects; those that are
     * none stay "free". */
    uint8_t state[];
};

struct cache {
    struct list with_room; /* slabs that have a free object */
    uint32_t reciprocal;   /* 65536 / object_bytes + 1: x * reciprocal >> 16 divides */
    uint16_t object_bytes;
    uint8_t nr_objects; /* in a slab */
    uint16_t nr_states; /* in a slab */
};

struct cache_set {
    struct buddy *buddy;
    size_t requested_bytes; /* of the live objects, to the byte */
    size_t nr_slabs;
    bool keeps_empty; /* a cache may keep its last slab when it is empty */
    bool is_traced;   /* see cache_set_trace() */
    struct cache *class_of[CACHE_OBJECT_MAX / 8]; /* by (size - 1) / 8; see cache_for() */
    struct cache caches[CACHE_CLASSES + 1];       /* behind the last an empty one */
};

/* More events for the buddy's trace hook: an object was taken or put back.  The order
 * told is that of its slab. */
enum { CACHE_TAKE = BUDDY_ADD + 1, CACHE_PUT };

void cache_set_init(struct cache_set *set, struct buddy *buddy);

/* Tell the buddy's trace hook of each object taken and put back, or no more. */
void cache_set_trace(struct cache_set *set, bool is_traced);

/* An object of at least `size` bytes, 1 to CACHE_OBJECT_MAX, aligned to 8; NULL if no
 * memory is left. */
void *cache_alloc(struct cache_set *set, size_t size);

/* Free the object at `object`, which lies in `slab`'s block.  ERR_MISALIGNED,
 * ERR_INTERIOR or ERR_DOUBLE_FREE; nothing changes on error. */
MUST_CHECK status_t cache_free(struct cache_set *set, struct slab *slab, void *object);

/* Return every empty slab to the buddy.  From then on, keep empty ones or do not. */
void cache_trim(struct cache_set *set, bool keeps_empty);

/* The object of `slab`, live or free, around `address`; address 0 if there is none. */
struct buddy_block slab_find(const struct slab *slab, uintptr_t address);

/* Prove the invariants of one slab and its objects: NULL, or the broken one.
 * (tests/kernel/heap_check.c) */
const char *cache_check_slab(const struct slab *slab);

/* ---- the fast paths ---- */

/* The slab that `address` is in, if buddy_is_tagged() says that it is one. */
static inline struct slab *slab_around(const void *address) {
    return (struct slab *)align_down((uintptr_t)address, CACHE_SLAB_BYTES);
}

/* The cache for objects of `size` bytes; while traced one that never has a slab, so
 * that all goes through cache_alloc(). */
static inline struct cache *cache_for(const struct cache_set *set, size_t size) {
    return set->class_of[(size - 1) / 8];
}

/* The first slab with room; there must be one. */
static inline struct slab *cache_first_slab(const struct cache *cache) {
    return LIST_ENTRY(cache->with_room.next, struct slab, link);
}

/* Take an object from a slab with room, for a request of `size` bytes that leaves a slack
 * of CACHE_SLACK_MAX or less. */
static inline void *slab_take(struct cache_set *set, struct slab *slab, size_t size) {
    /* <lab object-cache/take> Object n begins n * object_bytes before the slab's end.
     * Take number first_free, whose first byte is the number of the next free one; if
     * that is 0, take the fresh one of the highest number, nr_fresh.  Keep first_free,
     * nr_fresh, nr_live and set->requested_bytes true; state[n] is the slack + 1.  A
     * slab that has no room any more leaves its cache's list. */
    const size_t object_bytes = slab->object_bytes;
    const uintptr_t end = (uintptr_t)slab + CACHE_SLAB_BYTES;
    size_t number = slab->first_free, next = 0;
    uintptr_t object = end - number * object_bytes;
    if (LIKELY(number != 0)) {
        next = *(uint8_t *)object;
    } else {
        number = slab->nr_fresh--;
        object = end - number * object_bytes;
    }
    set->requested_bytes += size;
    slab->first_free = next;
    slab->nr_live++;
    slab->state[number] = object_bytes - (size - 1);
    if (UNLIKELY(next == 0) && slab->nr_fresh == 0)
        list_remove(&slab->link);
    return (void *)object;
    /* </lab object-cache/take> otherwise: return NULL; */
}

/* How far an address is from the end of the slab around it: all bits above the offset set
 * is the address as seen from there. */
static inline size_t slab_from_end(const void *address) {
    return -((uintptr_t)address | -(uintptr_t)CACHE_SLAB_BYTES);
}

/* The number of the object that begins so far from the end; 0 if none does. */
static inline size_t slab_number(const struct slab *slab, size_t from_end) {
    size_t number = from_end * slab->reciprocal >> 16;
    return LIKELY(number * slab->object_bytes == from_end) ? number : 0;
}

/* Put object `number` back.  False, and nothing done, if it is not live (number 0 never
 * is), or if the slab is to return to the buddy then. */
static inline bool slab_put(struct cache_set *set, struct slab *slab, void *object,
                            size_t number) {
    /* <lab object-cache/put> First refuse: an object that is not live (so also number
     * 0), and the last live object of a slab that shall not stay: if the cache has
     * another slab on its list (the links to both sides differ), or if the set does
     * not keep empty ones.  Then undo what slab_take() did; a slab that had no room
     * returns to its cache's list, at the end. */
    const size_t nr_live = slab->nr_live, first_free = slab->first_free;
    const size_t state = slab->state[number];
    if (UNLIKELY(state == CACHE_STATE_FREE))
        return false;
    if (UNLIKELY(nr_live == 1) &&
        (slab->link.next != slab->link.prev || !set->keeps_empty))
        return false;
    set->requested_bytes -= slab->object_bytes + 1 - state;
    slab->state[number] = CACHE_STATE_FREE;
    slab->first_free = number;
    slab->nr_live = nr_live - 1;
    *(uint8_t *)object = first_free;
    if (UNLIKELY(first_free == 0) && slab->nr_fresh == 0)
        list_append(&slab->cache->with_room, &slab->link);
    return true;
    /* </lab object-cache/put> otherwise: return false; */
}
