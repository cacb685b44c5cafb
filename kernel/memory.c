/* kernel/memory.c - see memory.h.
 *
 * Invariant M1: a page that is not 0 holds one reference to the frame that it names, and
 *               the payer pays for one frame.
 * Invariant M2: a page that is mapped is neither 0 nor UNCLEARED. */
#include "kernel/memory.h"
#include "kernel/mapping.h"
#include "kernel/object.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"

#define UNCLEARED     (1u << 31) /* the frame still has what was in it before */
#define CLEAR_AT_ONCE 8          /* pages */
#define FREE_AT_ONCE  24
#define SHARE_AT_ONCE 32
#define COPY_AT_ONCE  2
#define LARGE_PAGES   512 /* of 2 MiB */

static size_t body_bytes(size_t nr_pages) {
    return sizeof(struct memory) + nr_pages * sizeof(uint32_t);
}

/* `nr_entries` is the length of the array. */
static status_t create(struct process *payer, size_t nr_pages, size_t nr_entries,
                       struct memory **out) {
    if (nr_pages == 0 || nr_entries > MEMORY_PAGES_MAX)
        return ERR_INVALID;
    struct memory *memory;
    status_t st = process_charge(payer, 0, OBJECT_SLOT_BYTES);
    if (st != OK)
        return st;
    st = process_kzalloc(payer, body_bytes(nr_entries), (void **)&memory);
    if (st != OK)
        goto uncharge;
    st = object_create(OBJECT_MEMORY, memory, &memory->object);
    if (st != OK)
        goto free;
    list_init(&memory->mappings);
    memory->payer = payer;
    memory->nr_pages = nr_pages;
    *out = memory;
    return OK;

free:
    process_kfree(payer, memory, body_bytes(nr_entries));
uncharge:
    process_uncharge(payer, 0, OBJECT_SLOT_BYTES);
    return st;
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
    status_t st = process_charge(payer, nr_pages, 0);
    if (st != OK)
        return st;
    paddr_t run;
    size_t align = (size_t)1 << bits_log2_ceil(nr_pages);
    st = frame_alloc_run(nr_pages, align < LARGE_PAGES ? align : LARGE_PAGES, &run);
    if (st != OK)
        goto uncharge;
    st = create(payer, nr_pages, nr_pages, out);
    if (st != OK)
        goto free;
    for (size_t i = 0; i < nr_pages; i++)
        (*out)->pages[i] = (uint32_t)((run.raw >> PAGE_SHIFT) + i) | UNCLEARED;
    return OK;

free:
    if (frame_free_run(run, nr_pages) != OK)
        PANIC("frames just allocated can be freed");
uncharge:
    process_uncharge(payer, nr_pages, 0);
    return st;
}

/* ---- pages ---- */

static status_t page_reserve(struct memory *memory, uint32_t *page) {
    status_t st = process_charge(memory->payer, 1, 0);
    if (st != OK)
        return st;
    paddr_t frame;
    st = frame_alloc(&frame);
    if (st != OK)
        process_uncharge(memory->payer, 1, 0);
    else
        *page = (uint32_t)(frame.raw >> PAGE_SHIFT) | UNCLEARED;
    return st;
}

static bool has_frame(uint32_t page) {
    return page != 0 && (page & UNCLEARED) == 0;
}

static paddr_t page_frame(uint32_t page) {
    return paddr((uint64_t)(page & ~UNCLEARED) << PAGE_SHIFT);
}

static void page_release(struct memory *memory, uint32_t page) {
    frame_dealloc(page_frame(page));
    process_uncharge(memory->payer, 1, 0);
}

static FRAMELESS status_t page_fill(struct memory *memory, uint32_t *page) {
    status_t st = *page == 0 ? page_reserve(memory, page) : OK;
    if (st != OK)
        return st;
    *page &= ~UNCLEARED;
    frame_zero(page_frame(*page));
    return OK;
}

FRAMELESS status_t memory_page(struct memory *memory, size_t index, paddr_t *frame) {
    if (memory->physical_page != 0)
        return ERR_INVALID;
    uint32_t *page = &memory->pages[index];
    status_t st = has_frame(*page) ? OK : page_fill(memory, page);
    *frame = page_frame(*page);
    return st;
}

status_t memory_commit(struct memory *memory, size_t first, size_t nr_pages,
                       size_t *nr_done) {
    status_t st = OK;
    size_t done = 0, nr_cleared = 0;
    *nr_done = nr_pages;
    if (memory->physical_page != 0)
        return OK;
    for (; done < nr_pages && done < LARGE_PAGES; done++) {
        uint32_t *page = &memory->pages[first + done];
        if (has_frame(*page))
            continue;
        if (nr_cleared == CLEAR_AT_ONCE)
            break;
        st = page_fill(memory, page);
        if (st != OK)
            break;
        nr_cleared++;
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

status_t memory_share(struct memory *to, size_t to_first, const struct memory *from,
                      size_t from_first, size_t nr_pages, size_t *nr_done) {
    if (to->physical_page != 0 || from->physical_page != 0)
        return ERR_INVALID;
    status_t st = OK;
    size_t done = 0;
    for (; done < nr_pages && done < SHARE_AT_ONCE; done++) {
        uint32_t lent = from->pages[from_first + done];
        st = to->pages[to_first + done] == 0 ? OK : ERR_OVERLAP;
        if (st == OK && !has_frame(lent))
            continue;
        if (st == OK)
            st = process_charge(to->payer, 1, 0);
        if (st != OK)
            break;
        if (frame_share(page_frame(lent)) != OK)
            PANIC("M1: a page's frame is in use");
        to->pages[to_first + done] = lent;
    }
    *nr_done = done;
    return done > 0 ? OK : st;
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

status_t memory_unshare(struct memory *memory, size_t first, size_t nr_pages,
                        size_t *nr_done) {
    status_t st = OK;
    size_t done = 0, nr_copied = 0;
    for (; done < nr_pages && done < SHARE_AT_ONCE; done++) {
        if (memory->physical_page != 0 || !has_frame(memory->pages[first + done]) ||
            frame_references(page_frame(memory->pages[first + done])) == 1)
            continue;
        if (nr_copied == COPY_AT_ONCE)
            break;
        st = page_unshare(memory, first + done);
        if (st != OK)
            break;
        nr_copied++;
    }
    *nr_done = done;
    return done > 0 ? OK : st;
}

/* ---- the end ---- */

static bool memory_reap(struct reap_item *item) {
    struct memory *memory = CONTAINER_OF(item, struct memory, reap);
    size_t nr_entries = memory->physical_page == 0 ? memory->nr_pages : 0;
    for (int i = 0; i < FREE_AT_ONCE && memory->nr_reaped < nr_entries; i++) {
        uint32_t page = memory->pages[memory->nr_reaped];
        memory->nr_reaped++;
        if (page != 0)
            page_release(memory, page);
    }
    if (memory->nr_reaped < nr_entries)
        return true;
    struct process *payer = memory->payer;
    kfree(memory);
    process_uncharge(payer, 0, body_bytes(nr_entries) + OBJECT_SLOT_BYTES);
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

void memory_destroy(struct memory *memory) {
    object_drop(memory->object);
}
