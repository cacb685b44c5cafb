/* tests/kernel/notification_test.c - notifications, by the calls that programs use. */
#include "kernel/notification.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "tests/kernel/selftest.h"
#include "kernel/syscall.h"
#include "mm/heap.h"
#include "tests/kernel/team.h"

static struct team team;
static handle_t handle;                   /* of the team, to... */
static struct notification *notification; /* this               */

static uint64_t poll_bits(void) {
    uint64_t bits = 0;
    return sys_notification_poll(notification, &bits) == OK ? bits : UINT64_MAX;
}

static uint64_t wait_bits(void) {
    uint64_t bits = 0;
    return sys_notification_wait(notification, &bits) == OK ? bits : UINT64_MAX;
}

static status_t wait_until(uint64_t deadline_ns, uint64_t *bits) {
    *bits = 0;
    return sys_notification_wait_until(notification, deadline_ns, bits);
}

/* A team whose first thread runs, and one notification. */
static status_t begin(void) {
    status_t st = team_create(&team);
    if (st != OK)
        return st;
    team_run(team.threads[0]);
    uint64_t made;
    st = sys_notification_create(&made);
    handle = (handle_t)made;
    if (st == OK)
        notification = handle_object(&team.process->handles, handle)->body;
    return st;
}

/* Thread i waits; the first runs again. */
static void let_wait(size_t i) {
    team_run(team.threads[i]);
    (void)wait_bits();
    team_run(team.threads[0]);
}

static bool has_got(size_t i, status_t status, uint64_t bits) {
    const struct thread *thread = team.threads[i];
    return thread->state == THREAD_READY &&
           (status_t)(int64_t)thread->x[REGISTER_A0] == status &&
           (status != OK || thread->x[REGISTER_A0 + 1] == bits);
}

SELFTEST("notification_bits", notification_bits) {
    CHECK_EQUAL(begin(), OK, "there is a notification");
    CHECK_EQUAL(poll_bits(), 0, "at first no bit is set");
    CHECK_EQUAL(sys_notification_signal(notification, 5), OK, "bits are signalled");
    CHECK_EQUAL(sys_notification_signal(notification, 0), OK, "none of them too");
    CHECK_EQUAL(sys_notification_signal(notification, 6), OK, "and some twice");
    CHECK_EQUAL(wait_bits(), 7, "all are taken at once");
    CHECK(hart_current()->thread == team.threads[0], "without waiting");
    CHECK_EQUAL(poll_bits(), 0, "and are taken once");
    team_destroy(&team);
}

SELFTEST("notification_wait", notification_wait) {
    CHECK_EQUAL(begin(), OK, "there is a notification");
    struct hart *hart = hart_current();
    team.threads[3]->priority = 1;
    let_wait(3);
    let_wait(1);
    let_wait(2);
    (void)!sys_notification_signal(notification, 0);
    CHECK_EQUAL(sched_best_ready(), -1, "to signal no bit wakes nobody");
    (void)!sys_notification_signal(notification, 8);
    CHECK(has_got(1, OK, 8), "the first of the most urgent gets the bits");
    CHECK(hart->thread == team.threads[0], "who is as urgent as the other waits");
    CHECK_EQUAL(notification->bits, 0, "no bit stays set: it has been taken");
    team.threads[2]->priority = 30;
    (void)!sys_notification_signal(notification, 1ul << 63);
    CHECK(has_got(2, OK, 1ul << 63), "then the next one");
    CHECK(hart->thread == team.threads[2], "who is more urgent runs at once");
    (void)!sys_notification_signal(notification, 2);
    CHECK(has_got(3, OK, 2), "at last the least urgent");
    (void)!sys_notification_signal(notification, 4);
    CHECK_EQUAL(notification->bits, 4, "when nobody waits, bits stay");
    team_destroy(&team);
}

