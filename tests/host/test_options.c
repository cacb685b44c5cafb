/* tests/host/test_options.c - options.c and glob.c: the boot command line. */
#include "kernel/options.h"
#include "kernel/abi/bootargs.h"
#include "lib/items.h"
#include "tests/host/support.h"
#include "tests/kernel/glob.h"

struct problems {
    size_t nr_problems;
    const char *last;
    char word[600];
};

static struct problems noted;

static void note(const char *problem, const char *word, size_t word_bytes) {
    noted.nr_problems++;
    noted.last = problem;
    REQUIRE(word_bytes > 0);
    snprintf(noted.word, sizeof(noted.word), "%.*s", (int)word_bytes, word);
}

/* Parse a copy of exactly that size. */
static struct problems parse(const char *line, struct options *out) {
    char *copy = strdup(line);
    noted = (struct problems){0};
    memset(out, 0x5a, sizeof(*out));
    options_parse(copy, out, note);
    free(copy);
    return noted;
}

static void test_nothing(void **state) {
    (void)state;
    const char *lines[] = {"", " ", " \t  \n"};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct options o;
        assert_int_equal(parse(lines[i], &o).nr_problems, 0);
        assert_string_equal(o.test, "");
        assert_string_equal(o.bench, "");
        assert_string_equal(o.log, "");
        assert_false(o.color || o.learn_heap || o.no_asids);
    }
}

static void test_all(void **state) {
    (void)state;
    struct options o;
    struct problems p = parse("test=buddy*,heap* bench=all log=mm:debug,info color=on\t"
                              "learn=heap asid=off poweroff=off app=a,b+c trace=heap,4M "
                              "script=\"ps; heap\"",
                              &o);
    assert_int_equal(p.nr_problems, 0);
    assert_string_equal(o.test, "buddy*,heap*");
    assert_string_equal(o.bench, "all");
    assert_string_equal(o.log, "mm:debug,info");
    assert_string_equal(o.trace, "heap,4M");
    assert_true(o.color && o.learn_heap && o.no_asids);
    parse("color=on color=off test=a test=b", &o);
    assert_false(o.color); /* later words win */
    assert_string_equal(o.test, "b");
}

static void test_quotes(void **state) {
    (void)state;
    struct options o;
    assert_int_equal(
        parse("app=\"heapdemo 5\",hello test=\"a b\" \"log=x y\"", &o).nr_problems,
        1); /* a name has no quotes */
    assert_string_equal(o.test, "a b");
    parse("test=\"never closed color=on", &o);
    assert_false(o.color);
    assert_string_equal(o.test, "never closed color=on");
}

static void assert_text(struct bootargs_text text, const char *expected) {
    assert_int_equal(text.nr_bytes, strlen(expected));
    assert_memory_equal(text.start, expected, text.nr_bytes);
}

/* What init reads. */
static void test_words(void **state) {
    (void)state;
    const struct {
        const char *name, *value;
    } expected[] = {{"app", "\"heapdemo 5\",hello"},
                    {"a\" b\"", ""},
                    {"", "x=y"},
                    {"script", "\"ps; x"}};
    char *line = strdup(" app=\"heapdemo 5\",hello\ta\" b\"\r\n=x=y script=\"ps; x");
    const char *cursor = line;
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        struct bootargs_text name = bootargs_next(&cursor);
        assert_true(name.nr_bytes > 0);
        assert_text(bootargs_cut(&name), expected[i].value);
        assert_text(name, expected[i].name);
    }
    assert_int_equal(bootargs_next(&cursor).nr_bytes, 0);
    assert_ptr_equal(cursor, line + strlen(line));
    free(line);
}

