/* kernel/options.c - see options.h. */
#include "kernel/options.h"

#include "kernel/abi/bootargs.h"
#include "lib/string.h"

struct options options;

/* A text is kept without its quotes; a flag has two values, of which one sets it and the
 * other clears it; what init reads is only known here. */
enum option_kind { TEXT, FLAG, INITS };

/* The comments are what the book's reference says: `usage: text` before each row. */
static const struct option {
    const char *name;
    size_t offset; /* in struct options */
    enum option_kind kind;
    const char *set, *clear;
} known_options[] = {
    /* test=GLOB,...: run the self-tests of these names */
    {"test", offsetof(struct options, test), TEXT, NULL, NULL},
    /* bench=NAME,... or bench=all: run benchmarks */
    {"bench", offsetof(struct options, bench), TEXT, NULL, NULL},
    /* log=LEVEL or log=MODULE:LEVEL,...: off, error, warn, info, debug or trace */
    {"log", offsetof(struct options, log), TEXT, NULL, NULL},
    /* trace=heap or trace=heap,frames,messages,8M: write down what happens to the heap,
     * to the frames, what threads do and say, in a ring in RAM of 1M to 64M (2M unless
     * said) */
    {"trace", offsetof(struct options, trace), TEXT, NULL, NULL},
    /* app=LIST: run programs: `a,b` in turn, `a+b` at once, `"a 1 2"` with arguments,
     * `!a` must fail, `@a` may have devices, `"a <b"` has a gate to the server b of
     * init.list; empty: the shell, but nothing with test= or bench= */
    {"app", 0, INITS, NULL, NULL},
    /* script=TEXT: have the shell run this, commands between semicolons */
    {"script", 0, INITS, NULL, NULL},
    /* nonce=WORD: print WORD with each self-test that passes, as the labs' grader asks */
    {"nonce", offsetof(struct options, nonce), TEXT, NULL, NULL},
    /* color=on: colours (the Makefile turns them on for terminals) */
    {"color", offsetof(struct options, color), FLAG, "on", "off"},
    /* learn=heap: allow the calls that take blocks of the kernel heap */
    {"learn", offsetof(struct options, learn_heap), FLAG, "heap", "off"},
    /* poweroff=off: stay on at the end */
    {"poweroff", 0, INITS, NULL, NULL},
    /* asid=off: fence at each change of address space, as for harts without ASIDs */
    {"asid", offsetof(struct options, no_asids), FLAG, "off", "on"},
};

static bool text_is(struct bootargs_text text, const char *word) {
    return strlen(word) == text.nr_bytes && memcmp(text.start, word, text.nr_bytes) == 0;
}

/* NULL, or why the value cannot be taken. */
static const char *set_text(char *field, struct bootargs_text value) {
    size_t used = 0;
    if (value.nr_bytes >= OPTIONS_VALUE_MAX)
        return "too long";
    for (size_t i = 0; i < value.nr_bytes; i++)
        if (value.start[i] != '"')
            field[used++] = value.start[i];
    field[used] = '\0';
    return NULL;
}

/* NULL, or why the word cannot be obeyed. */
static const char *set_option(struct options *out, struct bootargs_text name) {
    struct bootargs_text value = bootargs_cut(&name);
    const struct option *option = known_options;
    const struct option *end = option + ARRAY_SIZE(known_options);
    while (option < end && !text_is(name, option->name))
        option++;
    if (option == end)
        return "unknown";
    void *field = (char *)out + option->offset;
    if (option->kind == TEXT)
        return set_text(field, value);
    if (option->kind == INITS)
        return NULL;
    if (!text_is(value, option->set) && !text_is(value, option->clear))
        return "bad value";
    *(bool *)field = text_is(value, option->set);
    return NULL;
}

void options_parse(const char *line, struct options *out, options_report_fn *report) {
    memset(out, 0, sizeof(*out));
    struct bootargs_text word;
    while ((word = bootargs_next(&line)).nr_bytes != 0) {
        const char *problem = set_option(out, word);
        if (problem != NULL)
            report(problem, word.start, word.nr_bytes);
    }
}
