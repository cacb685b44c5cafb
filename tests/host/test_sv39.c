/* tests/host/test_sv39.c - mm/sv39.c: map, unmap, protect, look, run out of memory.
 *
 * Tables are made in the test's own memory; what is mapped is never touched. */
#include "mm/sv39.h"

#include "mm/frame.h"
#include "tests/host/fixture.h"

#define KIB          ((uint64_t)1 << 10)
#define MIB          ((uint64_t)1 << 20)
#define GIB          ((uint64_t)1 << 30)
#define MEMORY_BYTES (1 * MIB)
#define RW           (SV39_R | SV39_W)
#define URW          (SV39_R | SV39_W | SV39_U)

static void expect_page(uint64_t va, uint64_t pa, uint32_t flags, enum sv39_size size) {
    struct sv39_mapping m;
    ASSERT_OK(sv39_translate(tables_root, va, &m));
    assert_int_equal(m.frame.raw, pa);
    assert_int_equal(m.flags, flags | SV39_V | SV39_A | SV39_D);
    assert_int_equal(m.size, size);
}

/* ---- map ---- */

static void test_sizes(void **state) {
    (void)state;
    ASSERT_OK(sv39_map(tables_root, 4 * KIB, paddr(8 * MIB), 4 * KIB, URW, SV39_1G));
    expect_page(4 * KIB + 123, 8 * MIB + 123, URW, SV39_4K);
    expect_hole(0);
    expect_hole(8 * KIB);
    assert_int_equal(nr_tables(), 2);
    ASSERT_OK(sv39_map(tables_root, 2 * MIB, paddr(4 * MIB), 2 * MIB, RW, SV39_1G));
    expect_page(4 * MIB - 1, 6 * MIB - 1, RW, SV39_2M);
    assert_int_equal(nr_tables(), 2);
    ASSERT_OK(sv39_map(tables_root, 1 * GIB, paddr(3 * GIB), 1 * GIB, SV39_R | SV39_X,
                       SV39_1G));
    expect_page(2 * GIB - 8, 4 * GIB - 8, SV39_R | SV39_X, SV39_1G);
    assert_int_equal(nr_tables(), 2);
    expect_hole(2 * GIB);
}

/* Each page is as large as address, length and `largest` allow. */
static void test_mixed_sizes(void **state) {
    (void)state;
    const uint64_t va = GIB - 2 * MIB - 4 * KIB, pa = 5 * GIB - 2 * MIB - 4 * KIB;
    ASSERT_OK(sv39_map(tables_root, va, paddr(pa), GIB + 4 * MIB + 8 * KIB, RW, SV39_1G));
    expect_page(va, pa, RW, SV39_4K);
    expect_page(GIB - 2 * MIB, 5 * GIB - 2 * MIB, RW, SV39_2M);
    expect_page(GIB, 5 * GIB, RW, SV39_1G);
    expect_page(2 * GIB, 6 * GIB, RW, SV39_2M);
    expect_page(2 * GIB + 2 * MIB, 6 * GIB + 2 * MIB, RW, SV39_4K);
    expect_hole(2 * GIB + 2 * MIB + 4 * KIB);
    ASSERT_OK(sv39_map(tables_root, 8 * GIB, paddr(8 * GIB), GIB, RW, SV39_2M));
    expect_page(8 * GIB, 8 * GIB, RW, SV39_2M);
    ASSERT_OK(sv39_map(tables_root, 10 * GIB, paddr(8 * GIB), 2 * MIB, RW, SV39_4K));
    expect_page(10 * GIB + 2 * MIB - 1, 8 * GIB + 2 * MIB - 1, RW, SV39_4K);
    ASSERT_OK(sv39_map(tables_root, 12 * GIB, paddr(4 * KIB), 2 * MIB, RW, SV39_1G));
    expect_page(12 * GIB, 4 * KIB, RW, SV39_4K); /* the target is not aligned */
}

