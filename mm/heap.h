/* mm/heap.h - the kernel heap: HEAP_SPACE, run by a buddy, with object caches before it.
 *
 * What rCore has as LockedHeap and GlobalAlloc.  Every function takes the heap lock
 * itself and may be called with or without the kernel lock.   Small requests (up to
 * CACHE_OBJECT_MAX bytes) come from object caches (mm/cache.c), larger ones and aligned
 * ones from the buddy. */
#pragma once

#include "mm/stats.h"

#define KERNEL_HEAP_SIZE ((size_t)0x300000) /* bytes, as in rCore chapter 4 */
#define HEAP_MIN_ALIGN   8                  /* of every pointer from kmalloc() */

/* Set up HEAP_SPACE.  Called once, before any other function here.  (rCore: init_heap) */
void heap_init(void);

/* NULL when memory is out (the caller decides what that means); size 0 is served as 1.
 * kzalloc() zeroes.  kmalloc_aligned(): `align` a power of two, else NULL. */
void *kmalloc(size_t size);
void *kzalloc(size_t size);
void *kmalloc_aligned(size_t size, size_t align);

/* kfree(NULL) does nothing.  A pointer that is not a live block's start panics with the
 * reason and the block's address, in every build, and in debug builds with who allocated
 * it. */
void kfree(void *block);

/* The same, for callers that pass on a pointer they cannot vouch for: the status instead
 * of the panic (see buddy_free), and nothing changes on error. */
MUST_CHECK status_t heap_free_checked(void *block);

/* A rescue is asked for more memory when the heap has none for a request: for `bytes` at
 * a multiple of `align`, at least HEAP_RESCUE_BYTES of them and both multiples of 4 KiB.
 * It returns NULL if it has none.  `give_back` gets each region again when nothing in it
 * is in use.  Both are called with the heap lock held and must not use the heap.  At most
 * HEAP_RESCUE_MAX regions. */
#define HEAP_RESCUE_MAX   8
#define HEAP_RESCUE_BYTES ((size_t)1 << 20)
typedef void *heap_rescue_fn(size_t bytes, size_t align);
typedef void heap_give_back_fn(void *start, size_t bytes);
void heap_set_rescue(heap_rescue_fn *rescue, heap_give_back_fn *give_back);

/* For what cannot go on without memory: panics with the size, the alignment, the largest
 * free block and the totals.  (rCore: handle_alloc_error) */
NORETURN void handle_alloc_error(size_t size, size_t align);

/* Return the empty slabs that the caches keep at hand (see cache.h) to the buddy; a
 * request that the buddy cannot meet does so too, before it asks the rescue. */
void heap_trim(void);

void heap_get_stats(struct heap_stats *out);
void heap_walk(uintptr_t from, buddy_visit_fn *visit, void *context);
void heap_look(buddy_look_fn *look, void *context);
/* Visit every block, unless `visit` is NULL, and call `trace` for what happens next, both
 * with the heap lock held.  No other hart may use the heap during the call. */
void heap_set_trace(buddy_trace_fn *trace, buddy_visit_fn *visit, void *context);
struct range heap_space(void); /* where HEAP_SPACE is */

/* Prove the invariants of buddy and caches: NULL, or the broken one.
 * (tests/kernel/heap_check.c) */
const char *heap_check(void);
