/* kernel/smp.h - the harts: who am I, run this over there, one at a time.
 *
 * In the kernel, register tp holds the running hart's `struct hart *`.  Hart index 0 is
 * the one that booted, whatever its id.  Each hart has a stack of 16 KiB with an
 * unmapped guard page below it, and an emergency stack (guarded too) for traps out of
 * the kernel itself.  Order of locks: kernel, heap, frames, trace, console. */
#pragma once

#include "lib/list.h"

struct boot_info;
struct tas_lock;
struct thread;

#define HARTS_MAX             8
#define PRIORITIES            32 /* 31 is the most urgent */
#define STACK_BYTES           ((size_t)16384)
#define EMERGENCY_STACK_BYTES ((size_t)8192)
#define STACK_GUARD_BYTES     ((size_t)4096)

typedef void smp_call_fn(void *argument);

/* (c) constant after smp_init()   (own) touched by this hart alone   (a) atomic
 * (k) kernel lock */
struct hart {
    struct list ready[PRIORITIES]; /* (k) threads that wait for their turn: sched.c, S2 */
    struct thread *thread;         /* (own) whose registers a trap saves, or NULL  */
    uintptr_t stack_top;           /* (c) */
    uintptr_t emergency_stack_top; /* (c) */
    uint64_t trap_scratch[2];      /* (own) trap.S keeps registers here till it has sp */
    uint64_t id;                   /* (c) the number that SBI knows it by          */
    uint32_t ready_bits;           /* (k) sched.c: S2                              */
    uint32_t index;                /* (c) its place in harts[]                     */
    uint64_t space_place;          /* (c) of its entry of `spaces` in a process    */
    _Atomic uint32_t is_online;    /* (a) it waits for calls, or runs threads      */
    uint32_t nr_ready;             /* (k) how many threads are in ready[]          */
    smp_call_fn *_Atomic call;     /* (a) what it is asked to run; NULL when done  */
    void *call_argument;           /* written before `call`                        */
    uint64_t plic_context;         /* (c) for irq.c: of its S-mode, or BOOT_NO_CONTEXT */
    /* sched.c's */
    uint64_t turn_end_ticks; /* (k) of the thread that runs, by the timebase */
    uint64_t timer_ticks;    /* (k) what this hart's timer is set to         */
    uint64_t charged_ticks;  /* (k) until when threads have been charged     */
    struct list stoppers;    /* (k) threads that wait for its next nudge     */
};

extern struct hart harts[HARTS_MAX];
extern uint32_t nr_harts; /* (c) how many of harts[] there are; is_online: which run */

/* A name for the register, so that what it points at is reached without a move. */
register struct hart *hart_tp __asm__("tp");

static inline struct hart *hart_current(void) {
    return hart_tp;
}

/* The one lock of the kernel: traps take it on the way in and drop it on the way out.
 * Not for the heap, the frames and the console, which have their own.  It keeps no order:
 * one that does hands over to a certain hart, and where harts share the processors of a
 * host, that one does not run just then.  (Measured with 4 harts on two busy processors:
 * some 50 times a second.) */
void kernel_lock(void);
void kernel_unlock(void);
void smp_relax(void); /* in a loop that waits for another hart, but not for a nudge */
extern struct tas_lock the_kernel_lock; /* for trap.S */

/* The first thing of all: harts[0] is the caller. */
void smp_init_boot_hart(uint64_t id);

/* Fill the rest of harts[] from the device tree. */
void smp_init(const struct boot_info *bi);

/* Start every other hart and wait until it is online or has failed; logs which. */
void smp_start_others(void);

/* Have every other online hart run `function`, without waiting: it shows NULL in `call`
 * when it is done.  One caller at a time; a function that does not return is the last. */
void smp_call(smp_call_fn *function, void *argument);

/* A software interrupt for another hart: something has changed.  It stays pending until
 * that hart clears it. */
void smp_nudge(const struct hart *hart);

/* The stacks lie in .bss, one slot a hart: guard, stack, guard, emergency stack. */
#define STACK_SLOT_BYTES                                                                 \
    (STACK_GUARD_BYTES + STACK_BYTES + STACK_GUARD_BYTES + EMERGENCY_STACK_BYTES)
uintptr_t stack_slot(uint32_t index); /* the slot's first address: its lower guard page */
