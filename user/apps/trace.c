/* user/apps/trace.c - print the kernel's trace of memory, threads and messages, as text.
 *
 *     make run APP='heapdemo,trace' APPEND='learn=heap trace=heap'
 *
 * The text is that of kernel/abi/trace.h, without `symbol` lines: `tools/trace console`
 * takes it from the log and adds them.  What happens after this program has begun is not
 * in it.  The events are read twice: for what they speak of, and to print them. */
#include "kernel/abi/trace.h"
#include "lib/bits.h"
#include "lib/range.h"
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define BATCH         (TRACE_READ_MAX / sizeof(struct trace_record))
#define PROCESSES_MAX 256
#define LOST_ALIGN    65536 /* without its snapshot a region shows up in pieces */
#define QUIET_TRIES   20
#define QUIET_NS      10000000

_Static_assert(sizeof(struct trace_record) == 128, "the layout has no padding");

static const char *const event_names[] = {
    [TRACE_ALLOC] = "alloc",         [TRACE_FREE] = "free",
    [TRACE_SPLIT] = "split",         [TRACE_MERGE] = "merge",
    [TRACE_HAVE_FREE] = "have-free", [TRACE_HAVE_USED] = "have-used",
    [TRACE_TAKE] = "take",           [TRACE_PUT] = "put",
};
static const char *const space_names[] = {"heap", "frames"};
static const unsigned space_units[] = {32, 4096};
static uint64_t nr_notes; /* of what happened: the others are events */

static struct trace_ring ring; /* its header, when this program began */

typedef void visit_fn(const struct trace_record *record);

/* Visit the events [first, end); false if one is overwritten before it is read. */
static bool visit_events(uint64_t first, uint64_t end, visit_fn *visit) {
    static struct trace_record records[BATCH];
    while (first < end) {
        uint64_t place = first % ring.nr_records, nr_bytes;
        uint64_t nr_wanted = end - first < BATCH ? end - first : BATCH;
        if (nr_wanted > ring.nr_records - place)
            nr_wanted = ring.nr_records - place;
        if (trace_read(own_system, sizeof(ring) + place * sizeof(records[0]), records,
                       nr_wanted * sizeof(records[0]), &nr_bytes) != OK)
            return false;
        for (uint64_t i = 0; i < nr_wanted; i++, first++) {
            if (records[i].sequence != first)
                return false;
            visit(&records[i]);
        }
    }
    return true;
}

/* ---- what the events speak of ---- */

static struct range_set regions[ARRAY_SIZE(space_names)];
static const char *broken; /* why not all of it can be told */

static struct {
    uint32_t id;
    char name[PROCESS_NAME_BYTES];
} processes[PROCESSES_MAX];
static size_t nr_processes;

static void note_process(const struct trace_record *r) {
    for (size_t i = 0; i < nr_processes; i++)
        if (processes[i].id == r->process)
            return;
    if (nr_processes == PROCESSES_MAX) {
        broken = "more processes than I can name";
        return;
    }
    processes[nr_processes].id = r->process;
    memcpy(processes[nr_processes].name, r->process_name, PROCESS_NAME_BYTES);
    nr_processes++;
}

static void note(const struct trace_record *r) {
    if (r->process != 0)
        note_process(r);
    nr_notes += r->event == TRACE_NOTE;
    if (r->event == TRACE_NOTE)
        return;
    uint64_t coarse = ring.nr_events > ring.nr_records ? LOST_ALIGN : 1;
    struct range block = {align_down(r->address, coarse),
                          align_up(r->address + r->bytes, coarse)};
    if (range_set_add(&regions[r->space], block) != OK)
        broken = "more regions than I can tell apart; a larger ring loses less";
}

static void print_head(uint64_t lost, uint64_t end) {
    printf("trace 1 begin events=%lu lost=%lu\n", end - lost - nr_notes, lost);
    for (size_t space = 0; space < ARRAY_SIZE(regions); space++)
        for (size_t i = 0; i < regions[space].nr_ranges; i++)
            printf("trace 1 space %s %#lx %#lx %u\n", space_names[space],
                   regions[space].ranges[i].start, regions[space].ranges[i].end,
                   space_units[space]);
    puts("trace 1 process 0 kernel");
    for (size_t i = 0; i < nr_processes; i++)
        printf("trace 1 process %u %s\n", processes[i].id, processes[i].name);
    if (nr_notes != 0)
        printf("trace 1 notes %lu\n", nr_notes);
}

static uint64_t nr_printed, nr_notes_printed;

static void print_event(const struct trace_record *r) {
    if (r->event == TRACE_NOTE) {
        printf("trace 1 note %lu %lu %u %lu %u %s\n", nr_notes_printed, r->time_ns,
               r->process, r->address, r->hart, r->note);
        nr_notes_printed++;
        return;
    }
    printf("trace 1 event %lu %lu %s %s %#lx %lu %lu %u %u 0 ", nr_printed, r->time_ns,
           event_names[r->event], space_names[r->space], r->address, r->bytes,
           r->requested_bytes, r->process, r->hart);
    if (r->callers[0] == 0)
        putchar('-');
    for (unsigned i = 0; i < TRACE_CALLERS_MAX && r->callers[i] != 0; i++)
        printf("%s%#lx", i == 0 ? "" : ";", r->callers[i]);
    putchar('\n');
    nr_printed++;
}

/* Read the ring's head, once nothing happens: what has ended before gives its memory back
 * bit by bit, and each bit would overwrite an event of a full ring. */
static status_t read_head(void) {
    status_t st = OK;
    uint64_t nr_events = 0, now_ns, nr_bytes;
    for (int i = 0; st == OK && i < QUIET_TRIES; i++) {
        st = trace_read(own_system, 0, &ring, sizeof(ring), &nr_bytes);
        if (i > 0 && ring.nr_events == nr_events)
            break;
        nr_events = ring.nr_events;
        (void)!clock_read(&now_ns);
        (void)!thread_sleep(now_ns + QUIET_NS);
    }
    return st;
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    status_t st = read_head();
    if (st != OK) {
        printf("trace: there is none: %s (trace=heap)\n", status_text(st));
        return 1;
    }
    uint64_t end = ring.nr_events;
    uint64_t lost = end > ring.nr_records ? end - ring.nr_records : 0;
    if (!visit_events(lost, end, note))
        broken =
            "events were overwritten while I read them; try a larger ring, trace=heap,8M";
    if (broken == NULL) {
        print_head(lost, end);
        if (visit_events(lost, end, print_event)) {
            printf("trace 1 end events=%lu\n", nr_printed);
            return 0;
        }
        broken = "events were overwritten while I printed them; try a larger ring";
    }
    printf("trace: %s\n", broken);
    return 1;
}
