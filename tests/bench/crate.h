/* tests/bench/crate.h - the algorithm of the Rust crate buddy_system_allocator, for
 * comparison: singly linked free lists, searched from the front for the buddy of each
 * block that is freed.
 *
 * A measuring stick, not for use: nothing a caller does wrong is noticed, as there. */
#pragma once

#include "lib/compiler.h"

#define CRATE_ORDERS 32

struct crate_link {
    struct crate_link *next;
};

struct crate_heap {
    struct crate_link *free[CRATE_ORDERS];
    size_t user_bytes;
    size_t allocated_bytes;
    size_t total_bytes;
};

/* To watch the heap, tools/heapview compiles crate.c with CRATE_WATCHED=1 and supplies
 * crate_watch(): called after each event, as a buddy's trace hook is, and for each list
 * node that a free looks at.  What is measured is compiled without it. */
#ifndef CRATE_WATCHED
#define CRATE_WATCHED 0
#endif

enum crate_event { CRATE_ALLOC, CRATE_FREE, CRATE_SPLIT, CRATE_MERGE, CRATE_LOOK };

void crate_watch(enum crate_event event, uintptr_t block, unsigned order);

void crate_init(struct crate_heap *heap);
void crate_add(struct crate_heap *heap, uintptr_t start, uintptr_t end);
void *crate_alloc(struct crate_heap *heap, size_t size, size_t align);
void crate_free(struct crate_heap *heap, void *block, size_t size, size_t align);
