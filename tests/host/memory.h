/* tests/host/memory.h - the "physical" memory of the tests of frames: an arena of their
 * own, since DIRECT_MAP_BASE is 0 on the host.
 *
 * Callers: test_frame.c, test_frame_bank.c, each with its copy. */
#pragma once

#include "mm/frame.h"
#include "tests/host/fixture.h"

#define MIB          ((size_t)1 << 20)
#define MEMORY_BYTES (8 * MIB)

static struct arena arena;
static uint64_t base; /* physical address of the memory, a multiple of its size */

static inline struct range at(size_t from, size_t to) {
    return (struct range){base + from, base + to};
}

static inline struct range_set set_of(struct range r) {
    struct range_set set = {.nr_ranges = 1, .ranges = {r}};
    return set;
}

/* Memory, and no bank of it yet. */
static inline int memory_set_up(void **state) {
    (void)state;
    arena_make(&arena, MEMORY_BYTES, MEMORY_BYTES, MEMORY_BYTES);
    base = (uint64_t)(uintptr_t)arena.start;
    frame_reset();
    return 0;
}

static inline int memory_tear_down(void **state) {
    (void)state;
    ASSERT_SOUND(frame_check());
    frame_reset();
    arena_free(&arena);
    return 0;
}
