/* kernel/debug.c - see debug.h.   Callers: power.c, tests. */
#include "kernel/debug.h"

#include "kernel/log.h"
#include "lib/bits.h"
#include "mm/heap.h"

#define CELL_BYTES 4096
#define LINE_CELLS 64
#define NO_CELL    UINTPTR_MAX

/* One character of the map stands for CELL_BYTES; blocks come in address order, so only
 * the current cell is remembered. */
struct map {
    uintptr_t cell;    /* its first address, or NO_CELL   */
    size_t used_bytes; /* of the cell, as far as seen     */
    bool has_slab;
    unsigned column;
};

static void end_line(struct map *map) {
    if (map->column != 0)
        console_write("\n", 1);
    map->column = 0;
}

static void put_sign(struct map *map, char sign) {
    if (map->column == 0)
        console_printf("  %#lx ", map->cell);
    console_write(&sign, 1);
    map->column++;
    if (map->column == LINE_CELLS)
        end_line(map);
}

static void put_cell(struct map *map) {
    if (map->cell == NO_CELL)
        return;
    put_sign(map, map->has_slab                   ? 's'
                  : map->used_bytes == 0          ? '.'
                  : map->used_bytes >= CELL_BYTES ? '#'
                                                  : '+');
}

static void go_to_cell(struct map *map, uintptr_t cell) {
    if (cell == map->cell)
        return;
    put_cell(map);
    if (cell != map->cell + CELL_BYTES)
        end_line(map); /* a gap: another region begins */
    *map = (struct map){.cell = cell, .column = map->column};
}

static bool draw_block(void *context, const struct buddy_block *block) {
    struct map *map = context;
    uintptr_t end = block->address + block->block_bytes;
    for (uintptr_t at = block->address; at < end;) {
        uintptr_t cell = align_down(at, CELL_BYTES);
        uintptr_t stop = cell + CELL_BYTES < end ? cell + CELL_BYTES : end;
        go_to_cell(map, cell);
        if (block->kind != BUDDY_KIND_FREE)
            map->used_bytes += stop - at;
        map->has_slab = map->has_slab || block->kind == BUDDY_KIND_TAGGED;
        at = stop;
    }
    return true;
}

/* As /proc/buddyinfo: a column an order, from the smallest to the largest one free. */
static void print_orders(const struct buddy_stats *stats) {
    char bytes[FORMAT_BYTES_MAX];
    unsigned highest = BUDDY_SMALLEST_ORDER;
    for (unsigned order = BUDDY_SMALLEST_ORDER; order < BUDDY_ORDERS; order++)
        if (stats->nr_free[order] != 0)
            highest = order;
    console_printf("  free blocks per order:\n");
    for (unsigned order = BUDDY_SMALLEST_ORDER; order <= highest; order++)
        console_printf("%8s", format_bytes((uint64_t)1 << order, bytes));
    console_printf("\n");
    for (unsigned order = BUDDY_SMALLEST_ORDER; order <= highest; order++)
        console_printf("%8zu", stats->nr_free[order]);
    console_printf("\n");
}

void debug_print_heap(void) {
    struct range space = heap_space();
    struct heap_stats stats;
    char bytes[FORMAT_BYTES_MAX];
    heap_get_stats(&stats);
    console_printf("the kernel heap: HEAP_SPACE [%#lx, %#lx), a character is %s\n",
                   space.start, space.end, format_bytes(CELL_BYTES, bytes));
    console_printf(
        "  . free   # used   + partly   s slab of small objects   %% its own\n");
    struct map map = {.cell = NO_CELL};
    heap_walk(0, draw_block, &map);
    put_cell(&map);
    /* behind the blocks stand the state bytes */
    while (map.cell != NO_CELL && map.cell + CELL_BYTES < space.end) {
        map.cell += CELL_BYTES;
        put_sign(&map, '%');
    }
    end_line(&map);
    print_orders(&stats.buddy);
    console_printf("  requested %zu, used %zu, total %zu bytes\n", stats.requested_bytes,
                   stats.buddy.used_bytes, stats.buddy.total_bytes);
    console_printf("  largest free block %s, fragmentation %u %%, %zu slabs, %zu rescue "
                   "regions\n",
                   format_bytes(stats.buddy.largest_free_bytes, bytes),
                   stats.buddy.fragmentation_percent, stats.nr_slabs,
                   stats.nr_rescue_regions);
}
