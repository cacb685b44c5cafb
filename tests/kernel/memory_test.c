/* tests/kernel/memory_test.c - memory objects, where they are mapped, and who pays. */
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/syscall.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/sv39.h"
#include "tests/kernel/selftest.h"

#define AT    ((uint64_t)0x200000) /* where a large page may begin */
#define RW    (MAP_READ | MAP_WRITE)
#define LARGE 512

static struct process *with_limit(struct process *creator, size_t nr_frames,
                                  size_t heap_bytes) {
    struct process *process;
    struct quota limit = {nr_frames, heap_bytes};
    return process_create("memory", creator, limit, &process) == OK ? process : NULL;
}

/* Map all of [first, first + nr_pages) at `va`; how often it took is not told. */
static status_t map(struct process *process, struct memory *memory, uint64_t va,
                    size_t first, size_t nr_pages) {
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
        st = mapping_add(&wanted, &piece);
    }
    return st;
}

/* The calls, in pages. */
static status_t unmap_piece(struct process *process, uint64_t va, size_t nr_pages,
                            size_t *nr_done) {
    uint64_t done_bytes = 0;
    status_t st = sys_process_unmap(process, va, nr_pages * PAGE_SIZE, &done_bytes);
    *nr_done = done_bytes / PAGE_SIZE;
    return st;
}

static status_t protect(struct process *process, uint64_t va, size_t nr_pages,
                        uint64_t flags, size_t *nr_done) {
    uint64_t done_bytes = 0;
    status_t st =
        sys_process_protect(process, va, nr_pages * PAGE_SIZE, flags, &done_bytes);
    *nr_done = done_bytes / PAGE_SIZE;
    return st;
}

static status_t share(struct memory *to, struct memory *from, size_t first,
                      size_t nr_pages, size_t *nr_done) {
    uint64_t done_bytes = 0, at = first * PAGE_SIZE;
    status_t st = sys_memory_share(to, at, from, at, nr_pages * PAGE_SIZE, &done_bytes);
    *nr_done = done_bytes / PAGE_SIZE;
    return st;
}

static status_t unshare(struct memory *memory, size_t nr_pages, size_t *nr_done) {
    uint64_t done_bytes = 0;
    status_t st = sys_memory_unshare(memory, 0, nr_pages * PAGE_SIZE, &done_bytes);
    *nr_done = done_bytes / PAGE_SIZE;
    return st;
}

static status_t unmap(struct process *process, uint64_t va, size_t nr_pages) {
    status_t st = OK;
    for (size_t done = 0, piece; st == OK && done < nr_pages; done += piece)
        st = unmap_piece(process, va + done * PAGE_SIZE, nr_pages - done, &piece);
    return st;
}

/* The size of the page that maps `va`, or -1. */
static int size_at(const struct process *process, uint64_t va) {
    struct sv39_mapping page;
    return sv39_translate(process->root, va, &page) == OK ? (int)page.size : -1;
}

static uint8_t *byte_at(const struct process *process, uint64_t va) {
    struct sv39_mapping page;
    return sv39_translate(process->root, va, &page) == OK ? phys_to_virt(page.frame)
                                                          : NULL;
}

