/* mm/firstfit.c - a first-fit heap with the interface of mm/buddy.h.
 *
 * Instead of buddy.c and buddy_view.c (`make POLICY=firstfit`), to compare, and for labs.
 * A block is any number of units (smallest blocks); a request takes the front of the
 * first free block that is large enough: nothing is rounded up to a power of two, but the
 * whole list may be searched, and a free looks for the start of the block before it.
 * Splits and merges are not traced; the free blocks of stats are counted under
 * floor(log2) of their size.
 * Source: Knuth, TAOCP 1, 2.5, algorithms A and B.
 *
 * A region is laid out as [ blocks | struct buddy_region | state bytes | END ], with one
 * state byte for each unit:
 *     INSIDE     the unit is inside a block       FREE       a free block begins
 *     USED + s   a block in use begins, s grains (1/32 unit) of which were not asked for
 *     TAGGED + s the same, tagged
 *
 * Invariants, which buddy_check() proves:
 *   F1  a region begins with a block;   F2  no two neighbours are both free;
 *   F3  a free block is on the list with its true size, and nothing else is;
 *   F4  total is the sum of the blocks. */
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/buddy.h"

enum { INSIDE = 0, FREE = 0x20, USED = 0x40, TAGGED = 0x60, END = 0xff };
#define SLACK_MASK  0x1f
#define GRAINS_LOG2 5

struct buddy_region {
    uintptr_t start;
    size_t nr_units;
    void *given_start;
    size_t given_bytes;
    struct buddy_region *next;
    uint8_t state[]; /* nr_units, and END */
};

struct free_block { /* at the block's own address */
    struct list link;
    size_t nr_units;
};

static unsigned grain_shift(const struct buddy *b) {
    return b->smallest_order - GRAINS_LOG2;
}

static uintptr_t region_end(const struct buddy *b, const struct buddy_region *r) {
    return r->start + (r->nr_units << b->smallest_order);
}

static struct buddy_region *region_of(const struct buddy *b, uintptr_t address) {
    for (struct buddy_region *r = b->regions; r; r = r->next)
        if (address >= r->start && address < region_end(b, r))
            return r;
    return NULL;
}

static size_t unit_of(const struct buddy *b, const struct buddy_region *r,
                      uintptr_t address) {
    return (address - r->start) >> b->smallest_order;
}

/* The units of the block that begins at `unit`. */
static size_t length_at(const struct buddy_region *r, size_t unit) {
    size_t next = unit + 1;
    while (r->state[next] == INSIDE)
        next++;
    return next - unit;
}

static size_t start_of_block(const struct buddy_region *r, size_t unit) {
    while (r->state[unit] == INSIDE)
        unit--;
    return unit;
}

static void report(const struct buddy *b, enum buddy_event event, uintptr_t block,
                   size_t nr_units, size_t grains) {
    if (b->trace != NULL)
        b->trace(b->trace_context, event, (void *)block,
                 b->smallest_order + bits_log2_ceil(nr_units), grains << grain_shift(b));
}

static void list_add_block(struct buddy *b, struct buddy_region *r, size_t unit,
                           size_t nr_units) {
    if (nr_units == 0)
        return;
    struct free_block *block = (void *)(r->start + (unit << b->smallest_order));
    r->state[unit] = FREE;
    block->nr_units = nr_units;
    list_push(&b->orders[0].blocks, &block->link);
}

/* Take the free block at `unit` off the list: its units are now inside something. */
static size_t list_drop_block(struct buddy *b, struct buddy_region *r, size_t unit) {
    struct free_block *block = (void *)(r->start + (unit << b->smallest_order));
    r->state[unit] = INSIDE;
    list_remove(&block->link);
    return block->nr_units;
}

/* Free the units [unit, unit + nr_units), merged with the free neighbours. */
static void give_units(struct buddy *b, struct buddy_region *r, size_t unit,
                       size_t nr_units) {
    /* <lab first-fit/give> Make the units INSIDE, drop the free neighbours behind and
     * before (start_of_block() finds where that one begins), and list it all as one. */
    memset(&r->state[unit], INSIDE, nr_units);
    if (r->state[unit + nr_units] == FREE)
        nr_units += list_drop_block(b, r, unit + nr_units);
    if (unit > 0) {
        size_t before = start_of_block(r, unit - 1);
        if (r->state[before] == FREE) {
            nr_units += list_drop_block(b, r, before);
            unit = before;
        }
    }
    list_add_block(b, r, unit, nr_units);
    /* </lab first-fit/give> otherwise: list_add_block(b, r, unit, nr_units); */
}

