/* user/lib/anycall.h - a native call at random, with arguments that are mostly plausible.
 *
 * Which calls there are, and what each takes, is read from kernel/abi/syscalls.def: a new
 * call needs nothing here.  Who calls may come to any end: it may end itself, wait for
 * ever, unmap what it stands on.   Caller: user/apps/callfuzz.c. */
#pragma once

#include "lib/compiler.h"

/* As syscalls.def names them. */
enum any_type {
    ANY_SYSTEM,
    ANY_PROCESS,
    ANY_THREAD,
    ANY_ENDPOINT,
    ANY_GATE,
    ANY_NOTIFICATION,
    ANY_MEMORY,
    ANY_IRQ,
    ANY_TYPES
};

#define ANY_HANDLES 8

#define ANY_MAP_AT 0x40000000 /* where most of what is mapped goes */

/* What calls are made with: to be filled at first; what they return comes in here too. */
extern uint64_t any_handles[ANY_TYPES][ANY_HANDLES];
extern uint64_t any_entry, any_stack_top; /* of threads that are made */

/* Leave out calls of which it cannot be told how long they take in the kernel. */
extern bool any_is_counted;

struct any_call {
    int64_t number;           /* 0: it was none that may be counted */
    uint64_t nr_instructions; /* the way in and out included       */
};

/* The same `*state` and handles, the same call.  False if it has made none. */
bool any_call(uint64_t *state, struct any_call *out);
