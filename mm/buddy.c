/* mm/buddy.c - the buddy system.
 *
 * How a region is laid out and what a state byte says stands in buddy_state.h; splitting
 * and merging, the heart of it, in buddy_fast.h.
 * Not here: looking without changing (buddy_view.c), locks, panics, object caches.
 * Callers: heap.c, frame.c, user/lib/stdlib.c, the host.
 *
 * Invariants, which buddy_check() proves:
 *   B1  the blocks of a region follow each other without a gap from its start to its end;
 *   B2  a block's address is a multiple of its size;
 *   B3  a free block is on the list of its order, and nothing else is on a list;
 *   B4  no two free buddies are left unmerged (unless at the largest order);
 *   B5  nr_free counts the blocks of each list;
 *   B6  slack_grains and total_bytes are the sums over the blocks. */
#include "mm/buddy.h"

#include "lib/string.h"
#include "mm/buddy_fast.h"

/* The order of the largest block at `start`, a multiple of a unit, in so many bytes. */
static unsigned largest_order_at(const struct buddy *b, uintptr_t start, size_t bytes) {
    /* <lab buddy/carve> Three limits: the bytes left, the address (a block begins at a
     * multiple of its size; bits_lowest(start) is the place of the lowest bit set),
     * and the buddy's largest order, smallest_order + largest_k. */
    unsigned order = bits_log2_floor(bytes);
    if (bits_lowest(start) < order)
        order = bits_lowest(start);
    if (order > b->smallest_order + b->largest_k)
        order = b->smallest_order + b->largest_k;
    return order;
    /* </lab buddy/carve> otherwise: return b->smallest_order; */
}

/* Put [start, end) on the lists, cut from the front into the largest blocks that the
 * address and the length left allow, as the crate's add_to_heap does. */
static void give_range(struct buddy *b, const struct buddy_region *r, uintptr_t start,
                       uintptr_t end) {
    while (start < end) {
        unsigned order = largest_order_at(b, start, end - start);
        give_block(b, r->span, b->smallest_order, 1ull << order, start,
                   state_of(b, r, start), order - b->smallest_order, true);
        start += 1ull << order;
    }
}

/* ---- rows of free blocks ---- */

/* The end of the free blocks that follow each other from `start` to `least` or beyond; 0
 * if one on the way is in use. */
static uintptr_t row_end(const struct buddy *b, const struct buddy_region *r,
                         uintptr_t start, uintptr_t least) {
    uintptr_t at = start;
    while (at < least) {
        if (at - r->span.start >= r->span.block_bytes ||
            !state_is_free(*state_of(b, r, at)))
            return 0;
        at += (b->unit_mask + 1) << state_k(b, *state_of(b, r, at));
    }
    return at;
}

/* Take the free blocks of [start, end) off their lists; none begins there any more. */
static void unlink_row(struct buddy *b, const struct buddy_region *r, uintptr_t start,
                       uintptr_t end) {
    for (uintptr_t at = start; at < end;) {
        uint8_t *state = state_of(b, r, at);
        size_t k = state_k(b, *state);
        list_remove((struct list *)at);
        b->orders[k].nr_free--;
        *state = STATE_INSIDE;
        at += (b->unit_mask + 1) << k;
    }
}

/* ---- regions ---- */

static unsigned clamp(unsigned x, unsigned least, unsigned most) {
    return x < least ? least : x > most ? most : x;
}

