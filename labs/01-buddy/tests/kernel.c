/* labs/01-buddy/tests/kernel.c - the test of lab buddy that counts: what a free costs
 * when the free lists are long, with the crate's algorithm and with the student's. */
#include "kernel/log.h"
#include "labs/measure.h"

#define ARENA_BYTES  ((size_t)1 << 20)
#define SHORT        512
#define LONG         MEASURE_BLOCKS_MAX
#define FREE_AT_MOST 400 /* instructions; the crate needs thousands */

static _Alignas(1 << 20) uint8_t arena[ARENA_BYTES];
static struct crate_heap crate;
static struct buddy buddy;

static void tell(int nr_blocks, unsigned crates, unsigned yours) {
    console_printf("lab: a free among %4d blocks: crate %5u, yours %5u instructions\n",
                   nr_blocks, crates, yours);
}

SELFTEST("lab_buddy_cost", lab_buddy_cost) {
    struct bench_heap before = measure_crate(&crate, arena, ARENA_BYTES);
    unsigned crate_short = measure_lone_free(&before, SHORT);
    unsigned crate_long = measure_lone_free(&before, LONG);
    struct bench_heap heap = measure_policy(&buddy, arena, ARENA_BYTES);
    CHECK(heap.context != NULL, "the arena can be added");
    unsigned your_short = measure_lone_free(&heap, SHORT);
    unsigned your_long = measure_lone_free(&heap, LONG);
    tell(SHORT, crate_short, your_short);
    tell(LONG, crate_long, your_long);
    CHECK(your_long <= your_short + your_short / 2,
          "a free costs the same, however long the lists are");
    CHECK(your_long <= FREE_AT_MOST, "a free costs no more than a few steps");
}
