/* kernel/thread.h - a thread: registers, and what the scheduler knows of it.
 *
 * There is no kernel stack here: a thread that does not run is only this struct. */
#pragma once

#include "kernel/abi/info.h"
#include "kernel/deadline.h"
#include "kernel/thread_asm.h"
#include "lib/list.h"
#include "lib/status.h"
#include "mm/addr.h"

struct hart;
struct process;

enum thread_state {
    THREAD_READY,          /* in a ready queue, or running             */
    THREAD_SENDING,        /* in an endpoint's queue                   */
    THREAD_RECEIVING,      /* in an endpoint's queue                   */
    THREAD_WAITING,        /* in a notification's queue                */
    THREAD_SLEEPING,       /* in no queue from here on                 */
    THREAD_AWAITING_REPLY, /* its token is with whoever is to answer   */
    THREAD_SUSPENDED,      /* until somebody resumes it                */
    THREAD_ENDED,          /* has not begun, or never runs again       */
};

/* (k) kernel lock   (c) constant after creation   (t) trap.S writes it */
struct thread {
    uint64_t x[32];           /* (t) after a native call only what survives it */
    struct hart *hart;        /* (k) where it runs, or ran last                */
    uint8_t saved;            /* (t) SAVED_ALL or SAVED_NATIVE                 */
    enum thread_state state;  /* (k)                                           */
    struct process *process;  /* (c)                                           */
    struct list process_link; /* (k) in process->threads                       */
    struct object *object;    /* (k) NULL once nobody has a handle to it       */
    void *buffer;             /* (c) its message buffer, a frame               */
    unsigned buffer_index;    /* (c) where the process sees that: thread.c     */
    /* sched.c's */
    uint8_t priority;         /* (k) 0 to 31, the most urgent                  */
    struct list queue_link;   /* (k) in a ready queue, or where it waits       */
    struct deadline deadline; /* (k) of its wait                               */
    uint64_t slice_ticks;     /* (k) how long a turn is                        */
    uint64_t turn_ticks;      /* (k) how long the next one is                  */
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

/* object.c: the last handle has gone. */
void thread_forget(void *thread);

/* Free one that has ended. */
void thread_destroy(struct thread *thread);