static void test_problems(void **state) {
    (void)state;
    const struct {
        const char *line, *word, *problem;
    } cases[] = {
        {"unknown=1", "unknown=1", "unknown"},
        {"  root=/dev/vda ", "root=/dev/vda", "unknown"},
        {"test", "", "unknown"},
        {"tests=x", "tests=x", "unknown"},
        {"tes=x", "tes=x", "unknown"},
        {"=x", "=x", "unknown"},
        {"color=blue", "color=blue", "bad value"},
        {"color=", "color=", "bad value"},
        {"learn=all", "learn=all", "bad value"},
        {"asid=onn", "asid=onn", "bad value"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct options o;
        struct problems p = parse(cases[i].line, &o);
        if (cases[i].word[0] == '\0') {
            assert_string_equal(o.test,
                                ""); /* a word without a value: reported or empty */
            continue;
        }
        assert_int_equal(p.nr_problems, 1);
        assert_string_equal(p.last, cases[i].problem);
        assert_string_equal(p.word, cases[i].word);
    }
}

static void test_length(void **state) {
    (void)state;
    for (size_t nr_bytes = OPTIONS_VALUE_MAX - 3; nr_bytes < OPTIONS_VALUE_MAX + 3;
         nr_bytes++) {
        char line[OPTIONS_VALUE_MAX + 40] = "test=";
        struct options o;
        memset(line + 5, 'x', nr_bytes);
        strcpy(line + 5 + nr_bytes, " color=on");
        struct problems p = parse(line, &o);
        bool fits = nr_bytes < OPTIONS_VALUE_MAX;
        assert_int_equal(p.nr_problems, fits ? 0 : 1);
        assert_int_equal(strlen(o.test), fits ? nr_bytes : 0);
        assert_string_equal(fits ? "too long" : p.last, "too long");
        assert_true(o.color);
    }
}

static void test_items(void **state) {
    (void)state;
    const struct {
        const char *item;
        char separator;
    } expected[] = {{"heapdemo 5", ','}, {"hello", '+'}, {"a,b", '+'}, {"spin", 0}};
    const char *cursor = ",\"heapdemo 5\",hello+\"a,b\"+,spin";
    char item[32], separator;
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_true(items_next(&cursor, item, sizeof(item), &separator));
        assert_string_equal(item, expected[i].item);
        assert_int_equal(separator, expected[i].separator);
    }
    assert_false(items_next(&cursor, item, sizeof(item), &separator));
    cursor = "abcdefgh,x";
    assert_true(items_next(&cursor, item, 4, &separator));
    assert_string_equal(item, "abc"); /* cut to fit */
    assert_true(items_next(&cursor, item, 4, &separator));
    assert_string_equal(item, "x");
}

static void test_random_lines(void **state) {
    (void)state;
    struct rng rng = {1};
    const char *pieces[] = {"test=", "app=",     " ",    "\"",        ",",
                            "+",     "color=on", "=",    "x",         "learn",
                            "\t=",   "heap*",    "\xff", "poweroff=", "log=a:b"};
    for (int i = 0; i < 30000; i++) {
        char line[256] = "";
        for (uint32_t k = rng_below(&rng, 14); k > 0; k--)
            strcat(line, pieces[rng_below(&rng, ARRAY_SIZE(pieces))]);
        struct options o;
        parse(line, &o);
        const char *cursor = o.test;
        char item[8], separator;
        size_t nr_items = 0;
        while (items_next(&cursor, item, sizeof(item), &separator))
            assert_true(++nr_items < 256);
        assert_true(cursor >= o.test && cursor <= o.test + strlen(o.test));
    }
}

static void test_glob(void **state) {
    (void)state;
    const struct {
        const char *pattern, *name;
        bool matches;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "anything", true},
        {"a*", "a", true},
        {"a*", "ba", false},
        {"*a", "bba", true},
        {"*a", "bab", false},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"?", "", false},
        {"a*b*c", "axxbyyc", true},
        {"a*b*c", "axxcyyb", false},
        {"**a**", "bab", true},
        {"buddy*", "buddy_free", true},
        {"heap_?????", "heap_basic", true},
        {"*ab", "aab", true},
        {"*aab", "aaaab", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t nr_bytes = strlen(cases[i].pattern);
        char *exact = malloc(nr_bytes ? nr_bytes : 1); /* not terminated */
        memcpy(exact, cases[i].pattern, nr_bytes);
        if (glob_matches(exact, nr_bytes, cases[i].name) != cases[i].matches)
            fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].name);
        free(exact);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),  cmocka_unit_test(test_all),
        cmocka_unit_test(test_quotes),   cmocka_unit_test(test_words),
        cmocka_unit_test(test_problems), cmocka_unit_test(test_length),
        cmocka_unit_test(test_items),    cmocka_unit_test(test_random_lines),
        cmocka_unit_test(test_glob),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
