/* user/apps/badnotify.c - calls about notifications and schedules with arguments that no
 * honest program has (TAP).
 *
 * A call either refuses with the right status or has no effect that matters. */
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define SLICE_NS 1000000

static uint64_t notification, thread, endpoint, process, value;

static const char *named(const char *call, const char *what) {
    static char text[96];
    format_string(text, sizeof(text), "%s: %s", call, what);
    return text;
}

/* ---- handles ---- */

struct call { /* with a handle first, which is a notification unless `good` says else */
    int64_t number;
    const char *name;
    uint32_t right;
    const uint64_t *good;
};

static const struct call calls[] = {
    {SYS_notification_signal, "notification_signal", RIGHT_SIGNAL, &notification},
    {SYS_notification_wait, "notification_wait", RIGHT_WAIT, &notification},
    {SYS_notification_poll, "notification_poll", RIGHT_WAIT, &notification},
    {SYS_notification_wait_until, "notification_wait_until", RIGHT_WAIT, &notification},
    {SYS_notification_bind, "notification_bind", RIGHT_WAIT, &notification},
    {SYS_notification_timer, "notification_timer", RIGHT_SIGNAL, &notification},
    {SYS_process_watch, "process_watch", RIGHT_MANAGE, &process},
    {SYS_thread_set_schedule, "thread_set_schedule", RIGHT_MANAGE, &thread},
};

static status_t with_handle(const struct call *call, uint64_t handle) {
    return (status_t)native_call(call->number, handle, 0, 0, 0, 0, 0).status;
}

static uint64_t rights_of(const struct call *call) {
    if (call->good == &notification)
        return RIGHTS_OF_NOTIFICATION;
    return call->good == &process ? RIGHTS_OF_PROCESS : RIGHTS_OF_THREAD;
}

static void test_handles(const struct call *call) {
    uint64_t stale = 0, weak = 0;
    handle_t good = (handle_t)*call->good;
    tap_check(handle_copy(good, RIGHT_COPY, &stale) == OK &&
                  handle_close((handle_t)stale) == OK &&
                  handle_copy(good, rights_of(call) & ~call->right, &weak) == OK,
              "%s: handles to test with", call->name);
    tap_status(with_handle(call, 0), ERR_HANDLE, named(call->name, "handle 0"));
    tap_status(with_handle(call, UINT32_MAX), ERR_HANDLE, named(call->name, "all bits"));
    tap_status(with_handle(call, *call->good | 1ul << 32), ERR_HANDLE,
               named(call->name, "a good handle with a bit too many"));
    tap_status(with_handle(call, stale), ERR_HANDLE, named(call->name, "closed handle"));
    tap_status(with_handle(call, own_system), ERR_TYPE, named(call->name, "wrong type"));
    tap_status(with_handle(call, weak), ERR_RIGHTS, named(call->name, "missing right"));
    (void)!handle_close((handle_t)weak);
}

/* The second argument of two calls is a handle too. */
static void test_second_handles(void) {
    handle_t n = (handle_t)notification;
    uint64_t weak = 0;
    tap_status(notification_bind(n, 0xdead), ERR_HANDLE, "bind: to nothing");
    tap_status(notification_bind(n, n), ERR_TYPE, "bind: to a notification");
    tap_check(handle_copy((handle_t)endpoint, RIGHT_COPY, &weak) == OK,
              "a weak endpoint");
    tap_status(notification_bind(n, (handle_t)weak), ERR_RIGHTS, "bind: missing right");
    tap_status(notification_bind(n, (handle_t)endpoint), OK, "bind: a good endpoint");
    tap_status(notification_bind(n, (handle_t)endpoint), ERR_BUSY, "bind: twice");
    tap_status(notification_bind(n, 0), OK, "bind: no more");
    tap_status(notification_bind(n, 0), OK, "bind: still no more");
    (void)!handle_close((handle_t)weak);
    tap_check(handle_copy(n, RIGHT_COPY | RIGHT_WAIT, &weak) == OK,
              "a weak notification");
    handle_t p = (handle_t)process;
    tap_status(process_watch(p, 0, 1), ERR_HANDLE, "watch: handle 0");
    tap_status(process_watch(p, own_process, 1), ERR_TYPE, "watch: wrong type");
    tap_status(process_watch(p, (handle_t)weak, 1), ERR_RIGHTS, "watch: missing right");
    tap_status(process_watch(p, n, 0), OK, "watch: no bit, nobody watches");
    tap_status(process_watch(own_process, n, 1), ERR_BUSY, "watch: what init watches");
    (void)!handle_close((handle_t)weak);
}

