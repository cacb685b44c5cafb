/* tests/host/test_range.c - lib/range.c against a byte for each number. */
#include "lib/range.h"
#include "tests/host/support.h"

#define SPACE 256 /* the numbers that the model knows */

static struct range make(uint64_t start, uint64_t end) {
    return (struct range){start, end};
}

static void test_from_size(void **state) {
    (void)state;
    struct range r = {7, 7};
    ASSERT_OK(range_from_size(10, 20, &r));
    assert_int_equal(r.start, 10);
    assert_int_equal(r.end, 30);
    ASSERT_OK(range_from_size(UINT64_MAX, 0, &r));
    ASSERT_OK(range_from_size(0, UINT64_MAX, &r));
    assert_int_equal(r.end, UINT64_MAX);
    struct range before = r;
    ASSERT_STATUS(range_from_size(UINT64_MAX, 1, &r), ERR_INVALID);
    ASSERT_STATUS(range_from_size(2, UINT64_MAX, &r), ERR_INVALID);
    assert_memory_equal(&r, &before, sizeof(r));
}

static void test_contains_and_overlaps(void **state) {
    (void)state;
    for (uint64_t a = 0; a < 6; a++)
        for (uint64_t b = 0; b < 6; b++)
            for (uint64_t c = 0; c < 6; c++) {
                for (uint64_t d = 0; d < 6; d++) {
                    bool meets = false;
                    for (uint64_t x = 0; x < 6; x++)
                        meets |= a <= x && x < b && c <= x && x < d;
                    assert_int_equal(range_overlaps(make(a, b), make(c, d)), meets);
                    struct range_set set = {2, {{40, 50}, make(a, b)}};
                    assert_int_equal(range_set_overlaps(&set, make(c, d)), meets);
                }
            }
}

/* The set is sorted, its ranges do not touch, and it holds what the model holds. */
static void compare(const struct range_set *set, const bool *model) {
    assert_true(set->nr_ranges <= RANGE_SET_MAX);
    uint64_t sum = 0;
    for (size_t i = 0; i < set->nr_ranges; i++) {
        assert_true(set->ranges[i].start < set->ranges[i].end);
        assert_true(i == 0 || set->ranges[i - 1].end < set->ranges[i].start);
    }
    for (uint64_t x = 0; x < SPACE; x++) {
        bool is_in = false;
        for (size_t i = 0; i < set->nr_ranges; i++)
            is_in |= (x >= set->ranges[i].start && x < set->ranges[i].end);
        assert_int_equal(is_in, model[x]);
        sum += is_in;
    }
    assert_int_equal(range_set_bytes(set), sum);
}

static size_t count_runs(const bool *model) {
    size_t nr_runs = 0;
    for (uint64_t x = 0; x < SPACE; x++)
        nr_runs += model[x] && (x == 0 || !model[x - 1]);
    return nr_runs;
}

static void test_random(void **state) {
    (void)state;
    struct rng rng = {1};
    bool model[SPACE] = {false};
    struct range_set set = {0};
    size_t nr_full = 0;
    for (int i = 0; i < 60000; i++) {
        uint64_t start = rng_below(&rng, SPACE), bytes = rng_below(&rng, 3);
        if (rng_below(&rng, 256) == 0)
            bytes = rng_below(&rng, SPACE);
        struct range r = make(start, start + bytes < SPACE ? start + bytes : SPACE);
        if (rng_below(&rng, 50) == 0)
            r = make(r.end, r.start); /* empty, or upside down */
        bool adds = rng_below(&rng, 5) < 3, wanted[SPACE];
        memcpy(wanted, model, sizeof(model));
        for (uint64_t x = r.start; x < r.end; x++)
            wanted[x] = adds;
        struct range_set before = set;
        status_t status = adds ? range_set_add(&set, r) : range_set_subtract(&set, r);
        if (count_runs(wanted) > RANGE_SET_MAX) {
            nr_full++;
            ASSERT_STATUS(status, ERR_FULL);
            assert_memory_equal(&set, &before, sizeof(set));
        } else {
            ASSERT_OK(status);
            memcpy(model, wanted, sizeof(model));
        }
        compare(&set, model);
        if (i % 5000 == 4999) {
            memset(model, 0, sizeof(model));
            set.nr_ranges = 0;
        }
    }
    assert_true(nr_full > 100);
}

static void test_ends_of_the_space(void **state) {
    (void)state;
    struct range_set set = {0};
    ASSERT_OK(range_set_add(&set, make(0, UINT64_MAX)));
    ASSERT_OK(range_set_subtract(&set, make(0, 1)));
    ASSERT_OK(range_set_subtract(&set, make(UINT64_MAX - 1, UINT64_MAX)));
    assert_int_equal(set.nr_ranges, 1);
    assert_int_equal(set.ranges[0].start, 1);
    assert_int_equal(set.ranges[0].end, UINT64_MAX - 1);
    ASSERT_OK(range_set_subtract(&set, make(5, 6)));
    assert_int_equal(set.nr_ranges, 2);
    ASSERT_OK(range_set_subtract(&set, make(0, UINT64_MAX)));
    assert_int_equal(set.nr_ranges, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_size),
        cmocka_unit_test(test_contains_and_overlaps),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_ends_of_the_space),
    };
    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
