/* mm/addr.h - address types that do not mix, and the way from physical to pointer.
 *
 * DIRECT_MAP_BASE is where all RAM is mapped: a constant of the build, 0xffffffc000000000
 * for the kernel and 0 on the host, where "physical" memory is the test's own. */
#pragma once

#include "lib/compiler.h"

/* clang-format off */
typedef struct { uint64_t raw; } paddr_t; /* never dereferenced: phys_to_virt() */
typedef struct { uint64_t raw; } uaddr_t; /* a user address: only uaccess.c reads it */
/* clang-format on */

#define PAGE_SHIFT 12
#define PAGE_SIZE  ((size_t)1 << PAGE_SHIFT)

static inline paddr_t paddr(uint64_t raw) {
    return (paddr_t){raw};
}

static inline void *phys_to_virt(paddr_t pa) {
    return (void *)(uintptr_t)(pa.raw + DIRECT_MAP_BASE);
}

/* Only for pointers into the direct map, not into the kernel image. */
static inline paddr_t virt_to_phys(const void *p) {
    return paddr((uintptr_t)p - DIRECT_MAP_BASE);
}
