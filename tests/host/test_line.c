/* tests/host/test_line.c - line.c of the console: what keys make of a line.
 *
 * A terminal of one row is simulated, so that what the user sees is compared with what is
 * in the line. */
#include "lib/string.h"
#include "tests/host/support.h"
#include "user/lib/line.h"

/* The terminal: a column holds a character's bytes; a wide one's second column 0. */
struct row {
    uint32_t columns[LINE_COLUMNS + 1];
    size_t cursor, nr_rows, nr_bells, nr_clears;
    struct utf8 character;
    char sequence[16];
    size_t sequence_bytes; /* 0: no escape sequence has begun */
};

static struct row row;
static struct line line;

static void row_put(void) {
    uint32_t value = 0;
    memcpy(&value, row.character.bytes, utf8_bytes(row.character.bytes));
    for (size_t i = 0; i < utf8_columns(row.character.bytes); i++) {
        assert_true(row.cursor <= LINE_COLUMNS); /* it never gets into the next row */
        row.columns[row.cursor++] = i == 0 ? value : 0;
    }
}

/* Only these sequences may ever come. */
static void row_sequence(void) {
    unsigned count;
    char end;
    if (strcmp(row.sequence, "\x1b[K") == 0) {
        memset(&row.columns[row.cursor], 0,
               sizeof(row.columns) - row.cursor * sizeof(uint32_t));
    } else if (strcmp(row.sequence, "\x1b[2J") == 0) {
        row.nr_clears++;
        memset(row.columns, 0, sizeof(row.columns));
    } else if (strcmp(row.sequence, "\x1b[H") == 0) {
        row.cursor = 0;
    } else {
        assert_int_equal(sscanf(row.sequence, "\x1b[%u%c", &count, &end), 2);
        assert_int_equal(end, 'C');
        row.cursor += count;
        assert_true(row.cursor < LINE_COLUMNS);
    }
    row.sequence_bytes = 0;
}

static void row_control(char c) {
    if (c == '\n')
        row = (struct row){.nr_rows = row.nr_rows + 1, .nr_bells = row.nr_bells};
    else if (c == '\r')
        row.cursor = 0;
    else if (c == '\x1b')
        row.sequence[row.sequence_bytes++] = c;
    else if (c == '\a')
        row.nr_bells++;
    else
        fail_msg("the terminal gets a %#x", (uint8_t)c);
}

static void show(void *context, const char *text, size_t nr_bytes) {
    assert_ptr_equal(context, &row);
    for (size_t i = 0; i < nr_bytes; i++) {
        if (row.sequence_bytes > 0) {
            row.sequence[row.sequence_bytes++] = text[i];
            row.sequence[row.sequence_bytes] = '\0';
            assert_true(row.sequence_bytes < sizeof(row.sequence) - 1);
            if (text[i] >= '@' && text[i] != '[')
                row_sequence();
        } else if ((uint8_t)text[i] < ' ') {
            row_control(text[i]);
        } else {
            enum utf8_state state = utf8_take(&row.character, text[i]);
            assert_int_not_equal(state, UTF8_BAD);
            if (state == UTF8_WHOLE)
                row_put();
        }
    }
}

static void begin(void) {
    line_begin(&line, "", 0);
}

static enum line_event type(const char *keys) {
    enum line_event event = LINE_GOES_ON;
    for (; *keys != '\0'; keys++)
        event = line_type(&line, *keys);
    return event;
}

static enum line_event type_and_go_on(const char *keys) {
    enum line_event event = type(keys);
    begin();
    return event;
}

/* The row shows exactly this, with the cursor behind so much of it. */
static void expect_row(const char *text, const char *before_cursor) {
    struct row seen = row;
    row = (struct row){.nr_rows = 0};
    show(&row, before_cursor, strlen(before_cursor));
    assert_int_equal(seen.cursor, row.cursor);
    row = (struct row){.nr_rows = 0};
    show(&row, text, strlen(text));
    assert_memory_equal(seen.columns, row.columns, sizeof(row.columns));
    row = seen;
}

/* So does the line. */
static void expect_at(const char *text, const char *before_cursor) {
    expect_row(text, before_cursor);
    assert_string_equal(line.text, text);
    assert_int_equal(line.cursor, strlen(before_cursor));
}

static void expect(const char *text) {
    expect_at(text, text);
}

static int setup(void **state) {
    (void)state;
    row = (struct row){.nr_rows = 0};
    line_init(&line, show, &row);
    begin();
    return 0;
}

