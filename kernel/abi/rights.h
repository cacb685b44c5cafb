/* kernel/abi/rights.h - what a handle allows.  A call names the right that it needs. */
#pragma once

enum rights {
    RIGHT_COPY = 1 << 0,  /* any object: make further handles with the same or fewer rights */
    RIGHT_LOG = 1 << 1,   /* system: write to the console                                   */
    RIGHT_STATS = 1 << 2, /* system: counts of the heap and the frames                      */
    RIGHT_WALK = 1 << 3,  /* system: look at every block of the kernel heap                 */
    RIGHT_LEARN = 1 << 4, /* system: take blocks of the kernel heap (boot option learn=heap) */
    RIGHT_INFO = 1 << 5,  /* process: name, number, memory in use                           */
};

#define RIGHTS_OF_SYSTEM (RIGHT_COPY | RIGHT_LOG | RIGHT_STATS | RIGHT_WALK | RIGHT_LEARN)
#define RIGHTS_OF_PROCESS (RIGHT_COPY | RIGHT_INFO)
