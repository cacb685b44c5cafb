/* user/lib/threads.c - see threads.h. */
#include "user/lib/threads.h"
#include "kernel/abi/info.h"
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"

static const char *const state_names[] = {
    [THREAD_READY] = "runs",
    [THREAD_SENDING] = "sends",
    [THREAD_RECEIVING] = "receives",
    [THREAD_WAITING] = "waits",
    [THREAD_SLEEPING] = "sleeps",
    [THREAD_AWAITING_REPLY] = "calls",
    [THREAD_MOVING] = "moves to another hart",
    [THREAD_SUSPENDED] = "suspended",
    [THREAD_ENDED] = "ended",
};

/* The object with this number; zeroes if there is none. */
static struct object_info object(uint64_t number) {
    struct object_info info;
    uint64_t same;
    if (number == 0 || object_inspect(own_system, number - 1, &info, &same) != OK)
        memset(&info, 0, sizeof(info));
    return info;
}

static void name_find(uint64_t id, char name[PROCESS_NAME_BYTES]) {
    struct object_info info;
    uint64_t number = 0;
    format_string(name, PROCESS_NAME_BYTES, "?");
    while (object_inspect(own_system, number, &info, &number) == OK)
        if (info.type == OBJECT_PROCESS && info.process_info.id == id) {
            memcpy(name, info.process_info.name, PROCESS_NAME_BYTES);
            return;
        }
}

static void wait_show(const struct object_info *thread, format_put_fn *put, void *sink) {
    char name[PROCESS_NAME_BYTES];
    struct object_info what = object(thread->waits_for);
    if (what.type == OBJECT_GATE)
        format_to(put, sink, "  through gate %lu to endpoint %lu", thread->waits_for,
                  what.endpoint);
    else if (what.type == OBJECT_ENDPOINT)
        format_to(put, sink, "  at endpoint %lu", thread->waits_for);
    else if (what.type == OBJECT_NOTIFICATION)
        format_to(put, sink, "  for notification %lu", thread->waits_for);
    if (thread->answerer != 0) {
        name_find(thread->answerer, name);
        format_to(put, sink, ", %s (pid %lu) is to answer", name, thread->answerer);
    }
}

static void thread_show(uint64_t number, const struct object_info *thread,
                        format_put_fn *put, void *sink) {
    char name[PROCESS_NAME_BYTES];
    const char *state = thread->state < ARRAY_SIZE(state_names)
                            ? state_names[thread->state]
                            : "?"; /* a kernel newer than this */
    name_find(thread->process, name);
    format_to(put, sink, "%5lu %-12s %6lu %4lu %4lu %8lu  %-9s", thread->process, name,
              number, thread->priority, thread->hart, thread->used_ns / 1000000, state);
    wait_show(thread, put, sink);
    put(sink, '\n');
}

void threads_show(format_put_fn *put, void *sink) {
    struct object_info info;
    uint64_t number = 0;
    format_to(
        put, sink,
        "  pid process      thread prio hart  used ms  it        what it waits for\n");
    while (object_inspect(own_system, number, &info, &number) == OK)
        if (info.type == OBJECT_THREAD)
            thread_show(number, &info, put, sink);
}
