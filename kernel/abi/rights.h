/* kernel/abi/rights.h - what a handle allows.  A call names the right that it needs. */
#pragma once

enum rights {
    /* any object */
    RIGHT_COPY = 1 << 0, /* make further handles with the same or fewer rights */
    /* the system */
    RIGHT_LOG = 1 << 1,   /* write to the console                              */
    RIGHT_STATS = 1 << 2, /* counts of the heap and the frames                 */
    RIGHT_WALK = 1 << 3,  /* look at every block of the kernel heap            */
    RIGHT_LEARN = 1 << 4, /* take blocks of the kernel heap (with learn=heap)  */
    /* a process */
    RIGHT_INFO = 1 << 5, /* its name, number, memory in use */
};

#define RIGHTS_OF_PROCESS (RIGHT_COPY | RIGHT_INFO)
#define RIGHTS_OF_WATCHER (RIGHT_STATS | RIGHT_WALK | RIGHT_LEARN)
#define RIGHTS_OF_SYSTEM  (RIGHT_COPY | RIGHT_LOG | RIGHTS_OF_WATCHER)