SELFTEST("memory_rows", memory_rows) {
    struct process *p = with_limit(NULL, 500, 60000);
    struct memory *memory;
    CHECK_EQUAL(memory_create(p, 200, &memory), OK, "a memory");
    size_t nr_frames = p->used.nr_frames;
    CHECK_EQUAL(map(p, memory, AT, 0, 200), OK, "all of it is mapped");
    CHECK_EQUAL(p->nr_mappings, 1, "piece by piece, but it is one row");
    CHECK_EQUAL(p->used.nr_frames - nr_frames, 200 + 2, "its frames, and two tables");
    CHECK_EQUAL(map(p, memory, AT + PAGE_SIZE, 0, 1), ERR_OVERLAP, "not twice there");
    CHECK_EQUAL(unmap(p, AT + 50 * PAGE_SIZE, 100), OK, "its middle is unmapped");
    CHECK_EQUAL(p->nr_mappings, 2, "that makes two rows");
    CHECK_EQUAL(size_at(p, AT + 50 * PAGE_SIZE), -1, "nothing is there");
    CHECK_EQUAL(size_at(p, AT + 150 * PAGE_SIZE), SV39_4K, "behind it all is");
    CHECK_EQUAL(map(p, memory, AT + 50 * PAGE_SIZE, 50, 100), OK, "it is mapped again");
    CHECK_EQUAL(p->nr_mappings, 1, "and one row again");
    size_t done;
    CHECK_EQUAL(protect(p, AT + PAGE_SIZE, 3, MAP_READ, &done), OK, "read-only");
    CHECK_EQUAL(p->nr_mappings, 3, "makes three rows");
    CHECK_EQUAL(protect(p, AT + PAGE_SIZE, 3, RW, &done), OK, "and back");
    CHECK_EQUAL(p->nr_mappings, 1, "makes one");
    CHECK_EQUAL(unmap(p, AT, 300), OK, "all is unmapped, and what is behind");
    CHECK_EQUAL(p->nr_mappings, 0, "there is no row left");
    CHECK_EQUAL(p->used.nr_frames - nr_frames, 200, "the tables are given back");
    object_drop(memory->object);
    while (reap_step())
        ;
    CHECK_EQUAL(p->used.nr_frames, nr_frames, "and the frames with the memory");
    process_discard(p);
}

/* What two large pages map. */
static void make_two_large(struct process *payer, struct memory **memory) {
    CHECK_EQUAL(memory_create_contiguous(payer, 2 * LARGE, memory), OK, "4 MiB in a row");
    for (size_t i = 0, done = 0; i < 2 * LARGE; i += done)
        CHECK_EQUAL(memory_commit(*memory, i, 2 * LARGE - i, &done), OK, "all cleared");
}

SELFTEST("memory_large_pages", memory_large_pages) {
    struct process *p = with_limit(NULL, 2000, 60000);
    struct memory *memory;
    make_two_large(p, &memory);
    CHECK_EQUAL(map(p, memory, AT, 0, 2 * LARGE), OK, "all mapped");
    CHECK_EQUAL(size_at(p, AT), SV39_2M, "by a large page");
    CHECK_EQUAL(size_at(p, AT + LARGE * PAGE_SIZE), SV39_2M, "by two");
    size_t nr_frames = p->used.nr_frames;
    CHECK_EQUAL(unmap(p, AT + 7 * PAGE_SIZE, 1), OK, "one page is taken out");
    CHECK_EQUAL(size_at(p, AT + 7 * PAGE_SIZE), -1, "it is gone");
    CHECK_EQUAL(size_at(p, AT + 8 * PAGE_SIZE), SV39_4K, "the others are small now");
    CHECK_EQUAL(p->used.nr_frames, nr_frames, "the table was paid for already");
    CHECK_EQUAL(map(p, memory, AT + 4 * LARGE * PAGE_SIZE, 1, LARGE), OK,
                "what is not aligned is mapped");
    CHECK_EQUAL(size_at(p, AT + 4 * LARGE * PAGE_SIZE), SV39_4K, "by small pages");
    object_drop(memory->object);
    process_discard(p);
}

/* A row that begins with small pages, in front of a large one. */
SELFTEST("memory_small_then_large", memory_small_then_large) {
    struct process *p = with_limit(NULL, 2000, 60000);
    struct memory *memory;
    size_t done = 0;
    make_two_large(p, &memory);
    CHECK_EQUAL(memory_commit(memory, 0, 2 * LARGE, &done), OK, "they are looked at");
    CHECK_EQUAL(done, LARGE, "a piece at a time");
    uint64_t start = AT - 20 * PAGE_SIZE;
    CHECK_EQUAL(map(p, memory, start, LARGE - 20, LARGE + 20), OK, "20 pages, and 2 MiB");
    CHECK_EQUAL(size_at(p, AT), SV39_2M, "that are a large page");
    CHECK_EQUAL(p->nr_mappings, 1, "in one row");
    CHECK_EQUAL(unmap_piece(p, start, LARGE + 20, &done), OK, "it is taken away");
    CHECK_EQUAL(done, 20, "up to the large page");
    CHECK_EQUAL(size_at(p, AT), SV39_2M, "which is not cut: that could fail");
    object_drop(memory->object);
    process_discard(p);
}

