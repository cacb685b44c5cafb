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
    struct spinlock lock;
    struct cache_set caches;                     /* (h) */
    struct buddy buddy;                          /* (h) */
    heap_rescue_fn *rescue;                      /* (h) */
    heap_give_back_fn *give_back;                /* (h) */
    struct heap_region rescued[HEAP_RESCUE_MAX]; /* (h) */
    size_t nr_rescued;                           /* (h) */
    size_t guard_bytes;                          /* (h) in debug builds, part of requested */
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
    if (size <= CACHE_OBJECT_MAX && align <= HEAP_MIN_ALIGN)
        return cache_alloc(&heap.caches, size);
    return buddy_alloc(&heap.buddy, size, align);
}

/* Ask for a region that holds a block of `size` at `align`; true if there is one now. */
static bool grow(size_t size, size_t align) {
    size_t needed = size > align ? size : align;
    if (heap.rescue == NULL || heap.nr_rescued == HEAP_RESCUE_MAX ||
        needed > SIZE_MAX / 4 || !(align == 0 || bits_is_power_of_two(align)))
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
    return true;
}

/* How much the block or object at `block`, which is in use, can hold. */
static size_t usable_bytes(const void *block) {
    struct slab *slab = slab_around((uintptr_t)block);
    if (buddy_is_tagged(&heap.buddy, slab))
        return slab->object_bytes;
    struct buddy_block found = {0};
    status_t status = buddy_find(&heap.buddy, block, &found);
    MM_ASSERT(status == OK, "a block in use is in the heap");
    return found.block_bytes;
}

static void *alloc_locked(size_t size, size_t align, const void *caller) {
    if (size == 0)
        size = 1;
    if (size > SIZE_MAX / 2)
        return NULL;
    void *block = alloc_once(size + GUARD_EXTRA, align);
    if (block == NULL && grow(size + GUARD_EXTRA, align))
        block = alloc_once(size + GUARD_EXTRA, align);
    if (DEBUG && block != NULL) {
        heap.guard_bytes += GUARD_EXTRA;
        guard_arm(block, usable_bytes(block), size, caller);
    }
    return block;
}

/* With the lock held, which it releases. */
static NOINLINE void *alloc_slow(size_t size, size_t align, const void *caller) {
    void *block = alloc_locked(size, align, caller);
    spinlock_release(&heap.lock);
    return block;
}

void *kmalloc(size_t size) {
    spinlock_acquire(&heap.lock);
    if (!DEBUG && LIKELY(size - 1 < CACHE_OBJECT_MAX)) {
        void *object = cache_alloc_fast(&heap.caches, size);
        if (LIKELY(object != NULL)) {
            spinlock_release(&heap.lock);
            return object;
        }
    }
    return alloc_slow(size, 0, __builtin_return_address(0));
}

void *kmalloc_aligned(size_t size, size_t align) {
    spinlock_acquire(&heap.lock);
    return alloc_slow(size, align, __builtin_return_address(0));
}

void *kzalloc(size_t size) {
    spinlock_acquire(&heap.lock);
    void *block = alloc_slow(size, 0, __builtin_return_address(0));
    if (block != NULL)
        memset(block, 0, size);
    return block;
}

/* ---- free ---- */

/* Return the rescue regions in which nothing is in use. */
static void shrink(void) {
    for (size_t i = 0; heap.nr_rescued > 0 && i < HEAP_RESCUE_MAX; i++) {
        struct heap_region *region = &heap.rescued[i];
        if (region->start == NULL || buddy_remove(&heap.buddy, region->start) != OK)
            continue;
        heap.give_back(region->start, region->bytes);
        region->start = NULL;
        heap.nr_rescued--;
    }
}

/* Check the guards of a live block and poison it; of anything else, nothing. */
static void disarm(void *block) {
    struct slab *slab = slab_around((uintptr_t)block);
    struct buddy_block found;
    size_t usable = 0, requested = 0;
    if (buddy_is_tagged(&heap.buddy, slab)) {
        unsigned number = slab_number(slab, (uintptr_t)block);
        if (slab->state[number] == CACHE_STATE_FREE)
            return;
        usable = slab->object_bytes;
        requested = usable - slab->state[number];
    } else {
        if (buddy_find(&heap.buddy, block, &found) != OK ||
            found.address != (uintptr_t)block || found.kind == BUDDY_KIND_FREE)
            return;
        usable = found.block_bytes;
        requested = found.requested_bytes;
    }
    guard_disarm(block, usable, requested - GUARD_EXTRA);
    heap.guard_bytes -= GUARD_EXTRA;
}

