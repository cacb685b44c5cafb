/* user/apps/heapstress.c - many blocks of mixed sizes, taken and freed at random.
 *
 * Blocks must be aligned, must not overlap, and (where they are memory of ours) must keep
 * what is written into them; at the end nothing may be missing.  Arguments: the number of
 * operations, the seed. */
#include "lib/bits.h"
#include "user/lib/heapview.h"
#include "user/lib/random.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define SLOTS        128
#define OPERATIONS   4000
#define SIZE_MAX_LOG 12 /* sizes up to 4 KiB, small ones as likely as large ones */

struct slot {
    uint64_t block; /* 0: empty */
    size_t nr_bytes;
    uint64_t token;
};

static struct slot slots[SLOTS];
static uint64_t random_state;
static unsigned nr_refused;

static uint64_t random_next(void) {
    return splitmix64(&random_state);
}

static NORETURN void fail(const char *what, const struct slot *slot) {
    printf("heapstress: block %#lx of %zu bytes: %s\n", slot->block, slot->nr_bytes,
           what);
    exit(1);
}

/* The first and the last 8 bytes of a block say whose it is. */
static void token_write(struct slot *slot) {
    if (heapview_is_kernel() || slot->nr_bytes < sizeof(uint64_t))
        return;
    uint8_t *block = (uint8_t *)(uintptr_t)slot->block;
    slot->token = random_next();
    __builtin_memcpy(block, &slot->token, sizeof(slot->token));
    __builtin_memcpy(block + slot->nr_bytes - 8, &slot->token, sizeof(slot->token));
}

static void token_check(const struct slot *slot) {
    if (heapview_is_kernel() || slot->nr_bytes < 2 * sizeof(uint64_t))
        return;
    const uint8_t *block = (const uint8_t *)(uintptr_t)slot->block;
    if (__builtin_memcmp(block, &slot->token, 8) != 0 ||
        __builtin_memcmp(block + slot->nr_bytes - 8, &slot->token, 8) != 0)
        fail("somebody else wrote into it", slot);
}

static void check_alone(const struct slot *slot) {
    for (const struct slot *other = slots; other < slots + SLOTS; other++)
        if (other != slot && other->block != 0 &&
            slot->block < other->block + other->nr_bytes &&
            other->block < slot->block + slot->nr_bytes)
            fail("overlaps another one", slot);
}

static void slot_fill(struct slot *slot) {
    uint64_t most = 1ul << (random_next() % (SIZE_MAX_LOG + 1));
    size_t align = random_next() % 4 == 0 ? 1ul << (random_next() % 10) : 0;
    slot->nr_bytes = 1 + random_next() % most;
    if (heapview_alloc(slot->nr_bytes, align, &slot->block) != OK) {
        slot->block = 0;
        nr_refused++;
        return;
    }
    if (!is_aligned(slot->block, align > 8 ? align : 8))
        fail("is not aligned", slot);
    check_alone(slot);
    token_write(slot);
}

static void slot_empty(struct slot *slot) {
    token_check(slot);
    if (heapview_free(slot->block) != OK)
        fail("cannot be freed", slot);
    slot->block = 0;
}

/* What this program holds of the heap: others may use the kernel's at the same time. */
static size_t held_bytes(void) {
    struct process_info self;
    struct heap_stats info;
    if (heapview_is_kernel())
        return process_inspect(own_process, &self) == OK ? self.learn_bytes : SIZE_MAX;
    return heapview_stats(&info) == OK ? info.requested_bytes : SIZE_MAX;
}

int main(int argc, char **argv) {
    int nr_operations = argc > 1 ? atoi(argv[1]) : OPERATIONS;
    random_state = argc > 2 ? (uint64_t)atoi(argv[2]) : 1;
    heapview_open();
    size_t held_at_first = held_bytes();
    for (int i = 0; i < nr_operations; i++) {
        struct slot *slot = &slots[random_next() % SLOTS];
        if (slot->block == 0)
            slot_fill(slot);
        else
            slot_empty(slot);
    }
    for (struct slot *slot = slots; slot < slots + SLOTS; slot++)
        if (slot->block != 0)
            slot_empty(slot);

    if (!heapview_is_sound()) {
        puts("heapstress: the heap is DAMAGED");
        return 1;
    }
    if (held_bytes() != held_at_first) {
        printf("heapstress: %zu bytes held before, %zu after\n", held_at_first,
               held_bytes());
        return 1;
    }
    printf("heapstress: %d operations on %s, %u refused, nothing lost\n", nr_operations,
           heapview_name(), nr_refused);
    return 0;
}