static void test_upper_half(void **state) {
    (void)state;
    const uint64_t high = 0xffffffc000000000, top = 0xfffffffffffff000;
    ASSERT_OK(sv39_map(tables_root, high, paddr(2 * GIB), GIB, RW | SV39_G, SV39_1G));
    expect_page(high + 5, 2 * GIB + 5, RW | SV39_G, SV39_1G);
    expect_hole((uint64_t)1 << 38); /* the same root entry, but not canonical */
    ASSERT_OK(sv39_map(tables_root, top, paddr(0), 4 * KIB, RW,
                       SV39_1G)); /* the very last page */
    expect_page(UINT64_MAX, 4095, RW, SV39_4K);
    ASSERT_OK(sv39_unmap(tables_root, high, (size_t)1 << 38));
    expect_hole(high);
    expect_hole(top);
    assert_int_equal(nr_tables(), 0);
}

static void test_hostile_arguments(void **state) {
    (void)state;
    const struct {
        uint64_t va;
        size_t bytes;
    } ranges[] = {
        {0, 0},
        {1, 4096},
        {0, 100},
        {4096, SIZE_MAX},
        {4096, SIZE_MAX - 4095},
        {(uint64_t)1 << 38, 4096},
        {((uint64_t)1 << 38) - 4096, 8192},
        {0xffffffbffffff000, 4096},
        {0xffffffbffffff000, 8192},
        {UINT64_MAX - 4095, 8192},
        {0, (size_t)1 << 39},
        {(uint64_t)1 << 63, 4096},
        {0, SIZE_MAX - 4095},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
        uint64_t va = ranges[i].va;
        size_t bytes = ranges[i].bytes;
        ASSERT_STATUS(sv39_map(tables_root, va, paddr(0), bytes, RW, SV39_4K),
                      ERR_INVALID);
        ASSERT_STATUS(sv39_unmap(tables_root, va, bytes), ERR_INVALID);
        ASSERT_STATUS(sv39_protect(tables_root, va, bytes, SV39_R), ERR_INVALID);
    }
    const uint32_t flags[] = {0,          SV39_W,      SV39_W | SV39_X, SV39_U,
                              SV39_G,     RW | SV39_V, RW | SV39_A,     RW | SV39_D,
                              RW | 0x100, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        ASSERT_STATUS(sv39_map(tables_root, 0, paddr(0), 4096, flags[i], SV39_4K),
                      ERR_INVALID);
    ASSERT_STATUS(sv39_map(tables_root, 0, paddr(100), 4096, RW, SV39_4K), ERR_INVALID);
    assert_int_equal(nr_tables(), 0);
}

/* No physical address has more than 56 bits (4.4.1). */
static void test_physical_address_too_large(void **state) {
    (void)state;
    const uint64_t targets[] = {(uint64_t)1 << 56, UINT64_MAX - 4095,
                                ((uint64_t)1 << 56) - 4096};
    for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
        ASSERT_STATUS(sv39_map(tables_root, 0, paddr(targets[i]), 8192, RW, SV39_4K),
                      ERR_INVALID);
}

/* A page in the way: ERR_OVERLAP, and nothing more mapped than before. */
static void test_overlap(void **state) {
    (void)state;
    const struct {
        uint64_t va;
        size_t bytes;
        enum sv39_size size;
    } others[] = {{3 * GIB + 4 * MIB, 4 * KIB, SV39_4K},
                  {3 * GIB + 4 * MIB, 2 * MIB, SV39_2M},
                  {3 * GIB, GIB, SV39_1G}};
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        uint64_t va = others[i].va;
        ASSERT_OK(sv39_map(tables_root, va, paddr(GIB), others[i].bytes, RW, SV39_1G));
        size_t before = nr_tables();
        const struct {
            uint64_t va;
            size_t bytes;
        } tries[] = {{va, 4 * KIB},           {va, 2 * MIB},  {va - 4 * KIB, 8 * KIB},
                     {va - 2 * MIB, 4 * MIB}, {3 * GIB, GIB}, {2 * GIB, 2 * GIB},
                     {va - 8 * KIB, 4 * MIB}};
        for (size_t k = 0; k < ARRAY_SIZE(tries); k++)
            for (int largest = SV39_2M; largest <= SV39_1G; largest++) {
                ASSERT_STATUS(sv39_map(tables_root, tries[k].va, paddr(0), tries[k].bytes,
                                       RW, largest),
                              ERR_OVERLAP);
                expect_page(va, GIB, RW, others[i].size);
                expect_hole(va - 4 * KIB);
                expect_hole(2 * GIB);
                assert_int_equal(nr_tables(), before);
            }
        ASSERT_OK(sv39_unmap(tables_root, va, others[i].bytes));
        assert_int_equal(nr_tables(), 0);
    }
}

