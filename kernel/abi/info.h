/* kernel/abi/info.h - what the calls that inform write into the caller's memory.
 *
 * Fixed layouts: 64-bit fields only, so no padding could leak kernel bytes or differ
 * between compilers.  A new field means a new struct and a new call. */
#pragma once

#include "lib/compiler.h"

#define INFO_ORDERS 48 /* as BUDDY_ORDERS */

/* heap_stats(): HEAP_SPACE is [start, end), a block of largest_free_bytes can be had,
 * fragmentation is the part of the free bytes outside of that block, and nr_free[k]
 * counts the free blocks of 2^k bytes, as in /proc/buddyinfo. */
struct heap_info {
    uint64_t start;
    uint64_t end;
    uint64_t total_bytes;     /* what there is to give                          */
    uint64_t used_bytes;      /* blocks given, slabs included                   */
    uint64_t requested_bytes; /* what callers asked for, small objects included */
    uint64_t largest_free_bytes;
    uint64_t fragmentation_percent;
    uint64_t nr_slabs;          /* blocks cut up for small objects */
    uint64_t nr_rescue_regions; /* memory beyond HEAP_SPACE        */
    uint64_t nr_free[INFO_ORDERS];
};

/* frame_stats(): nr_free[12] counts single free frames, of 2^12 bytes. */
struct frame_info {
    uint64_t total_frames;
    uint64_t free_frames;
    uint64_t largest_free_frames;
    uint64_t nr_free[INFO_ORDERS];
};

enum heap_block_kind { HEAP_BLOCK_FREE, HEAP_BLOCK_USED, HEAP_BLOCK_SLAB };

/* heap_walk() */
struct heap_block {
    uint64_t address;
    uint64_t block_bytes;
    uint64_t requested_bytes; /* 0 when free             */
    uint64_t kind;            /* of enum heap_block_kind */
};

/* thread_read_registers(), thread_write_registers().  Numbers are those of the hardware,
 * but x0 is always 0, so its place holds the pc. */
enum {
    REGISTER_PC = 0,
    REGISTER_SP = 2,
    REGISTER_TP = 4,
    REGISTER_T0 = 5,
    REGISTER_T1 = 6,
    REGISTER_T2 = 7,
    REGISTER_A0 = 10,
    REGISTER_A1 = 11,
    REGISTER_A2 = 12,
    REGISTER_A7 = 17,
};

struct thread_registers {
    uint64_t x[32];
};

#define PROCESS_NAME_BYTES 32

/* process_inspect() */
struct process_info {
    uint64_t id;
    uint64_t nr_frames;  /* that it pays for, and what it gave its children   */
    uint64_t max_frames; /* its quota                                         */
    uint64_t heap_bytes; /* of the kernel heap, in the same way               */
    uint64_t max_heap_bytes;
    uint64_t nr_handles;
    uint64_t learn_blocks; /* what it holds by heap_alloc() */
    uint64_t learn_bytes;
    char name[PROCESS_NAME_BYTES];
};
