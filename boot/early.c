/* boot/early.c - see early.h.
 *
 * early_page_table() runs at physical addresses: it must not use a pointer that the
 * linker wrote (a table of strings, a switch's jump table).
 * Source: RISC-V Privileged 1.12, section 4.4 (Sv39). */
#include "boot/early.h"
#include "boot/layout.h"

#define GIB          ((uint64_t)1 << 30)
#define ROOT_ENTRIES 512
#define SATP_SV39    ((uint64_t)8 << 60)
#define LEAF_RW      0xe7 /* D A G - - W R V */
#define LEAF_RWX     0xef

static uint64_t early_root[ROOT_ENTRIES] __attribute__((aligned(4096)));

static unsigned root_index(uint64_t address) {
    return address >> 30 & (ROOT_ENTRIES - 1);
}

static uint64_t leaf(uint64_t physical, uint64_t flags) {
    return (physical & ~(GIB - 1)) >> 12 << 10 | flags;
}

bool early_map_direct(uint64_t start, uint64_t end) {
    if (start >= end || end > DIRECT_MAP_BYTES)
        return false;
    for (uint64_t pa = start & ~(GIB - 1); pa < end; pa += GIB)
        early_root[root_index(DIRECT_MAP_BASE + pa)] = leaf(pa, LEAF_RW);
    __asm__ volatile("sfence.vma" ::: "memory"); /* the entries were invalid before */
    return true;
}

uint64_t early_page_table(uint64_t device_tree_physical) {
    uint64_t image = KERNEL_LOAD_ADDRESS;
    early_root[root_index(KERNEL_IMAGE_OFFSET + image)] = leaf(image, LEAF_RWX);
    early_map_direct(image, image + 1);
    early_map_direct(device_tree_physical, device_tree_physical + EARLY_TREE_BYTES);
    return SATP_SV39 | (uintptr_t)early_root >> 12;
}
