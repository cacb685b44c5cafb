/* mm/frame.c - physical page frames.
 *
 * One buddy over all RAM, whose blocks are frames of the direct map, and one reference
 * count for each frame of each bank.  A run is cut from a larger block and what is
 * left of it goes back, so nothing is rounded up to a power of two; a row of frames is
 * given back as the few largest blocks that it holds.
 * Not here: virtual addresses (mm/sv39.c), small objects (mm/heap.c).
 * Callers: sv39.c, rescue.c, the kernel's address spaces.
 * Invariant F1: a frame is free in the buddy exactly when its count is 0. */
#include "mm/frame.h"

#include "lib/bits.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/port.h"

struct bank {
    struct range range;   /* physical, page-aligned */
    uint32_t *references; /* [(address - range.start) / PAGE_SIZE], in the bank itself */
};

/* (f) frame lock, the last in the order of locks */
static struct spinlock lock;
static struct buddy buddy;                 /* (f) */
static struct bank banks[FRAME_BANKS_MAX]; /* (f) */
static size_t nr_banks;                    /* (f) */

void frame_reset(void) {
    nr_banks = 0;
    buddy_init(&buddy, PAGE_SHIFT, BUDDY_ORDERS - 1);
}

/* The counts of `nr_frames` frames in a row; NULL if they are not all in one bank. */
static uint32_t *references_of(paddr_t run, size_t nr_frames) {
    for (const struct bank *bank = banks; bank < banks + nr_banks; bank++) {
        uint64_t bank_frames = (bank->range.end - bank->range.start) >> PAGE_SHIFT;
        uint64_t first = (run.raw - bank->range.start) >> PAGE_SHIFT;
        if (first < bank_frames && nr_frames <= bank_frames - first)
            return &bank->references[first];
    }
    return NULL;
}

/* ---- banks ---- */

/* Cut the counts for a bank out of the first usable range that has room for them, which
 * becomes smaller.  NULL if none has. */
static uint32_t *carve_references(struct range bank, struct range_set *usable) {
    uint64_t bytes =
        align_up(((bank.end - bank.start) >> PAGE_SHIFT) * sizeof(uint32_t), PAGE_SIZE);
    for (size_t i = 0; i < usable->nr_ranges; i++) {
        struct range *r = &usable->ranges[i];
        uint64_t start = align_up(r->start, PAGE_SIZE);
        if (start < r->start || start > r->end || r->end - start < bytes)
            continue;
        r->start = start + bytes;
        return phys_to_virt(paddr(start));
    }
    return NULL;
}

/* What of `usable` lies in the bank. */
static struct range_set intersect(struct range bank, const struct range_set *usable) {
    struct range_set result = {0};
    for (size_t i = 0; i < usable->nr_ranges; i++) {
        struct range r = usable->ranges[i];
        r.start = r.start < bank.start ? bank.start : r.start;
        r.end = r.end > bank.end ? bank.end : r.end;
        if (r.start < r.end)
            result.ranges[result.nr_ranges++] = r;
    }
    return result;
}

static status_t add_bank(struct range bank, const struct range_set *usable) {
    if (buddy.smallest_order == 0)
        frame_reset();
    bank.start = align_down(bank.start, PAGE_SIZE);
    bank.end = align_down(bank.end, PAGE_SIZE); /* part of a page is no frame */
    if (bank.start >= bank.end)
        return ERR_TOO_SMALL;
    if (nr_banks == FRAME_BANKS_MAX)
        return ERR_FULL;
    for (size_t i = 0; i < nr_banks; i++)
        if (range_overlaps(bank, banks[i].range))
            return ERR_OVERLAP;
    struct range_set parts = intersect(bank, usable);
    uint32_t *references = carve_references(bank, &parts);
    if (references == NULL)
        return ERR_TOO_SMALL;
    size_t nr_added = 0;
    for (size_t i = 0; i < parts.nr_ranges; i++) {
        struct range r = parts.ranges[i]; /* one too small for a frame is passed over */
        nr_added +=
            buddy_add(&buddy, phys_to_virt(paddr(r.start)), r.end - r.start) == OK;
    }
    if (nr_added == 0)
        return ERR_TOO_SMALL;
    memset(references, 0, (bank.end - bank.start) / PAGE_SIZE * sizeof(uint32_t));
    banks[nr_banks++] = (struct bank){bank, references};
    return OK;
}

status_t frame_add_bank(struct range bank, const struct range_set *usable) {
    spinlock_acquire(&lock);
    status_t status = add_bank(bank, usable);
    spinlock_release(&lock);
    return status;
}

