/* lib/bits.c - see bits.h. */
#include "lib/bits.h"

#define REPEAT4(x)  x, x, x, x
#define REPEAT16(x) REPEAT4(x), REPEAT4(x), REPEAT4(x), REPEAT4(x)
#define REPEAT64(x) REPEAT16(x), REPEAT16(x), REPEAT16(x), REPEAT16(x)

const uint8_t bits_width_table[256] = {
    0,           1,           2,           2,           REPEAT4(3),
    REPEAT4(4),  REPEAT4(4),  REPEAT16(5), REPEAT16(6), REPEAT16(6),
    REPEAT64(7), REPEAT64(8), REPEAT64(8),
};
