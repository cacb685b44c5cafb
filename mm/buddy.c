/* mm/buddy.c - the buddy system.
 *
 * How a region is laid out and what a state byte says stands in buddy_state.h.
 * Not here: looking without changing (buddy_view.c), locks, panics, object caches.
 * Callers: heap.c, frame.c, user/lib/malloc.c, the host.
 *
 * Invariants, which buddy_check() proves:
 *   B1  the blocks of a region follow each other without a gap from its start to its end;
 *   B2  a block's address is a multiple of its size;
 *   B3  a free block is on the list of its order, and nothing else is on a list;
 *   B4  no two free buddies are left unmerged (unless at the largest order);
 *   B5  nonempty has bit k exactly when list k is not empty, and nr_free[k] counts it;
 *   B6  requested, used and total are the sums over the blocks. */
#include "mm/buddy.h"

#include "lib/string.h"
#include "mm/buddy_state.h"

static inline void report(const struct buddy *b, enum buddy_event event, uintptr_t block,
                          unsigned order, size_t requested_bytes) {
    if (UNLIKELY(b->trace != NULL))
        b->trace(b->trace_context, event, (void *)block, order, requested_bytes);
}

/* Put a free block on its list. */
static inline void push_free(struct buddy *b, uint8_t *state, uintptr_t block,
                             unsigned order) {
    *state = STATE_FREE | (order - b->smallest_order);
    list_push(&b->free[order], (struct list *)block);
    b->nonempty |= 1ull << order;
    b->nr_free[order]++;
}

/* Take a free block off its list; its state byte is the caller's business. */
static inline void unlink_free(struct buddy *b, uintptr_t block, unsigned order) {
    list_remove((struct list *)block);
    if (--b->nr_free[order] == 0)
        b->nonempty &= ~(1ull << order);
}

/* ---- split and merge ---- */

/* Take a free block of `order` off the lists, split from the smallest that is there.
 * 0 if there is none.  Knuth's algorithm R. */
static inline uintptr_t take_block(struct buddy *b, unsigned order) {
    uint64_t large_enough = b->nonempty >> order;
    if (UNLIKELY(large_enough == 0))
        return 0;
    unsigned found = order;
    if (!(large_enough & 1))
        found += bits_lowest(large_enough);

    uintptr_t block = (uintptr_t)b->free[found].next;
    unlink_free(b, block, found);
    if (found == order)
        return block;

    /* Every list from `order` to below `found` is empty: each gets one upper half. */
    b->nonempty |= (1ull << found) - (1ull << order);
    unsigned smallest = b->smallest_order;
    uintptr_t state_base = region_of(b, block)->state_base;
    while (found > order) {
        report(b, BUDDY_SPLIT, block, found, 0);
        found--;
        uintptr_t half = block + (1ull << found);
        *(uint8_t *)(state_base + (half >> smallest)) = STATE_FREE | (found - smallest);
        struct list *head = &b->free[found];
        struct list *node = (struct list *)half;
        node->next = node->prev = head;
        head->next = head->prev = node;
        b->nr_free[found] = 1;
    }
    return block;
}

/* Put a block whose state byte is STATE_INSIDE on the lists, merged with its buddy while
 * that is free too.  Knuth's algorithm S; the state byte makes each look O(1). */
static inline void give_block(struct buddy *b, const struct buddy_region *r,
                              uintptr_t block, unsigned order) {
    const uintptr_t start = r->start, block_bytes = r->block_bytes;
    const uintptr_t state_base = r->state_base;
    const unsigned smallest = b->smallest_order, largest = b->largest_order;

    while (order < largest) {
        uintptr_t other = block ^ (1ull << order);
        if (other - start >= block_bytes)
            break;
        uint8_t *state = (uint8_t *)(state_base + (other >> smallest));
        if (*state != (STATE_FREE | (order - smallest)))
            break;
        unlink_free(b, other, order);
        *state = STATE_INSIDE;
        block &= other;
        order++;
        report(b, BUDDY_MERGE, block, order, 0);
    }
    push_free(b, (uint8_t *)(state_base + (block >> smallest)), block, order);
}

