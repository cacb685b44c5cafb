/* kernel/thread.h - a thread: registers, and what the scheduler knows of it.
 *
 * There is no kernel stack here: a thread that does not run is only this struct. */
#pragma once

#include "kernel/deadline.h"
#include "kernel/thread_asm.h"
#include "lib/list.h"
#include "lib/status.h"
#include "mm/addr.h"

struct hart;
struct process;

/* Numbers of registers, as x[] has them; x0 is always 0, so its place holds the pc. */
enum { REGISTER_PC = 0, REGISTER_SP = 2, REGISTER_A0 = 10 };

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
    /* sched.c's */
    uint8_t priority;         /* (k) 0 to 31, the most urgent                  */
    struct list queue_link;   /* (k) in a ready queue, or where it waits       */
    struct deadline deadline; /* (k) of its wait                               */
    uint64_t slice_ticks;     /* (k) how long a turn is                        */
    uint64_t turn_ticks;      /* (k) how long the next one is                  */
};

/* A thread of `process` that will begin at `entry`, all other registers but sp 0, not yet
 * ready.  ERR_NO_MEMORY.  Freed by thread_destroy(). */
MUST_CHECK status_t thread_create(struct process *process, uaddr_t entry,
                                  uaddr_t stack_top, struct thread **out);

/* Free one that is in no queue and on no hart. */
void thread_destroy(struct thread *thread);
