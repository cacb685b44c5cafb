/* kernel/abi/trace.h - the trace of the heap and the frames: as records, and as text.
 *
 * The boot option trace=heap (or trace=frames, or trace=heap,frames) makes the kernel
 * write down every allocation, free, split and merge in a ring in RAM.  Three read it:
 *
 *     a program    by the call trace_read(); the program `trace` prints the text
 *     the host     from QEMU's memory, also after a hang or a panic: tools/trace
 *     gdb          the command `heap trace`
 *
 * The ring is a struct trace_ring at the start of a page.  Event number n is in
 * records[n % nr_records].  The events [nr_events - nr_records, nr_events) are there,
 * older ones are overwritten.  An event is written before nr_events counts it, and its
 * `sequence` is checked by readers that cannot take the kernel's lock.
 *
 * The text, version 1.  One item a line; other lines may stand between and are ignored;
 * numbers are decimal, addresses hexadecimal with 0x:
 *
 *     trace 1 begin events=N lost=M
 *     trace 1 space NAME START END UNIT
 *     trace 1 process PID NAME
 *     trace 1 symbol START END NAME
 *     trace 1 event SEQ TIME_NS EVENT SPACE ADDRESS BYTES REQUESTED PID HART STEPS STACK
 *     trace 1 end events=N
 *
 * begin    N event lines follow; M older events were overwritten.
 * space    A region of memory that the events below speak of.  With lost=0 that is all
 *          that the buddy got, else it is rounded outwards to 64 KiB.  NAME is heap or
 *          frames; several lines may have one name.  UNIT is the smallest block's size.
 * process  Who is named by a PID; 0 is the kernel.
 * symbol   A function that stacks name.  Only the host's tools write these lines.
 * event    SEQ counts from 0 without gaps.  TIME_NS is since power-on.  PID and HART are
 *          who did it.  STEPS: list nodes or state bytes looked at, 0 for not counted, as
 *          the kernel does.  STACK: return addresses, innermost first, those in the
 *          allocator itself left out, at most six, joined by `;`; or `-`.
 *
 * EVENT is one of
 *
 *     have-free, have-used  a block that was there when the trace began: a snapshot, in
 *                           address order.  Later, have-free is a block of a region that
 *                           the buddy gets (the heap grows): what was known of its bytes
 *                           before is void
 *     alloc, free           a block: BYTES is its size, REQUESTED what was asked for (in
 *                           debug builds with the guard, 16 bytes more)
 *     split                 a free block of BYTES becomes two: at ADDRESS, and half of
 *                           BYTES behind it
 *     merge                 two free blocks become one of BYTES at ADDRESS
 *     take, put             an object of BYTES in a slab, a block in use of 4096 bytes
 *
 * A run of frames is told frame by frame: splits down to single frames and an alloc for
 * each; a free for each, and its merges.  So the events of a space, replayed from its
 * snapshot, give its blocks exactly.  A region that the heap returns is not told: its
 * blocks stay free there until have-free speaks of them again; in `frames` they are
 * freed.  If M > 0 the snapshot may be gone: a reader takes what a block's first event
 * implies.  (POLICY=firstfit tells only alloc and free, their BYTES rounded up.) */
#pragma once

#include "kernel/abi/info.h"

#define TRACE_MAGIC       "huoban trace 1\n" /* 16 bytes with the NUL */
#define TRACE_CALLERS_MAX 6

/* As in mm/buddy.h and mm/cache.h, and one more. */
enum trace_event {
    TRACE_ALLOC,
    TRACE_FREE,
    TRACE_SPLIT,
    TRACE_MERGE,
    TRACE_HAVE_FREE,
    TRACE_TAKE,
    TRACE_PUT,
    TRACE_HAVE_USED,
};

/* Of blocks of at least 32 and 4096 bytes. */
enum trace_space { TRACE_HEAP, TRACE_FRAMES };

struct trace_record { /* 128 bytes */
    uint64_t sequence;
    uint64_t time_ns;
    uint64_t address;
    uint64_t bytes;
    uint64_t requested_bytes;
    uint64_t callers[TRACE_CALLERS_MAX]; /* 0 behind the last */
    char process_name[PROCESS_NAME_BYTES];
    uint32_t process; /* id; 0: the kernel */
    uint8_t hart;     /* index */
    uint8_t event;    /* of enum trace_event */
    uint8_t space;    /* of enum trace_space */
    uint8_t zero;
};

struct trace_ring {
    char magic[16];
    uint64_t self;         /* the address that the kernel knows it by */
    uint64_t record_bytes; /* sizeof(struct trace_record)             */
    uint64_t nr_records;   /* how many there is room for              */
    uint64_t nr_events;    /* so far; the next one's number           */
    uint64_t spaces;       /* 1 << TRACE_HEAP and the like: traced    */
    struct trace_record records[];
};
