/* tests/kernel/boot_test.c - what the kernel makes of its surroundings: options,
 * patterns, time, log levels, symbols. */
#include "kernel/backtrace.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/timer.h"
#include "lib/items.h"
#include "lib/string.h"
#include "tests/kernel/glob.h"
#include "tests/kernel/selftest.h"

LOG_MODULE("test");

static char reports[80]; /* the problems of the last parse(), each with a comma */

static void note_report(const char *problem, const char *word, size_t word_bytes) {
    size_t used = strlen(reports);
    (void)word;
    (void)word_bytes;
    format_string(reports + used, sizeof(reports) - used, "%s,", problem);
}

static void parse(const char *line, struct options *out) {
    reports[0] = '\0';
    options_parse(line, out, note_report);
}

SELFTEST("options_values", options_values) {
    static struct options o; /* 2 KiB: too large for a stack */
    parse("test=a*,b  app=\"heapdemo 5\",hello log=\"mm:debug\" color=on learn=heap", &o);
    CHECK(reports[0] == '\0', "every word is known, init's too");
    CHECK(strcmp(o.test, "a*,b") == 0, "a list of patterns is kept");
    CHECK(strcmp(o.log, "mm:debug") == 0, "quotes go");
    CHECK(o.color && o.learn_heap && !o.no_asids, "flags are set");
    parse("color=on color=off asid=off", &o);
    CHECK(!o.color && o.no_asids, "later words win");
    CHECK(o.test[0] == '\0', "what is not said is empty");
}

SELFTEST("options_hostile", options_hostile) {
    static struct options o;
    static char line[OPTIONS_VALUE_MAX + 32];
    parse("= == test console=ttyS0 color=blue test=\"unclosed word", &o);
    CHECK(strcmp(reports, "unknown,unknown,unknown,bad value,") == 0,
          "unknown words are reported, bad values too");
    CHECK(strcmp(o.test, "unclosed word") == 0, "an open quote ends with the line");
    memset(line, 'x', sizeof(line) - 1);
    memcpy(line, "test=", 5);
    parse(line, &o);
    CHECK(strcmp(reports, "too long,") == 0, "a long value is reported");
    CHECK(o.test[0] == '\0', "and not cut");
}

SELFTEST("items", items) {
    const char *list = ",\"a 1,2\"+b,,c";
    char item[8], separator;
    CHECK(items_next(&list, item, sizeof(item), &separator), "there is a first");
    CHECK(strcmp(item, "a 1,2") == 0 && separator == '+', "quotes hide a comma");
    CHECK(items_next(&list, item, sizeof(item), &separator), "there is a second");
    CHECK(strcmp(item, "b") == 0 && separator == ',', "it is b");
    CHECK(items_next(&list, item, 1, &separator), "there is a third");
    CHECK(item[0] == '\0' && separator == '\0', "and it is cut to fit");
    CHECK(!items_next(&list, item, sizeof(item), &separator), "there is no fourth");
}

static bool matches(const char *pattern, const char *name) {
    return glob_matches(pattern, strlen(pattern), name);
}

SELFTEST("glob", glob) {
    CHECK(matches("*", "") && matches("*", "heap"), "a star matches anything");
    CHECK(matches("h*p_*t", "heap_test"), "two stars match");
    CHECK(matches("h?ap*", "heap"), "a star matches nothing too");
    CHECK(!matches("", "heap") && matches("", ""), "nothing matches nothing");
    CHECK(!matches("heap", "heap_test") && !matches("heap_test", "heap"), "all of it");
    CHECK(matches("*a*b*c*", "xxaxxbxxabcxx") && !matches("*a*b*d", "aabbc"), "retries");
}

SELFTEST("timer_conversion", timer_conversion) {
    CHECK_EQUAL(timer_ticks_to_ns(10, 10000000), 1000, "10 MHz: 100 ns a tick");
    CHECK_EQUAL(timer_ns_to_ticks(1001, 10000000), 11, "rounded up: never too early");
    CHECK_EQUAL(timer_ns_to_ticks(UINT64_MAX - 1, 10000000000), UINT64_MAX, "saturates");
    CHECK_EQUAL(timer_ticks_to_ns(UINT64_MAX, 1), UINT64_MAX, "saturates");
    uint64_t hour_ns = 3600 * NS_PER_SECOND;
    CHECK_EQUAL(timer_ticks_to_ns(timer_ns_to_ticks(hour_ns, 32768), 32768), hour_ns,
                "an hour is an hour at 32768 Hz");
}

SELFTEST("timer_runs", timer_runs) {
    uint64_t before_ns = timer_now_ns(), now_ns = before_ns;
    CHECK(before_ns > 0, "time is never 0");
    for (unsigned i = 0; i < 1000000 && now_ns == before_ns; i++)
        now_ns = timer_now_ns();
    CHECK(now_ns > before_ns, "time goes on");
}

static bool is_timer_pending(void) {
    uint64_t sip;
    __asm__ volatile("csrr %0, sip" : "=r"(sip));
    return sip >> 5 & 1; /* STIP */
}

SELFTEST("timer_deadline", timer_deadline) {
    timer_set_ticks(timer_ticks(timer_now_ns() + 100 * NS_PER_SECOND));
    CHECK(!is_timer_pending(), "a deadline far off is not reached");
    uint64_t deadline_ns = timer_now_ns() + NS_PER_SECOND / 1000;
    timer_set_ticks(timer_ticks(deadline_ns));
    uint64_t give_up_ns = deadline_ns + 5 * NS_PER_SECOND;
    while (!is_timer_pending() && timer_now_ns() < give_up_ns)
        ;
    CHECK(is_timer_pending(), "a deadline makes the interrupt pending");
    CHECK(timer_now_ns() >= deadline_ns, "and not too early");
    timer_set_ticks(TIMER_NEVER);
    CHECK(!is_timer_pending(), "never takes it away");
}

SELFTEST("log_levels", log_levels) {
    enum log_level before = log_this_module.level;
    const char *both = log_set_levels("test:trace");
    enum log_level traced = log_this_module.level;
    const char *unknown = log_set_levels("nomodule:debug,test:warn");
    enum log_level warned = log_this_module.level;
    const char *nonsense = log_set_levels("test:loud");
    log_this_module.level = before;
    CHECK(both == NULL && traced == LOG_TRACE, "a module's level is set");
    CHECK(unknown != NULL && warned == LOG_WARN, "what follows a wrong item is obeyed");
    CHECK(nonsense != NULL, "a level that is none is refused");
    CHECK_EQUAL(DENY(ERR_RIGHTS, "for the ring only"), ERR_RIGHTS, "DENY is its status");
}

SELFTEST("symbols", symbols_find) {
    size_t offset = 1;
    const char *name = symbol_find((uintptr_t)symbol_find, &offset);
    CHECK(name != NULL && strcmp(name, "symbol_find") == 0, "a function has its name");
    CHECK_EQUAL(offset, 0, "its first instruction is at its start");
    name = symbol_find((uintptr_t)options_parse + 4, &offset);
    CHECK(name != NULL && strcmp(name, "options_parse") == 0, "so has the next");
    CHECK_EQUAL(offset, 4, "with the offset");
    CHECK(symbol_find(0, &offset) == NULL, "nothing is called 0");
    CHECK(symbol_find(UINTPTR_MAX, &offset) == NULL, "nothing is beyond the text");
}
