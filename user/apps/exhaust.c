/* user/apps/exhaust.c - takes all it can get of everything, in a process of its own for
 * each thing (TAP).
 *
 * The offender is refused with a status when its quota, or a table, is full; it keeps
 * what it has and goes on asking.  Meanwhile the others have all that is theirs, and
 * after its death all comes back. */
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "lib/compiler.h"
#include "user/lib/child.h"
#include "user/lib/clock.h"
#include "user/lib/message.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define PAGE            4096
#define OFFENDER_FRAMES 400
#define OFFENDER_HEAP   (64 << 10)
#define ASKED_MOST      5000 /* more than there is of anything */
#define PATIENCE_NS     1000000000
#define REPORT_AT       0x234560000
#define MAP_AT          0x250000000

static struct report { /* memory of the parent's and the offender's */
    uint64_t nr_got;
    int64_t status; /* of the first that was refused; OK until then */
    uint64_t nr_refused;
} *const report = (struct report *)REPORT_AT;

/* Each child has a copy, as it is when it is made. */
static uint64_t given_process, given_gate, given_endpoint;

/* ---- the offender ---- */

static status_t take_process(void) {
    uint64_t child;
    return child_create("bomb", 3, 2 << 10, &child);
}

/* A fork bomb: the children do the same out of the quota that is left. */
static status_t take_process_that_runs(void) {
    uint64_t child, thread;
    status_t st = child_create("bomb", 8, 8 << 10, &child);
    if (st == OK)
        st = thread_create((handle_t)child, MAP_AT, 0, 0, &thread);
    if (st == OK)
        st = thread_resume((handle_t)thread);
    return st;
}

static status_t take_thread(void) {
    uint64_t thread;
    return thread_create((handle_t)given_process, MAP_AT, 0, 0, &thread);
}

static status_t take_handle(void) {
    uint64_t handle;
    return handle_copy((handle_t)given_process, 0, &handle);
}

static status_t take_memory(void) {
    uint64_t memory, done;
    status_t st = memory_create((handle_t)given_process, 16 * PAGE, 0, &memory);
    if (st == OK)
        st = memory_commit((handle_t)memory, 0, 8 * PAGE, &done);
    return st;
}

static status_t take_memory_in_a_row(void) {
    uint64_t memory;
    return memory_create((handle_t)given_process, 32 * PAGE, MEMORY_CONTIGUOUS, &memory);
}

/* Each page under another table. */
static status_t take_page_tables(void) {
    static uint64_t memory, va = MAP_AT, done;
    status_t st = OK;
    if (memory == 0)
        st = memory_create((handle_t)given_process, PAGE, 0, &memory);
    va += 1 << 30;
    if (va >> 37 != 0)
        va = MAP_AT + (va & ((1 << 30) - 1)) + (2 << 20);
    if (st == OK)
        st = process_map((handle_t)given_process, (handle_t)memory, va, 0, PAGE, MAP_READ,
                         &done);
    return st;
}

static status_t take_endpoint(void) {
    uint64_t endpoint;
    return endpoint_create(&endpoint);
}

static status_t take_notification(void) {
    uint64_t notification;
    return notification_create(&notification);
}

/* Gates whose only handle is closed: news of that wait to be received. */
static status_t take_closed_gate(void) {
    uint64_t gate;
    status_t st = gate_create((handle_t)given_endpoint, 7, &gate);
    return st == OK ? handle_close((handle_t)gate) : st;
}

/* A message that nobody receives, from a thread that waits for ever, without a stack. */
extern const char sender_start[];
__asm__(".pushsection .text\n"
        "sender_start:\n"
        "    li    a1, 512\n" /* bytes */
        "    li    a7, -68\n" /* SYS_send, through the gate in a0 */
        "    ecall\n"
        "    j     sender_start\n"
        ".popsection\n");

static status_t take_message(void) {
    uint64_t thread;
    status_t st = thread_create((handle_t)given_process, (uintptr_t)sender_start, 0,
                                given_gate, &thread);
    return st == OK ? thread_resume((handle_t)thread) : st;
}

typedef status_t take_fn(void);

