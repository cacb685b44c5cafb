/* kernel/holdings.c - see holdings.h. */
#include "kernel/holdings.h"

#include "kernel/object.h"
#include "mm/frame.h"
#include "mm/heap.h"

struct holdings holdings_count(void) {
    struct heap_stats heap;
    struct frame_stats frames;
    heap_trim();
    heap_get_stats(&heap);
    frame_get_stats(&frames);
    return (struct holdings){heap.buddy.used_bytes, frames.free_frames, object_count()};
}