static void test_typing(void **state) {
    (void)state;
    assert_int_equal(type("hello 1"), LINE_GOES_ON);
    expect("hello 1");
    assert_int_equal(type_and_go_on("\r"), LINE_ENTERED);
    assert_int_equal(row.nr_rows, 1);
    assert_int_equal(type("\n"), LINE_GOES_ON); /* belongs to the \r */
    assert_int_equal(type("\n"), LINE_ENTERED);
    expect("");
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
    type("one two three\x02\x02\x02\x02\x02\x02\x17");
    expect_at("one  three", "one ");
    type("\x0b");
    expect("one ");
    type("\x01\x0b");
    expect("");
    type("one two\x1b[D\x1b[D\x15");
    expect_at("wo", "");
}

static void test_moving(void **state) {
    (void)state;
    type("a\xe4\xbc\x99z\x02\x02");
    expect_at("a\xe4\xbc\x99z", "a");
    type("\x1b[D\x1b[D\x1b[D");
    expect_at("a\xe4\xbc\x99z", "");
    type("\x1b[C\x06");
    expect_at("a\xe4\xbc\x99z", "a\xe4\xbc\x99");
    type("+-");
    expect_at("a\xe4\xbc\x99+-z", "a\xe4\xbc\x99+-");
    type("\x01x\x05y");
    expect("xa\xe4\xbc\x99+-zy");
    assert_int_equal(row.nr_bells, 0);
    assert_int_equal(type("\x01\r"), LINE_ENTERED); /* whole, wherever the cursor is */
    assert_string_equal(line.text, "xa\xe4\xbc\x99+-zy");
}

static void test_sequences(void **state) {
    (void)state;
    static const char *const home[] = {"\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"};
    static const char *const end[] = {"\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~"};
    type("abc");
    for (size_t i = 0; i < ARRAY_SIZE(home); i++) {
        type(home[i]);
        expect_at("abc", "");
        type(end[i]);
        expect_at("abc", "abc");
    }
    type("\x1b[3~");
    expect("abc");
    type("\x01\x1b[3~");
    expect_at("bc", "");
    type("\x05\x1b[15~\x1b[3;5~\x1b[24~\x1bx\x1b[?1;2c\x1b[200~"); /* keys of no use */
    expect("bc");
    type("\x1b[1;5D");
    expect_at("bc", "b");
    assert_int_equal(type("\x1b[\r"), LINE_ENTERED);
}

static void test_control_keys(void **state) {
    (void)state;
    assert_int_equal(type("gone\x03"), LINE_CANCELLED);
    expect("");
    assert_int_equal(type("\x04"), LINE_AT_END);
    assert_int_equal(type("rest\x04"), LINE_ENTERED);
    assert_string_equal(line.text, "rest");
    begin();
    assert_int_equal(type("\x07\x0f\x11\x12\x13\x14\x16\x18\x19\x1a\x1c\x1d\x1e\x1f"),
                     LINE_GOES_ON); /* mean nothing here */
    assert_int_equal(line_type(&line, '\0'), LINE_GOES_ON);
    expect("");
    type("a\tb");
    expect("a b");
}

static void test_prompt(void **state) {
    (void)state;
    static const char prompt[] = "\x1b[31m\xe4\xbc\x99\x9b>\r\n ";
    type("1\r");
    line_begin(&line, prompt, sizeof(prompt) - 1);
    expect_row("[31m\xe4\xbc\x99> ", "[31m\xe4\xbc\x99> "); /* nothing that steers */
    type("x\x02");
    expect_row("[31m\xe4\xbc\x99> x", "[31m\xe4\xbc\x99> ");
    line_hide(&line);
    expect_row("", "");
    line_redraw(&line);
    expect_row("[31m\xe4\xbc\x99> x", "[31m\xe4\xbc\x99> ");
    type("\x0c");
    assert_int_equal(row.nr_clears, 1);
    expect_row("[31m\xe4\xbc\x99> x", "[31m\xe4\xbc\x99> ");

    row = (struct row){.nr_rows = 0};
    line_begin(&line, "0123456789abcdef0123456789abcdef!", 33);
    expect_row("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef");
}

static void type_x(size_t times) {
    for (size_t i = 0; i < times; i++)
        type("x");
}

