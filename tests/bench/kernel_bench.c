/* tests/bench/kernel_bench.c - the benchmarks of the heap and the frames, in the kernel.
 *
 * `bench=crate,buddy,kmalloc,frames` runs them; tools/bench reads what they print.  Each
 * takes the memory for its books, and the arena that is not HEAP_SPACE, from the frames
 * and gives it back.  Interrupts are off, so nothing else is counted. */
#include "kernel/log.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "tests/bench/crate.h"
#include "tests/bench/instret.h"
#include "tests/bench/report.h"
#include "tests/kernel/selftest.h"

#define ARENA_BYTES      KERNEL_HEAP_SIZE
#define HEAP_BLOCKS_MAX  65536 /* of 16 bytes at least, in 3 MiB: never more alive */
#define PAGES_BLOCKS_MAX 4096

/* --- where the figures go --------------------------------------------------------- */

static void print_figure(const char *subject, const char *name, uint64_t hundredths) {
    console_printf("bench: %s %s %lu.%02lu\n", subject, name,
                   (unsigned long)(hundredths / 100), (unsigned long)(hundredths % 100));
}

static void print_broken(const char *subject, const char *workload, const char *what) {
    console_printf("bench broken: %s %s: %s\n", subject, workload, what);
    selftest_fail(__FILE__, __LINE__, "%s %s: %s", subject, workload, what);
}

/* --- memory for the books ---------------------------------------------------------- */

static void *pages_take(size_t bytes, size_t align) {
    paddr_t run;
    size_t align_frames = align >> PAGE_SHIFT;
    if (frame_alloc_run((bytes + PAGE_SIZE - 1) >> PAGE_SHIFT, align_frames, &run) != OK)
        return NULL;
    return phys_to_virt(run);
}

