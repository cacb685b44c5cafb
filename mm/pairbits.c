/* mm/pairbits.c - a buddy system that keeps two bits for a pair of buddies.
 *
 * Instead of buddy.c and buddy_view.c (`make POLICY=pairbits`), to compare the books that
 * a buddy can keep, and for a lab.  Blocks, splits and merges are those of buddy.c; this
 * one keeps 2 bits for a smallest block (a "unit") where that keeps 8.  What is lost:
 * what was asked for (a request counts as the block it got), and at a few blocks the
 * answer in O(1) to "is it free?": pairbits_is_free() says at which.
 * Pairs, and how a block is found by them: pairbits.h.  Looking on: pairbits_view.c.
 * Sources: Knowlton 1965; the bit for a pair is that of Linux's and xv6's buddies.
 *
 * Invariants, which buddy_check() proves:
 *   P1  a pair is WHOLE or TAGGED if its block is not split, nor part of a larger one;
 *   P2  a pair is ODD if one of its halves is a free block, EVEN if none is; never both;
 *   P3  the list of an order holds the free blocks of that order, and nothing else;
 *   P4  nr_free and total_bytes are the sums over the blocks. */
#include "mm/pairbits.h"

#include "lib/string.h"

static void report(const struct buddy *b, enum buddy_event event, uintptr_t block,
                   size_t k) {
    if (b->trace != NULL)
        b->trace(b->trace_context, event, (void *)block, b->smallest_order + k,
                 event == BUDDY_ALLOC || event == BUDDY_FREE ? bytes_of(b, k) : 0);
}

static void push_free(struct buddy *b, uintptr_t block, size_t k) {
    list_push(&b->orders[k].blocks, (struct list *)block);
    b->orders[k].nr_free++;
}

static void drop_free(struct buddy *b, uintptr_t block, size_t k) {
    list_remove((struct list *)block);
    b->orders[k].nr_free--;
}

/* Take a free block of 2^k units off the lists, split from the smallest that is there.
 * 0 if there is none. */
static uintptr_t take_block(struct buddy *b, size_t k) {
    size_t found = k;
    while (found <= b->largest_k && list_is_empty(&b->orders[found].blocks))
        found++;
    if (found > b->largest_k)
        return 0;
    uintptr_t block = (uintptr_t)b->orders[found].blocks.next;
    struct buddy_region *r = region_of(b, block);
    drop_free(b, block, found);
    if (!is_alone(b, r, block, found))
        pair_set(b, r, block | bytes_of(b, found), EVEN);
    /* <lab pair-bits/split> Halve the block until it has 2^k units.  Each time the upper
     * half goes on the list of its order, so one half of the pair is free.  Report each
     * split. */
    for (; found > k; found--) {
        uintptr_t upper = halves_of(b, block, found);
        report(b, BUDDY_SPLIT, block, found);
        pair_set(b, r, upper, ODD);
        push_free(b, upper, found - 1);
    }
    /* </lab pair-bits/split> */
    return block;
}

/* Put a block on the lists, merged with its buddy while that is free too. */
static void give_block(struct buddy *b, struct buddy_region *r, uintptr_t block,
                       size_t k) {
    /* <lab pair-bits/merge> Of the block's pair one half more is free now: if that makes
     * both, they are one block again, and that is half of a larger pair.  Report each. */
    for (; !is_alone(b, r, block, k); k++) {
        uintptr_t bytes = bytes_of(b, k), upper = block | bytes;
        if (pair_get(b, r, upper) == EVEN) {
            pair_set(b, r, upper, ODD);
            break;
        }
        drop_free(b, block ^ bytes, k);
        pair_set(b, r, upper, WHOLE);
        block &= ~bytes;
        report(b, BUDDY_MERGE, block, k + 1);
    }
    /* </lab pair-bits/merge> */
    push_free(b, block, k);
}

/* ---- regions ---- */

static unsigned clamp(unsigned x, unsigned least, unsigned most) {
    return x < least ? least : x > most ? most : x;
}

