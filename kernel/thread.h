/* kernel/thread.h - a thread: registers, and what the scheduler knows of it.
 *
 * There is no kernel stack here: a thread that does not run is only this struct. */
#pragma once

#include "kernel/thread_asm.h"
#include "lib/list.h"
#include "lib/status.h"
#include "mm/addr.h"

struct hart;
struct process;

/* Numbers of registers, as x[] has them; x0 is always 0, so its place holds the pc. */
enum { REGISTER_PC = 0, REGISTER_SP = 2, REGISTER_A0 = 10 };

enum thread_state {
    THREAD_READY,    /* in the ready queue, or running   */
    THREAD_SLEEPING, /* among the sleepers               */
    THREAD_ENDED,    /* has not begun, or never runs again */
};

/* (k) kernel lock   (c) constant after creation   (t) trap.S writes it */
struct thread {
    uint64_t x[32];           /* (t) after a native call only what survives it */
    struct hart *hart;        /* (k) where it runs, or ran last                */
    uint8_t saved;            /* (t) SAVED_ALL or SAVED_NATIVE                 */
    enum thread_state state;  /* (k)                                           */
    struct process *process;  /* (c)                                           */
    struct list queue_link;   /* (k) in the ready queue or the sleepers        */
    struct list process_link; /* (k) in process->threads                       */
    uint64_t wake_at_ns;      /* (k) while THREAD_SLEEPING                     */
};

/* A thread of `process` that will begin at `entry`, all other registers but sp 0, not yet
 * ready.  ERR_NO_MEMORY.  Freed by thread_destroy(). */
MUST_CHECK status_t thread_create(struct process *process, uaddr_t entry,
                                  uaddr_t stack_top, struct thread **out);

/* Free one that is in no queue and on no hart. */
void thread_destroy(struct thread *thread);
