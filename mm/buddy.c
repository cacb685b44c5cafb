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

/* Take the free blocks that follow each other from `start` to `least` or beyond off
 * their lists, and return where the last one ends.  0, and nothing done, if not all are
 * free. */
static uintptr_t take_row(struct buddy *b, const struct buddy_region *r, uintptr_t start,
                          uintptr_t least) {
    uintptr_t end = start;
    for (; end < least; end += bytes_at(b, r, end))
        if (end >= region_end(r) || !state_is_free(*state_of(b, r, end)))
            return 0;
    while (start < end) {
        uint8_t *state = state_of(b, r, start);
        size_t k = state_k(b, *state);
        list_remove((struct list *)start);
        b->orders[k].nr_free--;
        *state = STATE_INSIDE;
        start += (b->unit_mask + 1) << k;
    }
    return end;
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
    bool fast = b->trace == NULL && b->first != NULL;
    unsigned fast_k = b->largest_k < NARROW_K ? b->largest_k : NARROW_K - 1;
    b->fast = fast ? b->first->span : (struct buddy_span){0};
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

/* How many units have room in so many bytes with their state bytes and a region's
 * head. */
static size_t units_in(const struct buddy *b, size_t bytes) {
    const size_t overhead = sizeof(struct buddy_region) + 2 * sizeof(uintptr_t);
    return bytes < overhead ? 0 : (bytes - overhead) / (b->unit_mask + 2);
}

/* Lay a region out in [start, end): its blocks and, at one end, its book-keeping.
 * Returns the address for the struct buddy_region, 0 if there is no room for a block. */
static uintptr_t region_layout(const struct buddy *b, uintptr_t start, uintptr_t end,
                               struct buddy_region *out) {
    const uintptr_t unit = b->unit_mask + 1;
    uintptr_t first = align_up(start, unit), last = align_down(end, unit);
    size_t nr_behind = first < start || first >= last ? 0 : units_in(b, end - first);
    if (nr_behind == 0)
        return 0;

    /* Books behind the blocks, unless before them they leave a larger block whole. */
    uintptr_t behind_end = first + nr_behind * unit;
    size_t nr_before = units_in(b, last - start);
    uintptr_t before_start = last - nr_before * unit;
    uintptr_t books = align_up(behind_end, sizeof(uintptr_t));
    out->span = (struct buddy_span){.start = first, .block_bytes = behind_end - first};
    if (nr_before > 0 &&
        largest_order_in(before_start, last) > largest_order_in(first, behind_end)) {
        out->span.start = before_start;
        out->span.block_bytes = last - before_start;
        books = align_up(start, sizeof(uintptr_t));
    }
    out->span.state_base =
        books + sizeof(struct buddy_region) - (out->span.start >> b->smallest_order);
    return books;
}

status_t buddy_add(struct buddy *b, void *start, size_t bytes) {
    uintptr_t from = (uintptr_t)start, to = from + bytes;
    if (start == NULL || to < from)
        return ERR_INVALID;
    struct buddy_region **link = &b->regions;
    while (*link && (uintptr_t)(*link)->given_start + (*link)->given_bytes <= from)
        link = &(*link)->next;
    if (*link && (uintptr_t)(*link)->given_start < to)
        return ERR_OVERLAP;
    struct buddy_region layout = {
        .given_start = start, .given_bytes = bytes, .next = *link};
    uintptr_t books = region_layout(b, from, to, &layout);
    if (books == 0)
        return ERR_TOO_SMALL;

    struct buddy_region *r = (struct buddy_region *)books;
    *r = layout;
    memset(state_of(b, r, r->span.start), STATE_INSIDE,
           r->span.block_bytes >> b->smallest_order);
    *link = r;
    if (b->first == NULL)
        b->first = r;
    set_fast(b);
    b->total_bytes += r->span.block_bytes;
    give_range(b, r, r->span.start, region_end(r));
    for (uintptr_t at = r->span.start; b->trace != NULL && at < region_end(r);) {
        report(b, true, BUDDY_ADD, at, state_k(b, *state_of(b, r, at)), 0);
        at += bytes_at(b, r, at);
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
    if (take_row(b, r, r->span.start, region_end(r)) == 0)
        return ERR_BUSY;
    b->total_bytes -= r->span.block_bytes;
    *link = r->next;
    if (b->first == r)
        b->first = NULL;
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
    size_t k = bits_width(((size - 1) | (align - 1)) >> b->smallest_order);
    if (kind == STATE_TAGGED && k == 0)
        k = 1; /* a single unit's state byte has no room for the tag */
    if ((align & (align - 1)) != 0 || k > b->largest_k ||
        (kind == STATE_TAGGED && k > STATE_TAGGED_MAX_K))
        return NULL;
    return take_used(b, k, size, kind, true);
}

void *buddy_alloc(struct buddy *b, size_t size, size_t align) {
    size_t units = ((size - 1) | (align - 1)) >> b->smallest_order;
    if (UNLIKELY(units >= b->fast_units || (align & (align - 1)) != 0))
        return alloc_slow(b, size, align, STATE_USED);
    size_t k =
        LIKELY(units < 256) ? bits_width_table[units] : bits_width_table[units >> 8] + 8;
    return take_used(b, k, size, STATE_USED, false);
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

/* A run that no block on its list fits is looked for in a row of smaller free blocks
 * before a larger block is broken.  94 percent of RAM can be used so, else 92 (make
 * bench, "page runs"). */
#define ROW_ORDERS 3  /* a row begins with a block of one of so many orders below */
#define ROW_TRIES  10 /* that is among so many at the front of its list */

/* Take memory for a run of `bytes`, at most 2^k units, off the lists; its state bytes are
 * STATE_INSIDE then, to `*end`.  0 if there is none. */
static uintptr_t take_run(struct buddy *b, size_t bytes, size_t k, bool anywhere,
                          uintptr_t *end) {
    bool look = anywhere && list_is_empty(&b->orders[k].blocks);
    for (size_t down = 1; look && down <= ROW_ORDERS && down <= k; down++) {
        unsigned nr_tries = 0;
        LIST_FOR_EACH(first, &b->orders[k - down].blocks, struct free_block, link) {
            uintptr_t start = (uintptr_t)first;
            *end = take_row(b, region_of(b, start), start, start + bytes);
            if (*end != 0)
                return start;
            if (++nr_tries == ROW_TRIES)
                break;
        }
    }
    struct free_block *block = take_block(b, &b->orders[k], true);
    if (block == NULL)
        return 0;
    *block->state = STATE_INSIDE;
    *end = (uintptr_t)block + ((b->unit_mask + 1) << k);
    return (uintptr_t)block;
}

/* Tell of the run [run, run_end), cut out of free blocks that make up [run, end).  What
 * lies there and is aligned was one free block, or part of one, by B4. */
static void report_run(const struct buddy *b, uintptr_t run, uintptr_t run_end,
                       uintptr_t end) {
    const uintptr_t unit = b->unit_mask + 1;
    for (size_t k = b->largest_k; k > 0; k--)
        for (uintptr_t at = align_up(run, unit << k);
             at < run_end && end - at >= unit << k; at += unit << k)
            report(b, true, BUDDY_SPLIT, at, k, 0);
    for (uintptr_t at = run; at < run_end; at += unit)
        report(b, true, BUDDY_ALLOC, at, 0, GRAINS(0));
}

void *buddy_alloc_run(struct buddy *b, size_t nr_blocks, size_t align) {
    if (align == 0)
        align = 1;
    size_t k = bits_width((nr_blocks - 1) | (align - 1) >> b->smallest_order);
    if (k > b->largest_k || (align & (align - 1)) != 0)
        return NULL; /* 0 blocks, less 1, are too many too */
    uintptr_t end, bytes = nr_blocks << b->smallest_order;
    uintptr_t run = take_run(b, bytes, k, align <= b->unit_mask + 1, &end);
    if (run == 0)
        return NULL;
    const struct buddy_region *r = region_of(b, run);
    memset(state_of(b, r, run), STATE_USED_UNIT, nr_blocks);
    if (UNLIKELY(b->trace != NULL))
        report_run(b, run, run + bytes, end);
    give_range(b, r, run + bytes, end);
    return (void *)run;
}

/* ---- free ---- */

/* Why `block` is not the start of a block in use. */
static NOINLINE status_t refusal(const struct buddy *b, uintptr_t block) {
    struct buddy_block found;
    if (buddy_find(b, (void *)block, &found) != OK)
        return ERR_FOREIGN;
    if (!is_aligned(block, 1ull << b->smallest_order))
        return ERR_MISALIGNED;
    return found.kind == BUDDY_KIND_FREE ? ERR_DOUBLE_FREE : ERR_INTERIOR;
}

/* In any region, of any kind, traced or not. */
static NOINLINE status_t free_slow(struct buddy *b, uintptr_t block) {
    const struct buddy_region *r = region_of(b, block);
    uint8_t *state = r == NULL ? NULL : state_of(b, r, block);
    if (state == NULL || *state < STATE_USED || (block & b->unit_mask) != 0)
        return refusal(b, block);
    size_t k = state_k(b, *state), slack = state_slack(b, state);
    b->slack_grains -= slack;
    *state = STATE_INSIDE;
    report(b, true, BUDDY_FREE, block, k, GRAINS(k) - slack);
    give_block(b, r->span, b->smallest_order, (b->unit_mask + 1) << k, block, state, k,
               true);
    return OK;
}

status_t buddy_free(struct buddy *b, void *block) {
    const struct buddy_region *r;
    struct buddy_span span = b->fast; /* that is nowhere while traced */
    if (UNLIKELY((uintptr_t)block - span.start >= span.block_bytes) && b->trace == NULL &&
        (r = region_of(b, (uintptr_t)block)) != NULL)
        span = r->span;
    return LIKELY(buddy_free_in(b, span, block)) ? OK : free_slow(b, (uintptr_t)block);
}

status_t buddy_free_sized(struct buddy *b, void *block, size_t size) {
    struct buddy_block found;
    if (size == 0)
        size = 1;
    if (buddy_find(b, block, &found) == OK && found.address == (uintptr_t)block &&
        found.kind != BUDDY_KIND_FREE && (found.requested_bytes - size) >> b->grain_shift)
        return ERR_SIZE;
    return buddy_free(b, block);
}

status_t buddy_free_run(struct buddy *b, void *run, size_t nr_blocks) {
    const size_t unit_bytes = b->unit_mask + 1;
    const struct buddy_region *r = region_of(b, (uintptr_t)run);
    uintptr_t start = (uintptr_t)run;
    if (r == NULL || nr_blocks > (region_end(r) - start) >> b->smallest_order)
        return ERR_FOREIGN;
    uintptr_t end = start + (nr_blocks << b->smallest_order);
    for (uintptr_t at = start; at < end; at += unit_bytes) {
        const uint8_t state = *state_of(b, r, at);
        if (state < STATE_USED || (at & b->unit_mask) != 0)
            return refusal(b, at);
        if (state != STATE_USED_UNIT)
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
