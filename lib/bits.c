#include "lib/bits.h"

#define REPEAT4(x)  x, x, x, x
#define REPEAT16(x) REPEAT4(x), REPEAT4(x), REPEAT4(x), REPEAT4(x)
#define REPEAT64(x) REPEAT16(x), REPEAT16(x), REPEAT16(x), REPEAT16(x)

const uint8_t bits_log2_table[256] = {
    0,           0,           1,           1,          REPEAT4(2),  REPEAT4(3),
    REPEAT4(3),  REPEAT16(4), REPEAT16(5), REPEAT16(5), REPEAT64(6), REPEAT64(7),
    REPEAT64(7),
};