SELFTEST("notification_deadline", notification_deadline) {
    uint64_t bits;
    CHECK_EQUAL(begin(), OK, "there is a notification");
    CHECK_EQUAL(wait_until(1, &bits), ERR_TIMEOUT, "a deadline in the past: no wait");
    (void)!sys_notification_signal(notification, 1);
    CHECK(wait_until(1, &bits) == OK && bits == 1, "but what is there is taken");
    uint64_t soon_ns = timer_now_ns() + 10000000; /* it is not late by then */
    team_run(team.threads[1]);
    (void)!wait_until(soon_ns, &bits);
    CHECK(hart_current()->thread == NULL, "one in the future: it waits");
    while (timer_now_ns() <= soon_ns)
        sched_tick();
    sched_tick();
    CHECK(has_got(1, ERR_TIMEOUT, 0), "until then");
    CHECK(list_is_empty(&notification->waiters), "and no longer");
    team_destroy(&team);
}

SELFTEST("notification_timer", notification_timer) {
    CHECK_EQUAL(begin(), OK, "there is a notification");
    let_wait(1);
    (void)!sys_notification_timer(notification, timer_now_ns() + 1000 * NS_PER_SECOND, 1);
    (void)!sys_notification_timer(notification, 1, 2);
    sched_tick();
    CHECK(has_got(1, OK, 2), "a timer signals, the last that was set");
    CHECK_EQUAL(deadline_first_ticks(), UINT64_MAX, "once");
    (void)!sys_notification_timer(notification, 1, 4);
    (void)!sys_notification_timer(notification, 0, 4);
    sched_tick();
    CHECK_EQUAL(notification->bits, 0, "unless it is cancelled");
    (void)!sys_notification_timer(notification, 1000 * NS_PER_SECOND, 8);
    CHECK_EQUAL(handle_close(&team.process->handles, handle), OK, "it is closed");
    CHECK_EQUAL(deadline_first_ticks(), UINT64_MAX, "so its timer goes");
    team_destroy(&team);
}

SELFTEST("notification_close", notification_close) {
    CHECK_EQUAL(begin(), OK, "there is a notification");
    let_wait(1);
    let_wait(2);
    CHECK_EQUAL(handle_close(&team.process->handles, handle), OK, "it is closed");
    CHECK(has_got(1, ERR_CLOSED, 0) && has_got(2, ERR_CLOSED, 0), "who waits is told");
    team_destroy(&team);
}

SELFTEST("notification_watch", notification_watch) {
    static struct team other;
    CHECK_EQUAL(begin(), OK, "there is a notification");
    CHECK_EQUAL(team_create(&other), OK, "and another process");
    struct notification *second;
    CHECK_EQUAL(notification_create(team.process, &second), OK,
                "and another notification");
    CHECK_EQUAL(sys_process_watch(other.process, notification, 2), OK, "it is watched");
    CHECK_EQUAL(sys_process_watch(other.process, second, 1), ERR_BUSY, "by one alone");
    CHECK_EQUAL(sys_process_watch(other.process, notification, 0), OK, "who may stop");
    CHECK_EQUAL(sys_process_watch(other.process, second, 1), OK, "and let another");
    CHECK(!object_drop(second->object), "which stays as long as it watches");
    CHECK_EQUAL(sys_process_watch(other.process, second, 0), OK, "and then goes");
    CHECK_EQUAL(sys_process_watch(other.process, notification, 16), OK, "watched again");
    let_wait(1);
    process_kill(other.process, "it is watched");
    CHECK_EQUAL(team.threads[1]->state, THREAD_WAITING, "its end");
    while (reap_step())
        ;
    CHECK(has_got(1, OK, 16), "signals when all it had is given back");
    CHECK_EQUAL(sys_process_watch(other.process, notification, 32), OK,
                "watched too late");
    CHECK_EQUAL(notification->bits, 32, "signals at once");
    object_drop(other.process->object);
    team_destroy(&team);
}

SELFTEST("notification_no_memory", notification_no_memory) {
    uint32_t nr_objects = object_count();
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    team_run(team.threads[0]);
    uint32_t nr_others = object_count();
    uint64_t nr_made = 0, made;
    status_t st = sys_notification_create(&made);
    for (; st == OK; nr_made++)
        st = sys_notification_create(&made);
    CHECK(nr_made > 0 && st == ERR_FULL, "as many as there are handles");
    CHECK_EQUAL(object_count(), nr_others + nr_made, "one too many leaves no trace");
    team_destroy(&team);
    CHECK_EQUAL(object_count(), nr_objects, "all go with the process");
}
