/* tests/kernel/selftest.h - tests and benchmarks in the kernel, chosen by boot options.
 *
 *     SELFTEST("heap_basic", heap_basic) {
 *         void *p = kmalloc(1);
 *         CHECK(p != NULL, "one byte can be had");
 *         kfree(p);
 *     }
 *
 * registers itself in a linker section; `test=heap_*` runs it and reports in TAP.  Around
 * each test the heap's bytes and the free frames are counted: one lost fails the test.
 * A name that begins with "panic_" or "fail_" does so on purpose, and one with "lab_"
 * may until a lab is done: only a pattern that begins so too selects it.  Context: hart
 * 0, no locks held, other harts idle. */
#pragma once

#include "lib/compiler.h"

struct selftest {
    const char *name;
    void (*run)(void);
};

/* GCC turns the order of a file's variables around unless told not to. */
#if __has_attribute(no_reorder)
#define IN_ORDER __attribute__((no_reorder))
#else
#define IN_ORDER
#endif

#define SELFTEST(name, function)                                                         \
    static void function(void);                                                          \
    static IN_ORDER const struct selftest selftest_##function IN_SECTION(                \
        ".selftests") = {name, function};                                                \
    static void function(void)

/* The same for `bench=`: it prints its own results, and selftest_fail() fails it. */
#define BENCHMARK(name, function)                                                        \
    static void function(void);                                                          \
    static IN_ORDER const struct selftest selftest_##function IN_SECTION(                \
        ".benchmarks") = {name, function};                                               \
    static void function(void)

/* A condition that fails ends the function it stands in; the first one is reported. */
#define CHECK(condition, what)                                                           \
    do {                                                                                 \
        if (UNLIKELY(!(condition))) {                                                    \
            selftest_fail(__FILE__, __LINE__, "%s (%s)", what, #condition);              \
            return;                                                                      \
        }                                                                                \
    } while (0)

#define CHECK_EQUAL(a, b, what)                                                          \
    do {                                                                                 \
        int64_t check_a_ = (int64_t)(a);                                                 \
        int64_t check_b_ = (int64_t)(b);                                                 \
        if (UNLIKELY(check_a_ != check_b_)) {                                            \
            selftest_fail(__FILE__, __LINE__, "%s (%s is %ld = %#lx, %s is %ld = %#lx)", \
                          what, #a, (long)check_a_, (long)check_a_, #b, (long)check_b_,  \
                          (long)check_b_);                                               \
            return;                                                                      \
        }                                                                                \
    } while (0)

void selftest_fail(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
