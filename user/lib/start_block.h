/* user/lib/start_block.h - what a program is born with, and where: what who loads it and
 * its start agree on (user/lib/loader.c, user/lib/start.c).
 *
 * It stands near the top of the stack of the first thread, whose sp and a0 point at it.
 * The arguments and the array of pointers to them, with its NULL, are above.  The kernel
 * knows nothing of it: init gets what is in kernel/abi/flat.h. */
#pragma once

#include "kernel/abi/addresses.h"

#define USER_STACK_TOP   (USER_END - 0x200000)
#define USER_STACK_BYTES ((uint64_t)0x10000)

/* Below the stack is a guard page, and below that room for the program. */
#define USER_IMAGE_END (USER_STACK_TOP - USER_STACK_BYTES - USER_PAGE_BYTES)

#define START_GATES 3

struct start_block {  /* aligned to 16, as sp is */
    uint64_t system;  /* a handle to the system                                      */
    uint64_t process; /* a handle to the program's own process                       */
    uint64_t argc;
    uint64_t argv;    /* the address of the array                                    */
    uint64_t console; /* a gate to the console, or 0: what it prints goes to the log */
    /* Only who is to have them has these, others 0: */
    uint64_t endpoint; /* a server's, where its clients' messages arrive        */
    uint64_t
        gates[START_GATES]; /* to other servers, as etc/init names them              */
    uint64_t initrd;        /* a handle to memory to be read                         */
    uint64_t initrd_offset; /* where in it the archive begins                        */
    uint64_t initrd_bytes;
    uint64_t pager; /* the gate that hears of its threads' faults: user/lib/pager.h */
    uint64_t zero;
};