static status_t free_locked(void *block) {
    if (DEBUG)
        disarm(block);
    struct slab *slab = slab_around((uintptr_t)block);
    status_t status = buddy_is_tagged(&heap.buddy, slab)
                          ? cache_free(&heap.caches, slab, (uintptr_t)block)
                          : buddy_free(&heap.buddy, block);
    if (status == OK)
        shrink();
    return status;
}

status_t heap_free_checked(void *block) {
    spinlock_acquire(&heap.lock);
    status_t status = free_locked(block);
    spinlock_release(&heap.lock);
    return status;
}

static NORETURN void panic_bad_free(const void *block, status_t status) {
    struct buddy_block found;
    const void *owner = NULL;
    if (DEBUG && (status == ERR_DOUBLE_FREE || status == ERR_INTERIOR) &&
        buddy_is_tagged(&heap.buddy, slab_around((uintptr_t)block)))
        owner = guard_owner(block, usable_bytes(block));
    if (buddy_find(&heap.buddy, block, &found) != OK)
        MM_PANIC("kfree(%p): %s", block, status_text(status));
    MM_PANIC("kfree(%p): %s; the block around it is [%#lx, %#lx), %s; last allocated by %p",
             block, status_text(status), found.address, found.address + found.block_bytes,
             found.kind == BUDDY_KIND_FREE ? "free" : "in use", owner);
}

/* With the lock held, which it releases. */
static NOINLINE void free_slow(void *block) {
    status_t status = free_locked(block);
    if (status != OK)
        panic_bad_free(block, status);
    spinlock_release(&heap.lock);
}

void kfree(void *block) {
    if (block == NULL)
        return;
    spinlock_acquire(&heap.lock);
    struct slab *slab = slab_around((uintptr_t)block);
    if (!DEBUG && LIKELY(buddy_is_tagged(&heap.buddy, slab)) &&
        LIKELY(cache_free_fast(&heap.caches, slab, (uintptr_t)block))) {
        spinlock_release(&heap.lock);
        return;
    }
    free_slow(block);
}

/* ---- the rest ---- */

void heap_set_rescue(heap_rescue_fn *rescue, heap_give_back_fn *give_back) {
    spinlock_acquire(&heap.lock);
    heap.rescue = rescue;
    heap.give_back = give_back;
    spinlock_release(&heap.lock);
}

void handle_alloc_error(size_t size, size_t align) {
    struct heap_stats stats;
    heap_get_stats(&stats);
    MM_PANIC("Heap allocation error, size = %zu, align = %zu; largest free block %zu, "
             "requested %zu, used %zu, total %zu bytes",
             size, align, stats.buddy.largest_free_bytes, stats.requested_bytes,
             stats.buddy.used_bytes, stats.buddy.total_bytes);
}

void heap_get_stats(struct heap_stats *out) {
    spinlock_acquire(&heap.lock);
    buddy_stats(&heap.buddy, &out->buddy);
    out->nr_slabs = heap.caches.nr_slabs;
    out->nr_rescue_regions = heap.nr_rescued;
    out->requested_bytes = out->buddy.requested_bytes - out->nr_slabs * CACHE_SLAB_BYTES +
                           heap.caches.requested_bytes - heap.guard_bytes;
    spinlock_release(&heap.lock);
}

void heap_walk(uintptr_t from, buddy_visit_fn *visit, void *context) {
    spinlock_acquire(&heap.lock);
    buddy_walk(&heap.buddy, from, visit, context);
    spinlock_release(&heap.lock);
}

void heap_set_trace(buddy_trace_fn *trace, void *context) {
    spinlock_acquire(&heap.lock);
    buddy_set_trace(&heap.buddy, trace, context);
    spinlock_release(&heap.lock);
}

struct range heap_space(void) {
    return (struct range){(uintptr_t)HEAP_SPACE, (uintptr_t)HEAP_SPACE + KERNEL_HEAP_SIZE};
}

static bool check_if_slab(void *context, const struct buddy_block *block) {
    const char **broken = context;
    if (block->kind == BUDDY_KIND_TAGGED)
        *broken = cache_check_slab((const struct slab *)block->address);
    return *broken == NULL;
}

const char *heap_check(void) {
    spinlock_acquire(&heap.lock);
    const char *broken = buddy_check(&heap.buddy);
    if (broken == NULL)
        buddy_walk(&heap.buddy, 0, check_if_slab, &broken);
    spinlock_release(&heap.lock);
    return broken;
}
