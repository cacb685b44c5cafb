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
static const struct range_set no_ranges;
static uint64_t base; /* physical address of the memory, a multiple of its size */

static inline struct range at(size_t from, size_t to) {
    return (struct range){base + from, base + to};
}

static inline struct range_set set_of(struct range r) {
    struct range_set set = {.nr_ranges = 1, .ranges = {r}};
    return set;
}

/* Drop one reference: what frame_dealloc() does, but that panics. */
static inline status_t frame_free(paddr_t frame) {
    return frame_free_run(frame, 1);
}

/* Memory, and no frame of it yet. */
static inline int memory_set_up(void **state) {
    (void)state;
    arena_make(&arena, MEMORY_BYTES, MEMORY_BYTES, MEMORY_BYTES);
    base = (uint64_t)(uintptr_t)arena.start;
    frame_init(&no_ranges, &no_ranges);
    return 0;
}

static inline int memory_tear_down(void **state) {
    (void)state;
    ASSERT_SOUND(frame_check());
    frame_init(&no_ranges, &no_ranges);
    arena_free(&arena);
    return 0;
}
