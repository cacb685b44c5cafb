/* user/lib/heapview.h - a heap to learn with: the kernel's, or the program's own.
 *
 * With the boot option learn=heap it is the kernel heap, watched and used by system
 * calls: its blocks are only addresses here, not memory.  Without it, it is the heap
 * behind malloc(), which the same mm/buddy.c runs. */
#pragma once

#include "kernel/abi/info.h"
#include "lib/status.h"

/* Find out which heap it is; before all else. */
void heapview_open(void);
bool heapview_is_kernel(void);
const char *heapview_name(void);

MUST_CHECK status_t heapview_alloc(size_t nr_bytes, size_t align, uint64_t *block);
MUST_CHECK status_t heapview_free(uint64_t block);
MUST_CHECK status_t heapview_stats(struct heap_stats *stats);

/* The block, free or in use, that contains `address`. */
MUST_CHECK status_t heapview_find(uint64_t address, struct buddy_block *block);

/* Visit every block in address order until `visit` returns false. */
MUST_CHECK status_t heapview_walk(buddy_visit_fn *visit, void *context);

/* True if every invariant of the heap holds. */
bool heapview_is_sound(void);
