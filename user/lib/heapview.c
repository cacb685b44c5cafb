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

status_t heapview_stats(struct heap_info *info) {
    if (is_kernel)
        return heap_stats(own_system, info);
    struct buddy_stats stats;
    buddy_stats(malloc_buddy(), &stats);
    *info = (struct heap_info){
        .total_bytes = stats.total_bytes,
        .used_bytes = stats.used_bytes,
        .requested_bytes = stats.requested_bytes,
        .largest_free_bytes = stats.largest_free_bytes,
        .fragmentation_percent = stats.fragmentation_percent,
    };
    for (size_t order = 0; order < INFO_ORDERS; order++)
        info->nr_free[order] = stats.nr_free[order];
    return OK;
}

/* ---- the walk ---- */

struct own_walk {
    heapview_visit_fn *visit;
    void *context;
};

static bool own_visit(void *context, const struct buddy_block *block) {
    const struct own_walk *walk = context;
    struct heap_block shown = {
        .address = block->address,
        .block_bytes = block->block_bytes,
        .requested_bytes = block->requested_bytes,
        .kind = block->kind == BUDDY_KIND_FREE ? HEAP_BLOCK_FREE : HEAP_BLOCK_USED,
    };
    return walk->visit(walk->context, &shown);
}

static status_t kernel_walk(uint64_t from, heapview_visit_fn *visit, void *context) {
    struct heap_block blocks[HEAP_WALK_MAX];
    for (;;) {
        uint64_t nr_blocks;
        status_t st = heap_walk(own_system, from, blocks, HEAP_WALK_MAX, &nr_blocks);
        if (st != OK || nr_blocks == 0)
            return st;
        for (uint64_t i = 0; i < nr_blocks; i++)
            if (!visit(context, &blocks[i]))
                return OK;
        from = blocks[nr_blocks - 1].address + blocks[nr_blocks - 1].block_bytes;
    }
}

static status_t walk_from(uint64_t from, heapview_visit_fn *visit, void *context) {
    if (is_kernel)
        return kernel_walk(from, visit, context);
    struct own_walk walk = {visit, context};
    buddy_walk(malloc_buddy(), from, own_visit, &walk);
    return OK;
}

status_t heapview_walk(heapview_visit_fn *visit, void *context) {
    return walk_from(0, visit, context);
}

struct search {
    uint64_t address;
    bool is_found;
    struct heap_block found;
};

static bool first_is_it(void *context, const struct heap_block *block) {
    struct search *search = context;
    if (search->address >= block->address &&
        search->address - block->address < block->block_bytes) {
        search->found = *block;
        search->is_found = true;
    }
    return false;
}

status_t heapview_find(uint64_t address, struct heap_block *block) {
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
