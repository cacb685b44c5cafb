/* tools/heapview/policy_firstfit.c - mm/firstfit.c, under names of its own.
 *
 * It reports no merge, so that after each free the block is looked up.  Steps are not
 * counted. */
#define POLICY firstfit
#include "tools/heapview/rename.h"

#include "mm/firstfit.c"

#include "tools/heapview/heaptrace.h"

static struct buddy heap;

static bool start(struct range arena) {
    buddy_init(&heap, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    return buddy_add(&heap, (void *)arena.start, arena.end - arena.start) == OK;
}

static struct range blocks(void) {
    return (struct range){heap.regions->start, region_end(&heap, heap.regions)};
}

static void *alloc(void *context, size_t size) {
    (void)context;
    struct buddy_block found;
    void *block = buddy_alloc(&heap, size, 1);
    if (block != NULL && buddy_find(&heap, block, &found) == OK)
        note_event(BUDDY_ALLOC, found.address, found.block_bytes);
    return block;
}

static status_t free_sized(void *context, void *block, size_t size) {
    (void)context;
    struct buddy_block before, after;
    status_t status = buddy_find(&heap, block, &before);
    if (status == OK)
        status = buddy_free_sized(&heap, block, size);
    if (status == OK)
        status = buddy_find(&heap, block, &after);
    if (status != OK)
        return status;
    note_event(BUDDY_FREE, before.address, before.block_bytes);
    if (after.block_bytes != before.block_bytes)
        note_event(BUDDY_MERGE, after.address, after.block_bytes);
    return OK;
}

static void snapshot(void) {
    buddy_walk(&heap, 0, note_free_block, NULL);
}

const struct heaptrace_policy policy_firstfit = {
    .name = "firstfit",
    .smallest_bytes = 1 << BUDDY_SMALLEST_ORDER,
    .start = start,
    .blocks = blocks,
    .alloc = alloc,
    .free = free_sized,
    .snapshot = snapshot,
};
