/* mm/heap.c - the kernel heap.
 *
 * HEAP_SPACE, a static array, is handed to a buddy; small requests are served by object
 * caches on top of it.  Every public function takes the heap lock.
 * Not here: the algorithm (buddy.c), slabs (cache.c), where more memory comes from
 * (frame.c), what surrounds a block in debug builds (guard.c).
 * Callers: all of the kernel.   Order of locks: kernel lock, heap lock, frame lock. */
#include "mm/heap.h"

#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/addr.h"
#include "mm/buddy_fast.h"
#include "mm/cache.h"
#include "mm/guard.h"
#include "mm/port.h"

/* In .bss, as rCore's; aligned to its largest power of two, so that a request for that
 * much succeeds. */
static uint8_t HEAP_SPACE[KERNEL_HEAP_SIZE] IN_SECTION(".bss.heap")
    __attribute__((aligned(0x200000)));

/* (h) heap lock   (c) constant after heap_init() */
static struct heap {
    struct tas_lock lock;
    struct buddy buddy;                    /* (h) */
    struct cache_set caches;               /* (h) */
    heap_rescue_fn *rescue;                /* (h) */
    heap_give_back_fn *give_back;          /* (h) */
    struct range rescued[HEAP_RESCUE_MAX]; /* (h) */
    size_t nr_rescued;                     /* (h) */
    size_t guard_bytes;                    /* (h) in debug builds, part of requested */
} heap;

