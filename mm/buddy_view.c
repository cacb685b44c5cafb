/* mm/buddy_view.c - look at a buddy without changing it: find, walk, stats.
 *
 * Apart from buddy.c so that the algorithm there reads in one go. */
#include "lib/string.h"
#include "mm/buddy_fast.h"

static void describe(const struct buddy *b, const struct buddy_region *r, uintptr_t block,
                     struct buddy_block *out) {
    const uint8_t *state = state_of(b, r, block);
    size_t k = state_k(b, *state);
    *out = (struct buddy_block){
        .address = block,
        .block_bytes = 1ull << (b->smallest_order + k),
        .kind = state_is_free(*state)    ? BUDDY_KIND_FREE
                : *state >= STATE_TAGGED ? BUDDY_KIND_TAGGED
                                         : BUDDY_KIND_USED,
    };
    if (out->kind != BUDDY_KIND_FREE)
        out->requested_bytes =
            out->block_bytes - (state_slack(b, state) << b->grain_shift);
}

status_t buddy_find(const struct buddy *b, const void *address, struct buddy_block *out) {
    const struct buddy_region *r = region_of(b, (uintptr_t)address);
    if (r == NULL)
        return ERR_FOREIGN;
    for (unsigned k = 0; k <= b->largest_k; k++) {
        uintptr_t block = align_down((uintptr_t)address, 1ull << (b->smallest_order + k));
        if (block < r->span.start)
            break;
        uint8_t state = *state_of(b, r, block);
        if (state >= STATE_FREE && state_k(b, state) >= k) {
            describe(b, r, block, out);
            return OK;
        }
    }
    return ERR_FOREIGN;
}

void buddy_walk(const struct buddy *b, uintptr_t from, buddy_visit_fn *visit,
                void *context) {
    for (const struct buddy_region *r = b->regions; r; r = r->next) {
        struct buddy_block block = {.address = r->span.start};
        if (region_end(r) <= from)
            continue;
        if (from > r->span.start && buddy_find(b, (void *)from, &block) != OK)
            return;
        for (uintptr_t at = block.address; at < region_end(r); at += block.block_bytes) {
            describe(b, r, at, &block);
            if (!visit(context, &block))
                return;
        }
    }
}

void buddy_stats(const struct buddy *b, struct buddy_stats *out) {
    size_t free_bytes = 0;
    *out = (struct buddy_stats){.total_bytes = b->total_bytes};
    for (unsigned k = 0; k <= b->largest_k; k++) {
        unsigned order = b->smallest_order + k;
        size_t nr_free = b->orders[k].nr_free;
        out->nr_free[order] = nr_free;
        free_bytes += nr_free << order;
        if (nr_free > 0)
            out->largest_free_bytes = 1ull << order;
    }
    out->used_bytes = b->total_bytes - free_bytes;
    out->requested_bytes = out->used_bytes - (b->slack_grains << b->grain_shift);
    if (free_bytes > 0)
        out->fragmentation_percent =
            (free_bytes - out->largest_free_bytes) * 100 / free_bytes;
}
