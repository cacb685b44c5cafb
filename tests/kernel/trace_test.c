/* tests/kernel/trace_test.c - the trace tells what the heap does, and nothing else.
 *
 * Each test records into a ring of its own; one that the boot option asked for goes on
 * afterwards, with a new snapshot. */
#include "kernel/message.h"
#include "kernel/smp.h"
#include "kernel/trace.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "tests/kernel/calls.h"
#include "tests/kernel/message_world.h"
#include "tests/kernel/selftest.h"

#define RING_FRAMES  1000
#define RING_BYTES   (RING_FRAMES * PAGE_SIZE)
#define UNIT         ((size_t)1 << BUDDY_SMALLEST_ORDER)
#define NR_UNITS     (KERNEL_HEAP_SIZE / UNIT)
#define UNITS_FRAMES (NR_UNITS / PAGE_SIZE)

static struct trace_ring *ring, *ring_before;
static paddr_t ring_run; /* the ring, and behind it: */
static uint8_t *units;   /* for the replay: what begins at each smallest block */

static bool begin(size_t nr_bytes, uint64_t spaces) {
    if (frame_alloc_run(RING_FRAMES + UNITS_FRAMES, 0, &ring_run) != OK)
        return false;
    units = (uint8_t *)phys_to_virt(ring_run) + RING_BYTES;
    ring = trace_ring_make(phys_to_virt(ring_run), nr_bytes, spaces);
    ring_before = trace_switch(ring);
    return true;
}

/* The ring stays readable until release(). */
static void end(void) {
    trace_switch(ring_before);
}

static void release(void) {
    if (frame_free_run(ring_run, RING_FRAMES + UNITS_FRAMES) != OK)
        selftest_fail(__FILE__, __LINE__, "the ring's frames are lost");
}

static const struct trace_record *event(uint64_t number) {
    return &ring->records[number % ring->nr_records];
}

static bool event_is(uint64_t number, enum trace_event kind, const void *address,
                     size_t nr_bytes, size_t requested_bytes) {
    const struct trace_record *r = event(number);
    return r->sequence == number && r->event == kind &&
           r->address == (uintptr_t)address && r->bytes == nr_bytes &&
           r->requested_bytes == requested_bytes;
}

#define GUARD (DEBUG ? 16 : 0) /* what debug builds add to a request */

#define ORDER   15
#define REQUEST 20000

/* The order of the block that a request of 2^ORDER bytes is cut from. */
static unsigned order_found(void) {
    struct heap_stats stats;
    heap_get_stats(&stats);
    unsigned order = ORDER;
    while (order < BUDDY_ORDERS - 1 && stats.buddy.nr_free[order] == 0)
        order++;
    return order;
}

static bool note_requested(void *context, const struct buddy_block *block) {
    *(size_t *)context = block->requested_bytes;
    return false; /* the first one is enough */
}

/* True if the innermost caller told is `function`, which has at most 2 KiB. */
static bool caller_is(uint64_t number, void (*function)(void)) {
    return event(number)->callers[0] - (uintptr_t)function - 1 < 2048;
}

/* From event `first` on: splits from 2^found bytes down, an alloc, a free, merges. */
static void check_block(char *block, uint64_t first, unsigned found, size_t requested) {
    uint64_t i = first;
    for (unsigned order = found; order > ORDER; order--, i++)
        CHECK(event_is(i, TRACE_SPLIT, block, (size_t)1 << order, 0), "each split");
    CHECK(event_is(i, TRACE_ALLOC, block, (size_t)1 << ORDER, requested), "alloc");
    i++;
    CHECK(event_is(i, TRACE_FREE, block, (size_t)1 << ORDER, requested), "free");
    i++;
    for (unsigned order = ORDER + 1; order <= found; order++, i++)
        CHECK(event_is(i, TRACE_MERGE, block, (size_t)1 << order, 0), "each merge");
    CHECK_EQUAL(ring->nr_events, i, "and nothing else");
}

