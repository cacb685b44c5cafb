/* tests/host/model.c - see model.h.  Slow and simple on purpose. */
#include "tests/host/model.h"

#include "lib/bits.h"
#include "tests/host/support.h"

#ifndef MODEL_FORGETS_SIZES
#define MODEL_FORGETS_SIZES false /* true: a request counts as the block it got */
#endif

struct model *model_make(struct buddy *buddy, unsigned smallest_order,
                         unsigned largest_order, size_t max_units) {
    struct model *m = calloc(1, sizeof(*m));
    REQUIRE(m != NULL);
    buddy_init(buddy, smallest_order, largest_order);
    m->buddy = buddy;
    m->smallest_order = smallest_order;
    m->largest_order = largest_order;
    m->unit_bytes = (size_t)1 << smallest_order;
    m->max_units = max_units;
    m->owner = calloc(max_units, sizeof(*m->owner));
    REQUIRE(m->owner != NULL);
    m->uses_tokens = true;
    return m;
}

void model_free(struct model *m) {
    free(m->owner);
    free(m);
}

/* ---- what the heap says of itself ---- */

static struct buddy_stats figures(const struct model *m) {
    struct buddy_stats stats;
    buddy_stats(m->buddy, &stats);
    return stats;
}

size_t model_used_bytes(const struct model *m) {
    return figures(m).used_bytes;
}
static bool nothing_changed(const struct model *m, const struct buddy_stats *before) {
    struct buddy_stats after = figures(m);
    return before->requested_bytes == after.requested_bytes &&
           before->used_bytes == after.used_bytes &&
           before->total_bytes == after.total_bytes &&
           memcmp(before->nr_free, after.nr_free, sizeof(after.nr_free)) == 0;
}

/* ---- units ---- */

static const struct model_region *region_at(const struct model *m, uintptr_t address) {
    for (size_t i = 0; i < m->nr_regions; i++) {
        const struct model_region *r = &m->regions[i];
        if (address - r->start < r->nr_units * m->unit_bytes)
            return r;
    }
    return NULL;
}
/* The owner of the unit that contains `address`, which must be in a region. */
static uint16_t *owner_at(const struct model *m, uintptr_t address) {
    const struct model_region *r = region_at(m, address);
    REQUIRE(r != NULL);
    return &m->owner[r->first_unit + (address - r->start) / m->unit_bytes];
}
static bool units_are_free(const struct model *m, uintptr_t start, size_t nr_units) {
    const struct model_region *r = region_at(m, start);
    if (r == NULL || region_at(m, start + nr_units * m->unit_bytes - 1) != r)
        return false;
    const uint16_t *owner = owner_at(m, start);
    for (size_t i = 0; i < nr_units; i++)
        if (owner[i] != 0)
            return false;
    return true;
}
static void set_owner(struct model *m, const struct model_live *live, uint16_t owner) {
    uint16_t *first = owner_at(m, live->address);
    for (size_t i = 0; i < live->block_bytes / m->unit_bytes; i++)
        first[i] = owner;
}
/* The order of the free block that starts at `at`, a free unit with no free block of
 * which it is the inside: the largest aligned one without a used unit. */
static unsigned free_order(const struct model *m, uintptr_t at) {
    unsigned order = m->smallest_order;
    while (order < m->largest_order && at % ((uintptr_t)2 << order) == 0 &&
           units_are_free(m, at, ((size_t)2 << order) / m->unit_bytes))
        order++;
    return order;
}
/* Count the free blocks of each order. */
static void count_free(const struct model *m, size_t nr_free[BUDDY_ORDERS]) {
    memset(nr_free, 0, BUDDY_ORDERS * sizeof(nr_free[0]));
    for (size_t i = 0; i < m->nr_regions; i++) {
        const struct model_region *r = &m->regions[i];
        uintptr_t end = r->start + r->nr_units * m->unit_bytes;
        for (uintptr_t at = r->start; at < end;) {
            if (*owner_at(m, at) != 0) {
                at += m->live[*owner_at(m, at) - 1].block_bytes;
                continue;
            }
            unsigned order = free_order(m, at);
            nr_free[order]++;
            at += (uintptr_t)1 << order;
        }
    }
}

/* ---- regions ---- */

struct extent {
    uintptr_t from, to; /* in: look here */
    uintptr_t start, end;
};

