/* tests/bench/report.h - run the workloads on one heap and hand out every figure.
 *
 * A figure has a name such as "w1.alloc.mean" and a value in hundredths.  The names that
 * have a bound stand in bounds.txt; tools/bench compares. */
#pragma once

#include "tests/bench/workloads.h"

struct bench_report {
    const char *subject; /* "crate", "buddy", "kmalloc", ... */
    void (*figure)(const char *subject, const char *name, uint64_t hundredths);
    void (*broken)(const char *subject, const char *workload, const char *what);
    struct bench_tally every_second;
    uint64_t worst_alloc; /* of any workload */
    uint64_t worst_free;
    struct bench_run run;
};

/* Everything about a heap of bytes: W1, W4, W6, W2, ping-pong, deep, fit, any. */
void bench_report_heap(struct bench_report *report);

/* Everything about page runs: W5 and fit. */
void bench_report_pages(struct bench_report *report);