SELFTEST("trace_block", trace_block) {
    void *taken[16];
    size_t nr_taken = 0, requested = 0; /* as the heap remembers it, see below */
    while (order_found() == ORDER && nr_taken < ARRAY_SIZE(taken))
        taken[nr_taken++] = kmalloc(REQUEST); /* so that something must be split */
    unsigned found = order_found();
    bool has_ring = begin(RING_BYTES, 1 << TRACE_HEAP);
    uint64_t first = has_ring ? ring->nr_events : 0;
    char *block = kmalloc(REQUEST);
    heap_walk((uintptr_t)block, note_requested, &requested);
    kfree(block);
    if (has_ring)
        end();
    while (nr_taken > 0)
        kfree(taken[--nr_taken]);
    CHECK(has_ring, "there is memory for a ring");
    check_block(block, first, found, requested);
    CHECK(caller_is(first, trace_block), "the innermost caller is not the allocator");
    release();
    CHECK(found > ORDER, "a block was split");
    /* Pair bits keep no size, so there a request counts as its block. */
    CHECK(requested == REQUEST + GUARD || requested == (size_t)1 << ORDER,
          "the trace tells what was asked for");
}

/* Objects are told at their own size, and the caller is this function. */
SELFTEST("trace_object", trace_object) {
    heap_trim();
    CHECK(begin(RING_BYTES, 1 << TRACE_HEAP), "there is memory for a ring");
    void *first_object = kmalloc(100), *second = kmalloc(100);
    uint64_t taken = ring->nr_events;
    struct heap_stats stats;
    heap_get_stats(&stats); /* a lab's tree may have no slabs yet */
    size_t object_bytes = stats.nr_slabs > 0 ? slab_around(second)->object_bytes : 0;
    kfree(second);
    kfree(first_object);
    heap_trim();
    end();
    if (object_bytes == 0) {
        release();
        return;
    }
    CHECK(event_is(taken - 1, TRACE_TAKE, second, object_bytes, 100 + GUARD), "a take");
    CHECK(event_is(taken, TRACE_PUT, second, object_bytes, 100 + GUARD), "a put");
    CHECK(event_is(taken + 1, TRACE_PUT, first_object, object_bytes, 100 + GUARD),
          "another");
    CHECK_EQUAL(event(taken + 2)->event, TRACE_FREE, "the empty slab is freed");
    CHECK_EQUAL(event(taken + 2)->bytes, CACHE_SLAB_BYTES, "as a block");
    CHECK(caller_is(taken, trace_object), "the innermost caller is not the allocator");
    CHECK_EQUAL(event(taken)->process, 0, "the kernel did it");
    release();
}

/* Of more events than there are records the last ones are there. */
SELFTEST("trace_overflow", trace_overflow) {
    CHECK(begin(PAGE_SIZE, 1 << TRACE_HEAP), "there is memory for a ring");
    for (size_t i = 0; i < 100; i++)
        kfree(kmalloc(2000));
    end();
    uint64_t nr_events = ring->nr_events, nr_records = ring->nr_records;
    CHECK(nr_records < 32 && nr_records > 0, "a page holds some records");
    CHECK(nr_events > 200, "every event is counted");
    for (uint64_t i = nr_events - nr_records; i < nr_events; i++)
        CHECK_EQUAL(event(i)->sequence, i, "the last ones are there");
    release();
}

/* What two threads say to each other, in the order in which they do; and nothing while no
 * notes are taken. */
SELFTEST("trace_messages", trace_messages) {
    static const char *const wanted[] = {
        "call gate", "receive thread", "awaiting-reply object",
        "run",       "reply thread",   "receiving",
        "run",
    };
    CHECK(begin(RING_BYTES, 1 << TRACE_MESSAGES), "there is memory for a ring");
    status_t st = world_begin(SLOW_ALWAYS);
    if (st == OK) {
        receive(0);
        uint64_t nr_without = ring->nr_events;
        trace_begin_notes();
        call(gates[CLIENT], 0, 1);
        reply_receive(running->x[REGISTER_T2], 0, 2);
        trace_has_notes = false;
        world_end();
        CHECK_EQUAL(nr_without, 0, "nothing is told of what was before");
    }
    end();
    size_t nr_notes = ring->nr_events, nr_right = 0;
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        nr_right += memcmp(event(i)->note, wanted[i], strlen(wanted[i])) == 0;
    uint64_t client = event(0)->address, server = event(1)->address;
    release();
    CHECK_EQUAL(st, OK, "a little system");
    CHECK_EQUAL(nr_notes, ARRAY_SIZE(wanted), "a note of each, and no other");
    CHECK_EQUAL(nr_right, ARRAY_SIZE(wanted), "in their order");
    CHECK(client != server && client != 0 && server != 0, "of two threads");
}