/* ---- unmap and protect ---- */

static void test_unmap_frees_tables(void **state) {
    (void)state;
    const struct {
        uint64_t unmap_va;
        size_t unmap_bytes;
    } cases[] = {
        {5 * GIB, 4 * KIB},           /* exactly the page                */
        {5 * GIB, 2 * MIB},           /* a hole behind it                */
        {5 * GIB - 4 * KIB, 8 * KIB}, /* a hole before it                */
        {5 * GIB - 2 * MIB, 4 * MIB}, /* holes on both sides             */
        {5 * GIB, 40 * KIB},          /* and one that ends in its table  */
        {4 * GIB, 2 * GIB},           /* all around it                   */
        {0, (size_t)1 << 38},         /* the whole lower half            */
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        ASSERT_OK(sv39_map(tables_root, 5 * GIB, paddr(0), 4 * KIB, RW, SV39_4K));
        assert_int_equal(nr_tables(), 2);
        ASSERT_OK(sv39_unmap(tables_root, cases[i].unmap_va, cases[i].unmap_bytes));
        expect_hole(5 * GIB);
        if (nr_tables() != 0)
            fail_msg("%zu tables stay after unmapping %#lx, %#zx bytes", nr_tables(),
                     cases[i].unmap_va, cases[i].unmap_bytes);
    }
    ASSERT_OK(sv39_unmap(tables_root, 0, 4 * KIB)); /* a hole is passed over */
}

static void test_split(void **state) {
    (void)state;
    ASSERT_OK(sv39_map(tables_root, GIB, paddr(4 * GIB), GIB, URW, SV39_1G));
    ASSERT_OK(sv39_unmap(tables_root, GIB + 2 * MIB + 8 * KIB, 4 * KIB));
    expect_hole(GIB + 2 * MIB + 8 * KIB);
    expect_page(GIB + 2 * MIB + 4 * KIB, 4 * GIB + 2 * MIB + 4 * KIB, URW, SV39_4K);
    expect_page(GIB + 2 * MIB + 12 * KIB, 4 * GIB + 2 * MIB + 12 * KIB, URW, SV39_4K);
    expect_page(GIB, 4 * GIB, URW, SV39_2M);
    expect_page(2 * GIB - 1, 5 * GIB - 1, URW, SV39_2M);
    assert_int_equal(nr_tables(), 2);
    ASSERT_OK(sv39_protect(tables_root, GIB + 4 * MIB, 4 * KIB, SV39_R | SV39_X));
    expect_page(GIB + 4 * MIB, 4 * GIB + 4 * MIB, SV39_R | SV39_X | SV39_U, SV39_4K);
    expect_page(GIB + 4 * MIB + 4 * KIB, 4 * GIB + 4 * MIB + 4 * KIB, URW, SV39_4K);
    ASSERT_OK(sv39_unmap(tables_root, GIB, GIB));
    assert_int_equal(nr_tables(), 0);
}

