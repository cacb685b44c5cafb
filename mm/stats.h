/* mm/stats.h - what the heap and the frames tell of themselves.
 *
 * The calls heap_stats, frame_stats and heap_walk give these and struct buddy_block to
 * programs as they are.  So all fields have 64 bits: no padding could leak bytes of the
 * kernel's, or differ between compilers. */
#pragma once

#include "lib/range.h"
#include "mm/buddy.h"

struct heap_stats {
    struct range space;       /* HEAP_SPACE                                          */
    struct buddy_stats buddy; /* slabs count here as used                            */
    size_t requested_bytes;   /* what callers hold, to the byte, small objects included */
    size_t nr_slabs;          /* blocks cut up for small objects                     */
    size_t nr_rescue_regions; /* memory beyond HEAP_SPACE                            */
};

struct frame_stats {
    size_t total_frames;
    size_t free_frames;
    struct buddy_stats buddy; /* nr_free[12] counts single free frames, of 2^12 bytes */
};
