/* user/lib/heapview.c - see heapview.h. */
#include "user/lib/heapview.h"
#include "mm/buddy.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

static bool is_kernel;

void heapview_open(void) {
    uint64_t block;
    status_t st = heap_alloc(own_system, 1, 0, &block);
    is_kernel = st != ERR_DISABLED && st != ERR_RIGHTS;
    if (st == OK)
        (void)!heap_free(own_system, block);
}

bool heapview_is_kernel(void) {
    return is_kernel;
}

const char *heapview_name(void) {
    return is_kernel ? "the kernel heap" : "my own heap";
}

status_t heapview_alloc(size_t nr_bytes, size_t align, uint64_t *block) {
    if (is_kernel)
        return heap_alloc(own_system, nr_bytes, align, block);
    *block = (uintptr_t)buddy_alloc(malloc_buddy(), nr_bytes, align);
    return *block == 0 ? ERR_NO_MEMORY : OK;
}

status_t heapview_free(uint64_t block) {
    if (is_kernel)
        return heap_free(own_system, block);
    return buddy_free(malloc_buddy(), (void *)(uintptr_t)block);
}

status_t heapview_stats(struct heap_stats *stats) {
    if (is_kernel)
        return heap_stats(own_system, stats);
    *stats = (struct heap_stats){.nr_slabs = 0};
    buddy_stats(malloc_buddy(), &stats->buddy);
    stats->requested_bytes = stats->buddy.requested_bytes;
    return OK;
}

/* ---- the walk ---- */

static status_t kernel_walk(uint64_t from, buddy_visit_fn *visit, void *context) {
    struct buddy_block block;
    status_t st;
    while ((st = heap_walk(own_system, from, &block)) == OK) {
        if (!visit(context, &block))
            return OK;
        from = block.address + block.block_bytes;
    }
    return st == ERR_NOT_FOUND ? OK : st;
}

static status_t walk_from(uint64_t from, buddy_visit_fn *visit, void *context) {
    if (is_kernel)
        return kernel_walk(from, visit, context);
    buddy_walk(malloc_buddy(), from, visit, context);
    return OK;
}

status_t heapview_walk(buddy_visit_fn *visit, void *context) {
    return walk_from(0, visit, context);
}

struct search {
    uint64_t address;
    bool is_found;
    struct buddy_block found;
};

static bool first_is_it(void *context, const struct buddy_block *block) {
    struct search *search = context;
    if (search->address >= block->address &&
        search->address - block->address < block->block_bytes) {
        search->found = *block;
        search->is_found = true;
    }
    return false;
}

status_t heapview_find(uint64_t address, struct buddy_block *block) {
    struct search search = {.address = address};
    status_t st = walk_from(address, first_is_it, &search);
    if (st != OK)
        return st;
    *block = search.found;
    return search.is_found ? OK : ERR_NOT_FOUND;
}

bool heapview_is_sound(void) {
    uint64_t is_broken;
    if (is_kernel)
        return heap_check(own_system, &is_broken) == OK && is_broken == 0;
    return buddy_check(malloc_buddy()) == NULL;
}