/* Take nr_units at a multiple of `align` from the first block that has them; what is left
 * in front and behind stays free.  0 if there is none. */
static uintptr_t take_units(struct buddy *b, size_t nr_units, size_t align) {
    /* <lab first-fit/take> Walk the list b->orders[0].blocks.  The first block with
     * nr_units behind the next multiple of `align` (0 and 1: any; align_up() may wrap)
     * will do.  Drop it, list what is left in front and behind, return the address. */
    LIST_FOR_EACH(block, &b->orders[0].blocks, struct free_block, link) {
        uintptr_t start = (uintptr_t)block;
        uintptr_t end = start + (block->nr_units << b->smallest_order);
        uintptr_t found = align > 1 ? align_up(start, align) : start;
        if (found < start || found >= end || end - found < nr_units << b->smallest_order)
            continue;
        struct buddy_region *r = region_of(b, start);
        size_t first = unit_of(b, r, start), unit = unit_of(b, r, found);
        size_t last = first + list_drop_block(b, r, first);
        list_add_block(b, r, first, unit - first);
        list_add_block(b, r, unit + nr_units, last - unit - nr_units);
        return found;
    }
    return 0;
    /* </lab first-fit/take> otherwise: return 0; */
}

void buddy_init(struct buddy *b, unsigned smallest_order, unsigned largest_order) {
    (void)largest_order; /* a block is as large as its region */
    memset(b, 0, sizeof(*b));
    b->smallest_order =
        smallest_order < BUDDY_SMALLEST_ORDER ? BUDDY_SMALLEST_ORDER : smallest_order;
    list_init(&b->orders[0].blocks);
}

void buddy_set_trace(struct buddy *b, buddy_trace_fn *trace, void *context) {
    b->trace = trace;
    b->trace_context = context;
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
    const uintptr_t unit = (uintptr_t)1 << b->smallest_order;
    const uintptr_t books_bytes = sizeof(struct buddy_region) + sizeof(uintptr_t) + 1;
    uintptr_t first = align_up(from, unit);
    if (first < from || first >= to || to - first < books_bytes + unit + 1)
        return ERR_TOO_SMALL;
    size_t nr_units = (to - first - books_bytes) / (unit + 1);
    struct buddy_region *r = (void *)align_up(first + nr_units * unit, sizeof(uintptr_t));
    *r = (struct buddy_region){first, nr_units, start, bytes, *link};
    memset(r->state, INSIDE, nr_units);
    r->state[nr_units] = END;
    *link = r;
    b->total_bytes += nr_units * unit;
    list_add_block(b, r, 0, nr_units);
    return OK;
}

status_t buddy_remove(struct buddy *b, void *start) {
    struct buddy_region **link = &b->regions;
    while (*link && (*link)->given_start != start)
        link = &(*link)->next;
    struct buddy_region *r = *link;
    if (r == NULL)
        return ERR_NOT_FOUND;
    if (r->state[0] != FREE || length_at(r, 0) != r->nr_units)
        return ERR_BUSY;
    list_drop_block(b, r, 0);
    b->total_bytes -= r->nr_units << b->smallest_order;
    *link = r->next;
    return OK;
}

/* What a request of `size` counts as; none counts as nothing. */
static size_t grains_of(const struct buddy *b, size_t size) {
    return size == 0 ? 1 : ((size - 1) >> grain_shift(b)) + 1;
}

static bool is_servable(size_t size, size_t align) {
    return (size | align) >> BUDDY_ORDERS == 0 && (align & (align - 1)) == 0;
}

