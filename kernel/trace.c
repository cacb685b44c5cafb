/* kernel/trace.c - see trace.h.
 *
 * The hook runs on any hart under the heap's or the frames' lock.  The ring has a lock of
 * its own, held while one record is copied; the order of locks is kernel, heap, frames,
 * ring, console.  So the events of a space stand in the ring in the order they came.
 * Invariant R1: a record is whole before nr_events counts it, for those who read RAM. */
#include "kernel/trace.h"

#include "kernel/backtrace.h"
#include "kernel/log.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"
#include "lib/items.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/heap.h"

LOG_MODULE("trace");

extern const char eallocator[]; /* linker.ld: the allocators and this file end there */

static struct tas_lock lock;    /* for what is in the ring */
static struct trace_ring *ring; /* changed while all others rest; NULL: no trace */
bool trace_has_notes;
char trace_text[TRACE_NOTE_BYTES];

const char *const trace_states[] = {"ready",   "sending",   "receiving",
                                    "waiting", "sleeping",  "awaiting-reply",
                                    "moving",  "suspended", "ended"};
const char *const trace_types[] = {"none",         "system",   "process",
                                   "thread",       "endpoint", "gate",
                                   "notification", "memory",   "irq"};

/* ---- writing ---- */

static void append(struct trace_record *r, const struct process *process) {
    r->time_ns = timer_now_ns();
    r->hart = (uint8_t)hart_current()->index;
    if (process != NULL) {
        r->process = (uint32_t)process->id;
        memcpy(r->process_name, process->name, PROCESS_NAME_BYTES);
    }
    tas_acquire(&lock);
    r->sequence = ring->nr_events;
    ring->records[r->sequence % ring->nr_records] = *r;
    __atomic_store_n(&ring->nr_events, r->sequence + 1, __ATOMIC_RELEASE); /* R1 */
    tas_release(&lock);
}

/* `context` is the space. */
static void record(void *context, enum trace_event event, uintptr_t address,
                   size_t nr_bytes, size_t requested_bytes) {
    const struct thread *self = hart_current()->thread;
    struct trace_record r = {
        .address = address,
        .bytes = nr_bytes,
        .requested_bytes = requested_bytes,
        .event = (uint8_t)event,
        .space = (uint8_t)(uintptr_t)context,
    };
    backtrace_collect((uintptr_t)__builtin_frame_address(0), (uintptr_t)eallocator,
                      r.callers, TRACE_CALLERS_MAX);
    append(&r, self == NULL ? NULL : self->process);
}

void trace_take_note(const struct process *process, const struct thread *thread) {
    struct trace_record r = {.event = TRACE_NOTE, .space = TRACE_MESSAGES};
    r.address = thread == NULL ? 0 : object_number(thread->object);
    memcpy(r.note, trace_text, sizeof(r.note));
    append(&r, process);
}

_Static_assert((int)TRACE_PUT == (int)CACHE_PUT, "mm's events are the first here");

static void on_event(void *context, enum buddy_event event, const void *block,
                     unsigned order, size_t requested_bytes) {
    bool is_object = (int)event >= CACHE_TAKE;
    record(context, (enum trace_event)event, (uintptr_t)block,
           is_object ? slab_around(block)->object_bytes : (size_t)1 << order,
           requested_bytes);
}

static bool on_snapshot(void *context, const struct buddy_block *block) {
    record(context, block->kind == BUDDY_KIND_FREE ? TRACE_HAVE_FREE : TRACE_HAVE_USED,
           block->address, block->block_bytes, block->requested_bytes);
    return true;
}

/* ---- on and off ---- */

struct trace_ring *trace_ring_make(void *memory, size_t nr_bytes, uint64_t spaces) {
    struct trace_ring *made = memory;
    *made = (struct trace_ring){
        .magic = TRACE_MAGIC,
        .self = (uintptr_t)made,
        .record_bytes = sizeof(struct trace_record),
        .nr_records = (nr_bytes - sizeof(*made)) / sizeof(struct trace_record),
        .spaces = spaces,
    };
    return made;
}

struct trace_ring *trace_switch(struct trace_ring *to) {
    struct trace_ring *from = ring;
    uint64_t spaces = to == NULL ? 0 : to->spaces;
    heap_set_trace(NULL, NULL, NULL);
    frame_set_trace(NULL, NULL, NULL);
    ring = to;
    if (spaces & 1 << TRACE_HEAP)
        heap_set_trace(on_event, on_snapshot, (void *)TRACE_HEAP);
    if (spaces & 1 << TRACE_FRAMES)
        frame_set_trace(on_event, on_snapshot, (void *)TRACE_FRAMES);
    return from;
}

void trace_begin_notes(void) {
    trace_has_notes = ring != NULL && (ring->spaces & 1 << TRACE_MESSAGES) != 0;
}

/* 1M to 64M; 0 for anything else. */
static size_t parse_mib(const char *text) {
    size_t nr_mib = 0;
    while (*text >= '0' && *text <= '9' && nr_mib <= TRACE_RING_MIB_MOST)
        nr_mib = nr_mib * 10 + (size_t)(*text++ - '0');
    return strcmp(text, "M") == 0 && nr_mib <= TRACE_RING_MIB_MOST ? nr_mib : 0;
}

void trace_init(const char *option) {
    static const char *const names[] = {"heap", "frames", "messages"}; /* trace_space */
    const char *at = option;
    size_t nr_mib = TRACE_RING_MIB;
    uint64_t spaces = 0;
    char item[16], separator;
    while (nr_mib != 0 && items_next(&at, item, sizeof(item), &separator)) {
        uint64_t before = spaces;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
            spaces |= (uint64_t)(strcmp(item, names[i]) == 0) << i;
        if (spaces == before)
            nr_mib = parse_mib(item);
    }
    paddr_t run;
    if (spaces != 0 && nr_mib != 0 &&
        frame_alloc_run(nr_mib << 20 >> PAGE_SHIFT, 0, &run) == OK)
        trace_switch(trace_ring_make(phys_to_virt(run), nr_mib << 20, spaces));
    else if (*option != '\0')
        log_warn("trace=%s: no trace; it is heap, frames, messages, some or all, and, if "
                 "there is so much memory, a size from 1M to 64M, as in heap,8M",
                 option);
}

/* ---- reading ---- */

status_t sys_trace_read(UNUSED void *system, uint64_t offset, user_out_t bytes,
                        size_t max_bytes, uint64_t *nr_read) {
    if (ring == NULL)
        return ERR_DISABLED;
    uint64_t end = sizeof(*ring) + ring->nr_records * sizeof(ring->records[0]);
    uint64_t nr_bytes = max_bytes < TRACE_READ_MAX ? max_bytes : TRACE_READ_MAX;
    if (offset > end || nr_bytes > end - offset)
        nr_bytes = offset > end ? 0 : end - offset;
    tas_acquire(&lock);
    status_t st = copy_to_user(caller_process(), (uaddr_t){bytes},
                               (const char *)ring + offset, nr_bytes);
    tas_release(&lock);
    *nr_read = st == OK ? nr_bytes : 0;
    return st;
}
