/* mm/heap.c - the kernel heap.
 *
 * HEAP_SPACE, a static array, is handed to a buddy; small requests are served by object
 * caches on top of it.  Every public function takes the heap lock.
 * Not here: the algorithm (buddy.c), slabs (cache.c), where more memory comes from
 * (rescue.c), what surrounds a block in debug builds (guard.c).
 * Callers: all of the kernel.   Order of locks: kernel lock, heap lock, frame lock. */
#include "mm/heap.h"

#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/buddy_fast.h"
#include "mm/cache.h"
#include "mm/guard.h"
#include "mm/port.h"

/* In .bss, as rCore's; aligned to its largest power of two, so that a request for that
 * much succeeds. */
static uint8_t HEAP_SPACE[KERNEL_HEAP_SIZE] IN_SECTION(".bss.heap")
    __attribute__((aligned(0x200000)));

struct heap_region {
    void *start; /* NULL: not in use */
    size_t bytes;
};

/* (h) heap lock   (c) constant after heap_init() */
static struct heap {
    struct tas_lock lock;
    struct buddy buddy;                          /* (h) */
    struct cache_set caches;                     /* (h) */
    heap_rescue_fn *rescue;                      /* (h) */
    heap_give_back_fn *give_back;                /* (h) */
    struct heap_region rescued[HEAP_RESCUE_MAX]; /* (h) */
    size_t nr_rescued;                           /* (h) */
    size_t guard_bytes; /* (h) in debug builds, part of requested */
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
    size_t block_bytes = 1ull << bits_log2_ceil(needed);
    if (block_bytes < HEAP_RESCUE_BYTES)
        block_bytes = HEAP_RESCUE_BYTES;
    void *start;
    size_t bytes;
    if (heap.rescue(block_bytes, &start, &bytes) != OK)
        return false;
    if (buddy_add(&heap.buddy, start, bytes) != OK) {
        heap.give_back(start, bytes);
        return false;
    }
    struct heap_region *slot = heap.rescued;
    while (slot->start != NULL)
        slot++;
    *slot = (struct heap_region){start, bytes};
    heap.nr_rescued++;
    cache_trim(&heap.caches, false); /* an empty slab would hold the region back */
    return true;
}

/* Return the rescue regions in which nothing is in use. */
static void shrink(void) {
    for (size_t i = 0; heap.nr_rescued > 0 && i < HEAP_RESCUE_MAX; i++) {
        struct heap_region *region = &heap.rescued[i];
        if (region->start == NULL || buddy_remove(&heap.buddy, region->start) != OK)
            continue;
        heap.give_back(region->start, region->bytes);
        region->start = NULL;
        heap.nr_rescued--;
        heap.caches.keeps_empty = heap.nr_rescued == 0;
    }
}

/* The object or block, in use or free, around `address`; address 0 if there is none. */
static struct extent {
    uintptr_t address;
    size_t usable_bytes;
    size_t requested_bytes; /* 0: free */
} extent_around(uintptr_t address) {
    struct slab *slab = slab_around((void *)address);
    if (buddy_is_tagged(&heap.buddy, slab)) {
        struct slab_object object = slab_find(slab, address);
        return (struct extent){object.address, slab->object_bytes,
                               object.requested_bytes};
    }
    struct buddy_block block = {0};
    if (buddy_find(&heap.buddy, (void *)address, &block) != OK)
        return (struct extent){0};
    return (struct extent){block.address, block.block_bytes, block.requested_bytes};
}

static void *alloc_locked(size_t size, size_t align, const void *caller) {
    if (size == 0)
        size = 1;
    if (size > SIZE_MAX / 2 || !bits_is_power_of_two(align))
        return NULL;
    size += GUARD_EXTRA;
    void *block = alloc_once(size, align);
    if (block == NULL) {
        cache_trim(&heap.caches, heap.nr_rescued == 0);
        block = alloc_once(size, align);
    }
    if (block == NULL && grow(size, align)) {
        block = alloc_once(size, align);
        if (block == NULL)
            shrink(); /* what came was of no use */
    }
    if (DEBUG && block != NULL) {
        heap.guard_bytes += GUARD_EXTRA;
        guard_arm(block, extent_around((uintptr_t)block).usable_bytes, size - GUARD_EXTRA,
                  caller);
    }
    return block;
}

static NOINLINE void *alloc_slow(size_t size, size_t align, const void *caller) {
    tas_acquire(&heap.lock);
    void *block = alloc_locked(size, align, caller);
    tas_release(&heap.lock);
    return block;
}

static NOINLINE void *alloc_large(size_t size) {
    tas_acquire(&heap.lock);
    void *block = buddy_alloc(&heap.buddy, size, 1);
    tas_release(&heap.lock);
    return LIKELY(block != NULL) ? block : alloc_slow(size, 1, NULL);
}

