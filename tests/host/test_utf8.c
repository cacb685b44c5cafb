/* tests/host/test_utf8.c - which bytes are characters, and how wide those are. */
#include "lib/string.h"
#include "tests/host/support.h"
#include "user/lib/utf8.h"

/* What becomes of the last byte, when all before it have left the character open. */
static enum utf8_state take_all(const char *bytes) {
    struct utf8 character = {.nr_bytes = 0};
    for (; bytes[1] != '\0'; bytes++)
        assert_int_equal(utf8_take(&character, *bytes), UTF8_GOES_ON);
    return utf8_take(&character, *bytes);
}

static void test_characters(void **state) {
    (void)state;
    static const char *const good[] = {
        " ",
        "~",
        "\xc2\xa0",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbd",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
    };
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        assert_int_equal(take_all(good[i]), UTF8_WHOLE);
        assert_int_equal(utf8_bytes(good[i]), strlen(good[i]));
    }
}

static void test_malformed(void **state) {
    (void)state;
    static const char *const bad[] = {
        "\x1f",
        "\x7f",
        "\x80",
        "\xbf",
        "\xff",
        "\xf8",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2\x80",
        "\xc2\x9f",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xe4\xbcx",
        "\xc3\xc3",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(take_all(bad[i]), UTF8_BAD);
}

/* A bad one leaves nothing behind that the next could be added to. */
static void test_again(void **state) {
    (void)state;
    struct utf8 character = {.nr_bytes = 0};
    assert_int_equal(utf8_take(&character, '\xe4'), UTF8_GOES_ON);
    assert_int_equal(utf8_take(&character, 'x'), UTF8_BAD);
    assert_int_equal(utf8_take(&character, 'y'), UTF8_WHOLE);
    assert_int_equal(character.bytes[0], 'y');
}

static void test_width(void **state) {
    (void)state;
    assert_int_equal(utf8_columns("a"), 1);
    assert_int_equal(utf8_columns("\xc3\xa9"), 1);
    assert_int_equal(utf8_columns("\xe2\x80\x94"), 1);     /* a dash        */
    assert_int_equal(utf8_columns("\xcc\x81"), 0);         /* an accent     */
    assert_int_equal(utf8_columns("\xe2\x80\xae"), 0);     /* right to left */
    assert_int_equal(utf8_columns("\xef\xbc\x8c"), 2);     /* a wide comma  */
    assert_int_equal(utf8_columns("\xf0\x9f\x98\x80"), 2); /* a face        */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_width),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
