/* lib/bits.h - powers of two, alignment and logarithms.
 *
 * rv64imac has no instruction that finds a bit, and libgcc's replacement takes about 70
 * instructions; bits_log2_floor() takes 10 or so with a table of 256 bytes. */
#pragma once

#include "lib/compiler.h"

/* bits_log2_table[i] is floor(log2(i)) for 1 <= i <= 255. */
extern const uint8_t bits_log2_table[256];

static inline bool bits_is_power_of_two(uint64_t x) {
    return x != 0 && (x & (x - 1)) == 0;
}

/* floor(log2(x)).  x must not be 0. */
static inline unsigned bits_log2_floor(uint64_t x) {
    unsigned log = 0;
    if (UNLIKELY(x >> 32)) {
        x >>= 32;
        log = 32;
    }
    if (x >> 16) {
        x >>= 16;
        log += 16;
    }
    if (x >> 8) {
        x >>= 8;
        log += 8;
    }
    return log + bits_log2_table[x];
}

/* The smallest k with 2^k >= x; 0 for 0 and 1. */
static inline unsigned bits_log2_ceil(uint64_t x) {
    return x <= 1 ? 0 : bits_log2_floor(x - 1) + 1;
}

/* The number of the lowest set bit.  x must not be 0. */
static inline unsigned bits_lowest(uint64_t x) {
    return bits_log2_floor(x & -x);
}

/* `align` must be a power of two.  align_up() wraps to 0 past the end of the address space. */
static inline uint64_t align_down(uint64_t x, uint64_t align) {
    return x & ~(align - 1);
}

static inline uint64_t align_up(uint64_t x, uint64_t align) {
    return (x + align - 1) & ~(align - 1);
}

static inline bool is_aligned(uint64_t x, uint64_t align) {
    return (x & (align - 1)) == 0;
}
