/* mm/guard.h - what debug builds put around a heap block, to catch who oversteps it.
 *
 *     | the caller's bytes | GUARD_BYTE ... | who allocated it |
 *     0                    size             usable - 8         usable
 *
 * New memory is filled with GUARD_NEW, freed memory with GUARD_FREED; the last word
 * stays, so that a double free can still name the allocation. */
#pragma once

#include "mm/buddy.h"

#define GUARD_EXTRA (DEBUG ? 16 : 0) /* bytes that a request grows by */

#define GUARD_BYTE  0xfd
#define GUARD_NEW   0xcd
#define GUARD_FREED 0xdd

void guard_arm(struct buddy_block block, const void *owner);

/* Panics, naming block and owner, if a guard byte was overwritten; then poisons. */
void guard_disarm(struct buddy_block block);

/* Where the block says who allocated it. */
const void **guard_owner(struct buddy_block block);
