/* user/lib/malloc.c - malloc and its kin of stdlib.h, on the buddy system.
 *
 * In a file of its own: a program that does not call them has no heap in its memory. */
#include "lib/string.h"
#include "mm/buddy.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"

static uint8_t heap_space[USER_HEAP_SIZE] __attribute__((aligned(4096)));
static struct buddy heap;
static bool is_heap_ready;

struct buddy *malloc_buddy(void) {
    if (!is_heap_ready) {
        buddy_init(&heap, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
        if (buddy_add(&heap, heap_space, sizeof(heap_space)) != OK)
            abort();
        is_heap_ready = true;
    }
    return &heap;
}

void *malloc(size_t nr_bytes) {
    return buddy_alloc(malloc_buddy(), nr_bytes, 0);
}

void *calloc(size_t nr_items, size_t item_bytes) {
    size_t nr_bytes;
    if (__builtin_mul_overflow(nr_items, item_bytes, &nr_bytes))
        return NULL;
    void *block = malloc(nr_bytes);
    if (block != NULL)
        memset(block, 0, nr_bytes);
    return block;
}

static NORETURN void heap_misused(const char *function, const void *block, status_t st) {
    printf("%s(%p): %s\n", function, block, status_text(st));
    abort();
}

void free(void *block) {
    if (block == NULL)
        return;
    status_t st = buddy_free(malloc_buddy(), block);
    if (st != OK)
        heap_misused("free", block, st);
}

void *realloc(void *block, size_t nr_bytes) {
    if (block == NULL)
        return malloc(nr_bytes);
    struct buddy_block old;
    status_t st = buddy_find(malloc_buddy(), block, &old);
    if (st == OK && old.kind == BUDDY_KIND_FREE)
        st = ERR_DOUBLE_FREE;
    else if (st == OK && old.address != (uintptr_t)block)
        st = ERR_INTERIOR;
    if (st != OK)
        heap_misused("realloc", block, st);

    void *bigger = malloc(nr_bytes);
    if (bigger == NULL)
        return NULL;
    size_t nr_kept = old.requested_bytes < nr_bytes ? old.requested_bytes : nr_bytes;
    memcpy(bigger, block, nr_kept);
    free(block);
    return bigger;
}
