/* tests/host/test_parse.c - what lines of the shell mean, and which are refused. */
#include "lib/string.h"
#include "tests/host/support.h"
#include "user/servers/shell/parse.h"

static struct parsed parsed;

/* All words of all commands, each in brackets, `;` or `&` behind each command. */
static const char *parse_to_text(const char *line) {
    static char text[4096];
    size_t used = 0;
    const char *why = parse(line, strlen(line), &parsed);
    if (why != NULL)
        return why;
    text[0] = '\0';
    for (size_t i = 0; i < parsed.nr_commands; i++) {
        const struct command *command = &parsed.commands[i];
        for (int w = 0; w < command->nr_words; w++)
            used += (size_t)snprintf(&text[used], sizeof(text) - used, "[%s]",
                                     command->words[w]);
        used += (size_t)snprintf(&text[used], sizeof(text) - used, "%c",
                                 command->is_background ? '&' : ';');
    }
    return text;
}

#define EXPECT(line, text) assert_string_equal(parse_to_text(line), text)

static void test_words(void **state) {
    (void)state;
    EXPECT("", "");
    EXPECT(" \t \r\n", "");
    EXPECT("ps", "[ps];");
    EXPECT("  hello \t1   2\n", "[hello][1][2];");
    EXPECT("\xe4\xbc\x99\xe4\xbc\xb4 \xff", "[\xe4\xbc\x99\xe4\xbc\xb4][\xff];");
}

static void test_commands(void **state) {
    (void)state;
    EXPECT("a;b;c", "[a];[b];[c];");
    EXPECT("a 1 ; b&c ;", "[a][1];[b]&[c];");
    EXPECT("a& ", "[a]&");
    EXPECT("a&b&", "[a]&[b]&");
}

static void test_quotes(void **state) {
    (void)state;
    EXPECT("'a b' c", "[a b][c];");
    EXPECT("\"a b\"' c'd", "[a b cd];");
    EXPECT("'' \"\"", "[][];");
    EXPECT("'a\"b' \"a'b\"", "[a\"b][a'b];");
    EXPECT("\"a\\\"b\\\\c\\d\"", "[a\"b\\c\\d];");
    EXPECT("'a\\' b", "[a\\][b];");
    EXPECT("a\\ b\\;\\\\ \\'", "[a b;\\]['];");
    EXPECT("';&|' \"<>()`#\"", "[;&|][<>()`#];");
}

static void test_remarks(void **state) {
    (void)state;
    EXPECT("# nothing ' at | all", "");
    EXPECT("a # b; c", "[a];");
    EXPECT("a;# b", "[a];");
    EXPECT("a#b '#c'", "[a#b][#c];");
}

static void test_refused(void **state) {
    (void)state;
    EXPECT("a 'b", "a ' is not closed");
    EXPECT("a \"b\\\"", "a \" is not closed");
    EXPECT("'", "a ' is not closed");
    EXPECT("a \\", "there is nothing behind the \\");
    EXPECT(";", "there is no command before a ;");
    EXPECT("a;;b", "there is no command before a ;");
    EXPECT("a; &", "there is no command before an &");
    EXPECT("a &&", "there is no command before an &");
    EXPECT("a\x1b[2J", "there is a control character in it");
    EXPECT("'\x7f'", "there is a control character in it");
    static const char *const reserved[] = {"a|b", "a >b", "<b", "(a)", "`a`", "a 2>b"};
    for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
        EXPECT(reserved[i], "| < > ( ) and ` have no meaning here: put them into quotes");
    assert_string_equal(parse("a\0b", 3, &parsed), "there is a control character in it");
    assert_int_equal(parsed.nr_commands, 0);
}

/* `text` so many times, and what becomes of it. */
static const char *parse_many(const char *text, size_t times) {
    static char line[2048];
    size_t nr_bytes = strlen(text);
    for (size_t i = 0; i < times; i++)
        memcpy(&line[i * nr_bytes], text, nr_bytes);
    return parse(line, times * nr_bytes, &parsed);
}

static void test_limits(void **state) {
    (void)state;
    assert_null(parse_many("a ", PARSE_WORDS_MAX - 1));
    assert_int_equal(parsed.commands[0].nr_words, PARSE_WORDS_MAX - 1);
    assert_string_equal(parse_many("a ", PARSE_WORDS_MAX), "there are too many words");
    assert_null(parse_many("a;", PARSE_COMMANDS_MAX));
    assert_string_equal(parse_many("a;", PARSE_COMMANDS_MAX + 1),
                        "there are too many commands");
    assert_null(parse_many("x", PARSE_BYTES_MAX - 1));
    assert_int_equal(strlen(parsed.words[0]), PARSE_BYTES_MAX - 1);
    assert_string_equal(parse_many("x", PARSE_BYTES_MAX), "it is too long");
}

/* Any bytes: the words lie in the text, terminated, and no command is empty. */
static void test_noise(void **state) {
    (void)state;
    static const char letters[] = "aab  ;&'\"\\#\xe4|\t";
    struct rng rng = {20261124};
    char line[PARSE_BYTES_MAX + 8];
    for (int round = 0; round < 200000; round++) {
        size_t nr_bytes = rng_below(&rng, round % 8 == 0 ? sizeof(line) : 24);
        for (size_t i = 0; i < nr_bytes; i++)
            line[i] = round % 4 == 0 ? (char)rng_next(&rng)
                                     : letters[rng_below(&rng, sizeof(letters) - 1)];
        if (parse(line, nr_bytes, &parsed) != NULL) {
            assert_int_equal(parsed.nr_commands, 0);
            continue;
        }
        for (size_t i = 0; i < parsed.nr_commands; i++) {
            const struct command *command = &parsed.commands[i];
            assert_true(command->nr_words > 0);
            assert_null(command->words[command->nr_words]);
        }
        for (size_t i = 0; i < parsed.nr_words; i++) {
            if (parsed.words[i] == NULL)
                continue;
            size_t at = (size_t)(parsed.words[i] - parsed.text);
            assert_true(at < sizeof(parsed.text));
            assert_true(strnlen(parsed.words[i], sizeof(parsed.text) - at) <
                        sizeof(parsed.text) - at);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),   cmocka_unit_test(test_commands),
        cmocka_unit_test(test_quotes),  cmocka_unit_test(test_remarks),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