static bool visit_extent(void *context, const struct buddy_block *block) {
    struct extent *e = context;
    if (block->address < e->from || block->address >= e->to)
        return true;
    REQUIRE(block->kind == BUDDY_KIND_FREE);
    if (e->end == 0)
        e->start = block->address;
    else
        REQUIRE(block->address == e->end);
    e->end = block->address + block->block_bytes;
    return true;
}

status_t model_add(struct model *m, void *start, size_t bytes) {
    REQUIRE(m->nr_regions < MODEL_REGIONS_MAX);
    const struct buddy_stats before = figures(m);
    status_t status = buddy_add(m->buddy, start, bytes);
    if (status != OK) {
        REQUIRE(nothing_changed(m, &before));
        return status;
    }
    struct extent extent = {.from = (uintptr_t)start, .to = (uintptr_t)start + bytes};
    buddy_walk(m->buddy, 0, visit_extent, &extent);
    REQUIRE(extent.end > extent.start && extent.end <= extent.to);
    REQUIRE(extent.start % m->unit_bytes == 0 && extent.end % m->unit_bytes == 0);
    struct model_region *r = &m->regions[m->nr_regions++];
    r->given_start = start;
    r->start = extent.start;
    r->nr_units = (extent.end - extent.start) / m->unit_bytes;
    r->first_unit = m->nr_units;
    m->nr_units += r->nr_units;
    REQUIRE(m->nr_units <= m->max_units);
    REQUIRE(figures(m).total_bytes == before.total_bytes + (extent.end - extent.start));
    return OK;
}

/* ---- allocation ---- */

static bool has_free_block(const struct model *m, unsigned order) {
    size_t nr_free[BUDDY_ORDERS];
    count_free(m, nr_free);
    for (; order < BUDDY_ORDERS; order++)
        if (nr_free[order] > 0)
            return true;
    return false;
}

/* Enter [address, address + block_bytes) as a live block. */
static size_t enter(struct model *m, uintptr_t address, size_t size, size_t block_bytes,
                    bool is_tagged) {
    REQUIRE(units_are_free(m, address, block_bytes / m->unit_bytes));
    size_t index = m->nr_live++;
    struct model_live *live = &m->live[index];
    *live = (struct model_live){
        .address = address,
        .size = size,
        .block_bytes = block_bytes,
        .token = ++m->next_token * 0x9E3779B97F4A7C15,
        .is_tagged = is_tagged,
    };
    set_owner(m, live, index + 1);
    if (m->uses_tokens)
        token_write((void *)address, block_bytes, live->token);
    return index;
}

size_t model_alloc(struct model *m, size_t size, size_t align, bool is_tagged) {
    if (m->nr_live == MODEL_LIVE_MAX)
        return MODEL_NONE;
    const struct buddy_stats before = figures(m);
    void *block = is_tagged ? buddy_alloc_tagged(m->buddy, size, align)
                            : buddy_alloc(m->buddy, size, align);
    size_t least = size > align ? size : align;
    unsigned order = bits_log2_ceil(least);
    const unsigned least_order = m->smallest_order + (is_tagged ? 1 : 0);
    if (order < least_order)
        order = least_order;
    bool is_possible = (align & (align - 1)) == 0 && least <= (size_t)1 << 62;
    if (block == NULL) {
        REQUIRE(!is_possible || !has_free_block(m, order));
        REQUIRE(nothing_changed(m, &before));
        return MODEL_NONE;
    }
    REQUIRE(is_possible);
    uintptr_t address = (uintptr_t)block;
    size_t block_bytes = (size_t)1 << order;
    REQUIRE(address % block_bytes == 0);
    REQUIRE(figures(m).used_bytes == before.used_bytes + block_bytes);
    if (MODEL_FORGETS_SIZES)
        size = block_bytes;
    size_t counted = figures(m).requested_bytes - before.requested_bytes;
    REQUIRE(counted >= size && counted - size <= m->unit_bytes >> 5);
    return enter(m, address, size ? size : 1, block_bytes, is_tagged);
}

