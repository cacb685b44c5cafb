/* kernel/process.h - a process: an address space, a table of handles, threads.
 *
 * Its life: process_create(), filled by program.c, its thread made ready (ALIVE); then
 * process_exit() or process_kill() (ENDING: nothing of it runs any more); then
 * process_reap_step() gives everything back, a bounded piece at a time (ENDED); the
 * struct itself, with how it ended, stays until its creator calls process_destroy().
 * Needs: kernel lock, all of it. */
#pragma once

#include "kernel/abi/info.h"
#include "kernel/handle.h"
#include "lib/list.h"
#include "mm/addr.h"

/* Page 0 is never mapped, so that NULL faults; a guard page lies below the stack, and
 * above it room for message buffers.  USER_END is the end of Sv39's lower half. */
#define USER_START       ((uint64_t)0x1000)
#define USER_END         ((uint64_t)0x4000000000)
#define USER_STACK_TOP   (USER_END - 0x10000)
#define USER_STACK_BYTES ((uint64_t)0x10000)
#define USER_IMAGE_END   (USER_STACK_TOP - USER_STACK_BYTES - PAGE_SIZE)

#define PROCESS_FRAMES_MAX 4096 /* quota: 16 MiB of its own pages */

enum process_state { PROCESS_ALIVE, PROCESS_ENDING, PROCESS_ENDED };

/* A block of the kernel heap that the process holds by the call heap_alloc. */
struct learn_block {
    void *block;
    size_t nr_bytes;
};

/* (k) kernel lock   (c) constant after creation   (e) until it is PROCESS_ENDED */
struct process {
    uint64_t satp;                 /* (e)                                      */
    uint64_t id;                   /* (c) for people: it confers nothing       */
    char name[PROCESS_NAME_BYTES]; /* (c) terminated                           */
    paddr_t root;                  /* (e) page table                           */
    struct object *object;         /* (e)                                      */
    struct handle_table handles;   /* (k)                                      */
    struct list threads;           /* (k)                                      */
    struct list reap_link;         /* (k) while PROCESS_ENDING                 */
    enum process_state state;      /* (k)                                      */
    bool was_killed;               /* (k)                                      */
    int64_t exit_code;             /* (k) if it ended by itself                */
    size_t nr_frames;              /* (k) its own pages, tables not counted    */
    uint64_t reap_va;              /* (k) everything below is given back       */
    struct learn_block *learn;     /* (k) LEARN_BLOCKS_MAX of them, or NULL    */
    size_t nr_learn_blocks;        /* (k)                                      */
    size_t learn_bytes;            /* (k)                                      */
    /* process_watch()'s */
    struct notification *watcher; /* (k) a reference to it, or NULL           */
    uint64_t watch_bits;          /* (k) what its end signals there           */
};

/* An empty process with the kernel's half in its page table and one handle to itself and
 * one to the system.  ERR_NO_MEMORY, ERR_FULL (objects); on error nothing is left. */
MUST_CHECK status_t process_create(const char *name, handle_t *self, handle_t *system,
                                   struct process **out);

/* Map a new zeroed frame at page-aligned `va`; `*contents` is where the kernel reaches
 * it.  ERR_QUOTA, ERR_NO_MEMORY, ERR_OVERLAP; `flags` as for sv39_map(). */
MUST_CHECK status_t process_map_frame(struct process *process, uaddr_t va, uint32_t flags,
                                      void **contents);

/* End a process that is alive, by itself or by force; its threads run no more.  Says so
 * on the console: "[kernel] NAME (pid N) exited with code C" or "... killed: REASON". */
void process_exit(struct process *process, int64_t exit_code);
void process_kill(struct process *process, const char *reason);

/* Have the end of the process signal the bits; none: nothing.  ERR_BUSY if it has another
 * watcher. */
MUST_CHECK status_t process_watch(struct process *process,
                                  struct notification *notification, uint64_t bits);

/* A bounded piece of giving back what ended processes had: tests/bench/bounds.txt says
 * how long it may take.  False if there was nothing to do. */
void process_reap_first(void);
extern struct list process_ending; /* process.c's, here only for this */
static inline bool process_reap_step(void) {
    if (LIKELY(list_is_empty(&process_ending)))
        return false;
    process_reap_first();
    return true;
}

/* Free what process_reap_step() leaves.  Only once it is PROCESS_ENDED. */
void process_destroy(struct process *process);

/* Processes that are alive or not yet wholly given back. */
size_t process_count(void);

/* For a process that was never started: end and reap it at once. */
void process_discard(struct process *process);
