/* kernel/thread.h - a thread: registers, and what the scheduler knows of it.
 *
 * There is no kernel stack here: a thread that does not run is only this struct. */
#pragma once

#include "kernel/abi/info.h"
#include "kernel/deadline.h"
#include "lib/list.h"
#include "lib/status.h"
#include "mm/addr.h"

struct fpu_state;
struct hart;
struct message_buffer;
struct object;
struct process;

/* Which registers count, and so how trap.S goes on. */
enum saved {
    SAVED_ALL,
    SAVED_NATIVE,       /* what survives a native call, a0 and a1        */
    SAVED_MESSAGE = -1, /* those, and what a message brings: a2 to a6, t0 to t2 */
};

/* Whom a message of the kernel's goes to; holds a reference to the gate. */
struct handler {
    struct object *gate; /* or NULL */
    uint32_t epoch;      /* the gate's when it was set */
};

/* (k) kernel lock   (c) constant after creation   (t) trap.S writes it */
struct thread {
    /* places.def has the places of these for trap.S and fastpath.S */
    uint64_t x[32];                 /* (t) after a native call only what survives it */
    struct hart *hart;              /* (k) where it is queued, runs, or was last     */
    int8_t saved;                   /* (t) of enum saved                             */
    uint8_t state;                  /* (k) of enum thread_state                      */
    uint8_t slow;                   /* (k) of enum slow, and enum ask                */
    uint8_t priority;               /* (k) 0 to 31, the most urgent                  */
    struct process *process;        /* (c)                                           */
    struct list queue_link;         /* (k) in a ready queue, or where it waits       */
    uint64_t token;                 /* (k) of its last call                          */
    const struct process *answerer; /* (k) who must answer that; NULL: nobody        */
    uint64_t tag;                   /* (k) of what it sends, or how much it takes    */
    struct message_buffer *buffer;  /* (c) where the kernel reaches it               */
    struct handler fault_handler;   /* (k) who hears of its faults                   */
    uint64_t fault_kind;            /* (k) its last: scause                          */
    uint64_t fault_address;         /* (k) and stval                                 */
    struct fpu_state *fpu;          /* (k) NULL until it uses floating point         */
    uint64_t endpoint_id;           /* (k) where its last call was received          */
    /* the rest */
    struct list process_link; /* (k) in process->threads                       */
    struct object *object;    /* (c) which it refers to itself                 */
    unsigned buffer_index;    /* (c) where the process sees its buffer         */
    /* message.c's */
    struct object *gate;            /* (k) that it sends through, or waits for      */
    struct handler syscall_handler; /* (k) who hears of calls that are not native    */
    /* sched.c's */
    struct deadline deadline; /* (k) of its wait                               */
    uint64_t slice_ticks;     /* (k) how long a turn is                        */
    uint64_t turn_ticks;      /* (k) how long the next one is                  */
    uint64_t used_ticks;      /* (k) how long it has run: sched_charge()       */
    uint32_t affinity;        /* (k) harts that it may run on, by index        */
};

/* A thread of `process`, THREAD_SUSPENDED, that will begin at `entry` with `argument` in
 * a0 and the address of its message buffer in tp, all other registers but sp 0; and one
 * reference to its object for the caller.  ERR_FULL (THREADS_A_PROCESS_MAX, objects),
 * ERR_QUOTA, ERR_NO_MEMORY.  It stays until it ends, with or without handles. */
MUST_CHECK status_t thread_create(struct process *process, uaddr_t entry,
                                  uaddr_t stack_top, uint64_t argument,
                                  struct thread **out);

/* It runs no more; if it was the last, the process ends. */
void thread_end(struct thread *thread);

/* Free one that has ended. */
void thread_destroy(struct thread *thread);
