/* tests/host/test_bits.c - lib/bits.h against the compiler's builtins; lib/status.h. */
#include "lib/bits.h"
#include "tests/host/support.h"

static void compare(uint64_t x) {
    if (x != 0) {
        assert_int_equal(bits_log2_floor(x), 63 - __builtin_clzll(x));
        assert_int_equal(bits_lowest(x), __builtin_ctzll(x));
    }
    unsigned ceil = x <= 1 ? 0 : 64 - __builtin_clzll(x - 1);
    assert_int_equal(bits_log2_ceil(x), ceil);
    assert_int_equal(bits_is_power_of_two(x), __builtin_popcountll(x) == 1);
}

static void test_logarithms(void **state) {
    (void)state;
    for (uint64_t x = 0; x < 200000; x++)
        compare(x);
    for (unsigned log = 0; log < 64; log++)
        for (uint64_t near = 0; near < 300; near++) {
            compare(((uint64_t)1 << log) + near);
            compare(((uint64_t)1 << log) - near);
        }
    struct rng rng = {1};
    for (int i = 0; i < 1000000; i++)
        compare(rng_next(&rng) >> rng_below(&rng, 64));
}

static void test_alignment(void **state) {
    (void)state;
    struct rng rng = {2};
    for (int i = 0; i < 1000000; i++) {
        uint64_t align = (uint64_t)1 << rng_below(&rng, 64);
        uint64_t x = rng_next(&rng) >> rng_below(&rng, 64);
        assert_int_equal(align_down(x, align), x / align * align);
        assert_int_equal(is_aligned(x, align), x % align == 0);
        uint64_t up =
            x % align ? (x / align + 1) * align : x; /* wraps as align_up() does */
        assert_int_equal(align_up(x, align), up);
    }
    assert_int_equal(align_up(UINT64_MAX, 4096), 0);
    assert_int_equal(align_up(UINT64_MAX, 1), UINT64_MAX);
}

static void test_status(void **state) {
    (void)state;
    assert_int_equal(OK, 0);
    const struct {
        int number;
        status_t status;
        const char *name;
    } all[] = {
#define STATUS(number, name, text) {number, name, #name},
#include "lib/status.def"
#undef STATUS
    };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        assert_int_equal(all[i].number, all[i].status);
        assert_int_equal(all[i].number, -(int)i); /* append only, none left out */
        assert_string_equal(status_name(all[i].status), all[i].name);
        assert_true(strlen(status_text(all[i].status)) > 0);
        assert_null(strchr(status_text(all[i].status), '.'));
    }
    const int unknown[] = {1, -(int)ARRAY_SIZE(all), INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
        assert_string_equal(status_name((status_t)unknown[i]), "?");
        assert_string_equal(status_text((status_t)unknown[i]), "unknown status");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logarithms),
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_status),
    };
    return cmocka_run_group_tests_name("bits", tests, NULL, NULL);
}
