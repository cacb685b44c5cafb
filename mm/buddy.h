/* mm/buddy.h - the buddy system: blocks of 2^k bytes, split in halves and merged again.
 *
 * Pure: no lock, no global, no clock.  The owner of a `struct buddy` serialises calls.
 * The same source serves the kernel heap, the physical frames, user programs and tests.
 *
 * A block of order k has 2^k bytes and an address that is a multiple of 2^k; its buddy is
 * the block at the address with bit k flipped.  Each smallest block has one state byte,
 * so a free looks at its buddy in O(1) and merges in at most one step an order.
 * Sources: Knowlton 1965, CACM 8(10); Knuth, TAOCP 1, 2.5, algorithms R and S. */
#pragma once

#include "lib/list.h"
#include "lib/status.h"

#define BUDDY_SMALLEST_ORDER 5  /* a free block holds its list node; 32 bytes */
#define BUDDY_ORDERS         48 /* no block has 2^48 bytes or more */

enum buddy_event { BUDDY_ALLOC, BUDDY_FREE, BUDDY_SPLIT, BUDDY_MERGE, BUDDY_ADD };

/* Called after each event.  `block` and `order` are: the block given or taken back, the
 * block before its split, the block after its merge, a free block that a new region
 * brought.  `requested_bytes` is 0 for these last three.  Replayed, the events give what
 * buddy_walk() shows, but for the regions that buddy_remove() took away.  The hook must
 * not call back into the same buddy. */
typedef void buddy_trace_fn(void *context, enum buddy_event event, const void *block,
                            unsigned order, size_t requested_bytes);

/* The blocks of a region, and where their state bytes are. */
struct buddy_span {
    uintptr_t start;       /* of the first block */
    uintptr_t block_bytes; /* of all blocks */
    uintptr_t state_base;  /* the state byte of address a: state_base + (a >> smallest) */
};

struct buddy_region;

#define BUDDY_STATE_TAGGED 0xe0 /* a state byte from here on: a tagged block begins */

/* The free blocks of one size, 2^k times the smallest. */
struct buddy_order {
    struct list blocks; /* a node is at its block's own address */
    size_t most_slack;  /* (c) of a block in use: all grains but one */
    uint32_t nr_free;   /* how many `blocks` are */
    uint8_t free_state; /* (c) the state byte of each */
};

struct buddy {
    struct buddy_order orders[BUDDY_ORDERS + 1]; /* [k]; behind the last a sentinel */
    uint8_t smallest_order; /* (c) a block has 2^smallest_order bytes or more */
    uint8_t largest_k;      /* (c) and at most 2^(smallest_order + largest_k) */
    uint8_t grain_shift;    /* (c) a grain, 1/32 of a smallest block, in bytes: 2^it */
    size_t unit_mask;       /* (c) the size of a smallest block, less 1 */
    size_t fast_units;      /* what buddy_alloc() does itself; 0 while traced */
    struct buddy_span fast; /* what buddy_free() does itself; empty while traced */
    struct buddy_region *regions; /* in the order of their addresses */
    struct buddy_region *first;   /* the one that was added first, or NULL */
    size_t slack_grains;          /* in use and not asked for */
    size_t total_bytes;           /* what there is to give */
    buddy_trace_fn *trace;        /* or NULL; set by buddy_set_trace() */
    void *trace_context;
};

struct buddy_stats {
    size_t requested_bytes;
    size_t used_bytes;
    size_t total_bytes;
    size_t largest_free_bytes; /* a request of this size succeeds; 0 if nothing is free */
    size_t fragmentation_percent; /* of the free bytes, those not in the largest free
                                     block; 0 if nothing is free */
    size_t nr_free[BUDDY_ORDERS]; /* [order]: free blocks of 2^order bytes, as in
                                     /proc/buddyinfo */
};

enum buddy_kind { BUDDY_KIND_FREE, BUDDY_KIND_USED, BUDDY_KIND_TAGGED };

struct buddy_block {
    uintptr_t address;
    size_t block_bytes;
    size_t requested_bytes; /* 0 when free */
    size_t kind;            /* of enum buddy_kind */
};

/* Make an empty buddy.  smallest_order is raised to BUDDY_SMALLEST_ORDER and
 * largest_order cut to BUDDY_ORDERS - 1; requests are kept exact to 2^(smallest - 5)
 * bytes, which is a byte for heaps. */
