/* boot/harts.c - see harts.h.   Caller: smp.c.   Source: SBI 2.0, chapter 9 (HSM). */
#include "boot/harts.h"
#include "boot/layout.h"
#include "boot/sbi.h"

extern char secondary_start[]; /* entry.S */

long harts_start(uint64_t hart_id, const void *hart) {
    uint64_t start_physical = (uintptr_t)secondary_start - KERNEL_IMAGE_OFFSET;
    uint64_t hart_physical = (uintptr_t)hart - KERNEL_IMAGE_OFFSET;
    __asm__ volatile("fence rw, rw" ::: "memory"); /* it must see what was prepared */
    return sbi_hart_start(hart_id, start_physical, hart_physical);
}
