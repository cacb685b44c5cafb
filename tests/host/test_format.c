/* tests/host/test_format.c - lib/format.c against the C library's snprintf. */
#include "lib/format.h"

#include <limits.h>

#include "tests/host/support.h"

#define TEXT_BYTES 512

/* The formats are made at run time: the compiler cannot check them. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wformat-overflow"
#pragma GCC diagnostic ignored "-Wformat-truncation"
#endif

#define COMPARE(...)                                                                     \
    do {                                                                                 \
        char ours_[TEXT_BYTES], theirs_[TEXT_BYTES];                                     \
        size_t length_ = format_string(ours_, sizeof(ours_), __VA_ARGS__);               \
        assert_int_equal(length_, snprintf(theirs_, sizeof(theirs_), __VA_ARGS__));      \
        assert_string_equal(ours_, theirs_);                                             \
    } while (0)

/* A random conversion: flags, width, precision, length and one letter of `letters`. */
static void random_spec(struct rng *rng, char *spec, const char *lengths,
                        const char *letters) {
    *spec++ = '<';
    *spec++ = '%';
    for (const char *flag = "-0+# "; *flag; flag++)
        if (rng_below(rng, 4) == 0)
            *spec++ = *flag;
    if (rng_below(rng, 2))
        spec += sprintf(spec, "%u", rng_below(rng, 40));
    if (rng_below(rng, 2))
        spec += sprintf(spec, ".%.0u", rng_below(rng, 40));
    spec += sprintf(spec, "%s", lengths);
    *spec++ = letters[rng_below(rng, strlen(letters))];
    strcpy(spec, ">");
}

static uint64_t random_value(struct rng *rng) {
    const uint64_t special[] = {0,
                                1,
                                UINT64_MAX,
                                (uint64_t)1 << 63,
                                INT64_MAX,
                                UINT32_MAX,
                                (uint64_t)1 << 31,
                                INT32_MAX,
                                255,
                                128,
                                65535,
                                32768,
                                10,
                                16};
    if (rng_below(rng, 4) == 0)
        return special[rng_below(rng, ARRAY_SIZE(special))];
    return rng_next(rng) >> rng_below(rng, 64);
}

static void test_numbers(void **state) {
    (void)state;
    struct rng rng = {1};
    for (int i = 0; i < 60000; i++) {
        char spec[64];
        uint64_t value = random_value(&rng);
        random_spec(&rng, spec, "", "diuxX");
        COMPARE(spec, (unsigned)value);
        random_spec(&rng, spec, "l", "diuxX");
        COMPARE(spec, (unsigned long)value);
        random_spec(&rng, spec, "ll", "diuxX");
        COMPARE(spec, (unsigned long long)value);
        random_spec(&rng, spec, "z", "diuxX");
        COMPARE(spec, (size_t)value);
        random_spec(&rng, spec, "t", "diuxX");
        COMPARE(spec, (ptrdiff_t)value);
        random_spec(&rng, spec, "j", "diuxX");
        COMPARE(spec, (uintmax_t)value);
        random_spec(&rng, spec, "h", "diuxX");
        COMPARE(spec, (unsigned)value);
        random_spec(&rng, spec, "hh", "diuxX");
        COMPARE(spec, (unsigned)value);
    }
}

static void test_text(void **state) {
    (void)state;
    struct rng rng = {2};
    for (int i = 0; i < 60000; i++) {
        char text[64], flags[16] = "", spec[64];
        size_t length = rng_below(&rng, 50);
        for (size_t k = 0; k < length; k++)
            text[k] = 1 + rng_below(&rng, 255);
        text[length] = '\0';
        if (rng_below(&rng, 2))
            strcpy(flags, "-");
        if (rng_below(&rng, 2))
            sprintf(flags + strlen(flags), "%u", 1 + rng_below(&rng, 60));
        sprintf(spec, "%%%sc|%%%s%ss", flags, flags, rng_below(&rng, 2) ? ".7" : "");
        int letter = 1 + rng_below(&rng, 255);
        COMPARE(spec, letter, text);
    }
}

static void test_stars(void **state) {
    (void)state;
    for (int width = -20; width < 20; width++)
        for (int precision = -3; precision < 20; precision++) {
            COMPARE("[%*d]", width, 42);
            COMPARE("[%.*d]", precision, 42);
            COMPARE("[%0*.*d|%-*.*x]", width, precision, -42, width, precision, 0xbeef);
            COMPARE("[%*.*s]", width, precision, "hello, world");
            COMPARE("[%+*.*i]", width, precision, 0);
        }
}