/* Put [start, end) on the lists, cut from the front into the largest blocks that the
 * address and the length left allow, as the crate's add_to_heap does. */
static void give_range(struct buddy *b, const struct buddy_region *r, uintptr_t start,
                       uintptr_t end) {
    while (start < end) {
        unsigned order = bits_log2_floor(end - start);
        if (start != 0 && bits_lowest(start) < order)
            order = bits_lowest(start);
        if (order > b->largest_order)
            order = b->largest_order;
        give_block(b, r, start, order);
        start += 1ull << order;
    }
}

/* ---- regions ---- */

void buddy_init(struct buddy *b, unsigned smallest_order, unsigned largest_order) {
    memset(b, 0, sizeof(*b));
    if (smallest_order < BUDDY_SMALLEST_ORDER)
        smallest_order = BUDDY_SMALLEST_ORDER;
    if (smallest_order > BUDDY_ORDERS - 1)
        smallest_order = BUDDY_ORDERS - 1;
    if (largest_order > BUDDY_ORDERS - 1)
        largest_order = BUDDY_ORDERS - 1;
    if (largest_order < smallest_order)
        largest_order = smallest_order;
    b->smallest_order = smallest_order;
    b->largest_order = largest_order;
    for (unsigned order = 0; order < BUDDY_ORDERS; order++)
        list_init(&b->free[order]);
}

/* The order of the largest aligned block in [start, end); 0 if there is none. */
static unsigned largest_order_in(uintptr_t start, uintptr_t end) {
    for (unsigned order = BUDDY_ORDERS - 1; order > 0; order--) {
        uintptr_t block = align_up(start, 1ull << order);
        if (block >= start && block < end && end - block >= 1ull << order)
            return order;
    }
    return 0;
}

/* Lay a region out in [start, end): its blocks and, at one end, its book-keeping.
 * Returns the address for the struct buddy_region, 0 if there is no room for a block. */
static uintptr_t region_layout(const struct buddy *b, uintptr_t start, uintptr_t end,
                               struct buddy_region *out) {
    const uintptr_t unit = 1ull << b->smallest_order;
    const uintptr_t overhead = sizeof(struct buddy_region) + 2 * sizeof(uintptr_t);
    uintptr_t first = align_up(start, unit), last = align_down(end, unit);
    if (first < start || first >= last || end - first < overhead + unit + 1)
        return 0;

    /* Books behind the blocks, unless before them they leave a larger block whole. */
    uintptr_t nr_units = (end - first - overhead) / (unit + 1);
    uintptr_t behind_end = first + nr_units * unit;
    uintptr_t nr_units_after = last - start < overhead + unit + 1
                                   ? 0
                                   : (last - start - overhead) / (unit + 1);
    uintptr_t before_start = last - nr_units_after * unit;
    uintptr_t books = align_up(behind_end, sizeof(uintptr_t));
    out->start = first;
    if (nr_units_after > 0 &&
        largest_order_in(before_start, last) > largest_order_in(first, behind_end)) {
        nr_units = nr_units_after;
        out->start = before_start;
        books = align_up(start, sizeof(uintptr_t));
    }
    out->block_bytes = nr_units * unit;
    out->state_base = books + sizeof(struct buddy_region) - (out->start >> b->smallest_order);
    return books;
}

