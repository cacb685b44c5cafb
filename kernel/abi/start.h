/* kernel/abi/start.h - what a program is born with.
 *
 * It stands near the top of the stack of the first thread, whose sp and a0 point at it.
 * The arguments and the array of pointers to them, with its NULL, are above. */
#pragma once

#include "lib/compiler.h"

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
