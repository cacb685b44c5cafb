/* tests/kernel/notification_bind_test.c - a notification bound to an endpoint: one
 * receive waits for messages and bits. */
#include "kernel/notification.h"
#include "kernel/abi/rights.h"
#include "tests/kernel/message_world.h"

static handle_t bound;   /* the server's notification      */
static handle_t signals; /* the client's handle to it      */

/* The server, which runs, has a notification bound to its endpoint. */
static void bind(void) {
    BEGIN(0);
    CHECK_EQUAL(native(SYS_notification_create, 0, 0, 0), OK, "there is a notification");
    bound = (handle_t)running->x[A1];
    CHECK_EQUAL(world_give(SERVER, bound, RIGHT_SIGNAL, CLIENT, &signals), OK,
                "the client has a handle to it");
    CHECK_EQUAL(native(SYS_notification_bind, bound, endpoint, 0), OK, "it is bound");
}

/* The server runs, and has just received these bits. */
static void check_notified(uint64_t bits) {
    CHECK(running == threads[SERVER], "the server runs");
    CHECK_EQUAL(running->x[A0], OK, "its receive is done");
    CHECK_EQUAL(running->x[A1], tag_make(LABEL_NOTIFIED, 0, 0, 0), "by a notification");
    CHECK_EQUAL(running->x[A2], bits, "with its bits");
    CHECK(running->x[T1] == 0 && running->x[T2] == 0, "no badge and no token");
    CHECK(is_clean(running, SERVER), "and its own registers");
}

static void receive_both(void) {
    bind();
    receive(0);
    CHECK(running == threads[CLIENT], "the server waits");
    native(SYS_notification_signal, signals, 6, 0);
    check_notified(6);
    native(SYS_notification_signal, bound, 1, 0);
    native(SYS_notification_signal, bound, 8, 0);
    receive(0);
    check_notified(9);
    native(SYS_notification_signal, bound, 1, 0);
    CHECK_EQUAL(native(SYS_notification_poll, bound, 0, 0), OK, "polled");
    CHECK_EQUAL(running->x[A1], 1, "bits can be taken the other way too");
    receive(0);
    CHECK(running == threads[CLIENT], "and then no receive finds them");
    call(gates[CLIENT], 0, 1);
    CHECK(running == threads[SERVER] && running->x[T1] == 100 + CLIENT, "a call comes");
    uint64_t token = running->x[T2];
    native(SYS_notification_signal, bound, 4, 0);
    reply_receive(token, 0, 2);
    check_notified(4);
    CHECK_EQUAL(threads[CLIENT]->state, THREAD_READY, "and the client has its answer");
}

SELFTEST("notification_bound", notification_bound) {
    receive_both();
    world_end();
}

static void refuse(void) {
    bind();
    CHECK_EQUAL(native(SYS_notification_bind, bound, endpoint, 0), ERR_BUSY, "once");
    CHECK_EQUAL(native(SYS_notification_create, 0, 0, 0), OK, "there is another one");
    handle_t other = (handle_t)running->x[A1];
    CHECK_EQUAL(native(SYS_notification_bind, other, endpoint, 0), ERR_BUSY,
                "an endpoint has one");
    CHECK_EQUAL(native(SYS_notification_bind, other, other, 0), ERR_TYPE,
                "to an endpoint");
    CHECK_EQUAL(native(SYS_notification_bind, other, 0xdead, 0), ERR_HANDLE,
                "that exists");
    CHECK_EQUAL(native(SYS_notification_signal, bound, 2, 0), OK, "a bit is set");
    CHECK_EQUAL(native(SYS_notification_bind, bound, 0, 0), OK, "no more");
    CHECK_EQUAL(native(SYS_notification_bind, other, endpoint, 0), OK, "then another");
    receive(0);
    CHECK(running == threads[CLIENT], "the bit of the first is not received any more");
    native(SYS_notification_signal, signals, 1, 0);
    CHECK(running == threads[CLIENT], "nor is another");
    CHECK_EQUAL(handle_close(&processes[SERVER]->handles, endpoint), OK, "it closes");
    CHECK_EQUAL(threads[SERVER]->x[A0], ERR_CLOSED, "who received is told");
    CHECK(((struct notification *)handle_object(&processes[SERVER]->handles, other)->body)
                  ->endpoint == NULL,
          "the notification is bound no more");
}

SELFTEST("notification_unbound", notification_unbound) {
    refuse();
    world_end();
}

static void close_first(void) {
    bind();
    native(SYS_notification_signal, bound, 2, 0);
    native(SYS_handle_close, bound, 0, 0);
    CHECK_EQUAL(handle_close(&processes[CLIENT]->handles, signals), OK, "it closes");
    receive(0);
    CHECK(running == threads[CLIENT], "its bits have gone with it");
}

SELFTEST("notification_gone", notification_gone) {
    close_first();
    world_end();
}