status_t buddy_add(struct buddy *b, void *start, size_t bytes) {
    uintptr_t from = (uintptr_t)start, to = from + bytes;
    if (start == NULL || to < from)
        return ERR_INVALID;
    struct buddy_region **link = &b->regions;
    for (; *link; link = &(*link)->next) {
        uintptr_t other = (uintptr_t)(*link)->given_start;
        if (from < other + (*link)->given_bytes && other < to)
            return ERR_OVERLAP;
    }
    struct buddy_region layout = {.given_start = start, .given_bytes = bytes};
    uintptr_t books = region_layout(b, from, to, &layout);
    if (books == 0)
        return ERR_TOO_SMALL;

    struct buddy_region *r = (struct buddy_region *)books;
    *r = layout;
    memset(state_of(b, r, r->start), STATE_INSIDE, r->block_bytes >> b->smallest_order);
    *link = r;
    b->total_bytes += r->block_bytes;
    give_range(b, r, r->start, r->start + r->block_bytes);
    return OK;
}

status_t buddy_remove(struct buddy *b, void *start) {
    struct buddy_region **link = &b->regions;
    while (*link && (*link)->given_start != start)
        link = &(*link)->next;
    struct buddy_region *r = *link;
    if (r == NULL)
        return ERR_NOT_FOUND;
    uintptr_t end = r->start + r->block_bytes;
    for (uintptr_t block = r->start; block < end;) {
        uint8_t state = *state_of(b, r, block);
        if (!state_is_free(state))
            return ERR_BUSY;
        block += 1ull << state_order(b, state);
    }
    for (uintptr_t block = r->start; block < end;) {
        unsigned order = state_order(b, *state_of(b, r, block));
        unlink_free(b, block, order);
        block += 1ull << order;
    }
    b->total_bytes -= r->block_bytes;
    *link = r->next;
    return OK;
}

/* ---- allocation ---- */

static inline void *alloc_block(struct buddy *b, size_t size, size_t align, uint8_t kind,
                                unsigned least_order) {
    if (size == 0)
        size = 1;
    size_t needed = size > align ? size : align;
    if (UNLIKELY(needed > 1ull << (BUDDY_ORDERS - 1) || (align & (align - 1)) != 0))
        return NULL;
    unsigned order = bits_log2_ceil(needed);
    if (order < least_order)
        order = least_order;
    uintptr_t block = take_block(b, order);
    if (UNLIKELY(block == 0))
        return NULL;

    size_t block_bytes = 1ull << order;
    unsigned grain_shift = b->smallest_order - GRAINS_LOG2;
    size_t grains = (block_bytes - size) >> grain_shift;
    state_set_used(state_of(b, region_of(b, block), block), order - b->smallest_order,
                   grains, kind);
    size_t requested_bytes = block_bytes - (grains << grain_shift);
    b->requested_bytes += requested_bytes;
    b->used_bytes += block_bytes;
    report(b, BUDDY_ALLOC, block, order, requested_bytes);
    return (void *)block;
}

void *buddy_alloc(struct buddy *b, size_t size, size_t align) {
    return alloc_block(b, size, align, STATE_USED, b->smallest_order);
}

void *buddy_alloc_tagged(struct buddy *b, size_t size, size_t align) {
    if (size > 1ull << (b->smallest_order + 31))
        return NULL;
    return alloc_block(b, size, align, STATE_TAGGED, b->smallest_order + 1);
}

bool buddy_is_tagged(const struct buddy *b, const void *address) {
    uintptr_t block = (uintptr_t)address;
    const struct buddy_region *r = region_of(b, block);
    return r != NULL && is_aligned(block, 1ull << b->smallest_order) &&
           *state_of(b, r, block) >= STATE_TAGGED;
}

