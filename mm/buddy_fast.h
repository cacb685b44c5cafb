/* mm/buddy_fast.h - the heart of the buddy system: split and merge.
 *
 * Inline, so that buddy.c has them twice, with and without the calls of the trace hook,
 * and heap.c has buddy_free_in() where every instruction counts. */
#pragma once

#include "mm/buddy_state.h"

static inline void report(const struct buddy *b, bool traced, enum buddy_event event,
                          uintptr_t block, size_t k, size_t grains) {
    if (traced && b->trace != NULL)
        b->trace(b->trace_context, event, (void *)block, b->smallest_order + k,
                 grains << b->grain_shift);
}

/* Put the block at `block` on the list of its order. */
static inline void push_free(struct buddy_order *order, uintptr_t block, uint8_t *state) {
    /* <lab buddy/push> The block's own first bytes are its node: a struct free_block.
     * Link it in at the front of order->blocks, let it know its state byte, count it
     * in order->nr_free, and make the state byte order->free_state. */
    struct free_block *free_block = (struct free_block *)block;
    list_push(&order->blocks, &free_block->link);
    free_block->state = state;
    order->nr_free++;
    *state = order->free_state;
    /* </lab buddy/push> */
}

/* Take the first block off a list that is not empty. */
static inline struct free_block *pop_free(struct buddy_order *order) {
    /* <lab buddy/pop> Unlink the first node (lib/list.h has a function for it), count
     * it out of nr_free.  The state byte is left as it is: the caller knows what
     * comes. */
    struct free_block *block = (struct free_block *)list_pop(&order->blocks);
    order->nr_free--;
    return block;
    /* </lab buddy/pop> otherwise: return NULL; */
}

/* Take a block off `found`, which is not empty, and split it down to `order`.  Every list
 * from `order` to below `found` is empty: each gets one upper half. */
static inline struct free_block *split_block(struct buddy *b, struct buddy_order *found,
                                             struct buddy_order *order, bool traced) {
    /* <lab buddy/split> The block has 2^k units, k = found - b->orders.  Halve it
     * until it is of `order`: report(b, traced, BUDDY_SPLIT, block, k, 0) before each
     * step, the upper half goes on the list below, the lower half is split on.  The
     * state byte of the unit n units further is n bytes further. */
    struct free_block *block = pop_free(found);
    size_t half_units = 1ull << (found - b->orders);
    size_t half_bytes = half_units << b->smallest_order;
    uint8_t *state = block->state;
    do {
        report(b, traced, BUDDY_SPLIT, (uintptr_t)block, found - b->orders, 0);
        found--;
        half_units >>= 1;
        half_bytes >>= 1;
        struct free_block *half = (struct free_block *)((uintptr_t)block + half_bytes);
        half->link.next = half->link.prev = &found->blocks;
        half->state = state + half_units;
        *half->state = found->free_state;
        found->blocks.next = found->blocks.prev = &half->link;
        found->nr_free = 1;
    } while (found != order);
    return block;
    /* </lab buddy/split> otherwise: return NULL; */
}

/* Take a free block of that order off the lists, split from the smallest that is there;
 * its state byte is left to the caller.  NULL if there is none.  Knuth's algorithm R. */
static inline struct free_block *take_block(struct buddy *b, struct buddy_order *order,
                                            bool traced) {
    struct buddy_order *found = order;
    if (LIKELY(!list_is_empty(&order->blocks)))
        return pop_free(order);
    /* <lab buddy/search> Let `found` go up to the first order whose list is not empty.
     * If there is none, nothing changes and NULL is the answer.  Behind the largest
     * order stands a sentinel: it is not "empty", and its blocks.next is NULL. */
    do
        found++;
    while (list_is_empty(&found->blocks));
    if (UNLIKELY(found->blocks.next == NULL))
        return NULL; /* the sentinel */
    /* </lab buddy/search> otherwise: return NULL; */
    return split_block(b, found, order, traced);
}

/* Put a block of 2^k units, `bytes`, whose state byte is `state`, STATE_INSIDE, on the
 * lists, merged with its buddy while that is free too.  Knuth's algorithm S; the state
 * byte makes each look O(1).  `span` is a copy, so that no store through a pointer can be
 * thought to change it. */
static inline void give_block(struct buddy *b, const struct buddy_span span,
                              unsigned smallest, uintptr_t bytes, uintptr_t block,
                              uint8_t *state, size_t k, bool traced) {
    struct buddy_order *order = &b->orders[k];

    /* <lab buddy/merge> The buddy is at the address with the bit of the size flipped.
     * While it lies in the span and its state byte is (STATE_FREE | k): unlink it, count
     * it out, make its state byte STATE_INSIDE, and go on with both as one block of
     * twice the size; report(b, traced, BUDDY_MERGE, block, k + 1, 0) each time.
     * `block`, `state`, `order`, `bytes` and `k` belong together. */
    for (;; k++) {
        uintptr_t other = block ^ bytes;
        if (UNLIKELY(other - span.start >= span.block_bytes))
            break;
        uint8_t *other_state = (uint8_t *)(span.state_base + (other >> smallest));
        if (*other_state != (STATE_FREE | k))
            break;
        list_remove((struct list *)other);
        order->nr_free--;
        *other_state = STATE_INSIDE;
        if (other < block) {
            block = other;
            state = other_state;
        }
        order++;
        bytes <<= 1;
        report(b, traced, BUDDY_MERGE, block, k + 1, 0);
    }
    /* </lab buddy/merge> */
    push_free(order, block, state);
}

/* Take a block of 2^k units for a request of `size` bytes, which is not 0.  NULL if there
 * is none.  Not traced: k < NARROW_K. */
static inline void *take_used(struct buddy *b, size_t k, size_t size, uint8_t kind,
                              bool traced) {
    struct buddy_order *order = &b->orders[k];
    struct free_block *block = take_block(b, order, traced);
    if (UNLIKELY(block == NULL))
        return NULL;
    size_t slack = order->most_slack - ((size - 1) >> b->grain_shift);
    b->slack_grains += slack;
    if (traced)
        state_set_used(block->state, k, slack, kind);
    else
        state_set_narrow(block->state, k, slack, kind);
    report(b, traced, BUDDY_ALLOC, (uintptr_t)block, k, GRAINS(k) - slack);
    return block;
}

/* buddy_free() for a block in `span` that is not tagged, if there is no trace; false, and
 * nothing done, for anything else. */
static inline bool buddy_free_in(struct buddy *b, const struct buddy_span span,
                                 void *address) {
    const unsigned smallest = b->smallest_order;
    const size_t unit_mask = b->unit_mask;
    uintptr_t block = (uintptr_t)address;
    if (UNLIKELY(block - span.start >= span.block_bytes || (block & unit_mask) != 0))
        return false;

    uint8_t *state = (uint8_t *)(span.state_base + (block >> smallest));
    size_t k = *state ^ STATE_USED;
    size_t slack;
    if (k < NARROW_K) {
        slack = state_narrow_slack(state, k);
    } else if ((k ^= STATE_USED_UNIT ^ STATE_USED) < GRAINS(0)) {
        slack = k;
        k = 0;
    } else {
        return false;
    }
    b->slack_grains -= slack;
    *state = STATE_INSIDE;
    give_block(b, span, smallest, (unit_mask + 1) << k, block, state, k, false);
    return true;
}
