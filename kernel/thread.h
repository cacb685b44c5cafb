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

enum { /* numbers of registers, as x[] has them */
    REGISTER_PC = 0,
    REGISTER_SP = 2,
    REGISTER_A0 = 10,
    REGISTER_A1,
    REGISTER_A2,
    REGISTER_A3,
};

enum thread_state {
    THREAD_READY,    /* in the ready queue, or running */
    THREAD_SLEEPING, /* among the sleepers             */
    THREAD_ENDED,    /* has not begun, or never runs again */
};

struct thread { /* (k) kernel lock; trap.S writes the first three */
    uint64_t x[32];        /* user registers; after a native call only those that survive */
    struct hart *hart;     /* where it runs, or ran last                                  */
    uint8_t saved;         /* SAVED_ALL or SAVED_NATIVE                                   */
    enum thread_state state;
    struct process *process;   /* (c)                              */
    struct list queue_link;    /* in the ready queue or the sleepers */
    struct list process_link;  /* in process->threads              */
    uint64_t wake_at_ns;       /* while THREAD_SLEEPING            */
    uint64_t slice_end_ns;     /* when the running one must give way */
};

/* A thread of `process` that will begin at `entry`, all other registers but sp 0, not yet
 * ready.  ERR_NO_MEMORY.  Freed by thread_destroy(). */
MUST_CHECK status_t thread_create(struct process *process, uaddr_t entry,
                                  uaddr_t stack_top, struct thread **out);

/* Free one that is in no queue and on no hart. */
void thread_destroy(struct thread *thread);
