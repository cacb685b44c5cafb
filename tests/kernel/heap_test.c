/* tests/kernel/heap_test.c - the heap as the kernel uses it; tests/host has the thorough
 * tests of the same code. */
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/addr.h"
#include "mm/heap.h"
#include "tests/kernel/selftest.h"

SELFTEST("heap_basic", heap_basic) {
    for (size_t size = 0; size <= 8192; size += size / 3 + 1) {
        uint8_t *block = kmalloc(size);
        CHECK(block != NULL, "a small block can be had");
        CHECK(is_aligned((uintptr_t)block, HEAP_MIN_ALIGN), "it is aligned");
        memset(block, 0x5a, size);
        kfree(block);
    }
    uint8_t *zeroed = kzalloc(300);
    CHECK(zeroed != NULL, "a zeroed block can be had");
    for (size_t i = 0; i < 300; i++)
        CHECK_EQUAL(zeroed[i], 0, "kzalloc() zeroes");
    kfree(zeroed);
    kfree(NULL);
    CHECK(heap_check() == NULL, "the heap's invariants hold");
}

SELFTEST("heap_aligned", heap_aligned) {
    for (size_t align = 1; align <= (size_t)1 << 20; align *= 2) {
        void *block = kmalloc_aligned(24, align);
        CHECK(block != NULL, "an aligned block can be had");
        CHECK(is_aligned((uintptr_t)block, align), "it is aligned as asked");
        kfree(block);
    }
    CHECK(kmalloc_aligned(24, 3) == NULL, "an alignment of 3 is refused");
}

SELFTEST("heap_hostile_sizes", heap_hostile_sizes) {
    static const size_t sizes[] = {SIZE_MAX,         SIZE_MAX - 1, SIZE_MAX - PAGE_SIZE,
                                   SIZE_MAX / 2 + 2, SIZE_MAX / 2, (size_t)1 << 47};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        CHECK(kmalloc(sizes[i]) == NULL, "an impossible size is refused");
        CHECK(kmalloc_aligned(sizes[i], PAGE_SIZE) == NULL, "aligned ones too");
    }
    CHECK(kmalloc_aligned(1, (size_t)1 << 63) == NULL,
          "an impossible alignment is refused");
    void *nothing = kmalloc(0);
    CHECK(nothing != NULL, "size 0 is served as 1");
    kfree(nothing);
    CHECK(heap_check() == NULL, "the heap's invariants hold");
}

/* The block of HEAP_SPACE's largest power of two, which the alignment promises. */
SELFTEST("heap_largest", heap_largest) {
    void *block = kmalloc_aligned((size_t)1 << 20, (size_t)1 << 20);
    CHECK(block != NULL, "1 MiB can be had");
    kfree(block);
}

SELFTEST("heap_wrong_frees", heap_wrong_frees) {
    char *large = kmalloc(5000);
    char *small = kmalloc(40);
    CHECK(large != NULL && small != NULL, "two blocks can be had");
    CHECK(heap_free_checked(large + 64) != OK, "an interior pointer is refused");
    CHECK(heap_free_checked(small + 1) != OK, "a misaligned pointer is refused");
    CHECK_EQUAL(heap_free_checked(&large), ERR_FOREIGN, "the stack is foreign");
    CHECK_EQUAL(heap_free_checked((void *)8), ERR_FOREIGN, "the lower half is foreign");
    CHECK_EQUAL(heap_free_checked(NULL), ERR_FOREIGN, "NULL is foreign");
    CHECK_EQUAL(heap_free_checked(large), OK, "a block in use can be freed");
    CHECK_EQUAL(heap_free_checked(large), ERR_DOUBLE_FREE, "but once");
    CHECK_EQUAL(heap_free_checked(small), OK, "so can a small object");
    CHECK(heap_free_checked(small) != OK, "but once");
    CHECK(heap_check() == NULL, "the heap's invariants hold");
}

/* Take blocks until none is left, chained through their first words. */
static void **take_all(size_t size, size_t *nr_taken) {
    void **first = NULL;
    for (*nr_taken = 0;; (*nr_taken)++) {
        void **block = kmalloc(size);
        if (block == NULL)
            return first;
        *block = first;
        first = block;
    }
}

static void free_all(void **first) {
    while (first != NULL) {
        void **next = *first;
        kfree(first);
        first = next;
    }
}

/* 60,000 bytes: with the guards of debug builds still a block of 64 KiB. */
SELFTEST("heap_exhaustion", heap_exhaustion) {
    struct heap_stats full, after;
    size_t nr_blocks, nr_again;
    void **all = take_all(60000, &nr_blocks);
    heap_get_stats(&full);
    const char *broken_when_full = heap_check();
    free_all(all);
    heap_get_stats(&after);
    CHECK(nr_blocks * 65536 > KERNEL_HEAP_SIZE, "the heap grew beyond HEAP_SPACE");
    CHECK(full.nr_rescue_regions > 0, "by regions of frames");
    CHECK(full.nr_rescue_regions <= HEAP_RESCUE_MAX, "of which there is a limit");
    CHECK(broken_when_full == NULL, "a full heap's invariants hold");
    CHECK_EQUAL(after.nr_rescue_regions, 0, "the regions went back");
    all = take_all(60000, &nr_again);
    free_all(all);
    CHECK_EQUAL(nr_again, nr_blocks, "as much can be had again");
    CHECK(heap_check() == NULL, "the heap's invariants hold");
}
