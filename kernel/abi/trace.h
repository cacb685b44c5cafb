/* kernel/abi/trace.h - the trace of memory, threads and messages: as records, and text.
 *
 * The boot option trace= makes the kernel write into a ring in RAM: for `heap` and
 * `frames` every allocation, free, split and merge; for `messages` what threads do,
 * every message and every handle.  All three may be asked for at once.  Three read it:
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
 *     trace 1 notes N
 *     trace 1 note SEQ TIME_NS PID THREAD HART NOTE
 *     trace 1 end events=N
 *
 * begin    N event lines follow; M older events (and notes) were overwritten.
 * space    A region of memory that the events below speak of.  With lost=0 that is all
 *          that the buddy got, else it is rounded outwards to 64 KiB.  NAME is heap or
 *          frames; several lines may have one name.  UNIT is the smallest block's size.
 * process  Who is named by a PID; 0 is the kernel.
 * symbol   A function that stacks name.  Only the host's tools write these lines.
 * event    SEQ counts from 0 without gaps.  TIME_NS is since power-on.  PID and HART are
 *          who did it.  STEPS: list nodes or state bytes looked at, 0 for not counted, as
 *          the kernel does.  STACK: return addresses, innermost first, those in the
 *          allocator itself left out, at most six, joined by `;`; or `-`.
 * notes    N note lines follow, among the events, in the order in which all happened.
 *          Without this line there are none: who knows only events may overlook both.
 * note     SEQ counts notes from 0 without gaps.  THREAD is the number of the thread that
 *          it is about, or that did it, PID whose thread or handle that is.
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
 * implies.  (POLICY=firstfit tells only alloc and free, their BYTES rounded up.)
 *
 * NOTE is a word, and then pairs of a key and a value: numbers of objects and processes,
 * labels, statuses without their sign:
 *
 *     made                         a thread, which has not begun
 *     run                          it goes on, on HART, or begins another turn there
 *     ready                        it waits for its turn
 *     sending object N             it waits for somebody to receive, at this gate,
 *     awaiting-reply object N      for the answer through this gate,
 *     receiving object N           for a message at this endpoint,
 *     waiting object N             for this notification, or a thread that it suspends,
 *     sleeping object 0            for the time to come
 *     moving, suspended, ended     it was stopped: to leave its hart, as it is to move;
 *                                  until it is resumed; for good
 *     call gate N label N          it asks, wants an answer (so do faults, and foreign
 *     send gate N label N          calls), or none
 *     receive thread N label N     it gets that from the thread
 *     receive label N              it gets that from the kernel
 *     reply thread N label N       it answers the thread, which gets that at once
 *     done status N                its call ends so, but those that got a message
 *     open TYPE N handle N         the process has one handle more to an object.  If it
 *     close TYPE N handle N        moves in a message: opened there, then closed here
 *     revoke TYPE N handle N       all others to the object have ended */
#pragma once

#include "kernel/abi/info.h"

#define TRACE_MAGIC       "huoban trace 1\n" /* 16 bytes with the NUL */
#define TRACE_CALLERS_MAX 6
#define TRACE_NOTE_BYTES  48

/* As in mm/buddy.h and mm/cache.h, and two more. */
enum trace_event {
    TRACE_ALLOC,
    TRACE_FREE,
    TRACE_SPLIT,
    TRACE_MERGE,
    TRACE_HAVE_FREE,
    TRACE_TAKE,
    TRACE_PUT,
    TRACE_HAVE_USED,
    TRACE_NOTE, /* of no space */
};

/* Of blocks of at least 32 and 4096 bytes; and the notes. */
enum trace_space { TRACE_HEAP, TRACE_FRAMES, TRACE_MESSAGES };

struct trace_record { /* 128 bytes */
    uint64_t sequence;
    uint64_t time_ns;
    uint64_t address; /* of a note: the thread's number */
    uint64_t bytes;
    uint64_t requested_bytes;
    union {
        uint64_t callers[TRACE_CALLERS_MAX]; /* 0 behind the last */
        char note[TRACE_NOTE_BYTES];         /* a string  */
    };
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