void buddy_init(struct buddy *b, unsigned smallest_order, unsigned largest_order) {
    memset(b, 0, sizeof(*b));
    b->smallest_order = clamp(smallest_order, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    b->grain_shift = b->smallest_order - GRAINS_LOG2;
    b->unit_mask = (1ull << b->smallest_order) - 1;
    b->largest_k =
        clamp(largest_order, b->smallest_order, BUDDY_ORDERS - 1) - b->smallest_order;
    for (unsigned k = 0; k <= b->largest_k; k++) {
        list_init(&b->orders[k].blocks);
        b->orders[k].most_slack = GRAINS(k) - 1;
        b->orders[k].free_state = k < b->largest_k ? STATE_FREE | k : STATE_FREE_LARGEST;
    }
    /* What follows is the sentinel: its zeroes are no empty list. */
    buddy_set_trace(b, NULL, NULL);
}

/* What the short ways of buddy_alloc() and buddy_free() may take on: nothing if
 * traced. */
static void set_fast(struct buddy *b) {
    bool fast = b->trace == NULL && b->regions != NULL;
    unsigned fast_k = b->largest_k < NARROW_K ? b->largest_k : NARROW_K - 1;
    b->fast = fast ? b->regions->span : (struct buddy_span){0};
    b->fast_units = fast ? 1ull << fast_k : 0;
}

void buddy_set_trace(struct buddy *b, buddy_trace_fn *trace, void *context) {
    b->trace = trace;
    b->trace_context = context;
    set_fast(b);
}

/* The order of the largest aligned block in [start, end), which holds a unit. */
static unsigned largest_order_in(uintptr_t start, uintptr_t end) {
    for (unsigned order = BUDDY_ORDERS - 1;; order--) {
        uintptr_t block = align_up(start, 1ull << order); /* 0 where that wraps */
        if (block - start < end - start && end - block >= 1ull << order)
            return order;
    }
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
    uintptr_t nr_units_after =
        last - start < overhead + unit + 1 ? 0 : (last - start - overhead) / (unit + 1);
    uintptr_t before_start = last - nr_units_after * unit;
    uintptr_t books = align_up(behind_end, sizeof(uintptr_t));
    out->span.start = first;
    if (nr_units_after > 0 &&
        largest_order_in(before_start, last) > largest_order_in(first, behind_end)) {
        nr_units = nr_units_after;
        out->span.start = before_start;
        books = align_up(start, sizeof(uintptr_t));
    }
    out->span.block_bytes = nr_units * unit;
    out->span.state_base =
        books + sizeof(struct buddy_region) - (out->span.start >> b->smallest_order);
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
    memset(state_of(b, r, r->span.start), STATE_INSIDE,
           r->span.block_bytes >> b->smallest_order);
    *link = r;
    set_fast(b);
    b->total_bytes += r->span.block_bytes;
    uintptr_t end = r->span.start + r->span.block_bytes;
    give_range(b, r, r->span.start, end);
    for (uintptr_t at = r->span.start; b->trace != NULL && at < end;) {
        size_t k = state_k(b, *state_of(b, r, at));
        report(b, true, BUDDY_ADD, at, k, 0);
        at += (b->unit_mask + 1) << k;
    }
    return OK;
}

status_t buddy_remove(struct buddy *b, void *start) {
    struct buddy_region **link = &b->regions;
    while (*link && (*link)->given_start != start)
        link = &(*link)->next;
    struct buddy_region *r = *link;
    if (r == NULL)
        return ERR_NOT_FOUND;
    uintptr_t end = r->span.start + r->span.block_bytes;
    if (row_end(b, r, r->span.start, end) == 0)
        return ERR_BUSY;
    unlink_row(b, r, r->span.start, end);
    b->total_bytes -= r->span.block_bytes;
    *link = r->next;
    set_fast(b);
    return OK;
}

/* ---- allocation ---- */

/* Any size, any alignment, any kind, traced or not. */
static NOINLINE void *alloc_slow(struct buddy *b, size_t size, size_t align,
                                 uint8_t kind) {
    if (size == 0)
        size = 1;
    if (align == 0)
        align = 1;
    if ((align & (align - 1)) != 0)
        return NULL;
    size_t k = bits_width(((size - 1) | (align - 1)) >> b->smallest_order);
    if (kind == STATE_TAGGED && k == 0)
        k = 1; /* a single unit's state byte has no room for the tag */
    if (k > b->largest_k || (kind == STATE_TAGGED && k > STATE_TAGGED_MAX_K))
        return NULL;
    struct buddy_order *order = &b->orders[k];
    struct free_block *block = take_block(b, order, true);
    if (block == NULL)
        return NULL;
    size_t slack = slack_for(b, order, size);
    state_set_used(block->state, k, slack, kind);
    b->slack_grains += slack;
    report(b, true, BUDDY_ALLOC, (uintptr_t)block, k, GRAINS(k) - slack);
    return block;
}

void *buddy_alloc(struct buddy *b, size_t size, size_t align) {
    size_t units = ((size - 1) | (align - 1)) >> b->smallest_order;
    if (UNLIKELY(units >= b->fast_units || (align & (align - 1)) != 0))
        return alloc_slow(b, size, align, STATE_USED);
    size_t k =
        LIKELY(units < 256) ? bits_width_table[units] : bits_width_table[units >> 8] + 8;
    struct buddy_order *order = &b->orders[k];
    struct free_block *block = take_block(b, order, false);
    if (UNLIKELY(block == NULL))
        return NULL;
    size_t slack = slack_for(b, order, size);
    b->slack_grains += slack;
    state_set_narrow(block->state, k, slack, STATE_USED);
    return block;
}

void *buddy_alloc_tagged(struct buddy *b, size_t size, size_t align) {
    return alloc_slow(b, size, align, STATE_TAGGED);
}

bool buddy_is_tagged(const struct buddy *b, const void *address) {
    uintptr_t block = (uintptr_t)address;
    const struct buddy_region *r = region_of(b, block);
    return r != NULL && is_aligned(block, 1ull << b->smallest_order) &&
           *state_of(b, r, block) >= STATE_TAGGED;
}

/* ---- runs ---- */

/* A run that no block on the lists fits is looked for in a row of smaller free blocks
 * before a larger block is broken, and it lies at the end of what was taken that leaves
 * the rest beside free memory.  That is worth two and one percent of RAM (make bench,
 * "page runs"). */
#define ROW_TRIES 16 /* how many blocks may be looked at for a row to begin with */

/* Take a row of `bytes` or more off the lists that begins with a block of one of the two
 * orders below 2^k units.  0 if there is none where it was looked for. */
static uintptr_t take_row(struct buddy *b, size_t bytes, size_t k, uintptr_t *end) {
    unsigned nr_tries = 0;
    for (size_t down = 1; down <= 2 && down <= k; down++) {
        struct list *head = &b->orders[k - down].blocks;
        for (struct list *node = head->next; node != head; node = node->next) {
            uintptr_t start = (uintptr_t)node;
            const struct buddy_region *r = region_of(b, start);
            *end = row_end(b, r, start, start + bytes);
            if (*end != 0) {
                unlink_row(b, r, start, *end);
                return start;
            }
            if (++nr_tries == ROW_TRIES)
                return 0;
        }
    }
    return 0;
}

/* Take memory for a run off the lists, its state bytes STATE_INSIDE. */
static uintptr_t take_run(struct buddy *b, size_t bytes, size_t align, uintptr_t *end) {
    bool anywhere = align <= b->unit_mask + 1;
    size_t k =
        bits_width((bytes - 1) >> b->smallest_order | (align - 1) >> b->smallest_order);
    if (k > b->largest_k)
        return 0;
    if (anywhere && list_is_empty(&b->orders[k].blocks)) {
        uintptr_t start = take_row(b, bytes, k, end);
        if (start != 0)
            return start;
    }
    struct free_block *block = take_block(b, &b->orders[k], true);
    if (block == NULL)
        return 0;
    *block->state = STATE_INSIDE;
    *end = (uintptr_t)block + ((b->unit_mask + 1) << k);
    return (uintptr_t)block;
}

void *buddy_alloc_run(struct buddy *b, size_t nr_blocks, size_t align) {
    if (align == 0)
        align = 1;
    if (nr_blocks == 0 || nr_blocks > 1ull << b->largest_k || (align & (align - 1)) != 0)
        return NULL;
    uintptr_t end, bytes = nr_blocks << b->smallest_order;
    uintptr_t start = take_run(b, bytes, align, &end);
    if (start == 0)
        return NULL;

    const struct buddy_region *r = region_of(b, start);
    struct buddy_block before;
    bool free_before = buddy_find(b, (void *)(start - 1), &before) == OK &&
                       before.kind == BUDDY_KIND_FREE;
    uintptr_t run = free_before && align <= b->unit_mask + 1 ? end - bytes : start;
    memset(state_of(b, r, run), STATE_USED_UNIT, nr_blocks);
    give_range(b, r, start, run);
    give_range(b, r, run + bytes, end);
    if (UNLIKELY(b->trace != NULL))
        buddy_report_run(b, start, end, run, run + bytes);
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

/* The state byte of the block in use at `block`, in `r`; NULL if none begins there. */
static uint8_t *used_state(const struct buddy *b, const struct buddy_region *r,
                           uintptr_t block) {
    uint8_t *state = state_of(b, r, block);
    return (block & b->unit_mask) == 0 && *state >= STATE_USED ? state : NULL;
}

/* In any region, of any kind, traced or not. */
static NOINLINE status_t free_slow(struct buddy *b, uintptr_t block) {
    const struct buddy_region *r = region_of(b, block);
    uint8_t *state = r == NULL ? NULL : used_state(b, r, block);
    if (state == NULL)
        return refusal(b, r, block);
    size_t k = state_k(b, *state), slack = state_slack(b, state);
    b->slack_grains -= slack;
    *state = STATE_INSIDE;
    report(b, true, BUDDY_FREE, block, k, GRAINS(k) - slack);
    give_block(b, r->span, b->smallest_order, (b->unit_mask + 1) << k, block, state, k,
               true);
    return OK;
}

status_t buddy_free(struct buddy *b, void *block) {
    return LIKELY(buddy_free_near(b, block)) ? OK : free_slow(b, (uintptr_t)block);
}

status_t buddy_free_sized(struct buddy *b, void *block, size_t size) {
    const struct buddy_region *r = region_of(b, (uintptr_t)block);
    const uint8_t *state = r == NULL ? NULL : used_state(b, r, (uintptr_t)block);
    if (state != NULL) {
        size_t k = state_k(b, *state);
        if (size > 1ull << (b->smallest_order + k) ||
            slack_for(b, &b->orders[k], size == 0 ? 1 : size) != state_slack(b, state))
            return ERR_SIZE;
    }
    return buddy_free(b, block);
}

status_t buddy_free_run(struct buddy *b, void *run, size_t nr_blocks) {
    const size_t unit_bytes = b->unit_mask + 1;
    const struct buddy_region *r = region_of(b, (uintptr_t)run);
    uintptr_t start = (uintptr_t)run;
    if (r == NULL ||
        nr_blocks > (r->span.start + r->span.block_bytes - start) >> b->smallest_order)
        return ERR_FOREIGN;
    uintptr_t end = start + (nr_blocks << b->smallest_order);
    for (uintptr_t at = start; at < end; at += unit_bytes) {
        const uint8_t *state = used_state(b, r, at);
        if (state == NULL)
            return refusal(b, r, at);
        if (*state != STATE_USED_UNIT)
            return ERR_SIZE; /* larger than a unit, or with slack: of no run */
    }
    /* One by one they merge to the same blocks, and the trace sees how. */
    for (; UNLIKELY(b->trace != NULL) && start < end; start += unit_bytes)
        (void)free_slow(b, start);
    if (end > start) {
        memset(state_of(b, r, start), STATE_INSIDE, nr_blocks);
        give_range(b, r, start, end);
    }
    return OK;
}
