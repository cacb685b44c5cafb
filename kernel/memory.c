/* kernel/memory.c - see memory.h.
 *
 * Invariant M1: a page that is not 0 holds one reference to the frame that it names, and
 *               the payer pays for one frame.
 * Invariant M2: a page that is mapped is neither 0 nor UNCLEARED. */
#include "kernel/memory.h"
#include "kernel/mapping.h"
#include "kernel/object.h"
#include "kernel/panic.h"
#include "kernel/syscall.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/frame.h"

#define UNCLEARED     (1u << 31) /* the frame still has what was in it before */
#define CLEAR_AT_ONCE 8          /* pages */
#define FREE_AT_ONCE  24
#define SHARE_AT_ONCE 32
#define COPY_AT_ONCE  2
#define LARGE_PAGES   512 /* of 2 MiB */

#define PHYSICAL_END ((uint64_t)1 << 56) /* Sv39: 44 bits of page number */

static size_t body_bytes(size_t nr_pages) {
    return sizeof(struct memory) + nr_pages * sizeof(uint32_t);
}

/* `nr_entries` is the length of the array. */
static status_t create(struct process *payer, size_t nr_pages, size_t nr_entries,
                       struct memory **out) {
    if (nr_pages == 0 || nr_entries > MEMORY_PAGES_MAX)
        return ERR_INVALID;
    struct object *object;
    status_t st =
        object_make(OBJECT_MEMORY, body_bytes(nr_entries), payer, (void **)out, &object);
    if (st != OK)
        return st;
    list_init(&(*out)->mappings);
    (*out)->object = object;
    (*out)->payer = payer;
    (*out)->nr_pages = nr_pages;
    return OK;
}

status_t memory_create(struct process *payer, size_t nr_pages, struct memory **out) {
    return create(payer, nr_pages, nr_pages, out);
}

status_t memory_create_physical(struct process *payer, paddr_t start, size_t nr_pages,
                                struct memory **out) {
    if (start.raw == 0) /* which stands for the array */
        return ERR_INVALID;
    status_t st = create(payer, nr_pages, 0, out);
    if (st == OK)
        (*out)->physical_page = start.raw >> PAGE_SHIFT;
    return st;
}

status_t memory_create_contiguous(struct process *payer, size_t nr_pages,
                                  struct memory **out) {
    if (nr_pages > MEMORY_CONTIGUOUS_MAX)
        return ERR_INVALID;
    status_t st = create(payer, nr_pages, nr_pages, out);
    if (st != OK)
        return st;
    paddr_t run;
    size_t align = (size_t)1 << bits_log2_ceil(nr_pages);
    st = process_charge(payer, nr_pages, 0);
    if (st == OK) {
        st = frame_alloc_run(nr_pages, align < LARGE_PAGES ? align : LARGE_PAGES, &run);
        process_uncharge(payer, st == OK ? 0 : nr_pages, 0);
    }
    for (size_t i = 0; st == OK && i < nr_pages; i++)
        (*out)->pages[i] = (uint32_t)((run.raw >> PAGE_SHIFT) + i) | UNCLEARED;
    if (st != OK)
        object_drop((*out)->object);
    return st;
}

/* ---- pages ---- */

static bool has_frame(uint32_t page) {
    return page != 0 && (page & UNCLEARED) == 0;
}

static paddr_t page_frame(uint32_t page) {
    return paddr((uint64_t)(page & ~UNCLEARED) << PAGE_SHIFT);
}

static FRAMELESS status_t page_commit(struct memory *memory, uint32_t *page,
                                      size_t *nr_cleared) {
    paddr_t frame = page_frame(*page);
    status_t st = *page == 0 ? process_take_frame(memory->payer, &frame) : OK;
    if (st != OK || has_frame(*page))
        return st;
    *page = (uint32_t)(frame.raw >> PAGE_SHIFT);
    frame_zero(frame);
    (*nr_cleared)++;
    return OK;
}

FRAMELESS status_t memory_page(struct memory *memory, size_t index, paddr_t *frame) {
    size_t nr_cleared = 0;
    if (memory->physical_page != 0)
        return ERR_INVALID;
    status_t st = page_commit(memory, &memory->pages[index], &nr_cleared);
    *frame = page_frame(memory->pages[index]);
    return st;
}

