/* tests/host/test_sv39_random.c - mm/sv39.c against an address and flags for each page of
 * a window: thousands of random operations, every page compared after each. */
#include "mm/frame.h"
#include "mm/sv39.h"
#include "tests/host/fixture.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define RW  (SV39_R | SV39_W)

#define WINDOW_PAGES 2048 /* 8 MiB, from 4 MiB below a GiB on */
#define WINDOW_VA    (7 * GIB - 4 * MIB)

struct model_page {
    uint64_t pa;
    uint32_t flags; /* 0: a hole */
};

static struct model_page pages[WINDOW_PAGES];

static void expect_model(size_t i) {
    uint64_t va = WINDOW_VA + i * PAGE_SIZE;
    struct sv39_mapping m;
    status_t status = sv39_translate(tables_root, va, &m);
    REQUIRE((status == OK) == (pages[i].flags != 0));
    if (status == OK) {
        REQUIRE(m.frame.raw == pages[i].pa);
        REQUIRE(m.flags == (pages[i].flags | SV39_V | SV39_A | SV39_D));
    }
}

static void random_step(struct rng *rng) {
    static const uint32_t all_flags[] = {SV39_R, RW, SV39_R | SV39_X, SV39_X};
    size_t first = rng_below(rng, WINDOW_PAGES), nr_pages = 1 + rng_below(rng, 700);
    if (rng_below(rng, 2)) {
        first &= ~(size_t)511;
        nr_pages = 512 * (1 + rng_below(rng, 2));
    }
    if (first + nr_pages > WINDOW_PAGES)
        nr_pages = WINDOW_PAGES - first;
    uint32_t flags = all_flags[rng_below(rng, 4)];
    uint64_t va = WINDOW_VA + first * PAGE_SIZE;
    uint64_t pa = rng_below(rng, 2) ? va : va + 16 * MIB + PAGE_SIZE * rng_below(rng, 2);
    size_t nr_mapped = 0;
    for (size_t i = first; i < first + nr_pages; i++)
        nr_mapped += pages[i].flags != 0;
    status_t status;
    switch (rng_below(rng, 4)) {
    case 0:
        status = sv39_unmap(tables_root, va, nr_pages * PAGE_SIZE);
        REQUIRE(status == OK);
        memset(&pages[first], 0, nr_pages * sizeof(pages[0]));
        break;
    case 1:
        status = sv39_protect(tables_root, va, nr_pages * PAGE_SIZE, flags);
        REQUIRE(status == (nr_mapped == nr_pages ? OK : ERR_NOT_FOUND));
        for (size_t i = first; status == OK && i < first + nr_pages; i++)
            pages[i].flags = flags | (pages[i].flags & SV39_U);
        break;
    default:
        status = sv39_map(tables_root, va, paddr(pa), nr_pages * PAGE_SIZE,
                          flags | SV39_U, rng_below(rng, 3));
        REQUIRE(status == (nr_mapped == 0 ? OK : ERR_OVERLAP));
        for (size_t i = 0; status == OK && i < nr_pages; i++)
            pages[first + i] = (struct model_page){pa + i * PAGE_SIZE, flags | SV39_U};
    }
}

static void test_random(void **state) {
    (void)state;
    struct rng rng = {1};
    memset(pages, 0, sizeof(pages));
    for (int step = 0; step < 4000; step++) {
        random_step(&rng);
        for (size_t i = 0; i < WINDOW_PAGES; i++)
            expect_model(i);
        expect_hole(WINDOW_VA - 1);
        expect_hole(WINDOW_VA + WINDOW_PAGES * PAGE_SIZE);
    }
    ASSERT_OK(sv39_unmap(tables_root, WINDOW_VA, WINDOW_PAGES * PAGE_SIZE));
    assert_int_equal(nr_tables(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random, tables_set_up, tables_tear_down),
    };
    return cmocka_run_group_tests_name("sv39_random", tests, NULL, NULL);
}