void heap_init(void) {
    heap = (struct heap){0};
    buddy_init(&heap.buddy, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    cache_set_init(&heap.caches, &heap.buddy);
    status_t status = buddy_add(&heap.buddy, HEAP_SPACE, KERNEL_HEAP_SIZE);
    MM_ASSERT(status == OK, "HEAP_SPACE can be a heap");
}

/* ---- allocation ---- */

static void *alloc_once(size_t size, size_t align) {
    void *block = NULL;
    if (size <= CACHE_OBJECT_MAX && align <= HEAP_MIN_ALIGN)
        block = cache_alloc(&heap.caches, size);
    return block != NULL ? block : buddy_alloc(&heap.buddy, size, align);
}

/* Ask for a region that holds a block of `size` at `align`; true if there is one now. */
static bool grow(size_t size, size_t align) {
    size_t needed = size > align ? size : align;
    if (heap.rescue == NULL || heap.nr_rescued == HEAP_RESCUE_MAX ||
        needed > SIZE_MAX / 4)
        return false;
    if (needed < HEAP_RESCUE_BYTES)
        needed = HEAP_RESCUE_BYTES;
    size_t block_bytes = 1ull << bits_log2_ceil(needed);
    /* Behind the block are the books that the buddy keeps: about one byte in 32. */
    size_t bytes = align_up(block_bytes + block_bytes / 32 + 1024, PAGE_SIZE);
    void *start = heap.rescue(bytes, block_bytes);
    if (start == NULL)
        return false;
    status_t status = buddy_add(&heap.buddy, start, bytes);
    MM_ASSERT(status == OK, "what a rescue gives is in no other region");
    uintptr_t from = (uintptr_t)start;
    heap.rescued[heap.nr_rescued++] = (struct range){from, from + bytes};
    cache_trim(&heap.caches, false); /* an empty slab would hold the region back */
    return true;
}

/* Return the rescue regions in which nothing is in use. */
static void shrink(void) {
    for (size_t i = heap.nr_rescued; i-- > 0;) {
        struct range r = heap.rescued[i];
        if (buddy_remove(&heap.buddy, (void *)r.start) != OK)
            continue;
        heap.give_back((void *)r.start, r.end - r.start);
        heap.rescued[i] = heap.rescued[--heap.nr_rescued];
        heap.caches.keeps_empty = heap.nr_rescued == 0;
    }
}

/* The object or block, in use or free, around `address`; its address is 0 if there is
 * none. */
static struct buddy_block block_around(const void *address) {
    struct buddy_block block;
    const struct slab *slab = slab_around(address);
    if (buddy_is_tagged(&heap.buddy, slab))
        return slab_find(slab, (uintptr_t)address);
    status_t status = buddy_find(&heap.buddy, address, &block);
    return status == OK ? block : (struct buddy_block){0};
}

static NOINLINE void *alloc_slow(size_t size, size_t align, const void *caller) {
    if (size == 0)
        size = 1;
    if (size > SIZE_MAX / 2 || !bits_is_power_of_two(align))
        return NULL;
    size += GUARD_EXTRA;
    TAS_HOLD(&heap.lock);
    void *block = alloc_once(size, align);
    if (block == NULL) {
        cache_trim(&heap.caches, heap.nr_rescued == 0);
        block = alloc_once(size, align);
    }
    if (block == NULL && grow(size, align))
        block = alloc_once(size, align);
    if (DEBUG && block != NULL) {
        heap.guard_bytes += GUARD_EXTRA;
        guard_arm(block_around(block), caller);
    }
    return block;
}

static NOINLINE void *alloc_large(size_t size) {
    tas_acquire(&heap.lock);
    void *block = buddy_alloc(&heap.buddy, size, 1);
    tas_release(&heap.lock);
    return LIKELY(block != NULL) ? block : alloc_slow(size, 1, NULL);
}

static inline void *allocate(size_t size, const void *caller) {
    if (DEBUG || size == 0)
        return alloc_slow(size, 1, caller);
    if (UNLIKELY(size > CACHE_OBJECT_MAX))
        return alloc_large(size);
    tas_acquire(&heap.lock);
    struct cache *cache = cache_for(&heap.caches, size);
    if (UNLIKELY(list_is_empty(&cache->with_room))) {
        tas_release(&heap.lock);
        return alloc_slow(size, 1, NULL);
    }
    void *object = slab_take(&heap.caches, cache_first_slab(cache), size);
    tas_release(&heap.lock);
    return object;
}

void *kmalloc(size_t size) {
    return allocate(size, __builtin_return_address(0));
}

void *kmalloc_aligned(size_t size, size_t align) {
    return alloc_slow(size, align, __builtin_return_address(0));
}

void *kzalloc(size_t size) {
    void *block = allocate(size, __builtin_return_address(0));
    if (block != NULL)
        memset(block, 0, size);
    return block;
}

/* ---- free ---- */

status_t heap_free_checked(void *block) {
    TAS_HOLD(&heap.lock);
    struct buddy_block around = block_around(block);
    bool is_live = around.address == (uintptr_t)block && around.requested_bytes != 0;
    if (DEBUG && is_live) {
        guard_disarm(around);
        heap.guard_bytes -= GUARD_EXTRA;
    }
    struct slab *slab = slab_around(block);
    status_t status = buddy_is_tagged(&heap.buddy, slab)
                          ? cache_free(&heap.caches, slab, block)
                          : buddy_free(&heap.buddy, block);
    if (status == OK)
        shrink();
    /* An object whose slab is gone may lie anywhere in a free block. */
    if (status == ERR_MISALIGNED && is_aligned((uintptr_t)block, HEAP_MIN_ALIGN) &&
        around.requested_bytes == 0)
        status = ERR_DOUBLE_FREE;
    return status;
}

static NOINLINE void free_slow(void *block) {
    status_t status = block == NULL ? OK : heap_free_checked(block);
    if (status == OK)
        return;
    struct buddy_block around = block_around(block);
    if (around.address == 0)
        MM_PANIC("kfree(%p): %s", block, status_text(status));
    const void *owner = NULL;
    if (DEBUG && around.block_bytes < HEAP_RESCUE_BYTES)
        owner = *guard_owner(around);
    MM_PANIC("kfree(%p): %s; around it is [%#lx, %#lx), %s; last allocated by %p", block,
             status_text(status), around.address, around.address + around.block_bytes,
             around.requested_bytes == 0 ? "free" : "in use", owner);
}

/* A block in HEAP_SPACE that is in no slab. */
static NOINLINE void free_large(void *block) {
    tas_acquire(&heap.lock);
    bool done = buddy_free_in(&heap.buddy, heap.buddy.fast, block);
    tas_release(&heap.lock);
    if (UNLIKELY(!done))
        free_slow(block);
}

void kfree(void *block) {
    struct slab *slab = slab_around(block);
    if (DEBUG || !buddy_is_near(&heap.buddy, (uintptr_t)slab))
        return free_slow(block);
    if (!buddy_is_tagged_near(&heap.buddy, (uintptr_t)slab, BUDDY_SMALLEST_ORDER))
        return free_large(block);
    size_t from_end = slab_from_end(block);
    tas_acquire(&heap.lock);
    bool done = slab_put(&heap.caches, slab, block, slab_number(slab, from_end));
    tas_release(&heap.lock);
    if (UNLIKELY(!done))
        free_slow(block);
}

/* ---- the rest ---- */

void heap_set_rescue(heap_rescue_fn *rescue, heap_give_back_fn *give_back) {
    TAS_HOLD(&heap.lock);
    heap.rescue = rescue;
    heap.give_back = give_back;
}

void handle_alloc_error(size_t size, size_t align) {
    struct heap_stats stats;
    heap_get_stats(&stats);
    MM_PANIC("Heap allocation error, size = %zu, align = %zu; largest free block %zu, "
             "requested %zu, used %zu, total %zu bytes",
             size, align, stats.buddy.largest_free_bytes, stats.requested_bytes,
             stats.buddy.used_bytes, stats.buddy.total_bytes);
}

void heap_trim(void) {
    TAS_HOLD(&heap.lock);
    cache_trim(&heap.caches, heap.nr_rescued == 0);
}

void heap_get_stats(struct heap_stats *out) {
    TAS_HOLD(&heap.lock);
    out->space = heap_space();
    buddy_stats(&heap.buddy, &out->buddy);
    out->nr_slabs = heap.caches.nr_slabs;
    out->nr_rescue_regions = heap.nr_rescued;
    out->requested_bytes = out->buddy.requested_bytes - out->nr_slabs * CACHE_SLAB_BYTES +
                           heap.caches.requested_bytes - heap.guard_bytes;
}

void heap_walk(uintptr_t from, buddy_visit_fn *visit, void *context) {
    TAS_HOLD(&heap.lock);
    buddy_walk(&heap.buddy, from, visit, context);
}

void heap_look(buddy_look_fn *look, void *context) {
    TAS_HOLD(&heap.lock);
    look(context, &heap.buddy);
}

void heap_set_trace(buddy_trace_fn *trace, buddy_visit_fn *visit, void *context) {
    TAS_HOLD(&heap.lock);
    if (visit != NULL)
        buddy_walk(&heap.buddy, 0, visit, context);
    buddy_set_trace(&heap.buddy, trace, context);
    cache_set_trace(&heap.caches, trace != NULL);
}

struct range heap_space(void) {
    return (struct range){(uintptr_t)HEAP_SPACE,
                          (uintptr_t)HEAP_SPACE + KERNEL_HEAP_SIZE};
}
