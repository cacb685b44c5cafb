/* tests/bench/instret.h - the counter that benchmarks and labs measure with. */
#pragma once

#include "lib/compiler.h"

/* Of this hart; exact, and the same on every machine, under -icount. */
static inline uint64_t instructions_retired(void) {
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count));
    return count;
}