static void *alloc_block(struct buddy *b, size_t size, size_t align, uint8_t kind) {
    if (!is_servable(size, align))
        return NULL;
    size_t grains = grains_of(b, size);
    size_t nr_units = (grains + SLACK_MASK) >> GRAINS_LOG2;
    uintptr_t block = take_units(b, nr_units, align);
    if (block == 0)
        return NULL;
    struct buddy_region *r = region_of(b, block);
    r->state[unit_of(b, r, block)] = kind + (nr_units << GRAINS_LOG2) - grains;
    report(b, BUDDY_ALLOC, block, nr_units, grains);
    return (void *)block;
}

void *buddy_alloc(struct buddy *b, size_t size, size_t align) {
    return alloc_block(b, size, align, USED);
}

void *buddy_alloc_tagged(struct buddy *b, size_t size, size_t align) {
    return alloc_block(b, size, align, TAGGED);
}

bool buddy_is_tagged(const struct buddy *b, const void *address) {
    const struct buddy_region *r = region_of(b, (uintptr_t)address);
    return r != NULL && is_aligned((uintptr_t)address, 1ull << b->smallest_order) &&
           r->state[unit_of(b, r, (uintptr_t)address)] >= TAGGED;
}

void *buddy_alloc_run(struct buddy *b, size_t nr_blocks, size_t align) {
    size_t bytes = nr_blocks << b->smallest_order;
    bool is_whole = nr_blocks != 0 && bytes >> b->smallest_order == nr_blocks;
    if (!is_whole || !is_servable(bytes, align))
        return NULL;
    uintptr_t run = take_units(b, nr_blocks, align);
    if (run == 0)
        return NULL;
    struct buddy_region *r = region_of(b, run);
    memset(&r->state[unit_of(b, r, run)], USED, nr_blocks);
    for (size_t i = 0; i < nr_blocks; i++)
        report(b, BUDDY_ALLOC, run + (i << b->smallest_order), 1, 1 << GRAINS_LOG2);
    return (void *)run;
}

/* OK if a block in use begins at `address`. */
static status_t check_block(const struct buddy *b, const struct buddy_region *r,
                            uintptr_t address) {
    if (r == NULL)
        return ERR_FOREIGN;
    if (!is_aligned(address, 1ull << b->smallest_order))
        return ERR_MISALIGNED;
    size_t unit = unit_of(b, r, address);
    if (r->state[start_of_block(r, unit)] == FREE)
        return ERR_DOUBLE_FREE;
    return r->state[unit] == INSIDE ? ERR_INTERIOR : OK;
}

/* The grains that were asked for of the block in use at `unit`. */
static size_t requested_at(const struct buddy_region *r, size_t unit) {
    return (length_at(r, unit) << GRAINS_LOG2) - (r->state[unit] & SLACK_MASK);
}

static status_t free_block(struct buddy *b, uintptr_t block, bool is_sized, size_t size) {
    struct buddy_region *r = region_of(b, block);
    status_t status = check_block(b, r, block);
    if (status != OK)
        return status;
    size_t unit = unit_of(b, r, block), grains = requested_at(r, unit);
    if (is_sized && grains != grains_of(b, size))
        return ERR_SIZE;
    report(b, BUDDY_FREE, block, length_at(r, unit), grains);
    give_units(b, r, unit, length_at(r, unit));
    return OK;
}

status_t buddy_free(struct buddy *b, void *block) {
    return free_block(b, (uintptr_t)block, false, 0);
}

status_t buddy_free_sized(struct buddy *b, void *block, size_t size) {
    return free_block(b, (uintptr_t)block, true, size);
}

status_t buddy_free_run(struct buddy *b, void *run, size_t nr_blocks) {
    const uintptr_t start = (uintptr_t)run;
    struct buddy_region *r = region_of(b, start);
    if (r == NULL || !is_aligned(start, 1ull << b->smallest_order))
        return check_block(b, r, start);
    size_t unit = unit_of(b, r, start);
    if (nr_blocks > r->nr_units - unit)
        return ERR_FOREIGN;
    status_t status = OK;
    for (size_t i = 0; i < nr_blocks && status == OK; i++) {
        status = check_block(b, r, start + (i << b->smallest_order));
        bool is_unit = r->state[unit + i] == USED && r->state[unit + i + 1] != INSIDE;
        if (status == OK && !is_unit)
            status = ERR_SIZE;
    }
    for (size_t i = 0; i < nr_blocks && status == OK; i++)
        status = free_block(b, start + (i << b->smallest_order), false, 0);
    return status;
}