static void test_too_long(void **state) {
    (void)state;
    type_x(LINE_BYTES_MAX);
    assert_int_equal(row.nr_bells, 0);
    type("yy");
    assert_int_equal(row.nr_bells, 2);
    assert_int_equal(line.nr_bytes, LINE_BYTES_MAX);
    assert_int_equal(line.text[LINE_BYTES_MAX - 1], 'x');
    type("\b\xe4\xbc\x99"); /* a character has room, or not */
    assert_int_equal(line.nr_bytes, LINE_BYTES_MAX - 1);
    assert_int_equal(row.nr_bells, 3);
    assert_int_equal(type("\r"), LINE_TOO_LONG); /* never half of what was meant */
    expect("");
    type_x(LINE_BYTES_MAX);
    assert_int_equal(type("x\x02\r"), LINE_ENTERED); /* they have seen it */
    begin();
    type("\x10");
    assert_int_equal(line.nr_bytes, LINE_BYTES_MAX);
}

/* One row, whatever the line's length. */
static void test_scrolling(void **state) {
    (void)state;
    char text[LINE_BYTES_MAX + 1];
    for (size_t i = 0; i < LINE_BYTES_MAX; i++)
        text[i] = (char)('a' + i % 26);
    text[LINE_BYTES_MAX] = '\0';
    type(text);
    assert_true(row.cursor < LINE_COLUMNS);
    expect_row(&text[LINE_BYTES_MAX - row.cursor], &text[LINE_BYTES_MAX - row.cursor]);
    type("\x01");
    text[LINE_COLUMNS - 1] = '\0';
    expect_row(text, "");
    type("\x05\x15");
    expect("");
    assert_int_equal(row.nr_rows, 0);
}

static void test_malformed(void **state) {
    (void)state;
    type("\x80\x9b\xff\xc2\x9b\xe4\xbcx");
    assert_int_equal(row.nr_bells, 5);
    expect("");
    type("\xe4\x01\xc3\xa9"); /* half a character, a key, a character */
    expect("\xc3\xa9");
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
    expect("dra"); /* still there */
    type("\x0e");
    expect("dra");
    assert_int_equal(row.nr_bells, 2);
    type("\x10\b\b!\r");
    assert_string_equal(line.text, "seco!");
    begin();
    type("\x10\x10");
    expect("second"); /* as it was */
}

static void test_lines_kept(void **state) {
    (void)state;
    char text[16];
    for (int i = 0; i < LINE_HISTORY_MAX + 3; i++) {
        snprintf(text, sizeof(text), "%d\r", i);
        type_and_go_on(text);
    }
    type("new");
    for (int i = 1; i < LINE_HISTORY_MAX; i++)
        type("\x10");
    expect("4");
    assert_int_equal(row.nr_bells, 0);
    type("\x10");
    expect("4");
    assert_int_equal(row.nr_bells, 1);
    for (int i = 1; i < LINE_HISTORY_MAX; i++)
        type("\x0e");
    expect("new");
}

/* Whatever is typed: what is shown is the line, and the cursor where it should be. */
static void test_random(void **state) {
    (void)state;
    static const char *const keys[] = {
        "a",    " ",    "\xe4\xbc\x99", "\xc3\xa9", "\b",   "\x15",
        "\x17", "\r",   "\x1b[A",       "\x1b[B",   "\x03", "bcd",
        "\x01", "\x02", "\x05",         "\x06",     "\x0b"};
    struct rng rng = {20261124};
    for (int i = 0; i < 200000; i++) {
        enum line_event event = type(keys[rng_below(&rng, ARRAY_SIZE(keys))]);
        if (event == LINE_ENTERED)
            begin();
        if (line.first > 0 || line.nr_bytes >= LINE_COLUMNS - 2)
            continue; /* the row has only a part of it */
        char before_cursor[LINE_BYTES_MAX + 1] = "";
        memcpy(before_cursor, line.text, line.cursor);
        expect_row(line.text, before_cursor);
    }
}

/* Any bytes at all: nothing is written outside of the line, and nothing shown that the
 * simulated terminal does not allow. */
static void test_noise(void **state) {
    (void)state;
    struct rng rng = {1};
    for (int i = 0; i < 400000; i++) {
        enum line_event event = line_type(&line, (char)rng_next(&rng));
        if (event == LINE_ENTERED || event == LINE_AT_END)
            begin();
        assert_true(line.nr_bytes <= LINE_BYTES_MAX);
        assert_true(line.cursor <= line.nr_bytes && line.first <= line.cursor);
        assert_int_equal(line.text[line.nr_bytes], '\0');
    }
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_typing),    TEST(test_backspace),     TEST(test_erasing),
        TEST(test_moving),    TEST(test_sequences),     TEST(test_control_keys),
        TEST(test_prompt),    TEST(test_too_long),      TEST(test_scrolling),
        TEST(test_malformed), TEST(test_earlier_lines), TEST(test_lines_kept),
        TEST(test_random),    TEST(test_noise),
    };
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
