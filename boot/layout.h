/* boot/layout.h - addresses that the linker script, assembly and C share. */
#pragma once

#define KERNEL_IMAGE_OFFSET 0xffffffff00000000 /* virtual minus physical, of the image */
#define KERNEL_LOAD_ADDRESS 0x80200000         /* physical: where the firmware goes to */

/* The direct map shows physical memory below this, and ends before the image. */
#define DIRECT_MAP_BYTES (KERNEL_IMAGE_OFFSET - DIRECT_MAP_BASE)
