/* tools/heapview/heaptrace.c - run an allocator on the host and print its trace.
 *
 *     heaptrace --allocator buddy|crate|firstfit|pairbits --workload W1|W2|W4|W6
 *               [--events N] [--arena BYTES]
 *
 * The allocators are the real ones: mm/buddy.c, the other policies beside it, and the
 * crate's algorithm (tests/bench/crate.c); the workloads are the benchmark's.  The trace
 * ends after the first request that brings it to N events.  The heap lies at a fixed
 * address, so the same arguments give the same trace, times apart.
 * Not here: the kernel's own trace.  Callers: heapview.mk, the tests of heapview.
 *
 * Invariant: a request's events stand together, its splits before it, its merges behind
 * it, and its steps are told on the alloc or free itself. */
#include "tools/heapview/heaptrace.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "mm/port.h"
#include "tests/bench/workloads.h"

#define ARENA_START  0x80400000u /* about where rCore's HEAP_SPACE is */
#define ARENA_MOST   ((size_t)64 << 20)
#define BLOCKS_MAX   (ARENA_MOST / 16)
#define EVENTS_MOST  10000000u
#define REQUEST_MOST 128 /* events of one request: a split or merge for each order */

struct note {
    uint64_t time_ns;
    uint64_t nr_steps;
    uintptr_t block;
    size_t block_bytes;
    size_t requested_bytes;
    const char *event;
};

static const char *const event_names[] = {
    [BUDDY_ALLOC] = "alloc",
    [BUDDY_FREE] = "free",
    [BUDDY_SPLIT] = "split",
    [BUDDY_MERGE] = "merge",
};

static const struct heaptrace_policy *const policies[] = {
    &policy_buddy, &policy_crate, &policy_firstfit, &policy_pairbits};

static const struct heaptrace_policy *policy;
static struct note *notes;
static size_t nr_notes, nr_notes_wanted;
static size_t of_request;      /* the alloc or free of the request under way */
static size_t requested_bytes; /* by it */
static uint64_t nr_steps;      /* of it */
static const char *workload_name;
static jmp_buf enough;

static void die(const char *what) {
    fprintf(stderr, "heaptrace: %s\n", what);
    exit(1);
}

void port_panic(const char *file, int line, const char *fmt, ...) {
    fprintf(stderr, "heaptrace: %s:%d: %s\n", file, line, fmt);
    abort();
}

/* ---- what is noted ---- */

static uint64_t now_ns(void) {
    static uint64_t first;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    if (first == 0)
        first = ns;
    return ns - first;
}

static void note(const char *event, uintptr_t block, size_t block_bytes,
                 size_t requested) {
    notes[nr_notes++] = (struct note){now_ns(), 0, block, block_bytes, requested, event};
}

void note_free(uintptr_t block, size_t block_bytes) {
    note("have-free", block, block_bytes, 0);
}

bool note_free_block(void *context, const struct buddy_block *block) {
    (void)context;
    note_free(block->address, block->block_bytes);
    return true;
}

void note_event(enum buddy_event event, uintptr_t block, size_t block_bytes) {
    bool is_request = event == BUDDY_ALLOC || event == BUDDY_FREE;
    if (is_request)
        of_request = nr_notes;
    note(event_names[event], block, block_bytes, is_request ? requested_bytes : 0);
}

void note_steps(uint64_t more_steps) {
    nr_steps += more_steps;
}

static void end_request(bool happened) {
    if (happened)
        notes[of_request].nr_steps = nr_steps;
    nr_steps = 0;
    if (nr_notes >= nr_notes_wanted)
        longjmp(enough, 1);
}

/* ---- the heap that the workloads see ---- */

static void *heap_alloc(void *context, size_t size) {
    requested_bytes = size;
    void *block = policy->alloc(context, size);
    end_request(block != NULL);
    return block;
}

static status_t heap_free(void *context, void *block, size_t size) {
    requested_bytes = size;
    status_t status = policy->free(context, block, size);
    end_request(status == OK);
    return status;
}

static const char *heap_whole(void *context) {
    (void)context;
    return NULL;
}

static uint64_t no_counter(void) {
    return 0;
}

