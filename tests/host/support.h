/* tests/host/support.h - what every host test needs: cmocka, a generator of random
 * numbers, tokens that show whether somebody wrote into a block, arenas, panics.
 *
 * Not here: what a heap ought to do (model.h).   Callers: all of tests/host. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/status.h"

/* The test or the fuzz target ends here if `condition` does not hold. */
#define REQUIRE(condition)                                                               \
    do {                                                                                 \
        if (!(condition))                                                                \
            require_failed(__FILE__, __LINE__, #condition);                              \
    } while (0)
NORETURN void require_failed(const char *file, int line, const char *condition);

/* The status by name, so that a failure reads "ERR_BUSY != OK". */
#define ASSERT_STATUS(actual, expected)                                                  \
    assert_string_equal(status_name(actual), status_name(expected))
#define ASSERT_OK(actual) ASSERT_STATUS(actual, OK)

/* The proof of a *_check() function: NULL, or the invariant that is broken. */
#define ASSERT_SOUND(proof)                                                              \
    do {                                                                                 \
        const char *broken_ = (proof);                                                   \
        if (broken_)                                                                     \
            fail_msg("broken: %s", broken_);                                             \
    } while (0)

/* splitmix64, the generator of docs' workloads. */
struct rng {
    uint64_t state;
};
uint64_t rng_next(struct rng *rng);
uint32_t rng_below(struct rng *rng, uint32_t n); /* 0 <= result < n; 0 for n == 0 */

/* Fill a block with bytes that depend on `token` and place; token_holds() is false when
 * one of them has changed.  Blocks of more than 256 bytes carry them at both ends. */
void token_write(void *block, size_t block_bytes, uint64_t token);
bool token_holds(const void *block, size_t block_bytes, uint64_t token);

/* Memory whose start is `offset` bytes past a multiple of `align`, with guard bytes at
 * both ends; arena_free() fails the test if a guard was written to. */
struct arena {
    uint8_t *memory;
    uint8_t *start;
    size_t bytes;
    size_t memory_bytes;
};
void arena_make(struct arena *arena, size_t align, size_t offset, size_t bytes);
void arena_free(struct arena *arena);

/* Run `body(argument)` in a child process and fail unless it panics through port_panic()
 * with a text that contains `fragment`. */
typedef void panic_body_fn(void *argument);
void expect_panic(panic_body_fn *body, void *argument, const char *fragment);

/* The contents of a file (release with free()), or a failed test. */
uint8_t *file_read(const char *path, size_t *file_bytes);

/* Where the build put the files made for tests: trees, archives, programs. */
const char *golden_path(const char *name);