static void test_end(void) {
    handle_t n = (handle_t)notification;
    tap_status(process_watch((handle_t)process, n, 2), OK, "watch: a process");
    tap_status(process_kill((handle_t)process), OK, "which is killed");
    tap_check(notification_wait(n, &value) == OK && value == 2, "its end signals");
    tap_status(process_watch((handle_t)process, n, 8), OK, "watch: once it has ended");
    tap_check(notification_poll(n, &value) == OK && value == 8, "that signals at once");
}

/* ---- values ---- */

static void test_bits(void) {
    handle_t n = (handle_t)notification;
    tap_status(notification_signal(n, 0), OK, "signal: no bit");
    tap_check(notification_poll(n, &value) == OK && value == 0, "sets none");
    tap_status(notification_signal(n, UINT64_MAX), OK, "signal: every bit");
    tap_check(notification_wait(n, &value) == OK && value == UINT64_MAX, "sets them all");
    tap_status(notification_wait_until(n, 0, &value), ERR_TIMEOUT, "wait_until: 0");
    tap_status(notification_wait_until(n, 1, &value), ERR_TIMEOUT, "wait_until: 1");
    tap_status(notification_timer(n, 1, 4), OK, "timer: a deadline long past");
    tap_check(notification_wait(n, &value) == OK && value == 4, "signals soon");
    tap_status(notification_timer(n, UINT64_MAX, 1), OK, "timer: never");
    tap_status(notification_timer(n, UINT64_MAX - 1, 1), OK, "timer: as good as never");
    tap_status(notification_timer(n, 0, 1), OK, "timer: cancelled");
    tap_check(notification_poll(n, &value) == OK && value == 0, "none of them signals");
}

static status_t schedule(uint64_t priority, uint64_t slice_ns, uint64_t affinity) {
    return thread_set_schedule((handle_t)thread, priority, slice_ns, affinity);
}

static void test_schedule(void) {
    tap_status(schedule(32, SLICE_NS, 1), ERR_INVALID, "schedule: priority 32");
    tap_status(schedule(UINT64_MAX, SLICE_NS, 1), ERR_INVALID, "schedule: priority -1");
    tap_status(schedule(256 + 1, SLICE_NS, 1), ERR_INVALID, "schedule: priority 257");
    tap_status(schedule(31, SLICE_NS, 1), ERR_RIGHTS, "schedule: above one's own");
    tap_status(schedule(1, 0, 1), ERR_INVALID, "schedule: a slice of nothing");
    tap_status(schedule(1, 1, 1), ERR_INVALID, "schedule: a slice of 1 ns");
    tap_status(schedule(1, UINT64_MAX, 1), ERR_INVALID, "schedule: an endless slice");
    tap_status(schedule(1, SLICE_NS, 0), ERR_INVALID, "schedule: on no hart");
    tap_status(schedule(1, SLICE_NS, 1ull << 63), ERR_INVALID,
               "schedule: on no such hart");
    tap_status(schedule(1, SLICE_NS, UINT64_MAX), OK, "schedule: on any hart");
    tap_status(schedule(0, SLICE_NS, 1), OK, "schedule: the least urgent");
    tap_status(schedule(1, SLICE_NS, 1), OK, "schedule: a good one");
}

/* As many as the quota or the table allows; all go again. */
static void test_exhaustion(void) {
    static handle_t handles[1100];
    size_t nr_made = 0;
    status_t st = OK;
    while (nr_made < ARRAY_SIZE(handles)) {
        st = notification_create(&value);
        if (st != OK)
            break;
        handles[nr_made++] = (handle_t)value;
    }
    tap_check((st == ERR_QUOTA || st == ERR_FULL) && nr_made > 8,
              "notification_create: until it is refused, after %zu", nr_made);
    bool all_closed = true;
    for (size_t i = 0; i < nr_made; i++)
        all_closed = handle_close(handles[i]) == OK && all_closed;
    tap_check(all_closed && notification_create(&value) == OK &&
                  handle_close((handle_t)value) == OK,
              "all are closed, and there is room again");
}

#define CHECKS (1 + 8 * 7 + 14 + 5 + 12 + 12 + 2)

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(CHECKS);
    tap_check(notification_create(&notification) == OK &&
                  endpoint_create(&endpoint) == OK &&
                  process_create("watched", 7, 8, 8192, &process) == OK &&
                  thread_create(own_process, 0, 0, 0, &thread) == OK,
              "something to test with");
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
        test_handles(&calls[i]);
    test_second_handles();
    test_end();
    test_bits();
    test_schedule();
    test_exhaustion();
    return tap_end();
}