void buddy_init(struct buddy *b, unsigned smallest_order, unsigned largest_order) {
    memset(b, 0, sizeof(*b)); /* so the fast ways of buddy.h are closed */
    b->smallest_order = clamp(smallest_order, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    b->unit_mask = ((size_t)1 << b->smallest_order) - 1;
    b->largest_k =
        clamp(largest_order, b->smallest_order, BUDDY_ORDERS - 1) - b->smallest_order;
    for (size_t k = 0; k <= b->largest_k; k++)
        list_init(&b->orders[k].blocks);
}

void buddy_set_trace(struct buddy *b, buddy_trace_fn *trace, void *context) {
    b->trace = trace;
    b->trace_context = context;
}

/* The bytes of the books of nr_units units. */
static size_t books_bytes(size_t nr_units) {
    return sizeof(struct buddy_region) + (nr_units + 3) / 4;
}

status_t buddy_add(struct buddy *b, void *start, size_t bytes) {
    uintptr_t from = (uintptr_t)start, to = from + bytes;
    if (start == NULL || to < from)
        return ERR_INVALID;
    struct buddy_region **link = &b->regions; /* sorted by address */
    while (*link && (uintptr_t)(*link)->given_start + (*link)->given_bytes <= from)
        link = &(*link)->next;
    if (*link && (uintptr_t)(*link)->given_start < to)
        return ERR_OVERLAP;
    const uintptr_t unit = bytes_of(b, 0);
    uintptr_t first = align_up(from, unit), last = align_down(to, unit);
    if (first < from)
        return ERR_TOO_SMALL; /* it wrapped */
    while (last > first && to - last < books_bytes((last - first) / unit))
        last -= unit; /* one at a time: a unit in 128 is for the books */
    if (last <= first)
        return ERR_TOO_SMALL;

    struct buddy_region *r = (struct buddy_region *)last;
    *r = (struct buddy_region){first, last, start, bytes, *link};
    memset(r->pairs, WHOLE, books_bytes((last - first) / unit) - sizeof(*r));
    *link = r;
    b->total_bytes += last - first;
    for (uintptr_t block = first; block < last;) {
        size_t k = block_around(b, r, block, &block);
        push_free(b, block, k);
        report(b, BUDDY_ADD, block, k);
        block += bytes_of(b, k);
    }
    return OK;
}

/* True if every block of the region is free. */
static bool is_all_free(const struct buddy *b, const struct buddy_region *r) {
    struct buddy_block block;
    for (uintptr_t at = r->start; at < r->end; at += block.block_bytes)
        if (buddy_find(b, (void *)at, &block) != OK || block.kind != BUDDY_KIND_FREE)
            return false;
    return true;
}

status_t buddy_remove(struct buddy *b, void *start) {
    struct buddy_region **link = &b->regions;
    while (*link && (*link)->given_start != start)
        link = &(*link)->next;
    struct buddy_region *r = *link;
    if (r == NULL)
        return ERR_NOT_FOUND;
    if (!is_all_free(b, r))
        return ERR_BUSY;
    for (uintptr_t block = r->start; block < r->end;) {
        size_t k = block_around(b, r, block, &block);
        drop_free(b, block, k);
        block += bytes_of(b, k);
    }
    b->total_bytes -= r->end - r->start;
    *link = r->next;
    return OK;
}

/* ---- allocation ---- */

/* The k of the block that serves a request; more than largest_k if none does. */
static size_t k_for(const struct buddy *b, size_t size, size_t align) {
    size_t most = (size == 0 ? 0 : size - 1) | (align == 0 ? 0 : align - 1);
    return (align & (align - 1)) != 0 ? SIZE_MAX : bits_width(most >> b->smallest_order);
}

void *buddy_alloc(struct buddy *b, size_t size, size_t align) {
    size_t k = k_for(b, size, align);
    uintptr_t block = k > b->largest_k ? 0 : take_block(b, k);
    if (block != 0)
        report(b, BUDDY_ALLOC, block, k);
    return (void *)block;
}

void *buddy_alloc_tagged(struct buddy *b, size_t size, size_t align) {
    if (size <= bytes_of(b, 0))
        size = bytes_of(b, 0) + 1; /* a single unit has no halves, so no bits */
    void *block = buddy_alloc(b, size, align);
    if (block != NULL)
        pair_set(b, region_of(b, (uintptr_t)block),
                 halves_of(b, (uintptr_t)block, k_for(b, size, align)), TAGGED);
    return block;
}

bool buddy_is_tagged(const struct buddy *b, const void *address) {
    struct buddy_block found;
    return buddy_find(b, address, &found) == OK && found.kind == BUDDY_KIND_TAGGED &&
           found.address == (uintptr_t)address;
}

/* Make nr_units of a block in use of 2^k as many blocks of their own; free the rest. */
static void carve_run(struct buddy *b, struct buddy_region *r, uintptr_t block, size_t k,
                      size_t nr_units) {
    uintptr_t run_end = block + (nr_units << b->smallest_order);
    while (k-- > 0)
        for (uintptr_t lower = block; lower < run_end; lower += bytes_of(b, k + 1)) {
            uintptr_t upper = lower + bytes_of(b, k);
            report(b, BUDDY_SPLIT, lower, k + 1);
            pair_set(b, r, upper, upper < run_end ? EVEN : ODD);
            if (upper >= run_end)
                push_free(b, upper, k);
        }
    for (uintptr_t at = block; at < run_end; at += bytes_of(b, 0))
        report(b, BUDDY_ALLOC, at, 0);
}

void *buddy_alloc_run(struct buddy *b, size_t nr_blocks, size_t align) {
    if (nr_blocks == 0 || nr_blocks > (size_t)1 << b->largest_k)
        return NULL;
    size_t k = k_for(b, nr_blocks << b->smallest_order, align);
    uintptr_t run = k > b->largest_k ? 0 : take_block(b, k);
    if (run != 0)
        carve_run(b, region_of(b, run), run, k, nr_blocks);
    return (void *)run;
}

/* ---- free ---- */

/* OK if a block in use begins at `address`; then `out` tells of it. */
static status_t find_used(const struct buddy *b, const void *address,
                          struct buddy_block *out) {
    if (buddy_find(b, address, out) != OK)
        return ERR_FOREIGN;
    if (((uintptr_t)address & b->unit_mask) != 0)
        return ERR_MISALIGNED;
    if (out->kind == BUDDY_KIND_FREE)
        return ERR_DOUBLE_FREE;
    return out->address == (uintptr_t)address ? OK : ERR_INTERIOR;
}

static void free_found(struct buddy *b, const struct buddy_block *found) {
    struct buddy_region *r = region_of(b, found->address);
    size_t k = bits_log2_floor(found->block_bytes) - b->smallest_order;
    if (found->kind == BUDDY_KIND_TAGGED)
        pair_set(b, r, halves_of(b, found->address, k), WHOLE);
    report(b, BUDDY_FREE, found->address, k);
    give_block(b, r, found->address, k);
}

status_t buddy_free(struct buddy *b, void *block) {
    struct buddy_block found;
    status_t status = find_used(b, block, &found);
    if (status == OK)
        free_found(b, &found);
    return status;
}

status_t buddy_free_sized(struct buddy *b, void *block, size_t size) {
    struct buddy_block found;
    status_t status = find_used(b, block, &found);
    if (status != OK)
        return status;
    if (size > found.block_bytes)
        return ERR_SIZE; /* all that can be said */
    free_found(b, &found);
    return OK;
}

status_t buddy_free_run(struct buddy *b, void *run, size_t nr_blocks) {
    const struct buddy_region *r = region_of(b, (uintptr_t)run);
    if (r == NULL || nr_blocks > (r->end - (uintptr_t)run) >> b->smallest_order)
        return ERR_FOREIGN;
    for (size_t i = 0; i < nr_blocks; i++) {
        struct buddy_block found;
        status_t status = find_used(b, (uint8_t *)run + (i << b->smallest_order), &found);
        if (status != OK)
            return status;
        if (found.block_bytes != bytes_of(b, 0))
            return ERR_SIZE;
    }
    status_t status = OK;
    for (size_t i = 0; i < nr_blocks && status == OK; i++)
        status = buddy_free(b, (uint8_t *)run + (i << b->smallest_order));
    return status;
}
