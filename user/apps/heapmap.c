/* user/apps/heapmap.c - a picture of the kernel heap: where, how full, in what pieces.
 *
 * Argument: how many blocks of its own it takes first, so that there is something to see
 * (learn=heap must be on).  It frees every second one again: the holes are what external
 * fragmentation looks like. */
#include "kernel/abi/info.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define COLUMNS 64
#define ROWS    12
#define CELLS   (COLUMNS * ROWS)

struct cell {          /* how many bytes of each kind lie in one character of the map */
    uint64_t bytes[3]; /* by enum buddy_kind */
};

static struct cell cells[CELLS];

static void cells_add(const struct heap_stats *info, const struct buddy_block *block) {
    uint64_t cell_bytes = (info->space.end - info->space.start) / CELLS;
    uint64_t at = block->address;
    uint64_t end = block->address + block->block_bytes;
    while (at >= info->space.start && at < end && at < info->space.end) {
        uint64_t index = (at - info->space.start) / cell_bytes;
        uint64_t cell_end = info->space.start + (index + 1) * cell_bytes;
        uint64_t piece_end = end < cell_end ? end : cell_end;
        cells[index].bytes[block->kind] += piece_end - at;
        at = piece_end;
    }
}

/* The numbers of blocks, used and free; false if the walk is refused. */
static bool heap_read(const struct heap_stats *info, unsigned nr_blocks_of[3]) {
    struct buddy_block block;
    uint64_t from = 0;
    status_t st;
    while ((st = heap_walk(own_system, from, &block)) == OK) {
        cells_add(info, &block);
        nr_blocks_of[block.kind]++;
        from = block.address + block.block_bytes;
    }
    return st == ERR_NOT_FOUND;
}

static char cell_sign(const struct cell *cell) {
    uint64_t used = cell->bytes[BUDDY_KIND_USED];
    uint64_t slab = cell->bytes[BUDDY_KIND_TAGGED];
    uint64_t idle = cell->bytes[BUDDY_KIND_FREE];
    if (used + slab == 0)
        return idle == 0 ? '%' : '.';
    if (idle != 0)
        return '+';
    return used >= slab ? '#' : 's';
}

static void map_draw(const struct heap_stats *info) {
    char line[COLUMNS + 1];
    char text[FORMAT_BYTES_MAX];
    uint64_t cell_bytes = (info->space.end - info->space.start) / CELLS;
    printf("  one sign is %s:  . free  # used  s slab of small objects  + partly used  "
           "%% the heap's own\n",
           format_bytes(cell_bytes, text));
    line[COLUMNS] = '\0';
    for (int row = 0; row < ROWS; row++) {
        for (int column = 0; column < COLUMNS; column++)
            line[column] = cell_sign(&cells[row * COLUMNS + column]);
        printf("  %#lx |%s|\n", info->space.start + (uint64_t)row * COLUMNS * cell_bytes,
               line);
    }
}

static void figures_print(const struct heap_stats *info, const unsigned nr_blocks_of[3]) {
    char text[FORMAT_BYTES_MAX];
    printf("  blocks: %u used, %u slabs, %u free\n", nr_blocks_of[BUDDY_KIND_USED],
           nr_blocks_of[BUDDY_KIND_TAGGED], nr_blocks_of[BUDDY_KIND_FREE]);
    printf("  total       %s\n", format_bytes(info->buddy.total_bytes, text));
    printf("  used        %s\n", format_bytes(info->buddy.used_bytes, text));
    printf("  requested   %s\n", format_bytes(info->requested_bytes, text));
    printf("  Largest free block %s\n",
           format_bytes(info->buddy.largest_free_bytes, text));
    printf("  Fragmentation %zu %% (of the free bytes, those not in that block)\n",
           info->buddy.fragmentation_percent);
}

/* Orders [first, end) like /proc/buddyinfo, with the sizes above the counts. */
static void lists_print_some(const struct heap_stats *info, unsigned first,
                             unsigned end) {
    char text[FORMAT_BYTES_MAX];
    for (unsigned order = first; order < end; order++)
        printf(" %8s", format_bytes(1ul << order, text));
    printf("\n");
    for (unsigned order = first; order < end; order++)
        printf(" %8zu", info->buddy.nr_free[order]);
    printf("\n");
}

static void lists_print(const struct heap_stats *info) {
    printf("  free blocks of each order:\n");
    lists_print_some(info, 5, 14);
    lists_print_some(info, 14, 23); /* to 4 MiB: HEAP_SPACE has 3 */
}

/* Sizes from 1 byte to 16 KiB, small ones as likely as large ones; the numbers come from
 * a linear congruence (Knuth, TAOCP 2, 3.3.4). */
static bool blocks_take(int nr_blocks) {
    static uint64_t blocks[LEARN_BLOCKS_MAX];
    uint64_t random = 1;
    for (int i = 0; i < nr_blocks; i++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        size_t nr_bytes = 1 + (random >> 40) % (1ul << (random >> 60) % 15);
        if (i == LEARN_BLOCKS_MAX ||
            heap_alloc(own_system, nr_bytes, 0, &blocks[i]) != OK)
            return false;
    }
    for (int i = 0; i < nr_blocks; i += 2)
        if (heap_free(own_system, blocks[i]) != OK)
            return false;
    return true;
}

int main(int argc, char **argv) {
    struct heap_stats info;
    unsigned nr_blocks_of[3] = {0};
    if (argc > 1 && !blocks_take(atoi(argv[1]))) {
        puts("heapmap: I may not take blocks, or not so many (learn=heap?)");
        return 1;
    }
    if (heap_stats(own_system, &info) != OK || !heap_read(&info, nr_blocks_of)) {
        puts("heapmap: I may not look at the kernel heap");
        return 1;
    }
    printf("heapmap: HEAP_SPACE [%#lx, %#lx)\n", info.space.start, info.space.end);
    map_draw(&info);
    lists_print(&info);
    figures_print(&info, nr_blocks_of);
    return 0;
}
