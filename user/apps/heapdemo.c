/* user/apps/heapdemo.c - the buddy system at work, one step at a time.
 *
 * What a step did is worked out from two things that anybody can see: how many free
 * blocks of each order there were before, and where the block is.
 * An argument is the size of the first request.  What is free and would do without three
 * splits is taken out of the way before, so that there is something to see. */
#include "lib/bits.h"
#include "user/lib/heapview.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"

#define FIRST_REQUEST   5000
#define SPLITS          3
#define TAKEN_MAX       64
#define LISTS_A_LINE    5
#define ROW_BLOCKS      16
#define ROW_BLOCK_BYTES 4096

static int step;
static struct heap_stats before;

static const char *bytes(uint64_t n) {
    static char texts[4][FORMAT_BYTES_MAX]; /* four may stand in one printf() */
    static unsigned next;
    next = (next + 1) % 4;
    return format_bytes(n, texts[next]);
}

static void look(struct heap_stats *info) {
    if (heapview_stats(info) != OK) {
        puts("heapdemo: cannot see the heap");
        exit(1);
    }
}

static struct buddy_block block_at(uint64_t address) {
    struct buddy_block block;
    if (heapview_find(address, &block) != OK) {
        printf("heapdemo: no block at %#lx\n", address);
        exit(1);
    }
    return block;
}

/* The free lists that are not empty, as /proc/buddyinfo shows them. */
static void show_lists(const struct heap_stats *info) {
    int nr_shown = 0;
    printf("    free:");
    for (unsigned order = 0; order < BUDDY_ORDERS; order++) {
        if (info->buddy.nr_free[order] == 0)
            continue;
        if (nr_shown > 0 && nr_shown % LISTS_A_LINE == 0)
            printf("\n         ");
        printf("  %2zu x %-7s", info->buddy.nr_free[order], bytes(1ul << order));
        nr_shown++;
    }
    printf("\n");
}

/* ---- one step ---- */

static uint64_t half_beside(uint64_t address, unsigned order) {
    return align_down(address, 1ul << order) ^ (1ul << order);
}

/* A block of 2^order was cut out of the first free one that was large enough. */
static void tell_splits(uint64_t address, unsigned order) {
    unsigned found = order;
    while (found < BUDDY_ORDERS - 1 && before.buddy.nr_free[found] == 0)
        found++;
    if (found == order)
        printf("    the list of %s had one: nothing to split\n", bytes(1ul << order));
    for (; found > order; found--)
        printf("    split %s at %#lx: %s at %#lx go on a list\n", bytes(1ul << found),
               align_down(address, 1ul << found), bytes(1ul << (found - 1)),
               half_beside(address, found - 1));
}

/* The block went back, and for as long as its buddy was free they became one. */
static void tell_merges(uint64_t address, unsigned order) {
    struct buddy_block now = block_at(address);
    unsigned reached = bits_log2_floor(now.block_bytes);
    for (unsigned at = order; at < reached; at++)
        printf("    merge with its buddy at %#lx: %s at %#lx\n", half_beside(address, at),
               bytes(1ul << (at + 1)), align_down(address, 1ul << (at + 1)));
    if (reached == order)
        printf("    its buddy at %#lx is not free as a whole: no merge\n",
               half_beside(address, order));
}

static uint64_t take(size_t nr_bytes) {
    struct heap_stats after;
    uint64_t address;
    look(&before);
    printf("%d. alloc %zu bytes\n", ++step, nr_bytes);
    status_t st = heapview_alloc(nr_bytes, 0, &address);
    if (st != OK) {
        printf("    refused: %s\n", status_text(st));
        exit(1);
    }
    struct buddy_block block = block_at(address);
    tell_splits(address, bits_log2_floor(block.block_bytes));
    printf("    block at %#lx: %s, asked for %zu B, unused %zu B\n", block.address,
           bytes(block.block_bytes), block.requested_bytes,
           block.block_bytes - block.requested_bytes);
    look(&after);
    show_lists(&after);
    return address;
}

static void give_back(uint64_t address) {
    struct heap_stats after;
    unsigned order = bits_log2_floor(block_at(address).block_bytes);
    look(&before);
    printf("%d. free %#lx (%s)\n", ++step, address, bytes(1ul << order));
    if (heapview_free(address) != OK) {
        puts("    refused, which is wrong");
        exit(1);
    }
    tell_merges(address, order);
    look(&after);
    show_lists(&after);
}