status_t memory_commit(struct memory *memory, size_t first, size_t nr_pages,
                       size_t *nr_done) {
    status_t st = OK;
    size_t done = 0, nr_cleared = 0;
    if (memory->physical_page != 0)
        done = nr_pages;
    while (st == OK && done < nr_pages && done < LARGE_PAGES &&
           nr_cleared < CLEAR_AT_ONCE) {
        uint32_t *page = &memory->pages[first + done];
        if (!has_frame(*page)) /* many have: 512 of a large page */
            st = page_commit(memory, page, &nr_cleared);
        done += st == OK;
    }
    *nr_done = done;
    return done > 0 ? OK : st;
}

size_t memory_run(const struct memory *memory, size_t first, size_t nr_pages) {
    if (memory->physical_page != 0)
        return nr_pages;
    const uint32_t *pages = &memory->pages[first];
    size_t length = 0;
    while (has_frame(pages[0]) && length < nr_pages && pages[length] == pages[0] + length)
        length++;
    return length;
}

paddr_t memory_frame(const struct memory *memory, size_t page) {
    if (memory->physical_page != 0)
        return paddr((memory->physical_page + page) << PAGE_SHIFT);
    return page_frame(memory->pages[page]);
}

/* ---- sharing ---- */

static status_t page_share(struct memory *to, uint32_t *page, uint32_t lent) {
    if (*page != 0)
        return ERR_OVERLAP;
    status_t st = has_frame(lent) ? process_charge(to->payer, 1, 0) : OK;
    if (st != OK || !has_frame(lent))
        return st;
    if (frame_share(page_frame(lent)) != OK)
        PANIC("M1: a page's frame is in use");
    *page = lent;
    return OK;
}

/* The payer has paid for the frame, shared or not. */
static status_t page_unshare(struct memory *memory, size_t page) {
    paddr_t frame, shared = page_frame(memory->pages[page]);
    status_t st = frame_alloc(&frame);
    if (st != OK)
        return st;
    memcpy(phys_to_virt(frame), phys_to_virt(shared), PAGE_SIZE);
    st = mapping_replace(memory, page, frame);
    if (st == OK)
        memory->pages[page] = (uint32_t)(frame.raw >> PAGE_SHIFT);
    frame_dealloc(st == OK ? shared : frame);
    return st;
}

static bool is_shared(const struct memory *memory, size_t page) {
    return memory->physical_page == 0 && has_frame(memory->pages[page]) &&
           frame_references(page_frame(memory->pages[page])) > 1;
}

/* ---- the end ---- */

static bool memory_reap(struct reap_item *item) {
    struct memory *memory = CONTAINER_OF(item, struct memory, reap);
    size_t nr_entries = memory->physical_page == 0 ? memory->nr_pages : 0;
    for (int i = 0; i < FREE_AT_ONCE && memory->nr_reaped < nr_entries; i++) {
        uint32_t page = memory->pages[memory->nr_reaped];
        memory->nr_reaped++;
        if (page != 0)
            process_give_frame(memory->payer, page_frame(page));
    }
    if (memory->nr_reaped < nr_entries)
        return true;
    object_unmake(memory, body_bytes(nr_entries), memory->payer);
    return false;
}

void memory_settle(struct memory *memory) {
    if (memory->object != NULL || !list_is_empty(&memory->mappings))
        return;
    if (memory_reap(&memory->reap)) /* a small one is gone at once */
        reap_begin(&memory->reap, memory_reap);
}

void memory_forget(void *body) {
    struct memory *memory = body;
    memory->object = NULL;
    memory_settle(memory);
}

/* ---- calls ---- */

FRAMELESS status_t pages_check(uint64_t start, size_t nr_bytes, uint64_t first,
                               uint64_t end) {
    if (!is_aligned(start | nr_bytes, PAGE_SIZE))
        return ERR_MISALIGNED;
    bool is_inside = start >= first && start <= end && nr_bytes <= end - start;
    return nr_bytes != 0 && is_inside ? OK : ERR_INVALID;
}

