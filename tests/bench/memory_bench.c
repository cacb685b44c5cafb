/* tests/bench/memory_bench.c - the longest pieces of work of the calls about memory.
 *
 * Each call does a piece, so that others do not wait for long: here every piece meets the
 * worst that it can, and the worst of all is what is told. */
#include "kernel/log.h"
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/syscall.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "mm/heap.h"
#include "tests/bench/instret.h"
#include "tests/kernel/selftest.h"

#define AT    ((uint64_t)0x40000000) /* a new table of each level */
#define LARGE ((uint64_t)0x200000)
#define RW    (MAP_READ | MAP_WRITE)

/* Instructions of one statement: the more, the worse. */
#define COST(worst, statement)                                                           \
    do {                                                                                 \
        uint64_t before_ = instructions_retired();                                       \
        statement;                                                                       \
        uint64_t cost_ = instructions_retired() - before_;                               \
        if (cost_ > *(worst))                                                            \
            *(worst) = cost_;                                                            \
    } while (0)

static struct process *bench_process(void) {
    struct process *process;
    struct quota limit = {8000, 2 * KERNEL_HEAP_SIZE};
    return process_create("bench", NULL, limit, &process) == OK ? process : NULL;
}

static status_t map_all(struct process *process, struct memory *memory, uint64_t va,
                        size_t first, size_t nr_pages, uint64_t *worst) {
    status_t st = OK;
    for (size_t done = 0, piece; st == OK && done < nr_pages; done += piece) {
        struct mapping wanted = {.process = process,
                                 .memory = memory,
                                 .va = va + done * PAGE_SIZE,
                                 .nr_pages = nr_pages - done,
                                 .first = first + done,
                                 .flags = RW,
                                 .allowed = RW};
        piece = 0;
        COST(worst, st = mapping_add(&wanted, &piece));
    }
    return st;
}

BENCHMARK("memory", bench_memory) {
    struct process *p = bench_process();
    struct memory *memory, *copy, *run;
    uint64_t worst = 0;
    size_t done = 0;
    uint64_t bytes = 0;
    status_t st;
    CHECK(p != NULL, "a process");
    COST(&worst, st = memory_create(p, MEMORY_PAGES_MAX, &memory));
    CHECK_EQUAL(st, OK, "the largest memory");
    CHECK_EQUAL(map_all(p, memory, AT, 0, 200, &worst), OK, "200 new pages");
    /* every other page of another memory, so that no two frames are in a row */
    CHECK_EQUAL(memory_create(p, 400, &copy), OK, "another");
    for (size_t i = 0; i < 64; i++)
        CHECK_EQUAL(sys_memory_share(copy, i * PAGE_SIZE, memory,
                                     (126 - 2 * i) * PAGE_SIZE, PAGE_SIZE, &bytes),
                    OK, "lent");
    CHECK_EQUAL(map_all(p, copy, 2 * AT - 16 * PAGE_SIZE, 0, 48, &worst), OK,
                "across borders of tables");
    COST(&worst, st = sys_process_protect(p, 2 * AT - 16 * PAGE_SIZE, 16 * PAGE_SIZE,
                                          MAP_READ, &bytes));
    COST(&worst, st = sys_process_protect(p, 2 * AT, 32 * PAGE_SIZE, MAP_READ, &bytes));
    CHECK_EQUAL(bytes, 32 * PAGE_SIZE, "protected");
    for (size_t i = 1; i < REPLACE_MAX; i++)
        CHECK_EQUAL(map_all(p, copy, 4 * AT + i * LARGE, 0, 2, &worst), OK,
                    "in as many places as can be");
    COST(&worst, st = sys_memory_unshare(copy, 0, 64 * PAGE_SIZE, &bytes));
    CHECK_EQUAL(bytes, 2 * PAGE_SIZE, "two pages are copied");
    COST(&worst, st = sys_process_unmap(p, 2 * AT, 32 * PAGE_SIZE, &bytes));
    CHECK_EQUAL(bytes, 32 * PAGE_SIZE, "unmapped");
    COST(&worst, st = memory_create_contiguous(p, 1024, &run));
    CHECK_EQUAL(st, OK, "4 MiB in a row");
    for (size_t i = 0; i < 1024; i += done)
        COST(&worst, st = memory_commit(run, i, 1024 - i, &done));
    CHECK_EQUAL(map_all(p, run, 6 * AT, 0, 1024, &worst), OK, "mapped");
    /* a page of it, lent, is in large pages in as many places as can be */
    CHECK_EQUAL(
        sys_memory_share(memory, 1000 * PAGE_SIZE, run, 7 * PAGE_SIZE, PAGE_SIZE, &bytes),
        OK, "lent");
    CHECK_EQUAL(map_all(p, run, 7 * AT, 0, 512, &worst), OK, "a large page");
    for (size_t i = 1; i < REPLACE_MAX - 1; i++)
        CHECK_EQUAL(map_all(p, run, 7 * AT + 2 * i * LARGE, 0, 512, &worst), OK, "each");
    unsigned nr_calls = 0;
    for (bytes = 0; bytes == 0 && st == OK; nr_calls++)
        COST(&worst, st = sys_memory_unshare(run, 7 * PAGE_SIZE, PAGE_SIZE, &bytes));
    CHECK_EQUAL(st, OK, "all are split");
    CHECK_EQUAL(nr_calls, REPLACE_MAX / 2, "two in a call");
    COST(&worst, st = sys_process_unmap(p, 6 * AT + PAGE_SIZE, 64 * PAGE_SIZE, &bytes));
    object_drop(run->object);
    object_drop(copy->object);
    object_drop(memory->object);
    struct thread *thread;
    for (unsigned i = 0; i < THREADS_A_PROCESS_MAX; i++) {
        CHECK_EQUAL(thread_create(p, (uaddr_t){0}, (uaddr_t){0}, 0, &thread), OK,
                    "thread");
        object_drop(thread->object);
    }
    process_exit(p, 0); /* most of that is the console */
    for (bool is_more = true; is_more;)
        COST(&worst, is_more = reap_step());
    console_printf("bench: memory piece.worst %lu.00\n", worst);
    object_drop(p->object);
}
