/* mm/frame.h - physical page frames, counted.
 *
 * A buddy of 4 KiB blocks over all RAM that boot gives, and a reference count for each
 * frame.  What rCore has as FrameAllocator and FrameTracker, the count in place of the
 * owner.  Every function takes the frame lock itself.  A new frame's contents are
 * whatever they were: frame_zero() is the caller's choice. */
#pragma once

#include "mm/addr.h"
#include "mm/stats.h"

/* Forget all frames and take over the `usable` ranges, all of them in the direct map, for
 * new ones.  Each range keeps the counts of its frames itself: one with no room for them
 * and a frame is passed over.  `ram`, which must stay, is all there is, ours or not. */
void frame_init(const struct range_set *ram, const struct range_set *usable);

/* One frame with count 1; ERR_NO_MEMORY leaves `*out` alone. */
MUST_CHECK status_t frame_alloc(paddr_t *out);

/* nr_frames in a row, each with count 1 and each freed by itself; `align_frames` is a
 * power of two (0: any).  ERR_INVALID, ERR_NO_MEMORY. */
MUST_CHECK status_t frame_alloc_run(size_t nr_frames, size_t align_frames, paddr_t *out);

/* Count one more reference.  ERR_FOREIGN, ERR_MISALIGNED, ERR_DOUBLE_FREE (it is
 * free). */
MUST_CHECK status_t frame_share(paddr_t frame);

/* Drop one reference of each of a row of frames; the last one frees.  Errors as above;
 * nothing changes then.  What is free goes back as the few aligned blocks that it holds,
 * not frame by frame. */
MUST_CHECK status_t frame_free_run(paddr_t run, size_t nr_frames);

/* Drop one reference.  rCore's name, for callers who own the frame: a wrong frame panics
 * ("Frame ppn=0x.. has not been allocated!"). */
void frame_dealloc(paddr_t frame);

bool frame_is_ram(struct range range);    /* in any part, ours or not */
uint32_t frame_references(paddr_t frame); /* 0: free or no frame of ours */
void frame_zero(paddr_t frame);

void frame_get_stats(struct frame_stats *out);
/* Visit every block, unless `visit` is NULL, and call `trace` for what happens next. */
void frame_set_trace(buddy_trace_fn *trace, buddy_visit_fn *visit, void *context);
void frame_look(buddy_look_fn *look, void *context);
const char *frame_check(void); /* tests/kernel/heap_check.c */

/* Frames in a row for a heap that has run out: what heap_set_rescue() is given.  Both
 * numbers are multiples of a page. */
void *rescue_with_frames(size_t bytes, size_t align);
void rescue_give_back(void *start, size_t bytes);