SELFTEST("memory_physical_0", memory_physical_0) {
    struct process *p = with_limit(NULL, 50, 60000);
    struct memory *memory;
    CHECK_EQUAL(memory_create_physical(p, paddr(0), 1, &memory), ERR_INVALID,
                "address 0 would be taken for memory without frames");
    process_discard(p);
}

/* One page in two processes: both see it, until one gets its own. */
SELFTEST("memory_shared", memory_shared) {
    struct process *p = with_limit(NULL, 50, 60000), *q = with_limit(NULL, 50, 60000);
    struct memory *lender, *borrower;
    size_t done;
    CHECK(memory_create(p, 4, &lender) == OK && memory_create(q, 4, &borrower) == OK,
          "two memories");
    CHECK_EQUAL(map(p, lender, AT, 0, 2), OK, "two pages of the one have frames");
    CHECK_EQUAL(share(borrower, lender, 1, 2, &done), OK, "two are lent");
    CHECK_EQUAL(map(q, borrower, AT, 0, 4), OK, "the other is mapped");
    CHECK(byte_at(p, AT + PAGE_SIZE) == byte_at(q, AT + PAGE_SIZE), "they share a page");
    CHECK(byte_at(p, AT) != byte_at(q, AT), "the first was not lent");
    CHECK_EQUAL(share(borrower, lender, 1, 1, &done), ERR_OVERLAP, "only once");
    *byte_at(p, AT + PAGE_SIZE) = 77;
    size_t nr_frames = q->used.nr_frames;
    CHECK_EQUAL(unshare(borrower, 4, &done), OK, "a copy is made");
    CHECK_EQUAL(done, 4, "of all that is shared");
    CHECK(byte_at(p, AT + PAGE_SIZE) != byte_at(q, AT + PAGE_SIZE), "it is mapped");
    CHECK_EQUAL(*byte_at(q, AT + PAGE_SIZE), 77, "with what was there");
    CHECK_EQUAL(q->used.nr_frames, nr_frames, "it was paid for before");
    object_drop(lender->object);
    object_drop(borrower->object);
    process_discard(p);
    process_discard(q);
}

SELFTEST("memory_revoke", memory_revoke) {
    struct process *p = with_limit(NULL, 300, 60000), *q = with_limit(NULL, 300, 60000);
    struct memory *memory;
    CHECK_EQUAL(memory_create(p, 200, &memory), OK, "a memory");
    CHECK(map(p, memory, AT, 0, 200) == OK && map(q, memory, AT, 100, 100) == OK,
          "in two processes");
    while (mapping_revoke(memory))
        ;
    CHECK(size_at(p, AT) == -1 && size_at(q, AT + 99 * PAGE_SIZE) == -1, "is in none");
    CHECK_EQUAL(p->nr_mappings + q->nr_mappings, 0, "no record is left");
    object_drop(memory->object);
    process_discard(p);
    process_discard(q);
}

