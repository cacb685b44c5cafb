/* tests/bench/report.c - see report.h.
 *
 * Not here: the workloads (workloads.c), and where the figures go (the caller knows). */
#include "tests/bench/report.h"
#include "lib/string.h"

uint64_t bench_mean_hundredths(const struct bench_tally *tally) {
    if (tally->nr_calls == 0)
        return 0;
    return (tally->sum * 100 + tally->nr_calls / 2) / tally->nr_calls;
}

/* The smallest cost that `percent` of the calls do not exceed. */
uint64_t bench_percentile(const struct bench_tally *tally, unsigned percent) {
    uint64_t wanted = (tally->nr_calls * percent + 99) / 100;
    uint64_t seen = 0;
    size_t bucket = 0;
    while (bucket < BENCH_BUCKETS - 1) {
        seen += tally->buckets[bucket];
        if (seen >= wanted)
            break;
        bucket++;
    }
    if (bucket < BENCH_EXACT)
        return bucket;
    uint64_t upper = BENCH_EXACT + (bucket - BENCH_EXACT + 1) * BENCH_COARSE - 1;
    return upper < tally->worst ? upper : tally->worst;
}

#define NAME_BYTES 48

/* a + "." + b + "." + c */
static void name_join(char name[NAME_BYTES], const char *a, const char *b,
                      const char *c) {
    const char *parts[] = {a, ".", b, ".", c};
    size_t length = 0;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        for (const char *from = parts[i]; *from && length < NAME_BYTES - 1; from++)
            name[length++] = *from;
    }
    name[length] = '\0';
}

static void report_tally(struct bench_report *report, const char *workload,
                         const char *call, const struct bench_tally *tally) {
    char name[NAME_BYTES];
    name_join(name, workload, call, "mean");
    report->figure(report->subject, name, bench_mean_hundredths(tally));
    name_join(name, workload, call, "p99");
    report->figure(report->subject, name, bench_percentile(tally, 99) * 100);
    name_join(name, workload, call, "worst");
    report->figure(report->subject, name, tally->worst * 100);
}

static void note_worst(uint64_t *worst, const struct bench_tally *tally) {
    if (tally->worst > *worst)
        *worst = tally->worst;
}

/* What one workload has counted, or that it found the heap broken. */
static void report_run(struct bench_report *report, const char *workload,
                       const char *broken) {
    struct bench_run *run = &report->run;
    note_worst(&report->worst_alloc, &run->alloc);
    note_worst(&report->worst_free, &run->free);
    if (broken) {
        report->broken(report->subject, workload, broken);
        return;
    }
    report_tally(report, workload, "alloc", &run->alloc);
    report_tally(report, workload, "free", &run->free);
}

static void report_steady(struct bench_report *report, const char *workload,
                          enum bench_sizes sizes) {
    bench_start(&report->run);
    report_run(report, workload, bench_steady(&report->run, sizes));
    if (report->run.nr_refused != 0)
        report->broken(report->subject, workload, "an allocation was refused");
}

static void report_swing(struct bench_report *report) {
    bench_start(&report->run);
    report_run(report, "w6", bench_swing(&report->run));
    if (report->run.nr_refused != 0)
        report->broken(report->subject, "w6", "an allocation was refused");
}

static void report_lists(struct bench_report *report, const char *workload,
                         size_t nr_blocks) {
    bench_start(&report->run);
    const char *broken = bench_lists(&report->run, nr_blocks, &report->every_second);
    report_run(report, workload, broken);
    note_worst(&report->worst_free, &report->every_second);
    if (!broken)
        report_tally(report, workload, "second", &report->every_second);
}

static void report_ping_pong(struct bench_report *report, const char *workload,
                             size_t size) {
    bench_start(&report->run);
    report_run(report, workload, bench_ping_pong(&report->run, size));
}

static void report_deep(struct bench_report *report, const char *workload,
                        size_t from_bytes, size_t size) {
    bench_start(&report->run);
    report_run(report, workload, bench_deep(&report->run, from_bytes, size));
}

static void report_fit(struct bench_report *report, enum bench_sizes sizes) {
    bench_start(&report->run);
    size_t fit_bytes;
    const char *broken = bench_fit(&report->run, sizes, &fit_bytes);
    if (broken)
        report->broken(report->subject, "fit", broken);
    size_t arena_bytes = report->run.heap->arena_bytes;
    report->figure(report->subject, "fit.percent", fit_bytes * 10000 / arena_bytes);
}

void bench_report_heap(struct bench_report *report) {
    report->worst_alloc = 0;
    report->worst_free = 0;
    report_steady(report, "w1", BENCH_SMALL);
    report_steady(report, "w4", BENCH_MIXED);
    report_swing(report);
    report_lists(report, "w2_1024", 1024);
    report_lists(report, "w2_4096", 4096);
    report_lists(report, "w2_16384", 16384);
    report_ping_pong(report, "pingpong_24", 24);
    report_ping_pong(report, "pingpong_64", 64);
    report_ping_pong(report, "pingpong_1000", 1000);
    report_ping_pong(report, "pingpong_4096", 4096);
    report_ping_pong(report, "pingpong_65536", 65536);
    report_deep(report, "deep", 1 << 20, 32);
    report_deep(report, "deep_2m", 2 << 20, 32);
    report_deep(report, "deep_4096", 1 << 20, 4096);
    report->figure(report->subject, "any.alloc.worst", report->worst_alloc * 100);
    report->figure(report->subject, "any.free.worst", report->worst_free * 100);
    report_fit(report, BENCH_SMALL);
}

void bench_report_pages(struct bench_report *report) {
    report_steady(report, "w5", BENCH_PAGES);
    report_fit(report, BENCH_PAGES);
}
