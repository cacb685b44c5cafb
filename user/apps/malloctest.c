/* user/apps/malloctest.c - tests malloc, calloc, realloc and free (TAP). */
#include "lib/string.h"
#include "mm/buddy.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/tap.h"

#define BLOCKS 64

static size_t used_bytes(void) {
    struct buddy_stats stats;
    buddy_stats(malloc_buddy(), &stats);
    return stats.used_bytes;
}

static bool is_filled(const uint8_t *bytes, uint8_t with, size_t nr_bytes) {
    for (size_t i = 0; i < nr_bytes; i++)
        if (bytes[i] != with)
            return false;
    return true;
}

static bool is_refused(void *block) {
    free(block);
    return block == NULL;
}

static void test_sizes(void) {
    void *nothing = malloc(0);
    void *another = malloc(0);
    tap_check(nothing != NULL && another != NULL && nothing != another,
              "malloc(0) gives blocks of their own");
    free(nothing);
    free(another);
    tap_check(is_refused(malloc(SIZE_MAX)), "malloc(SIZE_MAX) gives NULL");
    tap_check(is_refused(malloc(USER_HEAP_SIZE + 1)), "more than the heap gives NULL");
    free(NULL);
    tap_check(true, "free(NULL) does nothing");
}

static void test_contents(void) {
    uint8_t *blocks[BLOCKS];
    bool is_good = true;
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(1 + i * 7);
        is_good = is_good && blocks[i] != NULL && (uintptr_t)blocks[i] % 16 == 0;
        if (blocks[i] != NULL)
            memset(blocks[i], (int)i, 1 + i * 7);
    }
    tap_check(is_good, "%d blocks of mixed sizes, all aligned", BLOCKS);
    for (size_t i = 0; i < BLOCKS; i++) {
        is_good = is_good && is_filled(blocks[i], (uint8_t)i, 1 + i * 7);
        free(blocks[i]);
    }
    tap_check(is_good, "each keeps what was written into it");
}

static void test_calloc(void) {
    uint8_t *dirty = malloc(1000);
    memset(dirty, 0xff, 1000);
    free(dirty);
    uint8_t *clean = calloc(10, 100);
    tap_check(clean != NULL && is_filled(clean, 0, 1000), "calloc gives zeroes");
    free(clean);
    tap_check(is_refused(calloc(SIZE_MAX / 2, 3)),
              "calloc of a product that wraps gives NULL");
}

static void test_realloc(void) {
    uint8_t *small = realloc(NULL, 10);
    memset(small, 7, 10);
    uint8_t *large = realloc(small, 5000);
    tap_check(large != NULL && is_filled(large, 7, 10), "realloc keeps the contents");
    uint8_t *tiny = realloc(large, 4);
    tap_check(tiny != NULL && is_filled(tiny, 7, 4), "a smaller one too");
    /* By a pointer: analysers think that a realloc which fails has freed the block. */
    void *(*const resize)(void *, size_t) = realloc;
    tap_check(resize(tiny, SIZE_MAX) == NULL && is_filled(tiny, 7, 4),
              "realloc without memory gives NULL and leaves the block");
    free(tiny);
}

static void test_exhaustion(void) {
    void *blocks[USER_HEAP_SIZE / 4096];
    size_t nr_blocks = 0;
    while (nr_blocks < ARRAY_SIZE(blocks)) {
        blocks[nr_blocks] = malloc(4096);
        if (blocks[nr_blocks] == NULL)
            break;
        nr_blocks++;
    }
    tap_check(nr_blocks >= ARRAY_SIZE(blocks) * 9 / 10 && nr_blocks < ARRAY_SIZE(blocks),
              "the heap can be used up, to nine tenths at least");
    while (nr_blocks > 0)
        free(blocks[--nr_blocks]);
    void *large = malloc(USER_HEAP_SIZE / 4);
    tap_check(large != NULL, "afterwards it is whole again");
    free(large);
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(15);
    size_t used_at_first = used_bytes();
    test_sizes();
    test_contents();
    test_calloc();
    test_realloc();
    test_exhaustion();
    tap_check(used_bytes() == used_at_first, "nothing is lost");
    tap_check(buddy_check(malloc_buddy()) == NULL, "every invariant holds");
    return tap_end();
}
