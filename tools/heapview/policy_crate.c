/* tools/heapview/policy_crate.c - the algorithm of the Rust crate, watched.
 *
 * A step is a list node that a free looks at. */
#define CRATE_WATCHED 1
#include "tests/bench/crate.c"

#include "tools/heapview/heaptrace.h"

static struct crate_heap heap;
static struct range arena;

void crate_watch(enum crate_event event, uintptr_t block, unsigned order) {
    static const enum buddy_event events[] = {
        [CRATE_ALLOC] = BUDDY_ALLOC,
        [CRATE_FREE] = BUDDY_FREE,
        [CRATE_SPLIT] = BUDDY_SPLIT,
        [CRATE_MERGE] = BUDDY_MERGE,
    };
    if (event == CRATE_LOOK)
        note_steps(1);
    else
        note_event(events[event], block, (size_t)1 << order);
}

static bool start(struct range memory) {
    arena = memory;
    crate_init(&heap);
    crate_add(&heap, arena.start, arena.end);
    return true;
}

static struct range blocks(void) {
    return arena;
}

static void *alloc(void *context, size_t size) {
    (void)context;
    return crate_alloc(&heap, size, 1);
}

static status_t free_sized(void *context, void *block, size_t size) {
    (void)context;
    crate_free(&heap, block, size, 1);
    return OK;
}

/* The order of the free block at `address`, CRATE_ORDERS if none begins there. */
static unsigned order_at(uintptr_t address) {
    for (unsigned order = 0; order < CRATE_ORDERS; order++)
        for (struct crate_link *link = heap.free[order]; link; link = link->next)
            if ((uintptr_t)link == address)
                return order;
    return CRATE_ORDERS;
}

/* Nothing is in use yet, so that one free block begins where the last one ends. */
static void snapshot(void) {
    unsigned order;
    for (uintptr_t at = arena.start; at < arena.end; at += (uintptr_t)1 << order) {
        order = order_at(at);
        if (order == CRATE_ORDERS)
            return;
        note_free(at, (size_t)1 << order);
    }
}

const struct heaptrace_policy policy_crate = {
    .name = "crate",
    .smallest_bytes = sizeof(struct crate_link),
    .start = start,
    .blocks = blocks,
    .alloc = alloc,
    .free = free_sized,
    .snapshot = snapshot,
};
