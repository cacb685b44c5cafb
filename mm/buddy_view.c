/* mm/buddy_view.c - look at a buddy without changing it: find, walk, stats, check.
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

/* ---- buddy_check(): the invariants of buddy.c, one by one ---- */

struct sums {
    size_t slack_grains;
    size_t total_bytes;
    size_t nr_free[BUDDY_ORDERS]; /* [k] */
};

static const char *check_block(const struct buddy *b, const struct buddy_region *r,
                               uintptr_t at, struct sums *sums) {
    const uint8_t *state = state_of(b, r, at);
    size_t k = state_k(b, *state), bytes = bytes_at(b, r, at);
    if (*state < STATE_FREE)
        return "B1: a block begins where the one before it ends";
    if (k > b->largest_k || region_end(r) - at < bytes)
        return "B1: a block ends inside its region";
    if (!is_aligned(at, bytes))
        return "B2: a block's address is a multiple of its size";
    for (size_t i = 1; i < 1ull << k; i++)
        if (state[i] >= STATE_FREE)
            return "B1: nothing begins inside a block";
    sums->total_bytes += bytes;
    if (!state_is_free(*state)) {
        sums->slack_grains += state_slack(b, state);
        return NULL;
    }
    sums->nr_free[k]++;
    uintptr_t other = at ^ bytes;
    if (k < b->largest_k && other - r->span.start < r->span.block_bytes &&
        *state_of(b, r, other) == *state)
        return "B4: no two free buddies are left unmerged";
    return NULL;
}

/* `nr_free` free blocks were found in the regions.  The nodes of a list are as many, are
 * such blocks, and are all different (each one's prev is the node before it), so B3. */
static const char *check_list(const struct buddy *b, unsigned k, size_t nr_free) {
    const struct list *head = &b->orders[k].blocks, *node = head;
    size_t nr_nodes = 0;
    for (; node->next != head; node = node->next, nr_nodes++) {
        uintptr_t block = (uintptr_t)node->next;
        const struct buddy_region *r = region_of(b, block);
        if (r == NULL || !is_aligned(block, b->unit_mask + 1) ||
            *state_of(b, r, block) != b->orders[k].free_state)
            return "B3: a list holds free blocks of its order alone";
        if (((const struct free_block *)block)->state != state_of(b, r, block))
            return "B3: a free block knows its state byte";
        if (node->next->prev != node)
            break;
    }
    if (node->next->prev != node)
        return "B3: a list's links agree in both directions";
    if (nr_nodes != nr_free || b->orders[k].nr_free != nr_free)
        return "B5: nr_free counts the blocks of each list";
    return NULL;
}

const char *buddy_check(const struct buddy *b) {
    struct sums sums = {0};
    for (const struct buddy_region *r = b->regions; r; r = r->next) {
        for (uintptr_t at = r->span.start; at < region_end(r); at += bytes_at(b, r, at)) {
            const char *broken = check_block(b, r, at, &sums);
            if (broken)
                return broken;
        }
    }
    for (unsigned k = 0; k <= b->largest_k; k++) {
        const char *broken = check_list(b, k, sums.nr_free[k]);
        if (broken)
            return broken;
    }
    if (sums.slack_grains != b->slack_grains || sums.total_bytes != b->total_bytes)
        return "B6: slack and total are the sums over the blocks";
    return NULL;
}