void buddy_init(struct buddy *b, unsigned smallest_order, unsigned largest_order);

/* Call `trace` after each event from now on; NULL for no more. */
void buddy_set_trace(struct buddy *b, buddy_trace_fn *trace, void *context);

/* Give [start, start + bytes) to the allocator, which keeps its state bytes (at most
 * 3.2 % of a region of 64 KiB or more, of 32-byte blocks) inside, at the end that leaves
 * the largest block whole.  Any alignment; the memory must stay until buddy_remove().
 * ERR_INVALID if the range wraps or is NULL, ERR_OVERLAP if it touches an earlier
 * region's bytes, ERR_TOO_SMALL if not one smallest block would come of it.  On error
 * nothing changes. */
MUST_CHECK status_t buddy_add(struct buddy *b, void *start, size_t bytes);

/* Take back the region that was added at `start`.  ERR_NOT_FOUND, or ERR_BUSY if a block
 * in it is in use; on error nothing changes. */
MUST_CHECK status_t buddy_remove(struct buddy *b, void *start);

/* A block of at least `size` bytes whose address is a multiple of `align`.
 * size 0 is served as 1; align 0 means any, otherwise a power of two (and not else).
 * NULL if no block is large enough, or align is not a power of two: nothing changes. */
void *buddy_alloc(struct buddy *b, size_t size, size_t align);

/* The same, and the block is tagged: buddy_is_tagged() tells it from others in O(1).
 * Only for blocks larger than the smallest. */
void *buddy_alloc_tagged(struct buddy *b, size_t size, size_t align);

/* Give a block back and merge it with its buddy while that is free too.
 * ERR_FOREIGN (NULL included), ERR_MISALIGNED, ERR_INTERIOR, ERR_DOUBLE_FREE; and for the
 * second ERR_SIZE if `size` is not what was asked for.  On error nothing changes.
 * An address that was merged into a larger free block is ERR_DOUBLE_FREE too. */
MUST_CHECK status_t buddy_free(struct buddy *b, void *block);
MUST_CHECK status_t buddy_free_sized(struct buddy *b, void *block, size_t size);

/* True if `address` is the first of a tagged block in use.  Any address may be asked. */
bool buddy_is_tagged(const struct buddy *b, const void *address);

/* For those in a hurry: true if `address` is in the first region and there is no trace,
 * and then, if it is the address of a smallest block, the same as buddy_is_tagged().
 * May be asked without the owner's lock about the surroundings of a block in use: that a
 * tagged block begins there, or none, does not change while the block is in use. */
static inline bool buddy_is_near(const struct buddy *b, uintptr_t address) {
    return LIKELY(address - b->fast.start < b->fast.block_bytes);
}

static inline bool buddy_is_tagged_near(const struct buddy *b, uintptr_t address,
                                        unsigned smallest_order) {
    const uint8_t *state =
        (const uint8_t *)(b->fast.state_base + (address >> smallest_order));
    return LIKELY(__atomic_load_n(state, __ATOMIC_RELAXED) >= BUDDY_STATE_TAGGED);
}

/* A run: nr_blocks smallest blocks in a row, aligned to `align`, with nothing rounded up
 * to a power of two.  Each of its blocks can be freed by itself with buddy_free(), or any
 * row of them together with buddy_free_run(), which frees all or (on any error) none. */
void *buddy_alloc_run(struct buddy *b, size_t nr_blocks, size_t align);
MUST_CHECK status_t buddy_free_run(struct buddy *b, void *run, size_t nr_blocks);

/* The block, free or in use, that contains `address`.  ERR_FOREIGN. */
MUST_CHECK status_t buddy_find(const struct buddy *b, const void *address,
                               struct buddy_block *out);

/* Visit the blocks that end after `from`, in address order, until `visit` returns
 * false. */
typedef bool buddy_visit_fn(void *context, const struct buddy_block *block);
void buddy_walk(const struct buddy *b, uintptr_t from, buddy_visit_fn *visit,
                void *context);

/* For owners: what is called with a buddy while its lock is held. */
typedef void buddy_look_fn(void *context, struct buddy *b);

void buddy_stats(const struct buddy *b, struct buddy_stats *out);

/* Prove every invariant listed in buddy.c.  NULL if all hold, else the one that does
 * not.  (tests/kernel/buddy_check.c) */
const char *buddy_check(const struct buddy *b);
