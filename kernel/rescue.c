/* kernel/rescue.c - see rescue.h.
 *
 * Context: the heap lock is held, and the frame lock is taken, in that order; so nothing
 * here may use the heap. */
#include "kernel/rescue.h"

#include "kernel/log.h"
#include "mm/addr.h"
#include "mm/frame.h"
#include "mm/heap.h"

LOG_MODULE("rescue");

/* A block is aligned to its size and the region keeps its books at an end, so a region for
 * a block of 2^k bytes is aligned to 2^k and a sixteenth larger: enough (mm/buddy.h). */
static size_t region_frames(size_t block_bytes) {
    return (block_bytes + block_bytes / 16) / PAGE_SIZE + 1;
}

static status_t take_frames(size_t block_bytes, void **start, size_t *region_bytes) {
    size_t nr_frames = region_frames(block_bytes);
    paddr_t run;
    status_t status = frame_alloc_run(nr_frames, block_bytes / PAGE_SIZE, &run);
    if (status != OK)
        return DENY(status, "no %zu frames for the heap to grow", nr_frames);
    *start = phys_to_virt(run);
    *region_bytes = nr_frames * PAGE_SIZE;
    log_debug("the heap grows by %zu frames", nr_frames);
    return OK;
}

static void give_back_frames(void *start, size_t region_bytes) {
    status_t status = frame_free_run(virt_to_phys(start), region_bytes / PAGE_SIZE);
    if (status != OK)
        log_error("%zu bytes are lost to the frames: %s", region_bytes,
                  status_text(status));
}

void rescue_init(void) {
    heap_set_rescue(take_frames, give_back_frames);
}
