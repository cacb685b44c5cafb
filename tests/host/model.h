/* tests/host/model.h - what a buddy heap must do, said as simply as possible.
 *
 * One byte for each smallest block (a "unit") of each region, and a list of the live
 * blocks.  From the units in use follows everything else: since free buddies are always
 * merged, the free blocks are exactly the largest aligned blocks without a used unit.
 * Each model_*() function performs the operation on the real heap and REQUIREs that the
 * heap did what the model says.   Callers: exhaustive, random and fuzz tests. */
#pragma once

#include "mm/buddy.h"

#define MODEL_LIVE_MAX    8192
#define MODEL_REGIONS_MAX 8
#define MODEL_NONE        SIZE_MAX

struct model_live {
    uintptr_t address;
    size_t size;        /* as asked for; at least 1 */
    size_t block_bytes; /* as given                 */
    uint64_t token;
    bool is_tagged;
};

struct model_region {
    void *given_start;
    uintptr_t start; /* of its first unit */
    size_t nr_units;
    size_t first_unit; /* in model->owner */
};

struct model {
    struct buddy *buddy;
    unsigned smallest_order;
    unsigned largest_order;
    size_t unit_bytes;
    size_t nr_regions;
    struct model_region regions[MODEL_REGIONS_MAX];
    size_t nr_units;
    size_t max_units;
    uint16_t *owner; /* of each unit: 0 free, else 1 + index in live */
    size_t nr_live;
    struct model_live live[MODEL_LIVE_MAX];
    uint64_t next_token;
    bool uses_tokens; /* off where blocks are not to be written to */
};

/* Initialises `buddy` too; the orders must be such as buddy_init() leaves as they are. */
struct model *model_make(struct buddy *buddy, unsigned smallest_order,
                         unsigned largest_order, size_t max_units);
void model_free(struct model *m);

status_t model_add(struct model *m, void *start, size_t bytes);

/* The index in m->live of the new block, or MODEL_NONE; the model must agree. */
size_t model_alloc(struct model *m, size_t size, size_t align, bool is_tagged);
/* True if the heap gave the run; its units are then the last nr_blocks of m->live. */
bool model_alloc_run(struct model *m, size_t nr_blocks, size_t align);

/* Free m->live[index], with its size told or not; the last live block takes its index. */
void model_release(struct model *m, size_t index, bool is_sized);
/* Free nr_blocks from `address` on as a run: OK exactly if all are units in use. */
void model_release_run(struct model *m, uintptr_t address, size_t nr_blocks);
/* Free any address, right or wrong: the status must be the right one. */
void model_release_any(struct model *m, uintptr_t address);

/* How much of the heap is in use, as the heap says. */
size_t model_used_bytes(const struct model *m);

/* Everything: buddy_check(), statistics, free blocks of every order, the walk. */
void model_verify(const struct model *m);
/* buddy_find() and buddy_is_tagged() at every unit, and the tokens. */
void model_verify_units(const struct model *m);
