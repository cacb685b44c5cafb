/* tests/host/fixture.c - see fixture.h. */
#include "tests/host/fixture.h"

#include "mm/frame.h"
#include "mm/sv39.h"

#define BANK_BYTES ((size_t)1 << 20)

int heap_set_up(void **state, size_t heap_bytes, size_t max_units) {
    static struct fixture f;
    arena_make(&f.arena, heap_bytes, 0, heap_bytes);
    f.m = model_make(&f.b, 5, 30, max_units);
    ASSERT_OK(model_add(f.m, f.arena.start, heap_bytes));
    *state = &f;
    return 0;
}

int heap_tear_down(void **state) {
    struct fixture *f = *state;
    while (f->m->nr_live)
        model_release(f->m, f->m->nr_live - 1, true);
    model_verify(f->m);
    model_free(f->m);
    arena_free(&f->arena);
    return 0;
}

size_t nr_free_frames(void) {
    struct frame_stats stats;
    frame_get_stats(&stats);
    return stats.free_frames;
}

paddr_t tables_root;
static struct arena bank;
static size_t whole; /* free frames without any table */

int tables_set_up(void **state) {
    (void)state;
    arena_make(&bank, BANK_BYTES, BANK_BYTES, BANK_BYTES);
    uint64_t base = (uintptr_t)bank.start;
    struct range_set usable = {.nr_ranges = 1, .ranges = {{base, base + BANK_BYTES}}};
    frame_init(&usable, &usable);
    whole = nr_free_frames();
    ASSERT_OK(sv39_create(&tables_root));
    return 0;
}

int tables_tear_down(void **state) {
    (void)state;
    ASSERT_OK(sv39_unmap(tables_root, 0, (size_t)1 << 38)); /* the lower half */
    sv39_destroy(tables_root);
    bool is_whole = nr_free_frames() == whole && frame_check() == NULL;
    arena_free(&bank);
    return is_whole ? 0 : -1;
}

size_t nr_tables(void) {
    return whole - nr_free_frames() - 1;
}

void expect_hole(uint64_t va) {
    struct sv39_mapping m;
    ASSERT_STATUS(sv39_translate(tables_root, va, &m), ERR_NOT_FOUND);
}
