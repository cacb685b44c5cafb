/* kernel/abi/info.h - what the calls that inform write into the caller's memory.
 *
 * Fixed layouts: 64-bit fields only, so no padding could leak kernel bytes or differ
 * between compilers.  Programs are built together with the kernel: a struct may grow. */
#pragma once

#include "mm/stats.h"

/* heap_stats() and frame_stats() fill the structs of mm/stats.h, heap_walk() struct
 * buddy_block of mm/buddy.h. */

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
    uint64_t nr_threads;   /* that have not ended           */
    uint64_t learn_blocks; /* what it holds by heap_alloc() */
    uint64_t learn_bytes;
    char name[PROCESS_NAME_BYTES];
};

enum object_type {
    OBJECT_NONE,
    OBJECT_SYSTEM,
    OBJECT_PROCESS,
    OBJECT_THREAD,
    OBJECT_ENDPOINT,
    OBJECT_GATE,
    OBJECT_NOTIFICATION,
    OBJECT_MEMORY,
    OBJECT_IRQ,
};

enum thread_state {
    THREAD_READY,          /* in a ready queue, or running             */
    THREAD_SENDING,        /* in an endpoint's queue                   */
    THREAD_RECEIVING,      /* in an endpoint's queue                   */
    THREAD_WAITING,        /* in a notification's queue                */
    THREAD_SLEEPING,       /* in no queue from here on                 */
    THREAD_AWAITING_REPLY, /* its token is with whoever is to answer   */
    THREAD_MOVING,         /* ready once its hart has let it go        */
    THREAD_SUSPENDED,      /* has not begun, or was stopped            */
    THREAD_ENDED,          /* never runs again                         */
};

/* object_inspect(): one object; what does not concern its type is 0.  Objects are named
 * by their numbers, processes by their ids, 0 being none. */
struct object_info {
    uint64_t type; /* of enum object_type; OBJECT_NONE: no object has this number */
    uint64_t nr_handles;
    uint64_t process;               /* whose thread it is                              */
    uint64_t state, priority, hart; /* a thread: enum thread_state; hart it ran on last */
    uint64_t waits_for, answerer;   /* a gate, ...; the process that is to answer it   */
    uint64_t used_ns;               /* a thread: for how long it has run               */
    uint64_t endpoint, badge;       /* a gate                                          */
    uint64_t bits;                  /* a notification: those that are set              */
    uint64_t nr_pages;              /* memory                                          */
    uint64_t source, nr_interrupts; /* an irq                                          */
    struct process_info process_info;
};