static void describe(const struct buddy *b, const struct buddy_region *r, size_t unit,
                     struct buddy_block *out) {
    uint8_t state = r->state[unit];
    out->address = r->start + (unit << b->smallest_order);
    out->block_bytes = length_at(r, unit) << b->smallest_order;
    out->requested_bytes = state == FREE ? 0 : requested_at(r, unit) << grain_shift(b);
    out->kind = state == FREE    ? BUDDY_KIND_FREE
                : state < TAGGED ? BUDDY_KIND_USED
                                 : BUDDY_KIND_TAGGED;
}

status_t buddy_find(const struct buddy *b, const void *address, struct buddy_block *out) {
    const struct buddy_region *r = region_of(b, (uintptr_t)address);
    if (r == NULL)
        return ERR_FOREIGN;
    describe(b, r, start_of_block(r, unit_of(b, r, (uintptr_t)address)), out);
    return OK;
}

void buddy_walk(const struct buddy *b, uintptr_t from, buddy_visit_fn *visit,
                void *context) {
    struct buddy_block block;
    for (const struct buddy_region *r = b->regions; r; r = r->next) {
        if (region_end(b, r) <= from)
            continue;
        size_t unit = from > r->start ? start_of_block(r, unit_of(b, r, from)) : 0;
        for (; unit < r->nr_units; unit += block.block_bytes >> b->smallest_order) {
            describe(b, r, unit, &block);
            if (!visit(context, &block))
                return;
        }
    }
}

static bool add_block(void *context, const struct buddy_block *block) {
    struct buddy_stats *stats = context;
    bool is_free = block->kind == BUDDY_KIND_FREE;
    stats->requested_bytes += block->requested_bytes;
    stats->total_bytes += block->block_bytes;
    stats->used_bytes += is_free ? 0 : block->block_bytes;
    stats->nr_free[bits_log2_floor(block->block_bytes)] += is_free;
    if (is_free && block->block_bytes > stats->largest_free_bytes)
        stats->largest_free_bytes = block->block_bytes;
    return true;
}

void buddy_stats(const struct buddy *b, struct buddy_stats *out) {
    memset(out, 0, sizeof(*out));
    buddy_walk(b, 0, add_block, out);
    size_t free_bytes = out->total_bytes - out->used_bytes;
    if (free_bytes != 0)
        out->fragmentation_percent =
            (free_bytes - out->largest_free_bytes) * 100 / free_bytes;
}

struct sums {
    size_t total_bytes;
    size_t nr_free;
    uintptr_t free_end; /* where the last free block ends */
    bool is_unmerged;   /* F2 is broken */
};

static bool check_neighbours(void *context, const struct buddy_block *block) {
    struct sums *sums = context;
    sums->total_bytes += block->block_bytes;
    if (block->kind != BUDDY_KIND_FREE)
        return true;
    sums->nr_free++;
    sums->is_unmerged |= block->address == sums->free_end;
    sums->free_end = block->address + block->block_bytes;
    return true;
}

const char *buddy_check(const struct buddy *b) {
    struct sums sums = {0};
    for (const struct buddy_region *r = b->regions; r; r = r->next)
        if (r->state[0] == INSIDE || r->state[r->nr_units] != END)
            return "F1: a region begins with a block";
    buddy_walk(b, 0, check_neighbours, &sums);
    if (sums.is_unmerged)
        return "F2: no two neighbours are both free";
    size_t nr_listed = 0;
    LIST_FOR_EACH(block, &b->orders[0].blocks, struct free_block, link) {
        const struct buddy_region *r = region_of(b, (uintptr_t)block);
        if (++nr_listed > sums.nr_free || r == NULL)
            return "F3: nothing but free blocks is on the list";
        if (block->nr_units != length_at(r, unit_of(b, r, (uintptr_t)block)))
            return "F3: a free block is on the list with its true size";
    }
    if (nr_listed != sums.nr_free)
        return "F3: every free block is on the list";
    return sums.total_bytes == b->total_bytes ? NULL : "F4: total is the blocks' sum";
}
