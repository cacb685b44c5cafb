/* tests/host/fixture.h - what several host tests set up alike: a buddy heap with its
 * model, a bank of frames with an empty page table. */
#pragma once

#include "mm/addr.h"
#include "tests/host/model.h"
#include "tests/host/support.h"

struct fixture {
    struct arena arena;
    struct buddy b;
    struct model *m;
};

/* A heap of one region of heap_bytes; the model has room for max_units in all. */
int heap_set_up(void **state, size_t heap_bytes, size_t max_units);

/* Release what lives, verify, and forget the heap: a cmocka teardown. */
int heap_tear_down(void **state);

size_t nr_free_frames(void);

/* The root of a page table whose tables come from a bank of 1 MiB. */
extern paddr_t tables_root;
int tables_set_up(void **state);
int tables_tear_down(void **state); /* fails if a frame is missing */
size_t nr_tables(void);             /* in use, the root not counted */
void expect_hole(uint64_t va);      /* nothing is mapped there */
