/* mm/buddy_state.h - how a buddy keeps its books: regions and state bytes.
 *
 * Only for buddy.c, which changes them, and buddy_view.c, which looks.
 *
 * A region is the memory that one buddy_add() gave.  Its state bytes, one for each smallest
 * block (a "unit"), stand at one of its ends, behind a struct buddy_region:
 *
 *     [ blocks .............................. | struct buddy_region | state bytes ]
 *
 * A state byte says what begins at its unit:
 *
 *     00xxxxxx   nothing: the unit is inside a block
 *     01kkkkkk   a free block of 2^k units
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
    STATE_USED = 0x80,
    STATE_USED_UNIT = 0xc0,
    STATE_TAGGED = 0xe0,
};

#define GRAINS_LOG2 5 /* a unit has 2^5 grains */

struct buddy_region {
    uintptr_t start;           /* of the first unit                                    */
    uintptr_t block_bytes;     /* of all units                                         */
    uintptr_t state_base;      /* the state byte of address a: state_base + (a >> s)   */
    void *given_start;         /* as buddy_add() got it                                */
    size_t given_bytes;
    struct buddy_region *next;
};

static inline struct buddy_region *region_of(const struct buddy *b, uintptr_t address) {
    for (struct buddy_region *r = b->regions; r; r = r->next)
        if (LIKELY(address - r->start < r->block_bytes))
            return r;
    return NULL;
}

static inline uint8_t *state_of(const struct buddy *b, const struct buddy_region *r,
                                uintptr_t address) {
    return (uint8_t *)(r->state_base + (address >> b->smallest_order));
}

static inline bool state_is_free(uint8_t state) {
    return (state & 0xc0) == STATE_FREE;
}

/* The order of the block that a state byte (not STATE_INSIDE) begins. */
static inline unsigned state_order(const struct buddy *b, uint8_t state) {
    if (state < STATE_USED_UNIT)
        return b->smallest_order + (state & 0x3f);
    return state < STATE_TAGGED ? b->smallest_order : b->smallest_order + (state & 0x1f);
}

/* Mark a block in use; it has less than 2^(k + 5) grains of slack. */
static inline void state_set_used(uint8_t *state, unsigned k, size_t grains, uint8_t kind) {
    if (k == 0) {
        *state = STATE_USED_UNIT | grains;
        return;
    }
    *state = kind | k;
    for (int bits = k + GRAINS_LOG2; bits > 0; bits -= 6) {
        *++state = grains & 0x3f;
        grains >>= 6;
    }
}

/* The bytes that were asked for: what the block of 2^order has, less its slack. */
static inline size_t state_requested(const struct buddy *b, const uint8_t *state,
                                     unsigned order) {
    unsigned k = order - b->smallest_order;
    size_t grains = 0;
    if (k == 0)
        grains = *state & 0x1f;
    else
        for (int shift = 0; shift < (int)k + GRAINS_LOG2; shift += 6)
            grains |= (size_t)*++state << shift;
    return (1ull << order) - (grains << (b->smallest_order - GRAINS_LOG2));
}