/* ---- a replay ---- */

#define INSIDE    0
#define FREE(k)   (0x40 | (k))
#define IN_USE(k) (0x80 | (k))

static bool become(uint8_t *unit, uint8_t from, uint8_t to) {
    bool was = *unit == from;
    *unit = to;
    return was;
}

/* True if the event fits what the events before it made. */
static bool replay(const struct trace_record *r) {
    size_t k = bits_log2_floor(r->bytes) - BUDDY_SMALLEST_ORDER;
    uint8_t *unit = &units[(r->address - heap_space().start) / UNIT];
    uint8_t *half = unit + ((size_t)1 << k) / 2;
    switch ((enum trace_event)r->event) {
    case TRACE_HAVE_FREE: return become(unit, INSIDE, FREE(k));
    case TRACE_HAVE_USED: return become(unit, INSIDE, IN_USE(k));
    case TRACE_ALLOC: return become(unit, FREE(k), IN_USE(k));
    case TRACE_FREE: return become(unit, IN_USE(k), FREE(k));
    case TRACE_SPLIT:
        return become(unit, FREE(k), FREE(k - 1)) && become(half, INSIDE, FREE(k - 1));
    case TRACE_MERGE:
        return become(unit, FREE(k - 1), FREE(k)) && become(half, FREE(k - 1), INSIDE);
    case TRACE_TAKE:
    case TRACE_PUT:
    case TRACE_NOTE: return true;
    }
    return false;
}

static bool compare(void *context, const struct buddy_block *block) {
    size_t k = bits_log2_floor(block->block_bytes) - BUDDY_SMALLEST_ORDER;
    uint8_t *unit = &units[(block->address - heap_space().start) / UNIT];
    uint8_t state = block->kind == BUDDY_KIND_FREE ? FREE(k) : IN_USE(k);
    if (!become(unit, state, INSIDE))
        ++*(size_t *)context;
    return true;
}

static void use_heap(void *unused) {
    (void)unused;
    void *live[8] = {0};
    uint64_t random = hart_current()->index + 1;
    for (unsigned round = 0; round < 300; round++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's */
        void **slot = &live[random >> 33 & 7];
        kfree(*slot);
        *slot = kmalloc(1 + (random >> 40 & 4095));
    }
    for (size_t i = 0; i < ARRAY_SIZE(live); i++)
        kfree(live[i]);
}

SELFTEST("trace_all_harts", trace_all_harts) {
    CHECK(begin(RING_BYTES, 1 << TRACE_HEAP), "there is memory for a ring");
    smp_call_all(use_heap, NULL);
    end();
    uint64_t nr_events = ring->nr_events, nr_wrong = 0;
    size_t nr_different = 0, nr_left = 0;
    memset(units, INSIDE, NR_UNITS);
    for (uint64_t i = 0; i < nr_events; i++)
        nr_wrong += event(i)->sequence != i || !replay(event(i));
    heap_walk(0, compare, &nr_different);
    for (size_t i = 0; i < NR_UNITS; i++)
        nr_left += units[i] != INSIDE;
    bool has_overflowed = nr_events > ring->nr_records;
    release();
    CHECK(!has_overflowed, "no event was overwritten");
    CHECK(nr_events > 600, "there were many events");
    CHECK_EQUAL(nr_wrong, 0, "each event fits those before it");
    CHECK_EQUAL(nr_different, 0, "the replay has every block of the heap");
    CHECK_EQUAL(nr_left, 0, "and no other");
}
