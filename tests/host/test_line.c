/* tests/host/test_line.c - line.c of the console: what keys make of a line.
 *
 * A terminal of one row is simulated, so that what the user sees is compared with what is
 * in the line. */
#include "lib/string.h"
#include "tests/host/support.h"
#include "user/lib/line.h"

struct row { /* a column holds a character's code; a wide one's second column 0 */
    uint32_t columns[2 * LINE_BYTES_MAX];
    size_t cursor;
    uint32_t character; /* the bytes of it that have come so far */
    unsigned nr_missing;
    size_t nr_bells, nr_rows;
    bool left_the_row;
};

static struct row row;
static struct line line;

static void row_put(uint32_t character, size_t width) {
    for (size_t i = 0; i < width; i++)
        row.columns[row.cursor++] = i == 0 ? character : 0;
}

static void row_control(char c) {
    if (c == '\a')
        row.nr_bells++;
    else if (c == '\b' && row.cursor == 0)
        row.left_the_row = true;
    else if (c == '\b')
        row.cursor--;
    else if (c == '\n')
        row = (struct row){.nr_rows = row.nr_rows + 1, .nr_bells = row.nr_bells};
}

static void show(void *context, const char *text, size_t nr_bytes) {
    assert_ptr_equal(context, &row);
    for (size_t i = 0; i < nr_bytes; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c < ' ') {
            row_control(text[i]);
        } else if (c < 0x80) {
            row_put(c, 1);
        } else if (c >= 0xc0) {
            row.character = c;
            row.nr_missing = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        } else {
            row.character = row.character << 8 | c;
            if (--row.nr_missing == 0)
                row_put(row.character, row.character > 0xffff ? 2 : 1);
        }
    }
}

static enum line_event type(const char *keys) {
    enum line_event event = LINE_GOES_ON;
    for (; *keys != '\0'; keys++)
        event = line_type(&line, *keys);
    return event;
}

static enum line_event type_and_go_on(const char *keys) {
    enum line_event event = type(keys);
    line_begin(&line);
    return event;
}

/* The row shows exactly this, and so does the line. */
static void expect(const char *text) {
    struct row seen = row;
    row = (struct row){0};
    show(&row, text, strlen(text));
    assert_int_equal(seen.cursor, row.cursor);
    assert_memory_equal(seen.columns, row.columns, row.cursor * sizeof(row.columns[0]));
    for (size_t i = seen.cursor; i < ARRAY_SIZE(seen.columns); i++)
        assert_true(seen.columns[i] == 0 || seen.columns[i] == ' ');
    row = seen;
    assert_false(row.left_the_row);
    assert_string_equal(line.text, text);
    assert_int_equal(line.nr_bytes, strlen(text));
}

static int setup(void **state) {
    (void)state;
    row = (struct row){0};
    line_init(&line, show, &row);
    return 0;
}

static void test_typing(void **state) {
    (void)state;
    assert_int_equal(type("hello 1"), LINE_GOES_ON);
    expect("hello 1");
    assert_int_equal(type("\r"), LINE_ENTERED);
    assert_string_equal(line.text, "hello 1");
    assert_int_equal(row.nr_rows, 1);
}

static void test_ends_of_line(void **state) {
    (void)state;
    assert_int_equal(type_and_go_on("a\r"), LINE_ENTERED);
    assert_int_equal(type("\n"), LINE_GOES_ON); /* belongs to the \r */
    assert_int_equal(type("\n"), LINE_ENTERED);
    assert_string_equal(line.text, "");
}

static void test_backspace(void **state) {
    (void)state;
    type("abc\b\x7f");
    expect("a");
    type("\b\b\b");
    expect("");
    type("\xe4\xbc\x99\xe4\xbc\xb4x\xc3\xa9\xf0\x9f\x98\x80");
    expect("\xe4\xbc\x99\xe4\xbc\xb4x\xc3\xa9\xf0\x9f\x98\x80");
    type("\b");
    expect("\xe4\xbc\x99\xe4\xbc\xb4x\xc3\xa9");
    type("\b\b\b");
    expect("\xe4\xbc\x99");
    type("\b\b");
    expect("");
}

static void test_erasing(void **state) {
    (void)state;
    type("one two  three  \x17");
    expect("one two  ");
    type("\x17\x17\x17");
    expect("");
    type("one \xe4\xbc\x99\x15");
    expect("");
}

