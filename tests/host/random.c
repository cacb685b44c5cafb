/* tests/host/random.c - random numbers and content tokens; see support.h.
 *
 * Apart from support.c because the fuzz targets, which have no cmocka, use it too. */
#include "tests/host/support.h"
#include "user/lib/random.h"

#define TOKEN_WHOLE_BYTES 256 /* larger blocks carry tokens at their ends only */
#define TOKEN_END_BYTES   64

uint64_t rng_next(struct rng *rng) {
    return splitmix64(&rng->state);
}

uint32_t rng_below(struct rng *rng, uint32_t n) {
    return (rng_next(rng) >> 32) * n >> 32;
}

static uint8_t token_byte(uint64_t token, size_t at) {
    return (token >> (at % 8 * 8)) + at;
}

/* The place after `at` that carries a byte: the middle of a large block does not. */
static size_t token_next(size_t at, size_t block_bytes) {
    at++;
    if (block_bytes > TOKEN_WHOLE_BYTES && at == TOKEN_END_BYTES)
        return block_bytes - TOKEN_END_BYTES;
    return at;
}

void token_write(void *block, size_t block_bytes, uint64_t token) {
    uint8_t *bytes = block;
    for (size_t at = 0; at < block_bytes; at = token_next(at, block_bytes))
        bytes[at] = token_byte(token, at);
}

bool token_holds(const void *block, size_t block_bytes, uint64_t token) {
    const uint8_t *bytes = block;
    for (size_t at = 0; at < block_bytes; at = token_next(at, block_bytes))
        if (bytes[at] != token_byte(token, at))
            return false;
    return true;
}
