/* mm/guard.h - what debug builds put around a heap block, to catch who oversteps it.
 *
 *     | the caller's bytes | GUARD_BYTE ... | who allocated it |
 *     0                    size             usable - 8         usable
 *
 * New memory is filled with GUARD_NEW, freed memory with GUARD_FREED; the last word
 * stays, so that a double free can still name the allocation. */
#pragma once

#include "lib/compiler.h"

#define GUARD_EXTRA (DEBUG ? 16 : 0) /* bytes that a request grows by */

#define GUARD_BYTE  0xfd
#define GUARD_NEW   0xcd
#define GUARD_FREED 0xdd

void guard_arm(void *block, size_t usable_bytes, size_t size, const void *owner);

/* Panics, naming block and owner, if a guard byte was overwritten; then poisons. */
void guard_disarm(void *block, size_t usable_bytes, size_t size);

const void *guard_owner(const void *block, size_t usable_bytes);
