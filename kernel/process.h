/* kernel/process.h - a process: an address space, a table of handles, threads, a quota.
 *
 * Its life: process_create(), filled by whoever made it, its threads made ready (ALIVE);
 * then process_exit() or process_kill(), or its last handle goes (ENDING: nothing of it
 * runs any more); then reap.c gives everything back, a bounded piece at a time (ENDED).
 * The struct itself, with how it ended, stays until nobody has a handle to it, and until
 * nothing that it pays for is left.
 * Needs: kernel lock, all of it. */
#pragma once

#include "kernel/abi/addresses.h"
#include "kernel/abi/info.h"
#include "kernel/handle.h"
#include "kernel/reap.h"
#include "kernel/smp.h"
#include "lib/list.h"
#include "mm/addr.h"

enum process_state { PROCESS_ALIVE, PROCESS_ENDING, PROCESS_ENDED };

/* A block of the kernel heap that the process holds by the call heap_alloc. */
struct learn_block {
    void *block;
    size_t nr_bytes;
};

/* Frames: its own pages, tables, buffers.  Bytes of the kernel heap: the bodies of what
 * it made.  Both count what it has promised to its children as well. */
struct quota {
    size_t nr_frames;
    size_t heap_bytes;
};

/* (k) kernel lock   (c) constant after creation   (e) until it is PROCESS_ENDED */
struct process {
    uint64_t satp;                 /* (e) while it runs somewhere              */
    struct handle_table handles;   /* (k) fastpath.S reads it                  */
    uint64_t spaces[HARTS_MAX];    /* (k) what each hart makes satp: space.h   */
    uint64_t id;                   /* (c) for people: it confers nothing       */
    char name[PROCESS_NAME_BYTES]; /* (c) terminated                           */
    paddr_t root;                  /* (e) page table                           */
    struct object *object;         /* (k) NULL once nobody has a handle to it  */
    struct list threads;           /* (k) those that have ended in front       */
    size_t nr_threads;             /* (k) that have not ended                  */
    struct reap_item reap;         /* (k)                                      */
    bool is_reaped;                /* (k) it is in the list of reap.c          */
    enum process_state state;      /* (k)                                      */
    bool was_killed;               /* (k)                                      */
    uint32_t abandoned_slots;      /* (k) below, none waits for its answers    */
    int64_t exit_code;             /* (k) of one killed: its fault, 0: none    */
    struct quota limit, used;      /* (k)                                      */
    struct process *creator;       /* (k) who gave the limit; NULL: the kernel */
    struct list children;          /* (k)                                      */
    struct list child_link;        /* (k)                                      */
    struct list mappings;          /* (k) by address: mapping.h                */
    size_t nr_mappings;            /* (k)                                      */
    uint64_t buffers_used[THREADS_A_PROCESS_MAX / 64]; /* (k) a bit each       */
    struct learn_block *learn; /* (k) LEARN_BLOCKS_MAX of them, or NULL    */
    size_t nr_learn_blocks;    /* (k)                                      */
    size_t learn_bytes;        /* (k)                                      */
    /* process_watch()'s */
    struct notification *watcher; /* (k) a reference to it, or NULL           */
    uint64_t watch_bits;          /* (k) what its end signals there           */
};

/* An empty process with the kernel's half in its page table, and one reference to its
 * object for the caller.  `limit` is taken from the creator's (NULL: from nobody's).
 * ERR_QUOTA, ERR_NO_MEMORY, ERR_FULL (objects); on error nothing is left. */
MUST_CHECK status_t process_create(const char *name, struct process *creator,
                                   struct quota limit, struct process **out);

/* Count frames and bytes of the kernel heap, or ERR_QUOTA and nothing is counted.  Who
 * pays may have ended before what it pays for does.  NULL pays for anything. */
MUST_CHECK status_t process_charge(struct process *process, size_t nr_frames,
                                   size_t heap_bytes);
void process_uncharge(struct process *process, size_t nr_frames, size_t heap_bytes);

/* A frame that is paid for, and back.  ERR_QUOTA, ERR_NO_MEMORY. */
MUST_CHECK status_t process_take_frame(struct process *process, paddr_t *frame);
void process_give_frame(struct process *process, paddr_t frame);

/* kzalloc() and kfree() that are paid for.  ERR_QUOTA, ERR_NO_MEMORY. */
MUST_CHECK status_t process_kzalloc(struct process *process, size_t nr_bytes, void **out);
void process_kfree(struct process *process, void *block, size_t nr_bytes);

/* End a process that is alive, by itself or by force; its threads run no more.  Says so
 * on the console: "[kernel] NAME (pid N) exited with code C" or "... killed: REASON"; not
 * of one that the kernel made, as init, and that exits with 0. */
void process_exit(struct process *process, int64_t exit_code);
void process_kill(struct process *process, const char *reason);

/* No thread of one that is ENDING runs on this hart any more: if none runs anywhere, it
 * is taken apart from now on. */
void process_left(struct process *process);

/* One of its threads has ended: it is to be freed, when none is left the process ends. */
void process_thread_ended(struct process *process);

/* object.c: the last handle has gone, which is the end of one that is alive. */
void process_forget(void *process);

/* Processes that are alive, and whether anything is not yet wholly given back. */
size_t process_count(void);

/* For a process that was never started: end and reap it at once. */
void process_discard(struct process *process);
