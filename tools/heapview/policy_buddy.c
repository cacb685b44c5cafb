/* tools/heapview/policy_buddy.c - mm/buddy.c, traced by its own hook.
 *
 * A step is a state byte that a free looks at: one for each merge, and the one that ends
 * them. */
#include "tools/heapview/heaptrace.h"

#ifndef POLICY_NAME /* else policy_pairbits.c includes this file */
#define POLICY_NAME  "buddy"
#define COUNTS_STEPS true
#endif

static struct buddy heap;

static void hook(void *context, enum buddy_event event, const void *block, unsigned order,
                 size_t requested_bytes) {
    (void)context, (void)requested_bytes;
    note_event(event, (uintptr_t)block, (size_t)1 << order);
    if (COUNTS_STEPS && (event == BUDDY_FREE || event == BUDDY_MERGE))
        note_steps(1);
}

static bool start(struct range arena) {
    buddy_init(&heap, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    status_t status = buddy_add(&heap, (void *)arena.start, arena.end - arena.start);
    buddy_set_trace(&heap, hook, NULL);
    return status == OK;
}

static bool widen(void *context, const struct buddy_block *block) {
    struct range *blocks = context;
    if (blocks->start == blocks->end)
        blocks->start = block->address;
    blocks->end = block->address + block->block_bytes;
    return true;
}

static struct range blocks(void) {
    struct range all = {0, 0};
    buddy_walk(&heap, 0, widen, &all);
    return all;
}

static void *alloc(void *context, size_t size) {
    (void)context;
    return buddy_alloc(&heap, size, 1);
}

static status_t free_sized(void *context, void *block, size_t size) {
    (void)context;
    return buddy_free_sized(&heap, block, size);
}

static void snapshot(void) {
    buddy_walk(&heap, 0, note_free_block, NULL);
}

const struct heaptrace_policy policy_buddy = {
    .name = POLICY_NAME,
    .smallest_bytes = 1 << BUDDY_SMALLEST_ORDER,
    .start = start,
    .blocks = blocks,
    .alloc = alloc,
    .free = free_sized,
    .snapshot = snapshot,
};
