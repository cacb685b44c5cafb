/* kernel/checks.h - run the self-tests and benchmarks that are linked into the kernel.
 *
 * Not here: the tests themselves and what runs them, which are in tests/kernel and
 * tests/bench; main.c needs no more of them than this. */
#pragma once

/* Run those that match one of the comma-separated patterns (`*` and `?`), print the plan,
 * a line each, and "# N passed, N failed".  Returns how many failed; a pattern that
 * matches nothing counts as one.  No pattern: nothing is said, none has failed. */
unsigned selftest_run(const char *patterns);
unsigned benchmark_run(const char *patterns); /* "all" means every one */