static void pages_return(void *pages, size_t bytes) {
    if (pages == NULL)
        return;
    status_t status =
        frame_free_run(virt_to_phys(pages), (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
    if (status != OK)
        selftest_fail(__FILE__, __LINE__, "the books: %s", status_text(status));
}

/* Room for a report and, behind it, for nr_blocks blocks. */
static struct bench_report *report_take(const char *subject, size_t nr_blocks) {
    size_t bytes = sizeof(struct bench_report) + nr_blocks * sizeof(struct bench_block);
    struct bench_report *report = pages_take(bytes, 0);
    if (report == NULL) {
        print_broken(subject, "all", "too little memory for this benchmark");
        return NULL;
    }
    memset(report, 0, sizeof(*report));
    report->subject = subject;
    report->figure = print_figure;
    report->broken = print_broken;
    report->run.blocks = (struct bench_block *)(report + 1);
    report->run.nr_blocks_max = nr_blocks;
    return report;
}

static void report_return(struct bench_report *report) {
    size_t blocks_bytes = report->run.nr_blocks_max * sizeof(struct bench_block);
    pages_return(report, sizeof(struct bench_report) + blocks_bytes);
}

static void measure_heap(const char *subject, const struct bench_heap *heap) {
    struct bench_report *report = report_take(subject, HEAP_BLOCKS_MAX);
    if (report == NULL)
        return;
    report->run.heap = heap;
    bench_report_heap(report);
    report_return(report);
}

/* --- the algorithm of the crate ---------------------------------------------------- */

static void *crate_bench_alloc(void *context, size_t size) {
    return crate_alloc(context, size, 1);
}

static void crate_bench_free(void *context, void *block, size_t size) {
    crate_free(context, block, size, 1);
}

static const char *crate_bench_whole(void *context) {
    const struct crate_heap *crate = context;
    return crate->allocated_bytes == 0 ? NULL : "bytes are missing";
}

BENCHMARK("crate", bench_crate) {
    void *arena = pages_take(ARENA_BYTES, 2 << 20);
    CHECK(arena != NULL, "there is memory for an arena");
    struct crate_heap crate;
    crate_init(&crate);
    crate_add(&crate, (uintptr_t)arena, (uintptr_t)arena + ARENA_BYTES);
    measure_heap("crate", &(struct bench_heap){.context = &crate,
                                               .alloc = crate_bench_alloc,
                                               .free = crate_bench_free,
                                               .whole = crate_bench_whole,
                                               .counter = instructions_retired,
                                               .arena_bytes = ARENA_BYTES});
    pages_return(arena, ARENA_BYTES);
}

/* --- the buddy alone ---------------------------------------------------------------- */

static struct buddy_stats buddy_at_first;

static void *buddy_bench_alloc(void *context, size_t size) {
    return buddy_alloc(context, size, 1);
}

static status_t buddy_bench_free(void *context, void *block, size_t size) {
    (void)size;
    return buddy_free(context, block);
}

static const char *buddy_bench_whole(void *context) {
    struct buddy_stats now;
    buddy_stats(context, &now);
    if (memcmp(&now, &buddy_at_first, sizeof(now)) != 0)
        return "the free blocks are not those of the start";
    return buddy_check(context);
}

BENCHMARK("buddy", bench_buddy) {
    static struct buddy buddy;
    void *arena = pages_take(ARENA_BYTES, 2 << 20);
    CHECK(arena != NULL, "there is memory for an arena");
    buddy_init(&buddy, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    status_t status = buddy_add(&buddy, arena, ARENA_BYTES);
    buddy_stats(&buddy, &buddy_at_first);
    if (status == OK)
        measure_heap("buddy", &(struct bench_heap){.context = &buddy,
                                                   .alloc = buddy_bench_alloc,
                                                   .free_checked = buddy_bench_free,
                                                   .whole = buddy_bench_whole,
                                                   .counter = instructions_retired,
                                                   .arena_bytes = ARENA_BYTES});
    pages_return(arena, ARENA_BYTES);
    CHECK_EQUAL(status, OK, "the arena can be added");
}

/* --- the kernel heap ---------------------------------------------------------------- */

static struct heap_stats heap_at_first;

static void *heap_bench_alloc(void *context, size_t size) {
    (void)context;
    return kmalloc(size);
}

static void heap_bench_free(void *context, void *block, size_t size) {
    (void)context;
    (void)size;
    kfree(block);
}

static const char *heap_bench_whole(void *context) {
    (void)context;
    struct heap_stats now;
    heap_get_stats(&now);
    if (now.requested_bytes != heap_at_first.requested_bytes)
        return "bytes are missing";
    return heap_check();
}

BENCHMARK("kmalloc", bench_kmalloc) {
    heap_set_rescue(NULL, NULL); /* HEAP_SPACE alone is measured */
    heap_get_stats(&heap_at_first);
    measure_heap("kmalloc", &(struct bench_heap){.alloc = heap_bench_alloc,
                                                 .free = heap_bench_free,
                                                 .whole = heap_bench_whole,
                                                 .counter = instructions_retired,
                                                 .arena_bytes = KERNEL_HEAP_SIZE});
    heap_set_rescue(rescue_with_frames, rescue_give_back);
}

/* --- page runs ---------------------------------------------------------------------- */

static struct frame_stats frames_at_first;

static void *frame_bench_alloc(void *context, size_t size) {
    (void)context;
    paddr_t run;
    if (frame_alloc_run(size >> PAGE_SHIFT, 0, &run) != OK)
        return NULL;
    return phys_to_virt(run);
}

static status_t frame_bench_free(void *context, void *block, size_t size) {
    (void)context;
    return frame_free_run(virt_to_phys(block), size >> PAGE_SHIFT);
}

static const char *frame_bench_whole(void *context) {
    (void)context;
    struct frame_stats now;
    frame_get_stats(&now);
    if (memcmp(&now, &frames_at_first, sizeof(now)) != 0)
        return "the free frames are not those of the start";
    return frame_check();
}

BENCHMARK("frames", bench_frames) {
    struct bench_report *report = report_take("frames", PAGES_BLOCKS_MAX);
    if (report == NULL)
        return;
    frame_get_stats(&frames_at_first);
    struct bench_heap heap = {.alloc = frame_bench_alloc,
                              .free_checked = frame_bench_free,
                              .whole = frame_bench_whole,
                              .counter = instructions_retired,
                              .arena_bytes = frames_at_first.free_frames << PAGE_SHIFT};
    report->run.heap = &heap;
    bench_report_pages(report);
    report_return(report);
}