static void test_mixed(void **state) {
    (void)state;
    COMPARE("%s", "");
    COMPARE("plain");
    COMPARE("100%% sure");
    COMPARE("%d%s%c%x", 1, "two", '3', 4);
    COMPARE("%d of %u: %s at %#lx (%5.1s)", INT_MIN, UINT_MAX, "x", 0xdeadbeefUL, "abc");
    COMPARE("%.3s", (const char[]){'a', 'b', 'c'}); /* not terminated */
    COMPARE("%p", (void *)0x1234);
    COMPARE("%20p|%-20p|", (void *)0xffffffc000000000, (void *)8);
}

static void expect(const char *ours, const char *expected) {
    assert_string_equal(ours, expected);
}

static void test_own_ways(void **state) {
    (void)state;
    char text[TEXT_BYTES];
    format_string(text, sizeof(text), "%s", (const char *)NULL);
    expect(text, "(null)");
    format_string(text, sizeof(text), "%q and %5y and %", 1);
    expect(text, "%q and %5y and %");
    format_string(text, sizeof(text), "%n", (int *)NULL); /* never written through */
    expect(text, "%n");
    format_string(text, sizeof(text), "%f", 1.0);
    expect(text, "%f");
    format_string(text, sizeof(text), "%l");
    expect(text, "%l");
}

/* Cut at every length, terminated, with the whole length returned and no byte beyond. */
static void test_cut(void **state) {
    (void)state;
    const char *whole = "value = 0x00ff, name = buddy";
    for (size_t room = 0; room < 40; room++) {
        char *exact = malloc(room ? room : 1);
        size_t length =
            format_string(exact, room, "value = %#06x, name = %s", 255, "buddy");
        assert_int_equal(length, strlen(whole));
        if (room > 0) {
            size_t kept = room - 1 < length ? room - 1 : length;
            assert_memory_equal(exact, whole, kept);
            assert_int_equal(exact[kept], '\0');
        }
        free(exact);
    }
    assert_int_equal(format_string(NULL, 0, "%d", 12345), 5);
}

static void count_char(void *sink, char c) {
    size_t *counts = sink;
    counts[(uint8_t)c]++;
}

static void test_any_sink(void **state) {
    (void)state;
    size_t counts[256] = {0};
    assert_int_equal(format_to(count_char, counts, "%3000d", 7), 3000);
    assert_int_equal(counts[' '], 2999);
    assert_int_equal(counts['7'], 1);
    assert_int_equal(format_to(count_char, counts, "%.3000d", 7), 3000);
    assert_int_equal(counts['0'], 2999);
}

/* Widths and precisions that no int holds must not overflow anything. */
static void test_huge_numbers_in_format(void **state) {
    (void)state;
    char text[TEXT_BYTES];
    assert_true(format_string(text, sizeof(text), "%99999999999999999999d", 1) > 99999);
    assert_true(format_string(text, sizeof(text), "%.99999999999999999999s", "abc") == 3);
    assert_true(format_string(text, sizeof(text), "%.*d", INT_MIN, 5) == 1);
}

static void test_bytes(void **state) {
    (void)state;
    const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 B"},
        {96, "96 B"},
        {1023, "1023 B"},
        {1024, "1 KiB"},
        {2560, "2.5 KiB"},
        {3 << 20, "3 MiB"},
        {(uint64_t)1 << 30, "1 GiB"},
        {(uint64_t)5 << 39, "2.5 TiB"},
        {(uint64_t)1 << 50, "1 PiB"},
        {(uint64_t)1 << 60, "1 EiB"},
        {(uint64_t)1 << 63, "8 EiB"},
        {1536, "1.5 KiB"},
        {1 << 20, "1 MiB"},
    };
    char buffer[FORMAT_BYTES_MAX];
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(format_bytes(cases[i].bytes, buffer), cases[i].text);
    struct rng rng = {3};
    for (int i = 0; i < 100000; i++) {
        char *exact = malloc(FORMAT_BYTES_MAX);
        uint64_t bytes = random_value(&rng);
        assert_ptr_equal(format_bytes(bytes, exact), exact);
        unsigned whole, tenths = 0;
        assert_true(sscanf(exact, "%u.%u", &whole, &tenths) >= 1);
        assert_true(whole < 1024 && tenths < 10);
        free(exact);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),  cmocka_unit_test(test_text),
        cmocka_unit_test(test_stars),    cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_own_ways), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_any_sink), cmocka_unit_test(test_huge_numbers_in_format),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