FRAMELESS status_t memory_check_part(const struct memory *memory, uint64_t offset,
                                     size_t nr_bytes) {
    return pages_check(offset, nr_bytes, 0, memory->nr_pages * PAGE_SIZE);
}

status_t sys_memory_create(struct process *payer, size_t nr_bytes, uint64_t flags,
                           uint64_t *handle) {
    struct memory *memory = NULL;
    status_t st = pages_check(0, nr_bytes, 0, UINT64_MAX);
    if (st == OK && (flags & ~(uint64_t)MEMORY_CONTIGUOUS) != 0)
        st = ERR_INVALID;
    if (st == OK)
        st = (flags & MEMORY_CONTIGUOUS ? memory_create_contiguous : memory_create)(
            payer, nr_bytes / PAGE_SIZE, &memory);
    return st != OK ? st : syscall_give_handle(memory->object, RIGHTS_OF_MEMORY, handle);
}

status_t sys_memory_physical(UNUSED void *system, uint64_t start, size_t nr_bytes,
                             uint64_t *handle) {
    struct memory *memory = NULL;
    status_t st = pages_check(start, nr_bytes, 0, PHYSICAL_END);
    if (st == OK && frame_is_ram((struct range){start, start + nr_bytes}))
        st = ERR_INVALID;
    if (st == OK)
        st = memory_create_physical(caller_process(), paddr(start), nr_bytes / PAGE_SIZE,
                                    &memory);
    return st != OK ? st
                    : syscall_give_handle(memory->object, RIGHTS_OF_MEMORY | RIGHT_DMA,
                                          handle);
}

/* A piece was done, up to an error perhaps, which is told when it is the first page's. */
static status_t done(status_t st, size_t nr_pages, uint64_t *done_bytes) {
    *done_bytes = nr_pages * PAGE_SIZE;
    return nr_pages > 0 ? OK : st;
}

status_t sys_memory_commit(struct memory *memory, uint64_t offset, size_t nr_bytes,
                           uint64_t *done_bytes) {
    size_t nr_done = 0;
    status_t st = memory_check_part(memory, offset, nr_bytes);
    if (st == OK)
        st = memory_commit(memory, offset / PAGE_SIZE, nr_bytes / PAGE_SIZE, &nr_done);
    return done(st, nr_done, done_bytes);
}

status_t sys_memory_share(struct memory *to, uint64_t to_offset, struct memory *from,
                          uint64_t from_offset, size_t nr_bytes, uint64_t *done_bytes) {
    size_t nr_done = 0, to_first = to_offset / PAGE_SIZE;
    status_t st = memory_check_part(to, to_offset, nr_bytes);
    if (st == OK)
        st = memory_check_part(from, from_offset, nr_bytes);
    if (st == OK && (to->physical_page != 0 || from->physical_page != 0))
        st = ERR_INVALID;
    while (st == OK && nr_done < nr_bytes / PAGE_SIZE && nr_done < SHARE_AT_ONCE) {
        st = page_share(to, &to->pages[to_first + nr_done],
                        from->pages[from_offset / PAGE_SIZE + nr_done]);
        nr_done += st == OK;
    }
    return done(st, nr_done, done_bytes);
}

status_t sys_memory_unshare(struct memory *memory, uint64_t offset, size_t nr_bytes,
                            uint64_t *done_bytes) {
    size_t nr_done = 0, nr_copied = 0;
    status_t st = memory_check_part(memory, offset, nr_bytes);
    while (st == OK && nr_done < nr_bytes / PAGE_SIZE && nr_done < SHARE_AT_ONCE &&
           nr_copied < COPY_AT_ONCE) {
        size_t page = offset / PAGE_SIZE + nr_done;
        if (is_shared(memory, page)) {
            st = page_unshare(memory, page);
            nr_copied++;
        }
        nr_done += st == OK;
    }
    return done(st == ERR_AGAIN ? OK : st, nr_done, done_bytes);
}

status_t sys_memory_allow_wx(UNUSED void *system, struct handle_entry *memory,
                             uint64_t *allowed) {
    return handle_insert(&caller_process()->handles, memory->object,
                         memory->rights | RIGHT_WX, 0, allowed);
}
