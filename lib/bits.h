/* lib/bits.h - powers of two, alignment and logarithms.
 *
 * rv64imac has no instruction that finds a bit, and libgcc's replacement takes about 70
 * instructions; bits_width() takes 6 to 15, with a table of 256 bytes. */
#pragma once

#include "lib/compiler.h"

/* bits_width_table[i] is the number of bits that i needs: 0 for 0, 1 for 1, 2 for 2 and
 * 3 */
extern const uint8_t bits_width_table[256];

static inline bool bits_is_power_of_two(uint64_t x) {
    return x != 0 && (x & (x - 1)) == 0;
}

/* The number of bits that x needs: floor(log2(x)) + 1, and 0 for 0. */
static inline unsigned bits_width(uint64_t x) {
    unsigned width = 0;
    if (LIKELY(x < 256))
        return bits_width_table[x];
    if (UNLIKELY(x >> 32)) {
        x >>= 32;
        width = 32;
    }
    if (x >> 16) {
        x >>= 16;
        width += 16;
    }
    if (x >> 8) {
        x >>= 8;
        width += 8;
    }
    return width + bits_width_table[x];
}

/* floor(log2(x)).  x must not be 0. */
static inline unsigned bits_log2_floor(uint64_t x) {
    return bits_width(x) - 1;
}

/* The smallest k with 2^k >= x; 0 for 0 and 1. */
static inline unsigned bits_log2_ceil(uint64_t x) {
    return x == 0 ? 0 : bits_width(x - 1);
}

/* The number of the lowest set bit.  x must not be 0. */
static inline unsigned bits_lowest(uint64_t x) {
    return bits_log2_floor(x & -x);
}

/* `align` must be a power of two.  align_up() wraps to 0 past the end of the address
 * space. */
static inline uint64_t align_down(uint64_t x, uint64_t align) {
    return x & ~(align - 1);
}

static inline uint64_t align_up(uint64_t x, uint64_t align) {
    return (x + align - 1) & ~(align - 1);
}

static inline bool is_aligned(uint64_t x, uint64_t align) {
    return (x & (align - 1)) == 0;
}
