/* tests/kernel/message_revoke_test.c - what ends with the other handles to a gate or an
 * endpoint, and what does not. */
#include "kernel/message.h"
#include "kernel/abi/rights.h"
#include "kernel/handle.h"
#include "kernel/sched.h"
#include "tests/kernel/message_world.h"

static void sleep(void) {
    native(SYS_thread_sleep, timer_now_ns() + NS_PER_SECOND * 3600, 0, 0);
}

static void wake_server(void) {
    thread_cancel(threads[SERVER], OK);
    running = usermode_run();
    CHECK(running == threads[SERVER], "the server goes on");
}

static status_t reply(uint64_t token) {
    put_message(0, 0);
    running->x[T1] = token;
    trap(SYS_reply);
    return (status_t)(int64_t)running->x[A0];
}

static status_t revoke(handle_t handle) {
    status_t st = ERR_AGAIN;
    while (st == ERR_AGAIN)
        st = native(SYS_handle_revoke, handle, 0, 0);
    return st;
}

/* With the handles to a gate go the messages that wait. */
static void revoked_gate(void) {
    handle_t same;
    BEGIN(0);
    sleep();
    CHECK_EQUAL(world_give(CLIENT, gates[CLIENT], RIGHTS_OF_GATE, OTHER, &same), OK,
                "two have the gate");
    call(gates[CLIENT], 0, 1);
    CHECK_EQUAL(native(SYS_handle_revoke, gates[OTHER], 0, 0), OK, "it is not that one");
    CHECK_EQUAL(threads[CLIENT]->state, THREAD_SENDING, "so the call waits");
    CHECK_EQUAL(native(SYS_handle_revoke, same, 0, 0), ERR_AGAIN, "it is this one");
    CHECK_EQUAL(threads[CLIENT]->x[A0], (uint64_t)ERR_CLOSED, "the call ends");
    CHECK_EQUAL(native(SYS_handle_revoke, same, 0, 0), OK, "it was the only one");
}

SELFTEST("message_revoked_gate", message_revoked_gate) {
    revoked_gate();
    world_end();
}

/* With those to an endpoint go the calls that others have received there. */
static void revoked_endpoint(uint8_t slow) {
    handle_t same;
    BEGIN(slow);
    CHECK_EQUAL(world_give(SERVER, endpoint, RIGHTS_OF_ENDPOINT, OTHER, &same), OK,
                "two have the endpoint");
    receive(0);
    uint64_t token = call(gates[CLIENT], 0, 1)->x[T2];
    sleep();
    CHECK(running == threads[OTHER], "the call has been received");
    CHECK_EQUAL(revoke(same), OK, "no handle to the endpoint but this");
    CHECK_EQUAL(threads[CLIENT]->x[A0], (uint64_t)ERR_CLOSED, "the call ends");
    CHECK_EQUAL(threads[CLIENT]->state, THREAD_READY, "and who called goes on");
    wake_server();
    CHECK_EQUAL(reply(token), ERR_NOT_FOUND, "its token is void, as one that was used");
}

SELFTEST("message_revoked_endpoint", message_revoked_endpoint) {
    revoked_endpoint(0);
    world_end();
    revoked_endpoint(SLOW_ALWAYS);
    world_end();
}

/* The search goes on where it was left: so it begins anew for who gets a handle later. */
static void revoked_again(void) {
    handle_t same, again;
    BEGIN(0);
    CHECK_EQUAL(world_give(SERVER, endpoint, RIGHTS_OF_ENDPOINT, OTHER, &same), OK,
                "two have the endpoint");
    sleep();
    sleep();
    CHECK(running == threads[OTHER], "the others sleep");
    CHECK_EQUAL(revoke(same), OK, "no handle to the endpoint but this");
    CHECK_EQUAL(world_give(OTHER, same, RIGHTS_OF_ENDPOINT, SERVER, &again), OK, "but");
    endpoint = again;
    wake_server();
    receive(0);
    thread_cancel(threads[CLIENT], OK);
    native(SYS_thread_yield, 0, 0, 0);
    CHECK(running == threads[CLIENT], "who calls now");
    uint64_t token = call(gates[CLIENT], 0, 1)->x[T2];
    CHECK_EQUAL(native(SYS_handle_close, again, 0, 0), OK, "it leaves nothing to end");
    sleep();
    CHECK_EQUAL(revoke(same), OK, "but its call");
    wake_server();
    CHECK_EQUAL(reply(token), ERR_NOT_FOUND, "which has ended");
}

SELFTEST("message_revoked_again", message_revoked_again) {
    revoked_again();
    world_end();
}

/* Not what who revokes has received, nor what came through another endpoint, even one
 * that is no more and whose place in memory has been taken. */
static void revoked_others(uint8_t slow) {
    BEGIN(slow);
    const struct handle_table *table = &processes[SERVER]->handles;
    const void *place = handle_object(table, endpoint)->body;
    receive(0);
    uint64_t token = call(gates[CLIENT], 0, 1)->x[T2];
    CHECK_EQUAL(revoke(endpoint), OK, "its own");
    for (int i = CLIENT; i < NR_THREADS; i++)
        CHECK_EQUAL(handle_close(&processes[i]->handles, gates[i]), OK, "a gate ends");
    CHECK_EQUAL(native(SYS_handle_close, endpoint, 0, 0), OK, "the endpoint ends");
    sleep();
    CHECK_EQUAL(native(SYS_endpoint_create, 0, 0, 0), OK, "somebody makes another");
    handle_t other = (handle_t)running->x[A1];
    table = &running->process->handles;
    CHECK(handle_object(table, other)->body == place, "in its place");
    CHECK_EQUAL(revoke(other), OK, "and revokes it");
    CHECK_EQUAL(threads[CLIENT]->state, THREAD_AWAITING_REPLY, "the call goes on");
    wake_server();
    CHECK_EQUAL(reply(token), OK, "and is answered");
}

SELFTEST("message_revoked_others", message_revoked_others) {
    revoked_others(0);
    world_end();
    revoked_others(SLOW_ALWAYS);
    world_end();
}
