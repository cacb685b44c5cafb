/* tests/host/test_buddy_exhaustive.c - every sequence of operations on small heaps.
 *
 * From each state each operation is tried, the outcome compared with the model, every
 * invariant proved, and every wrong address freed; then the state is put back and the
 * next operation tried.  An allocation that fails must change nothing (the model sees to
 * it), so what follows it needs no second visit. */
#include "tests/host/model.h"
#include "tests/host/support.h"

#define ARENA_MAX 2048
#define UNITS_MAX 64

struct operation {
    size_t size; /* or the length of a run, in units */
    size_t align;
    enum { PLAIN, TAGGED, RUN } kind;
};

struct search {
    const struct operation *operations;
    size_t nr_operations;
    size_t nr_states;
    struct arena arena;
    struct buddy b;
    struct model *m;
};

/* What an operation may change. */
struct saved {
    struct buddy b;
    uint8_t arena[ARENA_MAX];
    uint16_t owner[UNITS_MAX];
    size_t nr_live;
    struct model_live live[UNITS_MAX];
};

static void save(const struct search *s, struct saved *saved) {
    saved->b = s->b;
    memcpy(saved->arena, s->arena.start, s->arena.bytes);
    memcpy(saved->owner, s->m->owner, s->m->nr_units * sizeof(saved->owner[0]));
    saved->nr_live = s->m->nr_live;
    memcpy(saved->live, s->m->live, s->m->nr_live * sizeof(saved->live[0]));
}

static void restore(struct search *s, const struct saved *saved) {
    s->b = saved->b;
    memcpy(s->arena.start, saved->arena, s->arena.bytes);
    memcpy(s->m->owner, saved->owner, s->m->nr_units * sizeof(saved->owner[0]));
    s->m->nr_live = saved->nr_live;
    memcpy(s->m->live, saved->live, saved->nr_live * sizeof(saved->live[0]));
}

static bool allocate(struct search *s, const struct operation *op) {
    if (op->kind == RUN)
        return model_alloc_run(s->m, op->size, op->align);
    return model_alloc(s->m, op->size, op->align, op->kind == TAGGED) != MODEL_NONE;
}

static void prove(struct search *s) {
    s->nr_states++;
    model_verify(s->m);
    for (size_t i = 0; i < s->m->nr_regions; i++) {
        const struct model_region *r = &s->m->regions[i];
        for (size_t unit = 0; unit < r->nr_units; unit++) {
            uint16_t owner = s->m->owner[r->first_unit + unit];
            uintptr_t at = r->start + unit * 32;
            if (owner == 0 || s->m->live[owner - 1].address != at)
                model_release_any(s->m, at);
        }
    }
}

static void explore(struct search *s, unsigned depth) {
    prove(s);
    if (depth == 0)
        return;
    struct saved saved;
    save(s, &saved);
    for (size_t i = 0; i < s->nr_operations; i++) {
        if (!allocate(s, &s->operations[i]))
            continue;
        explore(s, depth - 1);
        restore(s, &saved);
    }
    for (size_t i = 0; i < saved.nr_live; i++) {
        model_release(s->m, i, false);
        explore(s, depth - 1);
        restore(s, &saved);
    }
}

/* The arena holds nr_regions regions side by side. */
static void search(const struct operation *operations, size_t nr_operations,
                   size_t offset, size_t bytes, size_t nr_regions, unsigned largest,
                   unsigned depth) {
    struct search s = {.operations = operations, .nr_operations = nr_operations};
    arena_make(&s.arena, 4096, offset, bytes);
    s.m = model_make(&s.b, 5, largest, UNITS_MAX);
    for (size_t i = 0; i < nr_regions; i++)
        ASSERT_OK(
            model_add(s.m, s.arena.start + i * bytes / nr_regions, bytes / nr_regions));
    explore(&s, depth);
    assert_true(s.nr_states > 1000);
    model_free(s.m);
    arena_free(&s.arena);
}

static const struct operation sizes[] = {
    {1, 0, PLAIN}, {33, 1, PLAIN}, {65, 1, PLAIN}, {256, 1, PLAIN}};

static const struct operation mixed[] = {
    {32, 0, PLAIN}, {64, 1, TAGGED}, {1, 128, PLAIN}, {256, 1, PLAIN}, {3, 1, RUN},
};

static void test_power_of_two(void **state) {
    (void)state;
    search(sizes, ARRAY_SIZE(sizes), 0, 512 + 80, 1, 20, 7);
}

static void test_odd_region(void **state) {
    (void)state;
    search(sizes, ARRAY_SIZE(sizes), 32 * 5 + 3, 470, 1, 20, 7);
}

static void test_limited_order(void **state) {
    (void)state;
    search(sizes, ARRAY_SIZE(sizes), 96, 512, 1, 6, 7);
}

static void test_two_regions(void **state) {
    (void)state;
    search(sizes, ARRAY_SIZE(sizes), 0, 640, 2, 20, 7);
}

static void test_mixed_operations(void **state) {
    (void)state;
    search(mixed, ARRAY_SIZE(mixed), 0, 640, 1, 20, 6);
    search(mixed, ARRAY_SIZE(mixed), 160, 700, 2, 7, 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_of_two),     cmocka_unit_test(test_odd_region),
        cmocka_unit_test(test_limited_order),    cmocka_unit_test(test_two_regions),
        cmocka_unit_test(test_mixed_operations),
    };
    return cmocka_run_group_tests_name("buddy_exhaustive", tests, NULL, NULL);
}