/* What a process pays for may outlive it: then it still counts, with its creator. */
SELFTEST("memory_outlives_payer", memory_outlives_payer) {
    struct process *creator = with_limit(NULL, 300, 60000);
    struct process *payer = with_limit(creator, 100, 20000);
    struct memory *memory;
    size_t done;
    CHECK(payer != NULL && memory_create(payer, 10, &memory) == OK, "a memory");
    CHECK_EQUAL(memory_commit(memory, 0, 5, &done), OK, "with frames");
    CHECK_EQUAL(map(creator, memory, AT, 0, 5), OK, "mapped elsewhere");
    process_discard(payer);
    CHECK_EQUAL(memory_commit(memory, 0, 1, &done), OK, "what it has it keeps");
    CHECK_EQUAL(creator->used.nr_frames, 1 + 2 + 5, "its creator's quota tells");
    object_drop(memory->object);
    CHECK_EQUAL(unmap(creator, AT, 5), OK, "the last mapping goes");
    CHECK_EQUAL(creator->used.nr_frames, 1, "and with it all");
    CHECK_EQUAL(creator->used.heap_bytes, 0, "all of the heap too");
    process_discard(creator);
}

/* ---- quotas ---- */

/* The middle one dies first: its child becomes its creator's, and nothing is counted
 * twice or lost. */
SELFTEST("quota_inherited", quota_inherited) {
    struct process *first = with_limit(NULL, 100, 60000);
    struct process *second = with_limit(first, 60, 40000);
    struct process *third = with_limit(second, 30, 20000);
    CHECK(third != NULL, "three generations");
    CHECK(with_limit(third, 30, 0) == NULL, "the third has no 30 frames to give");
    CHECK_EQUAL(first->used.nr_frames, 1 + 60, "the first counts the second's limit");
    CHECK_EQUAL(second->used.nr_frames, 1 + 30, "the second the third's");
    process_discard(second);
    CHECK(third->creator == first, "the third is the first's now");
    CHECK_EQUAL(first->used.nr_frames, 1 + 30, "with its limit, and no more");
    struct memory *memory;
    CHECK_EQUAL(mapping_add_new(third, AT, 20, RW, &memory), OK, "the third goes on");
    CHECK_EQUAL(mapping_add_new(third, 2 * AT, 20, RW, &memory), ERR_QUOTA,
                "as far as its limit goes");
    process_discard(third);
    CHECK_EQUAL(first->used.nr_frames, 1, "all is given back");
    CHECK_EQUAL(first->used.heap_bytes, 0, "of the heap too");
    process_discard(first);
}

/* The eldest is nobody's, as init is: with it all die. */
SELFTEST("quota_dynasty", quota_dynasty) {
    struct process *first = with_limit(NULL, 100, 60000);
    struct process *second = with_limit(first, 60, 40000);
    struct process *third = with_limit(second, 30, 20000);
    struct thread *thread;
    CHECK(third != NULL, "three generations");
    CHECK_EQUAL(thread_create(third, (uaddr_t){0}, (uaddr_t){0}, 0, &thread), OK,
                "a thread");
    object_drop(thread->object);
    process_discard(first);
    CHECK(second->state == PROCESS_ENDED && third->state == PROCESS_ENDED,
          "all have ended");
    object_drop(third->object);
    object_drop(second->object);
}

/* With 0, 1, 2, ... frames of quota: refused and nothing lost, until it is enough. */
SELFTEST("quota_each_step", quota_each_step) {
    struct process *creator = with_limit(NULL, 1000, 100000);
    size_t nr_frames = 0;
    status_t st = ERR_QUOTA;
    for (; st == ERR_QUOTA && nr_frames < 50; nr_frames++) {
        struct process *p = with_limit(creator, nr_frames, 30000);
        struct memory *memory;
        struct thread *thread;
        if (p == NULL)
            continue;
        st = mapping_add_new(p, AT, 4, RW, &memory);
        if (st == OK)
            st = thread_create(p, (uaddr_t){0}, (uaddr_t){0}, 0, &thread);
        if (st == OK)
            object_drop(thread->object);
        process_discard(p);
        CHECK_EQUAL(creator->used.nr_frames, 1, "all frames come back");
        CHECK_EQUAL(creator->used.heap_bytes, 0, "and the heap");
    }
    CHECK_EQUAL(st, OK, "in the end it succeeds");
    CHECK(nr_frames > 1 + 4 + 2 + 1 + 2, "a root, pages, tables, a buffer, its tables");
    process_discard(creator);
}