static const struct kind {
    const char *name;
    take_fn *take;
} kinds[] = {
    {"processes", take_process},
    {"processes that run", take_process_that_runs},
    {"threads", take_thread},
    {"handles", take_handle},
    {"memory", take_memory},
    {"memory in a row", take_memory_in_a_row},
    {"page tables", take_page_tables},
    {"endpoints", take_endpoint},
    {"notifications", take_notification},
    {"news of closed gates", take_closed_gate},
    {"messages", take_message},
};

static void offend(uint64_t kind) {
    for (;;) {
        status_t st = kinds[kind].take();
        if (st == OK) {
            report->nr_got++;
        } else {
            if (report->status == OK)
                report->status = st;
            report->nr_refused++;
        }
    }
}

/* ---- the parent ---- */

static uint64_t report_memory, endpoint, gate;

static status_t offender_start(uint64_t kind, uint64_t *child) {
    status_t st = child_create("offender", OFFENDER_FRAMES, OFFENDER_HEAP, child);
    *report = (struct report){0};
    if (st == OK)
        st = process_give((handle_t)*child, (handle_t)*child, RIGHTS_OF_PROCESS,
                          &given_process);
    if (st == OK)
        st = process_give((handle_t)*child, (handle_t)endpoint, RIGHT_GATE,
                          &given_endpoint);
    if (st == OK)
        st = process_give((handle_t)*child, (handle_t)gate, RIGHT_SEND, &given_gate);
    if (st == OK)
        st = space_map((handle_t)*child, (handle_t)report_memory, REPORT_AT, 0, PAGE,
                       MAP_READ | MAP_WRITE);
    if (st == OK)
        st = child_start(*child, offend, kind);
    return st;
}

/* Everything that the offender takes, a little of it. */
static status_t others_go_on(void) {
    uint64_t child, code = 0;
    status_t st = child_create("other", 100, 16 << 10, &child);
    if (st != OK)
        return st;
    st = child_start(child, (void (*)(uint64_t))(uintptr_t)thread_exit, 0);
    if (st == OK)
        st = child_wait(child, &code);
    child_kill(child);
    return st;
}

/* News of a gate waits until it is heard, even if who had the gate is dead. */
static void hear_all(void) {
    struct message m = {0};
    while (message_receive_until((handle_t)endpoint, &m, 0) == OK)
        m.tag = 0;
}

static bool is_given_back(const struct process_info *before) {
    struct process_info now = {0};
    uint64_t end_ns = clock_now_ns() + PATIENCE_NS;
    while (clock_now_ns() < end_ns) {
        hear_all(); /* a gate goes when the offender is taken apart, if not before */
        if (process_inspect(own_process, &now) == OK &&
            now.nr_frames == before->nr_frames && now.heap_bytes == before->heap_bytes)
            return true;
        clock_pause(1000000);
    }
    return false;
}

static void test(uint64_t kind) {
    uint64_t child = 0, end_ns = clock_now_ns() + PATIENCE_NS;
    const char *name = kinds[kind].name;
    struct process_info before = {0};
    tap_check(endpoint_create(&endpoint) == OK &&
                  process_inspect(own_process, &before) == OK &&
                  gate_create((handle_t)endpoint, 1, &gate) == OK &&
                  offender_start(kind, &child) == OK,
              "%s: an offender", name);
    while (report->nr_refused < 10 && report->nr_got < ASKED_MOST &&
           clock_now_ns() < end_ns)
        clock_pause(1000000);
    status_t st = (status_t)report->status;
    tap_check(
        report->nr_got > 0 && (st == ERR_QUOTA || st == ERR_NO_MEMORY || st == ERR_FULL),
        "%s: %lu taken, then it is refused (%s)", name, report->nr_got, status_name(st));
    tap_status(others_go_on(), OK, "the others go on");
    child_kill(child);
    (void)!handle_close((handle_t)gate);
    bool is_back = is_given_back(&before);
    (void)!handle_close((handle_t)endpoint);
    tap_check(is_back, "%s: all comes back", name);
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(1 + 4 * ARRAY_SIZE(kinds));
    status_t st = space_add_shared(own_process, REPORT_AT, PAGE, &report_memory);
    tap_status(st, OK, "a page for what the offenders report");
    for (uint64_t kind = 0; kind < ARRAY_SIZE(kinds); kind++)
        test(kind);
    return tap_end();
}
