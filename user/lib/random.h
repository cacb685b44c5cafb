/* user/lib/random.h - random numbers that repeat: the same seed, the same numbers.
 *
 * For tests, benchmarks and programs; not for secrets.
 * Source: Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators". */
#pragma once

#include "lib/compiler.h"

/* The next of 2^64 numbers; the first seed is any. */
static inline uint64_t splitmix64(uint64_t *state) {
    *state += 0x9E3779B97F4A7C15;
    uint64_t z = *state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}