static void test_protect(void **state) {
    (void)state;
    ASSERT_OK(sv39_map(tables_root, 0, paddr(GIB), 16 * KIB, URW, SV39_4K));
    ASSERT_OK(sv39_protect(tables_root, 4 * KIB, 8 * KIB, SV39_R));
    expect_page(0, GIB, URW, SV39_4K);
    expect_page(4 * KIB, GIB + 4 * KIB, SV39_R | SV39_U, SV39_4K);
    expect_page(12 * KIB, GIB + 12 * KIB, URW, SV39_4K);
    ASSERT_STATUS(sv39_protect(tables_root, 8 * KIB, 12 * KIB, SV39_R | SV39_X),
                  ERR_NOT_FOUND);
    expect_page(8 * KIB, GIB + 8 * KIB, SV39_R | SV39_U, SV39_4K);
    const uint32_t bad[] = {0, SV39_W, SV39_W | SV39_X, SV39_R | SV39_V, SV39_R | SV39_U};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ASSERT_STATUS(sv39_protect(tables_root, 0, 4 * KIB, bad[i]), ERR_INVALID);
    expect_page(0, GIB, URW, SV39_4K);
}

/* ---- look ---- */

static void test_satp(void **state) {
    (void)state;
    assert_int_equal(sv39_satp(paddr(0x80400000), 0), 0x8000000000080400);
    assert_int_equal(sv39_satp(paddr(0x80400000), 0xffff), 0x8ffff00000080400);
}

/* ---- out of memory ---- */

struct operation {
    const char *name;
    status_t (*run)(void);
};

static status_t map_many(void) {
    return sv39_map(tables_root, 6 * GIB - 4 * KIB, paddr(0), 8 * KIB, RW, SV39_4K);
}

static status_t unmap_middle(void) {
    return sv39_unmap(tables_root, GIB + 6 * MIB + 4 * KIB, 4 * MIB);
}

static status_t protect_middle(void) {
    return sv39_protect(tables_root, GIB + 6 * MIB + 4 * KIB, 4 * MIB, SV39_R);
}

static status_t unmap_over_two(void) {
    return sv39_unmap(tables_root, 2 * GIB - 4 * KIB, 8 * KIB);
}

/* Leave n frames for tables, for each n until it succeeds.  On the way every page is
 * mapped as before, and afterwards nothing is lost (tables_tear_down() counts). */
static void test_fail_the_nth(void **state) {
    (void)state;
    static paddr_t taken[MEMORY_BYTES / PAGE_SIZE];
    const struct operation operations[] = {{"map", map_many},
                                           {"unmap", unmap_middle},
                                           {"protect", protect_middle},
                                           {"unmap over two", unmap_over_two}};
    for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
        status_t status = ERR_NO_MEMORY;
        size_t left = 0;
        for (; status != OK; left++) {
            ASSERT_OK(sv39_map(tables_root, GIB, paddr(4 * GIB), 2 * GIB, URW, SV39_1G));
            size_t nr_taken = 0;
            while (nr_free_frames() > left)
                ASSERT_OK(frame_alloc(&taken[nr_taken++]));
            status = operations[i].run();
            if (status != OK) {
                ASSERT_STATUS(status, ERR_NO_MEMORY);
                for (uint64_t at = GIB; at < 3 * GIB; at += 64 * MIB + 4 * KIB) {
                    struct sv39_mapping m;
                    ASSERT_OK(sv39_translate(tables_root, at, &m));
                    assert_int_equal(m.frame.raw, at + 3 * GIB);
                    assert_int_equal(m.flags & 0x1f, URW | SV39_V);
                }
                expect_hole(6 * GIB - 4 * KIB);
                expect_hole(6 * GIB);
            }
            while (nr_taken > 0)
                frame_dealloc(taken[--nr_taken]);
            ASSERT_OK(sv39_unmap(tables_root, 0, (size_t)1 << 38));
            assert_int_equal(nr_tables(), 0);
        }
        if (left < 3)
            fail_msg("%s needs only %zu tables", operations[i].name, left - 1);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tables_set_up, tables_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_sizes),
        TEST(test_mixed_sizes),
        TEST(test_upper_half),
        TEST(test_hostile_arguments),
        TEST(test_physical_address_too_large),
        TEST(test_overlap),
        TEST(test_unmap_frees_tables),
        TEST(test_split),
        TEST(test_protect),
        TEST(test_satp),
        TEST(test_fail_the_nth),
    };
    return cmocka_run_group_tests_name("sv39", tests, NULL, NULL);
}