void *buddy_alloc_run(struct buddy *b, size_t nr_blocks, size_t align) {
    const unsigned unit_order = b->smallest_order;
    if (nr_blocks == 0 || nr_blocks > 1ull << (BUDDY_ORDERS - 1 - unit_order) ||
        align > 1ull << (BUDDY_ORDERS - 1) || (align & (align - 1)) != 0)
        return NULL;
    size_t bytes = nr_blocks << unit_order;
    unsigned order = bits_log2_ceil(bytes > align ? bytes : align);
    uintptr_t run = take_block(b, order);
    if (run == 0)
        return NULL;
    const struct buddy_region *r = region_of(b, run);
    memset(state_of(b, r, run), STATE_USED_UNIT, nr_blocks);
    give_range(b, r, run + bytes, run + (1ull << order));
    b->requested_bytes += bytes;
    b->used_bytes += bytes;
    for (size_t i = 0; b->trace && i < nr_blocks; i++)
        report(b, BUDDY_ALLOC, run + (i << unit_order), unit_order, 1ull << unit_order);
    return (void *)run;
}

/* ---- free ---- */

/* Why `block`, whose region is `r` or NULL, is not the start of a block in use. */
static NOINLINE status_t refusal(const struct buddy *b, const struct buddy_region *r,
                                 uintptr_t block) {
    struct buddy_block found;
    if (r == NULL || buddy_find(b, (void *)block, &found) != OK)
        return ERR_FOREIGN;
    if (!is_aligned(block, 1ull << b->smallest_order))
        return ERR_MISALIGNED;
    return found.kind == BUDDY_KIND_FREE ? ERR_DOUBLE_FREE : ERR_INTERIOR;
}

/* What buddy_alloc() counts for a request of `size`. */
static inline size_t round_to_grain(const struct buddy *b, size_t size) {
    size_t grain = 1ull << (b->smallest_order - GRAINS_LOG2);
    return size == 0 ? grain : align_up(size, grain);
}

static inline status_t free_block(struct buddy *b, uintptr_t block, bool sized,
                                  size_t size) {
    const struct buddy_region *r = region_of(b, block);
    if (UNLIKELY(r == NULL || !is_aligned(block, 1ull << b->smallest_order)))
        return refusal(b, r, block);
    uint8_t *state = state_of(b, r, block);
    if (UNLIKELY(*state < STATE_USED))
        return refusal(b, r, block);

    unsigned order = state_order(b, *state);
    size_t block_bytes = 1ull << order;
    size_t requested_bytes = state_requested(b, state, order);
    if (sized && requested_bytes != round_to_grain(b, size))
        return ERR_SIZE;
    b->requested_bytes -= requested_bytes;
    b->used_bytes -= block_bytes;
    *state = STATE_INSIDE;
    report(b, BUDDY_FREE, block, order, requested_bytes);
    give_block(b, r, block, order);
    return OK;
}

status_t buddy_free(struct buddy *b, void *block) {
    return free_block(b, (uintptr_t)block, false, 0);
}

status_t buddy_free_sized(struct buddy *b, void *block, size_t size) {
    return free_block(b, (uintptr_t)block, true, size);
}

status_t buddy_free_run(struct buddy *b, void *run, size_t nr_blocks) {
    const unsigned unit_order = b->smallest_order;
    uintptr_t start = (uintptr_t)run;
    const struct buddy_region *r = region_of(b, start);
    if (r == NULL || !is_aligned(start, 1ull << unit_order))
        return refusal(b, r, start);
    size_t bytes = nr_blocks << unit_order;
    if (nr_blocks > r->block_bytes >> unit_order || bytes > r->start + r->block_bytes - start)
        return ERR_FOREIGN;
    for (size_t i = 0; i < nr_blocks; i++) {
        uintptr_t block = start + (i << unit_order);
        uint8_t state = *state_of(b, r, block);
        if (state < STATE_USED)
            return refusal(b, r, block);
        if (state != STATE_USED_UNIT)
            return ERR_SIZE;
    }
    for (size_t i = 0; b->trace && i < nr_blocks; i++)
        report(b, BUDDY_FREE, start + (i << unit_order), unit_order, 1ull << unit_order);
    memset(state_of(b, r, start), STATE_INSIDE, nr_blocks);
    b->requested_bytes -= bytes;
    b->used_bytes -= bytes;
    give_range(b, r, start, start + bytes);
    return OK;
}
