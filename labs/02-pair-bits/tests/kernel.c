/* labs/02-pair-bits/tests/kernel.c - the test of lab pair-bits that counts: how much of
 * an arena the books take, and what a free costs when the free lists are long.
 *
 * It measures the policy that the kernel was built with, so `make run POLICY=buddy` shows
 * the same figures of the buddy that keeps a byte for each unit. */
#include "kernel/log.h"
#include "labs/measure.h"

#define ARENA_BYTES    ((size_t)1 << 20)
#define SHORT          512
#define LONG           MEASURE_BLOCKS_MAX
#define BOOKS_PER_MILL 10 /* at most, of the arena; a byte for each unit takes 31 */

static _Alignas(1 << 20) uint8_t arena[ARENA_BYTES];
static struct buddy buddy;

SELFTEST("lab_pair_bits_cost", lab_pair_bits_cost) {
    struct bench_heap heap = measure_policy(&buddy, arena, ARENA_BYTES);
    CHECK(heap.context != NULL, "the arena can be added");
    struct buddy_stats stats;
    buddy_stats(&buddy, &stats);
    size_t books_bytes = ARENA_BYTES - stats.total_bytes;
    unsigned of_few = measure_lone_free(&heap, SHORT),
             of_many = measure_lone_free(&heap, LONG);
    console_printf("lab: the books take %zu of %zu bytes\n", books_bytes, ARENA_BYTES);
    console_printf("lab: a free among %d blocks takes %u instructions, among %d %u\n",
                   SHORT, of_few, LONG, of_many);
    CHECK(books_bytes <= ARENA_BYTES / 1000 * BOOKS_PER_MILL,
          "two bits a unit, and no more");
    CHECK(of_many <= of_few + of_few / 2,
          "a free costs the same, however long the lists are");
}
