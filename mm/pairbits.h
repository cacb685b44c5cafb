/* mm/pairbits.h - pairs of buddies, two bits each, and how a block is found by them.
 *
 * Only for pairbits.c, which changes them, and pairbits_view.c, which looks.
 *
 * A region is laid out as [ blocks | struct buddy_region | pairs ].  A pair is the two
 * halves of a block.  Its bits stand at the number of the unit at which the upper half
 * begins: no two pairs share that unit, whatever their sizes, since the lowest set bit of
 * its address is the size of the halves. */
#pragma once

#include "lib/bits.h"
#include "mm/buddy.h"

enum pair {
    WHOLE = 0,  /* not split: one block, or inside of one      */
    TAGGED = 1, /* the same, and the block is in use and tagged */
    EVEN = 2,   /* split, and neither half is a free block      */
    ODD = 3,    /* split, and one of the halves is a free block */
};

struct buddy_region {
    uintptr_t start; /* of the blocks */
    uintptr_t end;
    void *given_start;
    size_t given_bytes;
    struct buddy_region *next;
    uint8_t pairs[]; /* two bits for each unit, four units to a byte */
};

/* ---- blocks and pairs ---- */

static inline uintptr_t bytes_of(const struct buddy *b, size_t k) {
    return (b->unit_mask + 1) << k;
}

static inline struct buddy_region *region_of(const struct buddy *b, uintptr_t address) {
    for (struct buddy_region *r = b->regions; r; r = r->next)
        if (address >= r->start && address < r->end)
            return r;
    return NULL;
}

static inline enum pair pair_get(const struct buddy *b, const struct buddy_region *r,
                                 uintptr_t upper_half) {
    size_t unit = (upper_half - r->start) >> b->smallest_order;
    /* <lab pair-bits/get> Of the byte that holds four units' bits, lowest unit lowest. */
    return r->pairs[unit / 4] >> (unit % 4 * 2) & 3;
    /* </lab pair-bits/get> otherwise: return (void)unit, WHOLE; */
}

static inline void pair_set(const struct buddy *b, struct buddy_region *r,
                            uintptr_t upper_half, enum pair pair) {
    size_t unit = (upper_half - r->start) >> b->smallest_order;
    /* <lab pair-bits/set> Change the unit's two bits and none of its neighbours'. */
    uint8_t *byte = &r->pairs[unit / 4];
    *byte = (*byte & ~(3 << (unit % 4 * 2))) | pair << (unit % 4 * 2);
    /* </lab pair-bits/set> otherwise: (void)(unit + pair); */
}

/* The halves of a block of 2^k units, k > 0, as a pair. */
static inline uintptr_t halves_of(const struct buddy *b, uintptr_t block, size_t k) {
    return block | bytes_of(b, k - 1);
}

/* True if the block has no buddy: the region does not hold it, or no block is larger. */
static inline bool is_alone(const struct buddy *b, const struct buddy_region *r,
                            uintptr_t block, size_t k) {
    uintptr_t bytes = bytes_of(b, k), parent = block & ~bytes;
    return k == b->largest_k || parent < r->start || parent >= r->end ||
           r->end - parent < 2 * bytes;
}

/* The block around `address`, from the largest that the region can hold there, down as
 * long as that one is split.  Returns its k. */
static inline size_t block_around(const struct buddy *b, const struct buddy_region *r,
                                  uintptr_t address, uintptr_t *block) {
    size_t k = 0;
    *block = align_down(address, bytes_of(b, 0));
    while (!is_alone(b, r, *block, k))
        *block &= ~bytes_of(b, k++);
    /* <lab pair-bits/find> The largest block that can be there is known: while it is
     * split, go on with the half that the address is in. */
    while (k > 0 && pair_get(b, r, halves_of(b, *block, k)) >= EVEN)
        *block = align_down(address, bytes_of(b, --k));
    /* </lab pair-bits/find> */
    return k;
}

/* True if the block, which is neither split nor tagged, is free.  In pairbits_view.c. */
bool pairbits_is_free(const struct buddy *b, const struct buddy_region *r,
                      uintptr_t block, size_t k);
