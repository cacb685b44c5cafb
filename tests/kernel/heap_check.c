/* tests/kernel/heap_check.c - heap_check(), frame_check(): the kernel's memory is sound.
 *
 * buddy_check() is the policy's own, whichever serves; here are the invariants of what
 * stands on it, C1 to C3 of mm/cache.c and F1 of mm/frame.c.
 * Callers: the call heap_check, the tests, also on the host.   Locks: theirs, to look. */
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/heap.h"

const char *cache_check_slab(const struct slab *slab) {
    const struct cache *cache = slab->cache;
    uintptr_t end = (uintptr_t)slab + CACHE_SLAB_BYTES;
    size_t nr_live = 0, nr_chained = 0;
    bool is_listed = false;
    for (size_t i = 0; i < cache->nr_states; i++) {
        if (i > cache->nr_objects && slab->state[i] != CACHE_STATE_FREE)
            return "C1: what is no object is never live";
        nr_live += slab->state[i] != CACHE_STATE_FREE;
    }
    if (nr_live != slab->nr_live)
        return "C1: nr_live counts the live objects of a slab";
    for (size_t i = slab->first_free; i != 0;
         i = *(uint8_t *)(end - i * slab->object_bytes))
        if (i > cache->nr_objects || slab->state[i] != CACHE_STATE_FREE ||
            ++nr_chained > cache->nr_objects)
            return "C2: the chain of a slab visits its free objects";
    if (nr_live + nr_chained + slab->nr_fresh != cache->nr_objects)
        return "C2: live, chained and fresh are all the objects of a slab";
    LIST_FOR_EACH(other, &cache->with_room, struct slab, link)
        is_listed |= other == slab;
    if (is_listed != (slab->first_free != 0 || slab->nr_fresh != 0))
        return "C3: a slab is on the list of its cache exactly if it has room";
    return NULL;
}

/* The buddy, and then what stands in each block. */
static void check_buddy(struct buddy *b, buddy_visit_fn *check, const char **broken) {
    *broken = buddy_check(b);
    if (*broken == NULL)
        buddy_walk(b, 0, check, broken);
}

static bool check_if_slab(void *context, const struct buddy_block *block) {
    const char **broken = context;
    if (block->kind == BUDDY_KIND_TAGGED)
        *broken = cache_check_slab((const struct slab *)block->address);
    return *broken == NULL;
}

static void check_heap(void *context, struct buddy *b) {
    check_buddy(b, check_if_slab, context);
}

const char *heap_check(void) {
    const char *broken;
    heap_look(check_heap, &broken);
    return broken;
}

static bool check_references(void *context, const struct buddy_block *block) {
    const char **broken = context;
    uintptr_t end = block->address + block->block_bytes;
    for (uintptr_t at = block->address; at < end; at += PAGE_SIZE)
        if ((frame_references(virt_to_phys((void *)at)) == 0) !=
            (block->kind == BUDDY_KIND_FREE))
            *broken = "F1: a frame is free exactly when its count is 0";
    return *broken == NULL;
}

static void check_frames(void *context, struct buddy *b) {
    check_buddy(b, check_references, context);
}

const char *frame_check(void) {
    const char *broken;
    frame_look(check_frames, &broken);
    return broken;
}