static const char *run_w1(struct bench_run *run) {
    return bench_steady(run, BENCH_SMALL);
}

static const char *run_w2(struct bench_run *run) {
    static struct bench_tally every_second;
    return bench_lists(run, 4096, &every_second);
}

static const char *run_w4(struct bench_run *run) {
    return bench_steady(run, BENCH_MIXED);
}

static const struct {
    const char *name;
    const char *(*run)(struct bench_run *run);
} workloads[] = {{"W1", run_w1}, {"W2", run_w2}, {"W4", run_w4}, {"W6", bench_swing}};

/* The workload, until it ends or there are events enough. */
static void run_workload(size_t index, size_t arena_bytes) {
    static struct bench_run run;
    const struct bench_heap heap = {.alloc = heap_alloc,
                                    .free_checked = heap_free,
                                    .whole = heap_whole,
                                    .counter = no_counter,
                                    .arena_bytes = arena_bytes};
    run.heap = &heap;
    run.nr_blocks_max = BLOCKS_MAX;
    run.blocks = calloc(BLOCKS_MAX, sizeof(*run.blocks));
    if (run.blocks == NULL)
        die("no memory");
    workload_name = workloads[index].name;
    if (setjmp(enough) == 0) {
        bench_start(&run);
        const char *broken = workloads[index].run(&run);
        if (broken != NULL)
            die(broken);
    }
    free(run.blocks);
}

static void print_trace(void) {
    struct range blocks = policy->blocks();
    printf("trace 1 begin events=%zu lost=0\n", nr_notes);
    printf("trace 1 space heap %#" PRIx64 " %#" PRIx64 " %zu\n", blocks.start, blocks.end,
           policy->smallest_bytes);
    printf("trace 1 process 0 %s\n", workload_name);
    for (size_t i = 0; i < nr_notes; i++) {
        const struct note *n = &notes[i];
        printf("trace 1 event %zu %" PRIu64 " %s heap %#" PRIxPTR " %zu %zu 0 0 %" PRIu64
               " -\n",
               i, n->time_ns, n->event, n->block, n->block_bytes, n->requested_bytes,
               n->nr_steps);
    }
    printf("trace 1 end events=%zu\n", nr_notes);
}

/* ---- the command line ---- */

static void usage(void) {
    fputs("usage: heaptrace --allocator buddy|crate|firstfit|pairbits\n"
          "                 --workload W1|W2|W4|W6 [--events N] [--arena BYTES]\n",
          stderr);
    exit(2);
}

static size_t number(const char *text, size_t least, size_t most) {
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || value < least || value > most)
        usage();
    return value;
}

static size_t find_workload(const char *name) {
    for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++)
        if (strcmp(workloads[i].name, name) == 0)
            return i;
    usage();
    return 0;
}

static const struct heaptrace_policy *find_policy(const char *name) {
    for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++)
        if (strcmp(policies[i]->name, name) == 0)
            return policies[i];
    usage();
    return NULL;
}

int main(int argc, char **argv) {
    size_t workload = SIZE_MAX, nr_events = 100000, arena_bytes = (size_t)3 << 20;
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : (usage(), "");
        if (strcmp(argv[i], "--allocator") == 0)
            policy = find_policy(value);
        else if (strcmp(argv[i], "--workload") == 0)
            workload = find_workload(value);
        else if (strcmp(argv[i], "--events") == 0)
            nr_events = number(value, 1, EVENTS_MOST);
        else if (strcmp(argv[i], "--arena") == 0)
            arena_bytes = number(value, 4096, ARENA_MOST);
        else
            usage();
    }
    if (policy == NULL || workload == SIZE_MAX)
        usage();

    void *arena = mmap((void *)(uintptr_t)ARENA_START, ARENA_MOST, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    notes = calloc(nr_events + REQUEST_MOST, sizeof(*notes));
    if (arena != (void *)(uintptr_t)ARENA_START || notes == NULL)
        die("no memory");
    if (!policy->start((struct range){ARENA_START, ARENA_START + arena_bytes}))
        die("the arena is too small");
    nr_notes_wanted = nr_events;
    policy->snapshot();
    run_workload(workload, arena_bytes);
    print_trace();
    return 0;
}
