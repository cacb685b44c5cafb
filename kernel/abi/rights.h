/* kernel/abi/rights.h - what a handle allows.  A call names the right that it needs.
 *
 * A bit means one thing for one type of object; other types use it for something else.
 * The first two mean the same for all; RIGHT_RECEIVE and RIGHT_CALL no other type has, so
 * that whoever finds one of them has found the type (kernel/fastpath.S does). */
#pragma once

enum rights {
    /* any object */
    RIGHT_COPY = 1 << 0,   /* make further handles with the same or fewer rights */
    RIGHT_REVOKE = 1 << 1, /* end every other handle to it                       */
    /* the system */
    RIGHT_LOG = 1 << 2,      /* write to the console                              */
    RIGHT_STATS = 1 << 3,    /* counts of the heap and the frames                 */
    RIGHT_WALK = 1 << 4,     /* look at every block of the kernel heap            */
    RIGHT_LEARN = 1 << 5,    /* take blocks of the kernel heap (with learn=heap)  */
    RIGHT_DEVICE = 1 << 6,   /* physical memory and interrupts of devices         */
    RIGHT_POWER = 1 << 7,    /* turn the machine off                              */
    RIGHT_ALLOW_WX = 1 << 8, /* make handles to memory with RIGHT_WX            */
    /* a process, a thread, an interrupt */
    RIGHT_INFO = 1 << 2,   /* its name, number, memory in use                    */
    RIGHT_MANAGE = 1 << 3, /* give to it, map, watch, start, stop, end it        */
    /* a process */
    RIGHT_READ = 1 << 4,  /* its memory */
    RIGHT_WRITE = 1 << 5, /* its memory */
    /* an endpoint */
    RIGHT_RECEIVE = 1 << 9,
    RIGHT_GATE = 1 << 3, /* make gates to it */
    /* a gate */
    RIGHT_SEND = 1 << 2,
    RIGHT_CALL = 1 << 10,
    /* a notification */
    RIGHT_SIGNAL = 1 << 2,
    RIGHT_WAIT = 1 << 3,
    /* memory */
    RIGHT_MAP_READ = 1 << 2,
    RIGHT_MAP_WRITE = 1 << 3,
    RIGHT_MAP_EXECUTE = 1 << 4,
    RIGHT_WX = 1 << 5,  /* writable and executable at once */
    RIGHT_DMA = 1 << 6, /* know its physical addresses     */
};

#define RIGHTS_OF_ANY     (RIGHT_COPY | RIGHT_REVOKE)
#define RIGHTS_OF_WATCHER (RIGHT_STATS | RIGHT_WALK | RIGHT_LEARN)
#define RIGHTS_OF_SYSTEM  (RIGHT_COPY | RIGHT_LOG | RIGHTS_OF_WATCHER)
#define RIGHTS_OF_INIT    (RIGHTS_OF_SYSTEM | RIGHT_DEVICE | RIGHT_POWER | RIGHT_ALLOW_WX)
#define RIGHTS_OF_PROCESS                                                                \
    (RIGHTS_OF_ANY | RIGHT_INFO | RIGHT_MANAGE | RIGHT_READ | RIGHT_WRITE)
#define RIGHTS_OF_THREAD       (RIGHTS_OF_ANY | RIGHT_INFO | RIGHT_MANAGE)
#define RIGHTS_OF_ENDPOINT     (RIGHTS_OF_ANY | RIGHT_RECEIVE | RIGHT_GATE)
#define RIGHTS_OF_GATE         (RIGHTS_OF_ANY | RIGHT_SEND | RIGHT_CALL)
#define RIGHTS_OF_NOTIFICATION (RIGHTS_OF_ANY | RIGHT_SIGNAL | RIGHT_WAIT)
#define RIGHTS_OF_MEMORY                                                                 \
    (RIGHTS_OF_ANY | RIGHT_MAP_READ | RIGHT_MAP_WRITE | RIGHT_MAP_EXECUTE)
#define RIGHTS_OF_IRQ (RIGHTS_OF_ANY | RIGHT_MANAGE)
