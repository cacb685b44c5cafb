/* mm/frame.c - physical page frames.
 *
 * One buddy over all RAM, whose blocks are frames of the direct map, and one reference
 * count for each frame of each bank.  A run is cut from a larger block and what is
 * left of it goes back, so nothing is rounded up to a power of two; a row of frames is
 * given back as the few largest blocks that it holds.
 * Not here: virtual addresses (mm/sv39.c), small objects (mm/heap.c).
 * Callers: sv39.c, heap.c (its rescue), the kernel's address spaces.
 * Invariant F1: a frame is free in the buddy exactly when its count is 0. */
#include "mm/frame.h"

#include "lib/bits.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/port.h"

/* (f) frame lock, the last in the order of locks   (c) constant after frame_init() */
static struct tas_lock lock;
static struct buddy buddy; /* (f) */
static struct bank {
    uint64_t start, nr_frames;
} banks[RANGE_SET_MAX];             /* (c) each bank's counts first */
static size_t nr_banks;             /* (c) */
static const struct range_set *ram; /* (c) */

static const struct bank *recent = banks; /* any will do: the first to be looked at */

static inline FRAMELESS bool bank_holds(const struct bank *bank, paddr_t run,
                                        size_t nr_frames) {
    uint64_t first = (run.raw - bank->start) >> PAGE_SHIFT;
    return first < bank->nr_frames && nr_frames <= bank->nr_frames - first;
}

/* The counts of `nr_frames` frames in a row; NULL if they are not all in one bank. */
static inline FRAMELESS uint32_t *references_of(paddr_t run, size_t nr_frames) {
    const struct bank *bank = recent;
    if (UNLIKELY(!bank_holds(bank, run, nr_frames))) {
        for (bank = banks; bank < banks + nr_banks; bank++)
            if (bank_holds(bank, run, nr_frames))
                break;
        if (bank == banks + nr_banks)
            return NULL;
        recent = bank;
    }
    uint64_t first = (run.raw - bank->start) >> PAGE_SHIFT;
    return (uint32_t *)phys_to_virt(paddr(bank->start)) + first;
}

/* A range that is too small for its counts, the buddy's books and a frame is passed
 * over. */
static void add_bank(struct range r) {
    r.start = align_up(r.start, PAGE_SIZE);
    r.end = align_down(r.end, PAGE_SIZE); /* part of a page is no frame */
    uint64_t nr_frames = (r.end - r.start) >> PAGE_SHIFT;
    uint64_t first = r.start + align_up(nr_frames * sizeof(uint32_t), PAGE_SIZE);
    if (first >= r.end ||
        buddy_add(&buddy, phys_to_virt(paddr(first)), r.end - first) != OK)
        return;
    memset(phys_to_virt(paddr(r.start)), 0, first - r.start);
    banks[nr_banks++] = (struct bank){r.start, nr_frames};
}

void frame_init(const struct range_set *all_ram, const struct range_set *usable) {
    ram = all_ram;
    nr_banks = 0;
    buddy_init(&buddy, PAGE_SHIFT, BUDDY_ORDERS - 1);
    for (size_t i = 0; i < usable->nr_ranges; i++)
        add_bank(usable->ranges[i]);
}

bool frame_is_ram(struct range range) {
    return range_set_overlaps(ram, range);
}

/* ---- allocation ---- */

status_t frame_alloc_run(size_t nr_frames, size_t align_frames, paddr_t *out) {
    if (nr_frames == 0 || (align_frames & (align_frames - 1)) != 0)
        return ERR_INVALID;
    if (align_frames > SIZE_MAX >> PAGE_SHIFT)
        return ERR_NO_MEMORY;
    TAS_HOLD(&lock);
    void *run = buddy_alloc_run(&buddy, nr_frames, align_frames << PAGE_SHIFT);
    if (run == NULL)
        return ERR_NO_MEMORY;
    *out = virt_to_phys(run);
    uint32_t *references = references_of(*out, nr_frames);
    for (size_t i = 0; i < nr_frames; i++)
        references[i] = 1;
    return OK;
}