bool model_alloc_run(struct model *m, size_t nr_blocks, size_t align) {
    if (m->nr_live + nr_blocks > MODEL_LIVE_MAX)
        return false;
    const struct buddy_stats before = figures(m);
    void *run = buddy_alloc_run(m->buddy, nr_blocks, align);
    size_t bytes = nr_blocks * m->unit_bytes;
    bool is_possible = nr_blocks > 0 && (align & (align - 1)) == 0;
    if (run == NULL) {
        unsigned order = bits_log2_ceil(bytes > align ? bytes : align);
        REQUIRE(!is_possible || !has_free_block(m, order));
        REQUIRE(nothing_changed(m, &before));
        return false;
    }
    REQUIRE(is_possible);
    REQUIRE(align == 0 || (uintptr_t)run % align == 0);
    REQUIRE((uintptr_t)run % m->unit_bytes == 0);
    REQUIRE(figures(m).used_bytes == before.used_bytes + bytes);
    REQUIRE(figures(m).requested_bytes == before.requested_bytes + bytes);
    for (size_t i = 0; i < nr_blocks; i++)
        enter(m, (uintptr_t)run + i * m->unit_bytes, m->unit_bytes, m->unit_bytes, false);
    return true;
}

/* ---- free ---- */

/* Take a live block out of the model alone. */
static void leave(struct model *m, size_t index) {
    struct model_live *live = &m->live[index];
    set_owner(m, live, 0);
    *live = m->live[--m->nr_live];
    if (index != m->nr_live)
        set_owner(m, live, index + 1);
}

void model_release(struct model *m, size_t index, bool is_sized) {
    REQUIRE(index < m->nr_live);
    const struct model_live live = m->live[index];
    void *block = (void *)live.address;
    REQUIRE(!m->uses_tokens || token_holds(block, live.block_bytes, live.token));
    const struct buddy_stats before = figures(m);
    if (is_sized) {
        REQUIRE(buddy_free_sized(m->buddy, block, live.block_bytes + 1) == ERR_SIZE);
        REQUIRE(nothing_changed(m, &before));
        REQUIRE(buddy_free_sized(m->buddy, block, live.size) == OK);
    } else {
        REQUIRE(buddy_free(m->buddy, block) == OK);
    }
    REQUIRE(figures(m).used_bytes == before.used_bytes - live.block_bytes);
    leave(m, index);
}

/* What freeing `address` must say. */
static status_t expected_refusal(const struct model *m, uintptr_t address) {
    const struct model_region *r = region_at(m, address);
    if (r == NULL)
        return ERR_FOREIGN;
    if (address % m->unit_bytes != 0)
        return ERR_MISALIGNED;
    uint16_t owner = *owner_at(m, address);
    if (owner == 0)
        return ERR_DOUBLE_FREE;
    return m->live[owner - 1].address == address ? OK : ERR_INTERIOR;
}

void model_release_any(struct model *m, uintptr_t address) {
    status_t expected = expected_refusal(m, address);
    if (expected == OK) {
        model_release(m, *owner_at(m, address) - 1, false);
        return;
    }
    const struct buddy_stats before = figures(m);
    REQUIRE(buddy_free(m->buddy, (void *)address) == expected);
    REQUIRE(buddy_free_sized(m->buddy, (void *)address, 1) == expected);
    REQUIRE(nothing_changed(m, &before));
}

/* True if `live` is one unit that was asked for as a whole, to the grain. */
static bool fills_unit(const struct model *m, const struct model_live *live) {
    return live->block_bytes == m->unit_bytes &&
           live->block_bytes - live->size < m->unit_bytes >> 5;
}

void model_release_run(struct model *m, uintptr_t address, size_t nr_blocks) {
    bool is_right = nr_blocks > 0;
    for (size_t i = 0; is_right && i < nr_blocks; i++) {
        uintptr_t unit = address + i * m->unit_bytes;
        is_right = region_at(m, unit) == region_at(m, address) &&
                   expected_refusal(m, unit) == OK &&
                   fills_unit(m, &m->live[*owner_at(m, unit) - 1]);
    }
    const struct buddy_stats before = figures(m);
    status_t status = buddy_free_run(m->buddy, (void *)address, nr_blocks);
    REQUIRE((status == OK) == is_right || nr_blocks == 0);
    if (status != OK || nr_blocks == 0) {
        REQUIRE(nothing_changed(m, &before));
        return;
    }
    for (size_t i = 0; i < nr_blocks; i++) {
        size_t index = *owner_at(m, address + i * m->unit_bytes) - 1;
        leave(m, index);
    }
}

/* ---- proof ---- */

struct walk_state {
    const struct model *m;
    uintptr_t last_end;
    size_t sum_bytes;
};