/* ---- allocation ---- */

status_t frame_alloc_run(size_t nr_frames, size_t align_frames, paddr_t *out) {
    if (nr_frames == 0 || (align_frames & (align_frames - 1)) != 0)
        return ERR_INVALID;
    if (align_frames > SIZE_MAX >> PAGE_SHIFT)
        return ERR_NO_MEMORY;
    spinlock_acquire(&lock);
    void *run = buddy_alloc_run(&buddy, nr_frames, align_frames << PAGE_SHIFT);
    if (run != NULL) {
        *out = virt_to_phys(run);
        uint32_t *references = references_of(*out, nr_frames);
        for (size_t i = 0; i < nr_frames; i++)
            references[i] = 1;
    }
    spinlock_release(&lock);
    return run != NULL ? OK : ERR_NO_MEMORY;
}

status_t frame_alloc(paddr_t *out) {
    return frame_alloc_run(1, 1, out);
}

/* ---- references ---- */

/* The counts of a run of frames that are all in use. */
static status_t find_used(paddr_t run, size_t nr_frames, uint32_t **out) {
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
    spinlock_acquire(&lock);
    status_t status = find_used(frame, 1, &references);
    if (status == OK && *references == UINT32_MAX)
        status = ERR_FULL;
    if (status == OK)
        (*references)++;
    spinlock_release(&lock);
    return status;
}

/* Give the frames [first, end) of a run, whose counts are 0 by now, back to the buddy. */
static void release(paddr_t run, size_t first, size_t end) {
    void *start = phys_to_virt(paddr(run.raw + (first << PAGE_SHIFT)));
    if (first < end && buddy_free_run(&buddy, start, end - first) != OK)
        MM_PANIC("F1: a frame with references is in use in the buddy");
}

static status_t free_run(paddr_t run, size_t nr_frames) {
    uint32_t *references;
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

status_t frame_free_run(paddr_t run, size_t nr_frames) {
    spinlock_acquire(&lock);
    status_t status = free_run(run, nr_frames);
    spinlock_release(&lock);
    return status;
}

status_t frame_free(paddr_t frame) {
    return frame_free_run(frame, 1);
}

void frame_dealloc(paddr_t frame) {
    if (frame_free(frame) != OK)
        MM_PANIC("Frame ppn=%#lx has not been allocated!", frame.raw >> PAGE_SHIFT);
}

uint32_t frame_references(paddr_t frame) {
    spinlock_acquire(&lock);
    const uint32_t *references = references_of(frame, 1);
    uint32_t count = references == NULL ? 0 : *references;
    spinlock_release(&lock);
    return count;
}

bool frame_is_ram(struct range range) {
    bool is_ram = false;
    for (size_t i = 0; i < nr_banks; i++) /* which do not change after boot */
        is_ram = is_ram || range_overlaps(range, banks[i].range);
    return is_ram;
}

void frame_zero(paddr_t frame) {
    memset(phys_to_virt(frame), 0, PAGE_SIZE);
}

/* ---- to look at ---- */

void frame_get_stats(struct frame_stats *out) {
    spinlock_acquire(&lock);
    buddy_stats(&buddy, &out->buddy);
    out->total_frames = out->buddy.total_bytes >> PAGE_SHIFT;
    out->free_frames = (out->buddy.total_bytes - out->buddy.used_bytes) >> PAGE_SHIFT;
    spinlock_release(&lock);
}

void frame_set_trace(buddy_trace_fn *trace, buddy_visit_fn *visit, void *context) {
    spinlock_acquire(&lock);
    if (visit != NULL)
        buddy_walk(&buddy, 0, visit, context);
    buddy_set_trace(&buddy, trace, context);
    spinlock_release(&lock);
}

static bool check_references(void *context, const struct buddy_block *block) {
    const char **broken = context;
    size_t nr_frames = block->block_bytes >> PAGE_SHIFT;
    const uint32_t *references =
        references_of(virt_to_phys((void *)block->address), nr_frames);
    for (size_t i = 0; i < nr_frames; i++)
        if (references == NULL ||
            (references[i] == 0) != (block->kind == BUDDY_KIND_FREE))
            *broken = "F1: a frame is free exactly when its count is 0";
    return *broken == NULL;
}

const char *frame_check(void) {
    spinlock_acquire(&lock);
    const char *broken = buddy_check(&buddy);
    if (broken == NULL)
        buddy_walk(&buddy, 0, check_references, &broken);
    spinlock_release(&lock);
    return broken;
}
