/* boot/early.h - the page table that boot runs on until kspace_init() replaces it.
 *
 * Only 1 GiB pages in one static table: the image, and as much of the direct map as boot
 * needs.  The identity map is not in it. */
#pragma once

#include "lib/compiler.h"

/* Called by entry.S with paging off: maps the image, the RAM around it and 2 MiB at the
 * device tree.  Returns the value for satp. */
uint64_t early_page_table(uint64_t device_tree_physical);

/* Map [start, end) of physical memory in the direct map too, in whole GiB.  Returns false
 * if it lies beyond what the direct map can hold: nothing is mapped then. */
bool early_map_direct(uint64_t start, uint64_t end);

#define EARLY_TREE_BYTES ((uint64_t)0x200000) /* how much of the tree can be read */