/* A run of one is a block as it is, and by far the most common. */
FRAMELESS status_t frame_alloc(paddr_t *out) {
    TAS_HOLD(&lock);
    void *frame = buddy_alloc(&buddy, PAGE_SIZE, PAGE_SIZE);
    if (frame == NULL)
        return ERR_NO_MEMORY;
    *out = virt_to_phys(frame);
    *references_of(*out, 1) = 1;
    return OK;
}

void frame_zero(paddr_t frame) {
    memset(phys_to_virt(frame), 0, PAGE_SIZE);
}

/* ---- references ---- */

/* The counts of a run of frames that are all in use. */
static FRAMELESS status_t find_used(paddr_t run, size_t nr_frames, uint32_t **out) {
    uint32_t *references = references_of(run, nr_frames);
    if (references == NULL)
        return ERR_FOREIGN;
    if (!is_aligned(run.raw, PAGE_SIZE))
        return ERR_MISALIGNED;
    for (size_t i = 0; i < nr_frames; i++)
        if (references[i] == 0)
            return ERR_DOUBLE_FREE;
    *out = references;
    return OK;
}

status_t frame_share(paddr_t frame) {
    uint32_t *references;
    TAS_HOLD(&lock);
    status_t status = find_used(frame, 1, &references);
    if (status == OK && *references == UINT32_MAX)
        return ERR_FULL;
    if (status == OK)
        (*references)++;
    return status;
}

/* Give the frames [first, end) of a run, whose counts are 0 by now, back to the buddy. */
static void release(paddr_t run, size_t first, size_t end) {
    void *start = phys_to_virt(paddr(run.raw + (first << PAGE_SHIFT)));
    status_t status = first == end ? OK : buddy_free_run(&buddy, start, end - first);
    if (status != OK)
        MM_PANIC("F1: a frame with references is in use in the buddy");
}

status_t frame_free_run(paddr_t run, size_t nr_frames) {
    uint32_t *references;
    TAS_HOLD(&lock);
    status_t status = find_used(run, nr_frames, &references);
    if (status != OK)
        return status;
    /* commit: frames that are still shared part the run */
    size_t first = 0;
    for (size_t i = 0; i < nr_frames; i++) {
        if (--references[i] == 0)
            continue;
        release(run, first, i);
        first = i + 1;
    }
    release(run, first, nr_frames);
    return OK;
}

FRAMELESS void frame_dealloc(paddr_t frame) {
    uint32_t *references;
    TAS_HOLD(&lock);
    if (find_used(frame, 1, &references) != OK)
        MM_PANIC("Frame ppn=%#lx has not been allocated!", frame.raw >> PAGE_SHIFT);
    if (--*references == 0 && buddy_free(&buddy, phys_to_virt(frame)) != OK)
        MM_PANIC("F1: frame %#lx is not in use in the buddy", frame.raw);
}

/* Without the lock: one word, of which nobody knows how long it stays. */
uint32_t frame_references(paddr_t frame) {
    const uint32_t *references = references_of(frame, 1);
    return references == NULL ? 0 : *references;
}

/* ---- the heap's rescue ---- */

void *rescue_with_frames(size_t bytes, size_t align) {
    paddr_t run;
    status_t status = frame_alloc_run(bytes >> PAGE_SHIFT, align >> PAGE_SHIFT, &run);
    return status == OK ? phys_to_virt(run) : NULL;
}

void rescue_give_back(void *start, size_t bytes) {
    status_t status = frame_free_run(virt_to_phys(start), bytes >> PAGE_SHIFT);
    MM_ASSERT(status == OK, "a rescue region is a run of frames that nobody shares");
}

/* ---- to look at ---- */

void frame_get_stats(struct frame_stats *out) {
    TAS_HOLD(&lock);
    buddy_stats(&buddy, &out->buddy);
    out->total_frames = out->buddy.total_bytes >> PAGE_SHIFT;
    out->free_frames = (out->buddy.total_bytes - out->buddy.used_bytes) >> PAGE_SHIFT;
}

void frame_look(buddy_look_fn *look, void *context) {
    TAS_HOLD(&lock);
    look(context, &buddy);
}

void frame_set_trace(buddy_trace_fn *trace, buddy_visit_fn *visit, void *context) {
    TAS_HOLD(&lock);
    if (visit != NULL)
        buddy_walk(&buddy, 0, visit, context);
    buddy_set_trace(&buddy, trace, context);
}
