/* tests/bench/process_bench.c - what a step of giving an ended process back costs.
 *
 * Between two steps threads run, so the worst step is what the others wait for.  Measured
 * on a process as programs are, and on one whose few pages lie as far apart as they can,
 * so that its page table is mostly holes. */
#include "kernel/log.h"
#include "kernel/mapping.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "lib/bits.h"
#include "mm/heap.h"
#include "tests/bench/instret.h"
#include "tests/kernel/selftest.h"

#define PAGES_DENSE  128
#define PAGES_SPARSE 16
#define SPARSE_BYTES ((uint64_t)0x3fff000000) /* less than USER_END */

static status_t process_with_pages(uint64_t first, uint64_t distance, size_t nr_pages,
                                   struct process **out) {
    struct quota limit = {2 * PAGES_DENSE, KERNEL_HEAP_SIZE};
    struct memory *memory;
    status_t st = process_create("bench", NULL, limit, out);
    for (size_t i = 0; st == OK && i < nr_pages; i++)
        st = mapping_add_new(*out, first + i * distance, 1, MAP_READ, &memory);
    return st;
}

static void measure(const char *figure, struct process *process) {
    uint64_t worst = 0, before = instructions_retired();
    process_exit(process, 0);
    uint64_t cost = instructions_retired() - before;
    do {
        if (cost > worst)
            worst = cost;
        before = instructions_retired();
        (void)reap_step();
        cost = instructions_retired() - before;
    } while (!list_is_empty(&reap_list)); /* the memory that it paid for ends later */
    console_printf("bench: process %s %lu.00\n", figure, cost > worst ? cost : worst);
    object_drop(process->object);
}

/* As many threads as can be, each with a deadline that is in the way of the others. */
static status_t process_with_sleepers(struct process **out) {
    struct quota limit = {2000, KERNEL_HEAP_SIZE};
    status_t st = process_create("bench", NULL, limit, out);
    for (uint64_t i = 0; st == OK && i < THREADS_A_PROCESS_MAX; i++) {
        struct thread *thread;
        st = thread_create(*out, (uaddr_t){0}, (uaddr_t){0}, 0, &thread);
        if (st != OK)
            break;
        object_drop(thread->object);
        thread->state = THREAD_SLEEPING;
        deadline_set(&thread->deadline, UINT64_MAX - 1 - i);
    }
    return st;
}

BENCHMARK("process", bench_process) {
    struct process *process;
    CHECK_EQUAL(process_with_sleepers(&process), OK, "a process with all its threads");
    measure("threads.worst", process);
    CHECK_EQUAL(process_with_pages(USER_START, PAGE_SIZE, PAGES_DENSE, &process), OK,
                "a process with its pages in a row");
    measure("dense.worst", process);
    uint64_t distance = align_down(SPARSE_BYTES / PAGES_SPARSE, PAGE_SIZE);
    CHECK_EQUAL(process_with_pages(USER_START, distance, PAGES_SPARSE, &process), OK,
                "a process with its pages far apart");
    measure("sparse.worst", process);
}
