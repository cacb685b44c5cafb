/* tests/host/test_buddy_trace.c - what the trace hook is told, replayed, is the heap.
 *
 * The replay keeps one byte for each smallest block and believes nothing: an event must
 * fit what the events before it made. */
#include "lib/bits.h"
#include "tests/host/fixture.h"

#define KIB       ((size_t)1024)
#define NR_UNITS  (256 * KIB / 32)
#define INSIDE    0
#define FREE(k)   (0x40 | (k))
#define IN_USE(k) (0x80 | (k))

struct replay {
    uintptr_t base;          /* a multiple of the largest block's size */
    uint8_t units[NR_UNITS]; /* what begins there */
    size_t nr_events;
};

static void expect(const struct replay *r, size_t unit, uint8_t state) {
    assert_in_range(unit, 0, NR_UNITS - 1);
    assert_int_equal(r->units[unit], state);
}

static void play(void *context, enum buddy_event event, const void *block, unsigned order,
                 size_t requested_bytes) {
    struct replay *r = context;
    size_t unit = ((uintptr_t)block - r->base) / 32, k = order - 5;
    size_t half = ((size_t)1 << k) / 2;
    r->nr_events++;
    assert_true(is_aligned((uintptr_t)block, (uintptr_t)1 << order));
    switch (event) {
    case BUDDY_ALLOC:
        expect(r, unit, FREE(k));
        assert_in_range(requested_bytes, 1, (size_t)1 << order);
        r->units[unit] = IN_USE(k);
        return;
    case BUDDY_FREE:
        expect(r, unit, IN_USE(k));
        r->units[unit] = FREE(k);
        return;
    case BUDDY_SPLIT:
        expect(r, unit, FREE(k));
        r->units[unit] = r->units[unit + half] = FREE(k - 1);
        return;
    case BUDDY_MERGE:
        expect(r, unit, FREE(k - 1));
        expect(r, unit + half, FREE(k - 1));
        r->units[unit] = FREE(k);
        r->units[unit + half] = INSIDE;
        return;
    case BUDDY_ADD:
        for (size_t i = 0; i < (size_t)1 << k; i++)
            expect(r, unit + i, INSIDE);
        r->units[unit] = FREE(k);
        return;
    default: break;
    }
    fail_msg("event %d", event);
}

struct comparison {
    struct replay *replay;
    size_t nr_blocks;
};

static bool compare(void *context, const struct buddy_block *block) {
    struct comparison *c = context;
    unsigned k = bits_log2_floor(block->block_bytes) - 5;
    expect(c->replay, (block->address - c->replay->base) / 32,
           block->kind == BUDDY_KIND_FREE ? FREE(k) : IN_USE(k));
    c->nr_blocks++;
    return true;
}

/* The replay has the blocks that the heap has, and no other. */
static void verify(struct replay *r, const struct buddy *b) {
    struct comparison c = {r, 0};
    size_t nr_blocks = 0;
    buddy_walk(b, 0, compare, &c);
    for (size_t i = 0; i < NR_UNITS; i++)
        nr_blocks += r->units[i] != INSIDE;
    assert_int_equal(c.nr_blocks, nr_blocks);
}

/* Take a run, and now and then give some of it back at once. */
static void step_run(struct model *m, struct rng *rng, size_t nr_blocks) {
    if (model_alloc_run(m, nr_blocks, rng_below(rng, 2) ? 0 : 256) &&
        rng_below(rng, 2) == 0)
        model_release_run(m, m->live[m->nr_live - nr_blocks].address,
                          rng_below(rng, nr_blocks + 1));
}

static void step(struct model *m, struct rng *rng) {
    if (rng_below(rng, 100) >= 55 && m->nr_live > 0)
        model_release(m, rng_below(rng, m->nr_live), rng_below(rng, 2));
    else if (rng_below(rng, 3) == 0)
        step_run(m, rng, 1 + rng_below(rng, 90));
    else
        model_alloc(m, 1 + rng_below(rng, 3000), 0, rng_below(rng, 8) == 0);
}

/* Blocks, runs, and a second region that comes under way. */
static void test_replay(void **state) {
    (void)state;
    static struct replay r;
    struct arena arena;
    struct buddy b;
    struct rng rng = {7};
    arena_make(&arena, 256 * KIB, 0, 256 * KIB);
    struct model *m = model_make(&b, 5, 30, NR_UNITS);
    r.base = (uintptr_t)arena.start;
    buddy_set_trace(&b, play, &r);
    ASSERT_OK(model_add(m, arena.start, 100 * KIB + 40));
    verify(&r, &b);
    for (size_t i = 0; i < 20000; i++) {
        if (i == 5000)
            ASSERT_OK(model_add(m, arena.start + 128 * KIB, 128 * KIB));
        step(m, &rng);
        if (i % 64 == 0)
            verify(&r, &b);
    }
    verify(&r, &b);
    assert_true(r.nr_events > 20000);
    while (m->nr_live > 0)
        model_release(m, 0, false);
    verify(&r, &b);
    model_free(m);
    arena_free(&arena);
}

/* The same operations with a trace and without one leave the same lists. */
static void test_trace_changes_nothing(void **state) {
    (void)state;
    static struct replay r;
    struct arena arena;
    size_t places[2][400];
    for (int traced = 0; traced < 2; traced++) {
        struct buddy b;
        struct rng rng = {11};
        arena_make(&arena, 256 * KIB, 0, 256 * KIB);
        struct model *m = model_make(&b, 5, 30, NR_UNITS);
        memset(&r, 0, sizeof(r));
        r.base = (uintptr_t)arena.start;
        if (traced)
            buddy_set_trace(&b, play, &r);
        ASSERT_OK(model_add(m, arena.start, 250 * KIB));
        for (size_t i = 0; i < 400; i++) {
            step(m, &rng);
            places[traced][i] = m->nr_live ? m->live[m->nr_live - 1].address - r.base : 0;
        }
        model_free(m);
        arena_free(&arena);
    }
    assert_memory_equal(places[0], places[1], sizeof(places[0]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_trace_changes_nothing),
    };
    return cmocka_run_group_tests_name("buddy_trace", tests, NULL, NULL);
}
