/* mm/rescue.c - frames for a heap that has run out.
 *
 * A region holds one block of the size asked for, naturally aligned, and behind it the
 * books that the buddy keeps: about one byte in 32.   Context: heap lock held. */
#include "mm/rescue.h"

#include "lib/bits.h"
#include "mm/frame.h"
#include "mm/port.h"

status_t rescue_with_frames(size_t at_least_bytes, void **start, size_t *region_bytes) {
    size_t bytes = align_up(at_least_bytes + at_least_bytes / 32 + 1024, PAGE_SIZE);
    size_t align_frames = (1ull << bits_log2_ceil(at_least_bytes)) >> PAGE_SHIFT;
    paddr_t run;
    status_t status = frame_alloc_run(bytes >> PAGE_SHIFT, align_frames, &run);
    if (status != OK)
        return status;
    *start = phys_to_virt(run);
    *region_bytes = bytes;
    return OK;
}

void rescue_give_back(void *start, size_t region_bytes) {
    status_t status = frame_free_run(virt_to_phys(start), region_bytes >> PAGE_SHIFT);
    MM_ASSERT(status == OK, "a rescue region is a run of frames that nobody shares");
}
