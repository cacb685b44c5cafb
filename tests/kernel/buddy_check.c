/* tests/kernel/buddy_check.c - buddy_check(): the invariants of mm/buddy.c, one by one.
 *
 * It knows how a buddy keeps its books, and trusts none of them.
 * Callers: heap_check.c, user/lib/heapview.c, the tests.   Context: the buddy's lock. */
#include "mm/buddy_state.h"

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