void *kmalloc(size_t size) {
    if (DEBUG || size == 0)
        return alloc_slow(size, 1, __builtin_return_address(0));
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

void *kmalloc_aligned(size_t size, size_t align) {
    return alloc_slow(size, align, __builtin_return_address(0));
}

void *kzalloc(size_t size) {
    void *block =
        DEBUG ? alloc_slow(size, 1, __builtin_return_address(0)) : kmalloc(size);
    if (block != NULL)
        memset(block, 0, size);
    return block;
}

/* ---- free ---- */

/* Check the guards of a live block and poison it; of anything else, nothing. */
static void disarm(void *block) {
    struct extent extent = extent_around((uintptr_t)block);
    if (extent.address != (uintptr_t)block || extent.requested_bytes == 0)
        return;
    guard_disarm(block, extent.usable_bytes, extent.requested_bytes - GUARD_EXTRA);
    heap.guard_bytes -= GUARD_EXTRA;
}

static status_t free_locked(void *block) {
    if (DEBUG)
        disarm(block);
    struct slab *slab = slab_around(block);
    status_t status = buddy_is_tagged(&heap.buddy, slab)
                          ? cache_free(&heap.caches, slab, block)
                          : buddy_free(&heap.buddy, block);
    if (status == OK)
        shrink();
    /* An object whose slab is gone may lie anywhere in a free block. */
    if (status == ERR_MISALIGNED && is_aligned((uintptr_t)block, HEAP_MIN_ALIGN) &&
        extent_around((uintptr_t)block).requested_bytes == 0)
        status = ERR_DOUBLE_FREE;
    return status;
}

status_t heap_free_checked(void *block) {
    tas_acquire(&heap.lock);
    status_t status = free_locked(block);
    tas_release(&heap.lock);
    return status;
}

static NORETURN void panic_bad_free(const void *block, status_t status) {
    struct extent around = extent_around((uintptr_t)block);
    if (around.address == 0)
        MM_PANIC("kfree(%p): %s", block, status_text(status));
    const void *owner = NULL;
    if (DEBUG && around.usable_bytes < HEAP_RESCUE_BYTES)
        owner = guard_owner((void *)around.address, around.usable_bytes);
    MM_PANIC("kfree(%p): %s; around it is [%#lx, %#lx), %s; last allocated by %p", block,
             status_text(status), around.address, around.address + around.usable_bytes,
             around.requested_bytes == 0 ? "free" : "in use", owner);
}

static NOINLINE void free_slow(void *block) {
    if (block == NULL)
        return;
    tas_acquire(&heap.lock);
    status_t status = free_locked(block);
    if (status != OK)
        panic_bad_free(block, status);
    tas_release(&heap.lock);
}

/* A block in HEAP_SPACE that is in no slab. */
static NOINLINE void free_large(void *block) {
    tas_acquire(&heap.lock);
    bool done = buddy_free_near(&heap.buddy, block);
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
    tas_acquire(&heap.lock);
    heap.rescue = rescue;
    heap.give_back = give_back;
    tas_release(&heap.lock);
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
    tas_acquire(&heap.lock);
    cache_trim(&heap.caches, heap.nr_rescued == 0);
    tas_release(&heap.lock);
}

void heap_get_stats(struct heap_stats *out) {
    tas_acquire(&heap.lock);
    out->space = heap_space();
    buddy_stats(&heap.buddy, &out->buddy);
    out->nr_slabs = heap.caches.nr_slabs;
    out->nr_rescue_regions = heap.nr_rescued;
    out->requested_bytes = out->buddy.requested_bytes - out->nr_slabs * CACHE_SLAB_BYTES +
                           heap.caches.requested_bytes - heap.guard_bytes;
    tas_release(&heap.lock);
}

void heap_walk(uintptr_t from, buddy_visit_fn *visit, void *context) {
    tas_acquire(&heap.lock);
    buddy_walk(&heap.buddy, from, visit, context);
    tas_release(&heap.lock);
}

void heap_set_trace(buddy_trace_fn *trace, buddy_visit_fn *visit, void *context) {
    tas_acquire(&heap.lock);
    if (visit != NULL)
        buddy_walk(&heap.buddy, 0, visit, context);
    buddy_set_trace(&heap.buddy, trace, context);
    cache_set_trace(&heap.caches, trace != NULL);
    tas_release(&heap.lock);
}

struct range heap_space(void) {
    return (struct range){(uintptr_t)HEAP_SPACE,
                          (uintptr_t)HEAP_SPACE + KERNEL_HEAP_SIZE};
}

static bool check_if_slab(void *context, const struct buddy_block *block) {
    const char **broken = context;
    if (block->kind == BUDDY_KIND_TAGGED)
        *broken = cache_check_slab((const struct slab *)block->address);
    return *broken == NULL;
}

const char *heap_check(void) {
    tas_acquire(&heap.lock);
    const char *broken = buddy_check(&heap.buddy);
    if (broken == NULL)
        buddy_walk(&heap.buddy, 0, check_if_slab, &broken);
    tas_release(&heap.lock);
    return broken;
}
