/* mm/pairbits_view.c - look at a buddy of pair bits without changing it: is a block free,
 * find, walk, stats, check. */
#include "mm/pairbits.h"

/* ---- free or in use? ---- */

/* True if a list node stands at `block`, as far as that can be seen from there: its
 * neighbours, which must be heads of lists or in a region, point back. */
static bool looks_listed(const struct buddy *b, uintptr_t block) {
    const struct list *node = (const struct list *)block;
    const struct list *sides[] = {node->next, node->prev};
    for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
        uintptr_t side = (uintptr_t)sides[i], heads = (uintptr_t)b->orders;
        bool is_head = side - heads < sizeof(b->orders) &&
                       (side - heads) % sizeof(b->orders[0]) == 0;
        bool is_block = (side & b->unit_mask) == 0 && region_of(b, side) != NULL;
        if (!is_head && !is_block)
            return false;
    }
    return node->next->prev == node && node->prev->next == node;
}

static bool is_listed(const struct buddy *b, uintptr_t block, size_t k) {
    const struct list *head = &b->orders[k].blocks, *node = head;
    if (!looks_listed(b, block))
        return false;
    do
        node = node->next;
    while (node != head && node != (const struct list *)block);
    return node != head;
}

/* True if the block, which is not split, is free.  The bits know it where they are EVEN.
 * Where they are ODD they know that one of two is free, and not which: then the blocks
 * are looked at, and a list is searched only if both look as if they were on one. */
bool pairbits_is_free(const struct buddy *b, const struct buddy_region *r,
                      uintptr_t block, size_t k) {
    /* <lab pair-bits/free> What the pair's bits say, if there is a pair.  Where they are
     * not enough, look at the blocks; search a list only if that is not enough either. */
    uintptr_t bytes = bytes_of(b, k), other = block ^ bytes;
    if (is_alone(b, r, block, k))
        return is_listed(b, block, k);
    if (pair_get(b, r, block | bytes) == EVEN)
        return false;
    if (k > 0 && pair_get(b, r, halves_of(b, other, k)) != WHOLE)
        return true; /* the other is split or tagged, so it is in use */
    return looks_listed(b, block) && (!looks_listed(b, other) || is_listed(b, block, k));
    /* </lab pair-bits/free> otherwise: return false; */
}

/* ---- find and walk ---- */

status_t buddy_find(const struct buddy *b, const void *address, struct buddy_block *out) {
    const struct buddy_region *r = region_of(b, (uintptr_t)address);
    if (r == NULL)
        return ERR_FOREIGN;
    size_t k = block_around(b, r, (uintptr_t)address, &out->address);
    out->block_bytes = bytes_of(b, k);
    if (k > 0 && pair_get(b, r, halves_of(b, out->address, k)) == TAGGED)
        out->kind = BUDDY_KIND_TAGGED;
    else
        out->kind =
            pairbits_is_free(b, r, out->address, k) ? BUDDY_KIND_FREE : BUDDY_KIND_USED;
    out->requested_bytes = out->kind == BUDDY_KIND_FREE ? 0 : out->block_bytes;
    return OK;
}

void buddy_walk(const struct buddy *b, uintptr_t from, buddy_visit_fn *visit,
                void *context) {
    struct buddy_block block;
    for (const struct buddy_region *r = b->regions; r; r = r->next) {
        uintptr_t at = from > r->start ? from : r->start;
        for (; at < r->end; at = block.address + block.block_bytes)
            if (buddy_find(b, (void *)at, &block) != OK || !visit(context, &block))
                return;
    }
}

void buddy_stats(const struct buddy *b, struct buddy_stats *out) {
    size_t free_bytes = 0;
    *out = (struct buddy_stats){.total_bytes = b->total_bytes};
    for (size_t k = 0; k <= b->largest_k; k++) {
        out->nr_free[b->smallest_order + k] = b->orders[k].nr_free;
        free_bytes += b->orders[k].nr_free * bytes_of(b, k);
        if (b->orders[k].nr_free > 0)
            out->largest_free_bytes = bytes_of(b, k);
    }
    out->used_bytes = b->total_bytes - free_bytes;
    out->requested_bytes = out->used_bytes; /* more is not known */
    if (free_bytes > 0)
        out->fragmentation_percent =
            (free_bytes - out->largest_free_bytes) * 100 / free_bytes;
}

/* ---- buddy_check(): the invariants of pairbits.c ---- */

static const char *check_list(const struct buddy *b, size_t k) {
    static const char miscounted[] = "P4: nr_free counts the blocks of each list";
    const struct list *head = &b->orders[k].blocks, *before = head;
    size_t nr_nodes = 0;
    for (const struct list *node = head->next; node != head; node = node->next) {
        uintptr_t block = (uintptr_t)node, found;
        const struct buddy_region *r = region_of(b, block);
        if (node->prev != before || nr_nodes++ == b->orders[k].nr_free)
            return miscounted;
        if (r == NULL || block_around(b, r, block, &found) != k || found != block)
            return "P3: a list holds blocks of its order alone";
        before = node;
    }
    return nr_nodes == b->orders[k].nr_free ? NULL : miscounted;
}

/* The pair whose bits stand at this unit; none where it would leave the region. */
static const char *check_pair(const struct buddy *b, const struct buddy_region *r,
                              uintptr_t upper) {
    size_t k = bits_lowest(upper) - b->smallest_order;
    enum pair pair = pair_get(b, r, upper);
    uintptr_t lower = upper - bytes_of(b, k);
    if (k >= b->largest_k || is_alone(b, r, lower, k))
        return pair == WHOLE ? NULL : "P1: what is no pair is not split";
    unsigned nr_free = is_listed(b, lower, k) + is_listed(b, upper, k);
    if (pair == TAGGED && is_listed(b, lower, k + 1))
        return "P1: a tagged block is in use";
    if (pair < EVEN)
        return nr_free == 0 ? NULL : "P1: a half of a whole block is no block";
    if (!is_alone(b, r, lower, k + 1) &&
        pair_get(b, r, lower | bytes_of(b, k + 1)) < EVEN)
        return "P1: a part of a whole block is not split";
    return nr_free == (pair == ODD) ? NULL : "P2: a pair is ODD if one half is free";
}

const char *buddy_check(const struct buddy *b) {
    const char *broken = NULL;
    size_t total_bytes = 0;
    for (size_t k = 0; k <= b->largest_k && broken == NULL; k++)
        broken = check_list(b, k);
    for (const struct buddy_region *r = b->regions; r && !broken; r = r->next) {
        total_bytes += r->end - r->start;
        for (uintptr_t at = r->start; at < r->end && !broken; at += bytes_of(b, 0))
            broken = check_pair(b, r, at);
    }
    if (broken == NULL && total_bytes != b->total_bytes)
        broken = "P4: total_bytes is the sum over the regions";
    return broken;
}
