/* kernel/ram.h - which physical memory is whose.
 *
 * Caller: main.c.   Not here: handing it out (mm/frame.c). */
#pragma once

#include "boot/fdt.h"

#define RAM_LEAST_BYTES      ((uint64_t)32 << 20) /* that there must be               */
#define RAM_LEAST_FREE_BYTES ((uint64_t)1 << 20)  /* that nobody must have taken      */

struct ram {
    struct range_set usable; /* whole pages in nobody's use: for the frame allocator   */
    struct range_set mapped; /* those and the initrd: what the direct map shows        */
    struct range initrd;     /* physical; empty if there is none, or none to be trusted */
};

/* Work it out from the device tree, tell it on the console, and give the usable memory to
 * the frame allocator, bank by bank; a bank that it cannot take is left unused, which is
 * logged.  The image keeps what linker.ld and the stacks of nr_harts need.
 * Returns NULL, or why it cannot be: too little memory, or none where the kernel is. */
MUST_CHECK const char *ram_init(const struct boot_info *bi, struct ram *out);