static bool visit_verify(void *context, const struct buddy_block *block) {
    struct walk_state *w = context;
    const struct model *m = w->m;
    REQUIRE(block->address >= w->last_end);
    w->last_end = block->address + block->block_bytes;
    w->sum_bytes += block->block_bytes;
    uint16_t owner = *owner_at(m, block->address);
    if (owner == 0) {
        REQUIRE(block->kind == BUDDY_KIND_FREE && block->requested_bytes == 0);
        REQUIRE(block->block_bytes == (size_t)1 << free_order(m, block->address));
        return true;
    }
    const struct model_live *live = &m->live[owner - 1];
    REQUIRE(block->kind == (live->is_tagged ? BUDDY_KIND_TAGGED : BUDDY_KIND_USED));
    REQUIRE(block->address == live->address && block->block_bytes == live->block_bytes);
    REQUIRE(block->requested_bytes >= live->size);
    REQUIRE(block->requested_bytes - live->size < m->unit_bytes >> 5 ||
            m->unit_bytes == 32);
    REQUIRE(m->unit_bytes != 32 || block->requested_bytes == live->size);
    return true;
}
static void verify_stats(const struct model *m, const size_t nr_free[BUDDY_ORDERS]) {
    struct buddy_stats stats;
    buddy_stats(m->buddy, &stats);
    REQUIRE(memcmp(stats.nr_free, nr_free, sizeof(stats.nr_free)) == 0);
    size_t free_bytes = 0, largest_bytes = 0, used_bytes = 0, requested_bytes = 0;
    for (unsigned order = 0; order < BUDDY_ORDERS; order++) {
        free_bytes += (size_t)nr_free[order] << order;
        if (nr_free[order])
            largest_bytes = (size_t)1 << order;
    }
    for (size_t i = 0; i < m->nr_live; i++) {
        used_bytes += m->live[i].block_bytes;
        requested_bytes += m->live[i].size;
    }
    REQUIRE(stats.total_bytes == m->nr_units * m->unit_bytes);
    REQUIRE(stats.used_bytes == used_bytes);
    REQUIRE(stats.total_bytes - stats.used_bytes == free_bytes);
    REQUIRE(stats.requested_bytes >= requested_bytes);
    REQUIRE(m->unit_bytes != 32 || stats.requested_bytes == requested_bytes);
    REQUIRE(stats.largest_free_bytes == largest_bytes);
    unsigned percent = free_bytes ? (free_bytes - largest_bytes) * 100 / free_bytes : 0;
    REQUIRE(stats.fragmentation_percent == percent);
}

void model_verify(const struct model *m) {
    const char *broken = buddy_check(m->buddy);
    if (broken)
        require_failed(__FILE__, __LINE__, broken);
    size_t nr_free[BUDDY_ORDERS];
    count_free(m, nr_free);
    verify_stats(m, nr_free);
    struct walk_state walk = {.m = m};
    buddy_walk(m->buddy, 0, visit_verify, &walk);
    REQUIRE(walk.sum_bytes == m->nr_units * m->unit_bytes);
}

void model_verify_units(const struct model *m) {
    for (size_t i = 0; i < m->nr_regions; i++) {
        const struct model_region *r = &m->regions[i];
        for (size_t unit = 0; unit < r->nr_units; unit++) {
            uintptr_t at = r->start + unit * m->unit_bytes;
            uint16_t owner = m->owner[r->first_unit + unit];
            const struct model_live *live = owner ? &m->live[owner - 1] : NULL;
            struct buddy_block found;
            REQUIRE(buddy_find(m->buddy, (void *)(at + unit % m->unit_bytes), &found) ==
                    OK);
            REQUIRE(found.address <= at && at < found.address + found.block_bytes);
            REQUIRE((found.kind == BUDDY_KIND_FREE) == (live == NULL));
            REQUIRE(live == NULL || found.address == live->address);
            bool is_tagged = live && live->is_tagged && live->address == at;
            REQUIRE(buddy_is_tagged(m->buddy, (void *)at) == is_tagged);
            REQUIRE(!buddy_is_tagged(m->buddy, (void *)(at + 1)));
        }
    }
    for (size_t i = 0; m->uses_tokens && i < m->nr_live; i++)
        REQUIRE(token_holds((void *)m->live[i].address, m->live[i].block_bytes,
                            m->live[i].token));
}