static void test_control_keys(void **state) {
    (void)state;
    assert_int_equal(type("gone\x03"), LINE_CANCELLED);
    expect("");
    assert_int_equal(type("\x04"), LINE_AT_END);
    assert_int_equal(type("rest\x04"), LINE_ENTERED);
    assert_string_equal(line.text, "rest");
    line_begin(&line);
    assert_int_equal(type("\x01\x02\x07\t\x0b"), LINE_GOES_ON); /* mean nothing here */
    expect("");
}

static void test_too_long(void **state) {
    (void)state;
    for (size_t i = 0; i < LINE_BYTES_MAX; i++)
        type("x");
    assert_int_equal(row.nr_bells, 0);
    type("yy");
    assert_int_equal(row.nr_bells, 2);
    assert_int_equal(line.nr_bytes, LINE_BYTES_MAX);
    assert_int_equal(line.text[LINE_BYTES_MAX - 1], 'x');
    assert_int_equal(type("\r"), LINE_ENTERED);
    line_begin(&line);
    type("\x10");
    assert_int_equal(line.nr_bytes, LINE_BYTES_MAX);
}

static void test_earlier_lines(void **state) {
    (void)state;
    type_and_go_on("first\r");
    type_and_go_on("\r"); /* neither an empty line nor the same again is kept */
    type_and_go_on("second\r");
    type_and_go_on("second\r");
    type("dra\x1b[A");
    expect("second");
    type("\x1bOA");
    expect("first");
    type("\x1b[A");
    expect("first");
    assert_int_equal(row.nr_bells, 1);
    type("\x1b[B");
    expect("second");
    type("\x0e");
    expect("");
    type("\x0e");
    expect("");
    assert_int_equal(row.nr_bells, 2);
    type("\x10\b\b!\r");
    assert_string_equal(line.text, "seco!");
    line_begin(&line);
    type("\x10\x10");
    expect("second"); /* as it was */
}

static void test_lines_kept(void **state) {
    (void)state;
    char text[16];
    for (int i = 0; i < LINES_KEPT + 3; i++) {
        snprintf(text, sizeof(text), "%d\r", i);
        type_and_go_on(text);
    }
    for (int i = 0; i < LINES_KEPT; i++)
        type("\x10");
    expect("3");
    assert_int_equal(row.nr_bells, 0);
    type("\x10");
    expect("3");
    assert_int_equal(row.nr_bells, 1);
}

static void test_other_sequences(void **state) {
    (void)state;
    type("a\x1b[Cb\x1b[3~c\x1b[1;5Dd\x1bxe");
    expect("abcde");
    assert_int_equal(type("\x1b[\r"), LINE_ENTERED);
}

/* Whatever is typed: what is shown and what is in the line are the same. */
static void test_random(void **state) {
    (void)state;
    static const char *const keys[] = {"a",      " ",      "\xe4\xbc\x99", "\xc3\xa9",
                                       "\b",     "\x15",   "\x17",         "\r",
                                       "\x1b[A", "\x1b[B", "\x03",         "bcd"};
    struct rng rng = {20261124};
    for (int i = 0; i < 200000; i++) {
        enum line_event event = type(keys[rng_below(&rng, ARRAY_SIZE(keys))]);
        if (event == LINE_ENTERED)
            line_begin(&line);
        if (i % 16 == 0)
            expect(line.text);
    }
}

/* Any bytes at all: nothing is written outside of the line. */
static void test_noise(void **state) {
    (void)state;
    struct rng rng = {1};
    for (int i = 0; i < 200000; i++) {
        if (line_type(&line, (char)rng_next(&rng)) == LINE_ENTERED)
            line_begin(&line);
        assert_true(line.nr_bytes <= LINE_BYTES_MAX);
        assert_int_equal(line.text[line.nr_bytes], '\0');
        row = (struct row){0};
    }
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_typing),        TEST(test_ends_of_line), TEST(test_backspace),
        TEST(test_erasing),       TEST(test_control_keys), TEST(test_too_long),
        TEST(test_earlier_lines), TEST(test_lines_kept),   TEST(test_other_sequences),
        TEST(test_random),        TEST(test_noise),
    };
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
