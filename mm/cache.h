/* mm/cache.h - object caches: slabs of equal objects, cut from the buddy.
 *
 * An allocation pops a free object; a free pushes it back and, when its slab is empty and
 * another has room, returns the slab to the buddy.  No header in the object: a slab keeps
 * one byte an object, which tells free from live and how much of it was asked for.
 * Not here: locks (mm/heap.c holds its lock), large blocks.
 * Source: Bonwick 1994, "The Slab Allocator". */
#pragma once

#include "mm/buddy.h"

#define CACHE_SLAB_BYTES 4096
#define CACHE_OBJECT_MAX 1008

struct cache_set; /* one cache for each size class, over one buddy: see cache.c */
