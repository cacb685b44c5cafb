/* tests/kernel/selftest.c - see selftest.h.
 *
 * Source of the format: Test Anything Protocol 13, testanything.org. */
#include "tests/kernel/selftest.h"

#include "kernel/checks.h"
#include "kernel/first.h"
#include "kernel/log.h"
#include "kernel/object.h"
#include "kernel/options.h"
#include "kernel/process.h"
#include "lib/string.h"
#include "tests/kernel/glob.h"

#define REASON_BYTES 256

/* Tests that `*` does not mean: they end in a panic, or fail, on purpose, or belong to a
 * lab and may fail until it is done. */
static const char *const purposes[] = {"panic_", "fail_", "lab_"};

extern const struct selftest sselftests[], eselftests[]; /* linker.ld */
extern const struct selftest sbenchmarks[], ebenchmarks[];

/* (own) hart 0: the first failure of the test that runs; empty: none yet */
static char reason[REASON_BYTES];

static void put_reason(void *context, char c) {
    char **at = context;
    if (*at < reason + REASON_BYTES - 1)
        *(*at)++ = c;
}

void selftest_fail(const char *file, int line, const char *fmt, ...) {
    if (reason[0] != '\0')
        return;
    char *at = reason;
    va_list args;
    va_start(args, fmt);
    format_to(put_reason, &at, "%s:%d: ", file, line);
    format_to_v(put_reason, &at, fmt, args);
    *at = '\0';
    va_end(args);
}

static size_t pattern_bytes(const char *pattern) {
    const char *comma = strchr(pattern, ',');
    return comma != NULL ? (size_t)(comma - pattern) : strlen(pattern);
}

/* Does this one pattern select the test? */
static bool selects(const char *pattern, const struct selftest *test) {
    for (size_t i = 0; i < ARRAY_SIZE(purposes); i++) {
        size_t prefix = strlen(purposes[i]);
        if (strncmp(test->name, purposes[i], prefix) == 0 &&
            strncmp(pattern, purposes[i], prefix) != 0)
            return false;
    }
    return glob_matches(pattern, pattern_bytes(pattern), test->name);
}

static const char *next_pattern(const char *pattern) {
    pattern += pattern_bytes(pattern);
    return *pattern == ',' ? pattern + 1 : pattern;
}

static bool is_selected(const char *patterns, const struct selftest *test) {
    for (const char *p = patterns; *p != '\0'; p = next_pattern(p))
        if (selects(p, test))
            return true;
    return false;
}

/* True if the pattern selects at least one test of [first, end). */
static bool selects_any(const char *pattern, const struct selftest *first,
                        const struct selftest *end) {
    for (const struct selftest *test = first; test < end; test++)
        if (selects(pattern, test))
            return true;
    return false;
}

/* A test that fails ends where it stands.  What processes it leaves would keep the
 * machine on for ever, and come in the way of the tests that follow. */
static void discard_processes(void) {
    for (uint32_t slot = 0; slot < object_nr_slots(); slot++) {
        const struct object *object = &object_slots[slot];
        if (object->body != NULL && object->type == OBJECT_PROCESS)
            process_discard(object->body);
    }
}

/* Run one; afterwards `reason` says why it failed, or is empty. */
static void run_counted(const struct selftest *test) {
    reason[0] = '\0';
    struct holdings before = holdings_count();
    test->run();
    if (reason[0] != '\0')
        discard_processes();
    struct holdings after = holdings_count();
    if (after.heap_bytes != before.heap_bytes)
        selftest_fail(__FILE__, __LINE__, "heap: %zu bytes in use before, %zu after",
                      before.heap_bytes, after.heap_bytes);
    if (after.free_frames != before.free_frames)
        selftest_fail(__FILE__, __LINE__, "frames: %zu free before, %zu after",
                      before.free_frames, after.free_frames);
}

/* One line of TAP; returns 1 if it failed. */
static unsigned report(unsigned number, const char *name, size_t name_bytes) {
    bool passed = reason[0] == '\0';
    const char *remark = passed ? options.nonce : reason;
    console_printf("%sok %u - %.*s%s%s\n", passed ? "" : "not ", number, (int)name_bytes,
                   name, *remark == '\0' ? "" : " # ", remark);
    return !passed;
}

static unsigned run_selected(const char *patterns, const struct selftest *first,
                             const struct selftest *end) {
    unsigned nr_planned = 0, number = 0, nr_failed = 0;
    if (*patterns == '\0')
        return 0;
    for (const struct selftest *test = first; test < end; test++)
        nr_planned += is_selected(patterns, test);
    for (const char *p = patterns; *p != '\0'; p = next_pattern(p))
        nr_planned += !selects_any(p, first, end);
    console_printf("1..%u\n", nr_planned);
    for (const struct selftest *test = first; test < end; test++) {
        if (!is_selected(patterns, test))
            continue;
        run_counted(test);
        nr_failed += report(++number, test->name, strlen(test->name));
    }
    for (const char *p = patterns; *p != '\0'; p = next_pattern(p)) {
        if (selects_any(p, first, end))
            continue;
        format_string(reason, sizeof(reason), "none has such a name");
        nr_failed += report(++number, p, pattern_bytes(p));
    }
    console_printf("# %u passed, %u failed\n", number - nr_failed, nr_failed);
    return nr_failed;
}

unsigned selftest_run(const char *patterns) {
    return run_selected(patterns, sselftests, eselftests);
}

unsigned benchmark_run(const char *patterns) {
    if (strcmp(patterns, "all") == 0)
        patterns = "*";
    return run_selected(patterns, sbenchmarks, ebenchmarks);
}
