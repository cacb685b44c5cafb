/* kernel/selftest.h - tests and benchmarks inside the kernel, chosen by boot options.
 *
 *     SELFTEST("heap_basic", heap_basic) {
 *         void *p = kmalloc(1);
 *         CHECK(p != NULL, "one byte can be had");
 *         kfree(p);
 *     }
 *
 * registers itself in a linker section; `test=heap_*` runs it and reports in TAP.  Around
 * each test the heap's bytes and the free frames are counted: one lost fails the test.
 * A name that begins with "panic_" ends the kernel on purpose: only a pattern that
 * begins so too selects it.  Context: hart 0, no locks held, other harts idle. */
#pragma once

#include "lib/compiler.h"

struct selftest {
    const char *name;
    void (*run)(void);
};

#define SELFTEST(test_name, function)                                                    \
    static void function(void);                                                          \
    static const struct selftest selftest_##function IN_SECTION(".selftests") = {        \
        .name = (test_name), .run = function};                                           \
    static void function(void)

/* The same for `bench=`: it prints its own results, and selftest_fail() fails it. */
#define BENCHMARK(bench_name, function)                                                  \
    static void function(void);                                                          \
    static const struct selftest benchmark_##function IN_SECTION(".benchmarks") = {      \
        .name = (bench_name), .run = function};                                          \
    static void function(void)

/* A condition that fails ends the function it stands in; the first failure is reported. */
#define CHECK(condition, what)                                                           \
    do {                                                                                 \
        if (UNLIKELY(!(condition))) {                                                    \
            selftest_fail(__FILE__, __LINE__, "%s (%s)", what, #condition);              \
            return;                                                                      \
        }                                                                                \
    } while (0)

#define CHECK_EQUAL(a, b, what)                                                          \
    do {                                                                                 \
        uint64_t check_a_ = (uint64_t)(a);                                               \
        uint64_t check_b_ = (uint64_t)(b);                                               \
        if (UNLIKELY(check_a_ != check_b_)) {                                            \
            selftest_fail(__FILE__, __LINE__, "%s (%s is %#lx, %s is %#lx)", what, #a,   \
                          (unsigned long)check_a_, #b, (unsigned long)check_b_);         \
            return;                                                                      \
        }                                                                                \
    } while (0)

void selftest_fail(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Run those that match one of the comma-separated patterns (`*` and `?`), print the plan,
 * a line each, and "# N passed, N failed".  Returns how many failed; a pattern that
 * matches nothing counts as one. */
unsigned selftest_run(const char *patterns);
unsigned benchmark_run(const char *patterns); /* "all" means every one */
