/* tests/bench/crate.c - see crate.h.
 *
 * Invariant: the smallest block holds one link (8 bytes); the size of a block is known
 * only to its owner, who must give size and align again to free it. */
#include "tests/bench/crate.h"
#include "lib/bits.h"

static void watch(enum crate_event event, uintptr_t block, unsigned order) {
    if (CRATE_WATCHED)
        crate_watch(event, block, order);
}

void crate_init(struct crate_heap *heap) {
    *heap = (struct crate_heap){0};
}

static void push(struct crate_heap *heap, unsigned order, uintptr_t address) {
    struct crate_link *link = (struct crate_link *)address;
    link->next = heap->free[order];
    heap->free[order] = link;
}

static uintptr_t pop(struct crate_heap *heap, unsigned order) {
    struct crate_link *link = heap->free[order];
    heap->free[order] = link->next;
    return (uintptr_t)link;
}

/* Cut the range, from its start, into the largest aligned powers of two. */
void crate_add(struct crate_heap *heap, uintptr_t start, uintptr_t end) {
    start = align_up(start, sizeof(uintptr_t));
    end = align_down(end, sizeof(uintptr_t));
    while (start < end) {
        unsigned order = bits_lowest(start);
        unsigned largest = bits_log2_floor(end - start);
        if (order > largest)
            order = largest;
        push(heap, order, start);
        heap->total_bytes += (size_t)1 << order;
        start += (size_t)1 << order;
    }
}

static unsigned order_of(size_t size, size_t align) {
    size_t bytes = size > align ? size : align;
    if (bytes < sizeof(uintptr_t))
        bytes = sizeof(uintptr_t);
    return bits_log2_ceil(bytes);
}

void *crate_alloc(struct crate_heap *heap, size_t size, size_t align) {
    unsigned order = order_of(size, align);
    unsigned from = order;
    while (from < CRATE_ORDERS && heap->free[from] == NULL)
        from++;
    if (from >= CRATE_ORDERS)
        return NULL;
    while (from > order) {
        uintptr_t block = pop(heap, from);
        from--;
        push(heap, from, block + ((uintptr_t)1 << from));
        push(heap, from, block);
        watch(CRATE_SPLIT, block, from + 1);
    }
    heap->user_bytes += size;
    heap->allocated_bytes += (size_t)1 << order;
    uintptr_t block = pop(heap, order);
    watch(CRATE_ALLOC, block, order);
    return (void *)block;
}

/* Take `address` out of the list, wherever it stands: the search that costs. */
static bool list_take(struct crate_link **list, uintptr_t address) {
    for (struct crate_link **link = list; *link != NULL; link = &(*link)->next) {
        watch(CRATE_LOOK, (uintptr_t)*link, 0);
        if ((uintptr_t)*link == address) {
            *link = (*link)->next;
            return true;
        }
    }
    return false;
}

void crate_free(struct crate_heap *heap, void *block, size_t size, size_t align) {
    unsigned order = order_of(size, align);
    uintptr_t current = (uintptr_t)block;
    heap->user_bytes -= size;
    heap->allocated_bytes -= (size_t)1 << order;
    push(heap, order, current);
    watch(CRATE_FREE, current, order);
    while (order < CRATE_ORDERS - 1) {
        uintptr_t buddy = current ^ ((uintptr_t)1 << order);
        if (!list_take(&heap->free[order], buddy))
            return;
        pop(heap, order); /* the block itself: it was pushed last */
        if (buddy < current)
            current = buddy;
        order++;
        push(heap, order, current);
        watch(CRATE_MERGE, current, order);
    }
}
