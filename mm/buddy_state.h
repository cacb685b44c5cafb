/* mm/buddy_state.h - how a buddy keeps its books: regions and state bytes.
 *
 * Only for buddy.c, which changes them, and buddy_view.c, which looks.
 *
 * A region is the memory that one buddy_add() gave.  Its state bytes, one for each
 * smallest block (a "unit"), stand at one of its ends, behind a struct buddy_region:
 *
 *     [ blocks .............................. | struct buddy_region | state bytes ]
 *
 * A state byte says what begins at its unit:
 *
 *     00xxxxxx   nothing: the unit is inside a block
 *     01kkkkkk   a free block of 2^k units
 *     01111111   the same of the largest size: who looks for a buddy of 2^k units to
 *                merge with does not find it
 *     10kkkkkk   a block in use of 2^k units, k > 0
 *     111kkkkk   the same, tagged
 *     110sssss   a block in use of one unit, of which `s` grains were not asked for
 *
 * A grain is 1/32 of a unit: a byte, where the unit is 32 bytes.  A larger block in use
 * keeps the same number, its slack, in the state bytes of its second and later units: six
 * bits in each, so that they all read as "inside". */
#pragma once

#include "lib/bits.h"
#include "mm/buddy.h"

enum {
    STATE_INSIDE = 0x00,
    STATE_FREE = 0x40,
    STATE_FREE_LARGEST = 0x7f,
    STATE_USED = 0x80,
    STATE_USED_UNIT = 0xc0,
    STATE_TAGGED = BUDDY_STATE_TAGGED,
    STATE_TAGGED_MAX_K = 0x1f,
};

/* A unit has 2^5 grains. */
#define GRAINS_LOG2 5
#define GRAINS(k)   ((size_t)1 << GRAINS_LOG2 << (k)) /* in 2^k units */

/* The memory that one buddy_add() gave. */
struct buddy_region {
    struct buddy_span span;
    void *given_start; /* as buddy_add() got it */
    size_t given_bytes;
    struct buddy_region *next;
};

static inline struct buddy_region *region_of(const struct buddy *b, uintptr_t address) {
    for (struct buddy_region *r = b->regions; r; r = r->next)
        if (LIKELY(address - r->span.start < r->span.block_bytes))
            return r;
    return NULL;
}

static inline uint8_t *state_of(const struct buddy *b, const struct buddy_region *r,
                                uintptr_t address) {
    return (uint8_t *)(r->span.state_base + (address >> b->smallest_order));
}

static inline uintptr_t region_end(const struct buddy_region *r) {
    return r->span.start + r->span.block_bytes;
}

static inline bool state_is_free(uint8_t state) {
    return (state & 0xc0) == STATE_FREE;
}

/* What stands at the address of a free block. */
struct free_block {
    struct list link;
    uint8_t *state;
};

/* Blocks of 2^k units with k below this have a slack of at most three digits. */
#define NARROW_K 14

/* The slack of a block of 2^k units, k > 0, is below 2^(k + 5): so many digits. */
static inline size_t slack_digits(size_t k) {
    return (k + GRAINS_LOG2 + 5) / 6;
}

/* Mark a block of 2^k units in use, k < NARROW_K. */
static inline void state_set_narrow(uint8_t *state, size_t k, size_t slack,
                                    uint8_t kind) {
    if (k == 0) {
        *state = STATE_USED_UNIT | slack;
        return;
    }
    state[0] = kind | k;
    state[1] = slack & 0x3f;
    if (k == 1)
        return;
    if (UNLIKELY(k >= 8)) {
        state[3] = slack >> 12;
        slack &= 0xfff;
    }
    state[2] = slack >> 6;
}

/* The same for any k. */
static inline void state_set_used(uint8_t *state, size_t k, size_t slack, uint8_t kind) {
    state_set_narrow(state, k, slack & 0x3ffff, kind);
    for (size_t i = 3; k >= NARROW_K && i < slack_digits(k); i++)
        state[i + 1] = slack >> (6 * i) & 0x3f;
}

/* The k of the block of 2^k units that a state byte (not "inside") begins. */
static inline size_t state_k(const struct buddy *b, uint8_t state) {
    if (state == STATE_FREE_LARGEST)
        return b->largest_k;
    if (state < STATE_USED_UNIT)
        return state & 0x3f;
    return state < STATE_TAGGED ? 0 : state & 0x1f;
}

/* The size of the block that begins at `address`. */
static inline uintptr_t bytes_at(const struct buddy *b, const struct buddy_region *r,
                                 uintptr_t address) {
    return (b->unit_mask + 1) << state_k(b, *state_of(b, r, address));
}

/* The slack of a block in use of 2^k units, 0 < k < NARROW_K. */
static inline size_t state_narrow_slack(const uint8_t *state, size_t k) {
    size_t slack = state[1];
    if (k == 1)
        return slack;
    slack |= (size_t)state[2] << 6;
    return LIKELY(k < 8) ? slack : slack | (size_t)state[3] << 12;
}

/* The slack of any block in use. */
static inline size_t state_slack(const struct buddy *b, const uint8_t *state) {
    size_t k = state_k(b, *state);
    if (k == 0)
        return *state & 0x1f;
    size_t slack = state_narrow_slack(state, k);
    for (size_t i = 3; k >= NARROW_K && i < slack_digits(k); i++)
        slack |= (size_t)state[i + 1] << (6 * i);
    return slack;
}