/* ---- the show ---- */

static void show_buddies(size_t first_request) {
    printf("\n-- a request is rounded up to a power of two, and split off --\n");
    uint64_t a = take(first_request);
    printf(
        "\n-- the other half is its buddy: the next request of that order gets it --\n");
    uint64_t b = take(first_request);
    printf("\n-- a block merges when its buddy is free too --\n");
    give_back(a);
    give_back(b);
}

static void show_double_free(void) {
    printf("\n-- freeing twice is noticed, and changes nothing --\n");
    uint64_t a = take(2048);
    give_back(a);
    printf("%d. free %#lx again\n", ++step, a);
    status_t st = heapview_free(a);
    printf("    %s: %s\n", status_name(st), status_text(st));
    if (st == OK)
        exit(1);
}

static void say_lists(const char *what) {
    struct heap_stats info;
    look(&info);
    printf("%d. %s\n", ++step, what);
    show_lists(&info);
    printf("    free %s, largest free block %s, fragmentation %zu %%\n",
           bytes(info.buddy.total_bytes - info.buddy.used_bytes),
           bytes(info.buddy.largest_free_bytes), info.buddy.fragmentation_percent);
}

static void row_free(const uint64_t row[], int first) {
    for (int i = first; i < ROW_BLOCKS; i += 2)
        if (heapview_free(row[i]) != OK)
            exit(1);
}

/* Every second block of a row goes: much is free, and no two of the free ones are
 * buddies, so it stays in small pieces. */
static void show_fragmentation(void) {
    uint64_t row[ROW_BLOCKS];
    printf(
        "\n-- external fragmentation: of a row of blocks every second one is freed --\n");
    for (int i = 0; i < ROW_BLOCKS; i++)
        if (heapview_alloc(ROW_BLOCK_BYTES, 0, &row[i]) != OK)
            exit(1);
    say_lists("alloc 16 blocks of 4096 bytes");
    row_free(row, 0);
    say_lists("free every second: what is free lies in pieces");
    row_free(row, 1);
    say_lists("free the others: all pieces merge again");
}

/* ---- out of the way ---- */

static uint64_t taken[TAKEN_MAX];
static int nr_taken;

/* Take the free blocks that a request would find without three splits. */
static void take_ready_ones(size_t request) {
    unsigned order = 0;
    while (request > 1ul << order)
        order++;
    unsigned end = order + SPLITS;
    for (look(&before); order < end && nr_taken < TAKEN_MAX; look(&before)) {
        if (before.buddy.nr_free[order] == 0)
            order++;
        else if (heapview_alloc((1ul << order) / 4 * 3, 0, &taken[nr_taken]) == OK)
            nr_taken++;
        else
            break;
    }
    printf("%d blocks that are free and would do are taken out of the way\n", nr_taken);
}

static void give_ready_ones_back(void) {
    while (nr_taken > 0)
        if (heapview_free(taken[--nr_taken]) != OK)
            exit(1);
}

int main(int argc, char **argv) {
    struct heap_stats first, last;
    int first_request = argc > 1 ? atoi(argv[1]) : FIRST_REQUEST;
    if (first_request < 1 || first_request > 65536) {
        puts("heapdemo: the size of the first request is 1 to 65536");
        return 2;
    }
    heapview_open();
    printf("heapdemo: on %s%s\n", heapview_name(),
           heapview_is_kernel() ? "" : " (boot with learn=heap for the kernel's)");
    uint64_t warm_up; /* so that tables which the first call makes are not in the way */
    if (heapview_alloc(2048, 0, &warm_up) != OK || heapview_free(warm_up) != OK)
        return 1;
    look(&first);
    show_lists(&first);
    take_ready_ones((size_t)first_request);
    show_buddies((size_t)first_request);
    show_double_free();
    show_fragmentation();
    give_ready_ones_back();

    look(&last);
    bool is_restored =
        last.buddy.used_bytes == first.buddy.used_bytes && heapview_is_sound();
    printf("\nheapdemo: all %s, %s\n", is_restored ? "given back" : "NOT given back",
           heapview_is_sound() ? "every invariant holds" : "the heap is DAMAGED");
    return is_restored ? 0 : 1;
}
