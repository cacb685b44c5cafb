/* kernel/kspace.h - the kernel's half of every address space.
 *
 * Image (text RX, rodata R, data and bss RW, guard pages not mapped), a direct map of the
 * RAM that is ours (not the image, nor the firmware's, nor reserved ranges), and the
 * device pages in use.  All of it global, none of it for users; no page is writable and
 * executable.  The root entries are fixed when the first process is made. */
#pragma once

#include "boot/layout.h"
#include "lib/range.h"
#include "mm/addr.h"

#define KERNEL_ROOT_FIRST 256 /* root entries 256 to 511 are the kernel's */

/* Build the map, with `ram` and the registers of two devices (each may be empty) in the
 * direct map, and turn it on for this hart.  Panics if the frames do not suffice.
 * (rCore: new_kernel) */
void kspace_init(const struct range_set *ram, struct range test, struct range plic);

extern uint64_t kspace_satp; /* turns it on: for boot/entry.S, and for idle harts */

/* Fill a new root table: the kernel's half as it is, the lower one empty. */
void kspace_share(paddr_t other_root);

paddr_t kspace_root(void);

/* The physical address of something in the kernel image or in the direct map. */
paddr_t kernel_virt_to_phys(const void *p);

/* rCore's lines: ".text [0x..., 0x...)" */
void kspace_print_sections(void);
