/* kernel/abi/info.h - what the calls that inform write into the caller's memory.
 *
 * Fixed layouts: 64-bit fields only, so there is no padding that could leak kernel bytes
 * or differ between compilers.  New fields go to the end of a new struct with a new call. */
#pragma once

#include "lib/compiler.h"

#define INFO_ORDERS 48 /* as BUDDY_ORDERS */

struct heap_info { /* heap_stats() */
    uint64_t start;                /* HEAP_SPACE is [start, end)                          */
    uint64_t end;
    uint64_t total_bytes;          /* what there is to give                               */
    uint64_t used_bytes;           /* blocks given, slabs included                        */
    uint64_t requested_bytes;      /* what callers asked for, small objects included      */
    uint64_t largest_free_bytes;   /* a request of this size succeeds                     */
    uint64_t fragmentation_percent; /* of the free bytes, those not in the largest block  */
    uint64_t nr_slabs;             /* blocks cut up for small objects                     */
    uint64_t nr_rescue_regions;    /* memory beyond HEAP_SPACE                            */
    uint64_t nr_free[INFO_ORDERS]; /* free blocks of each order, as in /proc/buddyinfo    */
};

struct frame_info { /* frame_stats() */
    uint64_t total_frames;
    uint64_t free_frames;
    uint64_t largest_free_frames;
    uint64_t nr_free[INFO_ORDERS]; /* order 12 is one frame                               */
};

enum heap_block_kind { HEAP_BLOCK_FREE, HEAP_BLOCK_USED, HEAP_BLOCK_SLAB };

struct heap_block { /* heap_walk() */
    uint64_t address;
    uint64_t block_bytes;
    uint64_t requested_bytes; /* 0 when free */
    uint64_t kind;            /* of enum heap_block_kind */
};

#define PROCESS_NAME_BYTES 32

struct process_info { /* process_inspect() */
    uint64_t id;
    uint64_t nr_frames;       /* of its own pages                            */
    uint64_t nr_handles;
    uint64_t learn_blocks;    /* blocks it holds by heap_alloc(), their bytes */
    uint64_t learn_bytes;
    char name[PROCESS_NAME_BYTES];
};
