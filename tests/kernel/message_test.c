/* tests/kernel/message_test.c - messages, step by step: what arrives, what is refused,
 * what happens when somebody ends. */
#include "kernel/message.h"
#include "kernel/abi/rights.h"
#include "kernel/handle.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "tests/kernel/message_world.h"

/* ---- calls and replies ---- */

static void round_trip(uint8_t slow) {
    BEGIN(slow);
    receive(0);
    CHECK(running == threads[CLIENT], "the server waits, and a client runs");
    uint64_t tag = tag_make(7, 64, 0, 0);
    memcpy(running->buffer->bytes,
           "eight words, that is to say sixty-four bytes of text...", 56);
    call(gates[CLIENT], tag, 1000);
    CHECK(running == threads[SERVER], "the server runs at once");
    CHECK_EQUAL(running->x[A0], OK, "it has received");
    CHECK_EQUAL(running->x[A1], tag, "the tag");
    CHECK(has_words(1000), "the words");
    CHECK_EQUAL(running->x[T1], 100 + CLIENT, "the badge of the gate");
    CHECK(running->x[T2] != 0, "a token");
    CHECK(is_clean(running, SERVER), "its own registers");
    CHECK(memcmp(running->buffer->bytes, threads[CLIENT]->buffer->bytes, 64) == 0,
          "the bytes");
    CHECK_EQUAL(threads[CLIENT]->state, THREAD_AWAITING_REPLY, "the client waits");
    reply_receive(running->x[T2], tag_make(8, 0, 0, 0), 2000);
    CHECK(running == threads[CLIENT], "the client goes on at once");
    CHECK_EQUAL(running->x[A0], OK, "its call is done");
    CHECK_EQUAL(running->x[A1], tag_make(8, 0, 0, 0), "the reply's tag");
    CHECK(has_words(2000), "the reply's words");
    CHECK(running->x[T1] == 0 && running->x[T2] == 0, "no badge and no token");
    CHECK(is_clean(running, CLIENT), "its own registers");
    CHECK_EQUAL(threads[SERVER]->state, THREAD_RECEIVING, "the server waits again");
}

SELFTEST("message_round_trip", message_round_trip) {
    round_trip(0);
    world_end();
    round_trip(SLOW_ALWAYS);
    world_end();
}

static void queue_and_tokens(void) {
    BEGIN(0);
    receive(0);
    uint64_t first = call(gates[CLIENT], 0, 1)->x[T2];
    receive(0); /* with the first call not answered */
    CHECK(running == threads[OTHER], "the other client");
    uint64_t second = call(gates[OTHER], 0, 2)->x[T2];
    CHECK(running == threads[SERVER] && running->x[T1] == 100 + OTHER, "its badge");
    running->x[T1] = second + OBJECTS_MAX;
    trap(SYS_reply);
    CHECK_EQUAL(running->x[A0], ERR_NOT_FOUND, "a token that was never given");
    running->x[T1] = second;
    put_message(0, 20);
    trap(SYS_reply);
    CHECK(running == threads[SERVER] && running->x[A0] == OK,
          "the last is answered first");
    running->x[T1] = second;
    trap(SYS_reply);
    CHECK_EQUAL(running->x[A0], ERR_NOT_FOUND, "a token works once");
    reply_receive(first, 0, 10);
    CHECK(running == threads[OTHER] || running == threads[CLIENT], "both go on");
    CHECK_EQUAL(running->x[A0], OK, "with an answer");
    running->x[T1] = threads[CLIENT]->token;
    trap(SYS_reply);
    CHECK_EQUAL(running->x[A0], ERR_NOT_FOUND, "nobody else's token works");
}

SELFTEST("message_tokens", message_tokens) {
    queue_and_tokens();
    world_end();
}

/* Who comes while the server is busy waits, the most urgent in front. */
static void priorities(void) {
    BEGIN(0);
    sched_stop(threads[OTHER], THREAD_SUSPENDED);
    threads[OTHER]->priority = 9;
    sched_make_ready(threads[OTHER]);
    native(SYS_thread_sleep, 1, 0, 0);
    CHECK(running == threads[SERVER], "a past deadline is no sleep");
    running->priority = 5;
    native(SYS_thread_yield, 0, 0, 0);
    CHECK(running == threads[OTHER], "the clients are more urgent now");
    native(SYS_thread_sleep, timer_now_ns() + NS_PER_SECOND * 3600, 0, 0);
    call(gates[CLIENT], 0, 1);
    CHECK(running == threads[SERVER], "one call waits");
    thread_cancel(threads[OTHER], OK);
    running = usermode_run(); /* more urgent */
    call(gates[OTHER], 0, 2);
    CHECK(running == threads[SERVER], "the other comes later");
    receive(0);
    CHECK_EQUAL(running->x[T1], 100 + OTHER, "but is served first");
    receive(0);
    CHECK_EQUAL(running->x[T1], 100 + CLIENT, "then the first");
    CHECK(has_words(1), "with its words");
    put_message(tag_make(3, 0, 0, 0), 5);
    running->x[A0] = endpoint;
    running->x[T2] = 1;
    trap(SYS_receive_until);
    CHECK_EQUAL(running->x[A0], ERR_TIMEOUT, "there is no third");
}

SELFTEST("message_priorities", message_priorities) {
    priorities();
    world_end();
}

/* ---- handles ---- */

static void handles(void) {
    BEGIN(0);
    receive(tag_make(0, 0, 0, 1));
    running->buffer->handles[0] = own_handle[CLIENT];
    running->buffer->handles[1] = gates[CLIENT];
    call(gates[CLIENT], tag_make(1, 3, 2, 0), 0);
    CHECK(running == threads[SERVER], "the call arrives");
    CHECK_EQUAL(running->x[A1], tag_make(1, 3, 1, 0), "one handle is taken");
    handle_t moved = running->buffer->handles[0];
    struct handle_table *table = &processes[SERVER]->handles;
    CHECK_EQUAL(handle_check(table, moved, OBJECT_PROCESS, RIGHT_INFO), OK, "it is here");
    CHECK(handle_object(table, moved)->body == processes[CLIENT], "and the client");
    table = &processes[CLIENT]->handles;
    CHECK_EQUAL(handle_check(table, own_handle[CLIENT], OBJECT_NONE, 0), ERR_HANDLE,
                "and not there any more");
    CHECK_EQUAL(handle_check(table, gates[CLIENT], OBJECT_NONE, 0), OK, "the other is");
    running->buffer->handles[0] = moved;
    reply_receive(running->x[T2], tag_make(0, 0, 1, 0), 0);
    CHECK(running == threads[CLIENT] && tag_handles(running->x[A1]) == 0,
          "one who takes no handle gets none");
    CHECK_EQUAL(handle_check(&processes[SERVER]->handles, moved, OBJECT_NONE, 0), OK,
                "so the server has it still");
}

SELFTEST("message_handles", message_handles) {
    handles();
    world_end();
}

/* What is moved into the table of the process that it names does not count there. */
static void move_its_end(int64_t number) {
    handle_t server;
    BEGIN(0);
    receive(tag_make(0, 0, 0, 1));
    CHECK_EQUAL(
        world_give(SERVER, own_handle[SERVER], RIGHTS_OF_PROCESS, CLIENT, &server), OK,
        "the client has a handle to the server");
    object_drop(processes[SERVER]->object);
    processes[SERVER] = NULL; /* the client's is the last handle */
    running->buffer->handles[0] = server;
    put_message(tag_make(0, 0, 1, 0), 1);
    running->x[A0] = gates[CLIENT];
    CHECK(trap(number) != threads[SERVER], "the server is no more");
    world_end();
}

SELFTEST("message_move_end", message_move_end) {
    move_its_end(SYS_call);
    move_its_end(SYS_send);
}

/* ---- refused ---- */

static status_t try(int64_t number, uint64_t handle, uint64_t tag, uint64_t token) {
    put_message(tag, 1);
    running->x[A0] = handle;
    running->x[T1] = token;
    running->x[T2] = 1;
    trap(number);
    return (status_t)(int64_t)running->x[A0];
}

static void refused(void) {
    BEGIN(0);
    receive(0);
    handle_t gate = gates[CLIENT], weak;
    CHECK_EQUAL(world_give(CLIENT, gate, RIGHT_SEND, CLIENT, &weak), OK,
                "a handle to send");
    CHECK_EQUAL(try(SYS_call, 0xdead, 0, 0), ERR_HANDLE, "no handle");
    CHECK_EQUAL(try(SYS_call, gate | 1ul << 40, 0, 0), ERR_HANDLE, "more than 32 bits");
    CHECK_EQUAL(try(SYS_call, own_handle[CLIENT], 0, 0), ERR_TYPE, "no gate");
    CHECK_EQUAL(try(SYS_call, weak, 0, 0), ERR_RIGHTS, "no right to call");
    CHECK_EQUAL(try(SYS_receive, gate, 0, 0), ERR_TYPE, "no endpoint");
    CHECK_EQUAL(try(SYS_reply_receive, gate, 0, 0), ERR_TYPE, "no endpoint");
    CHECK_EQUAL(try(SYS_call, gate, 513, 0), ERR_INVALID, "too many bytes");
    CHECK_EQUAL(try(SYS_call, gate, 0xffff, 0), ERR_INVALID, "many too many");
    CHECK_EQUAL(try(SYS_send, gate, tag_make(0, 0, 5, 0), 0), ERR_INVALID,
                "too many handles");
    running->buffer->handles[0] = 0xdead;
    CHECK_EQUAL(try(SYS_call, gate, tag_make(0, 0, 1, 0), 0), ERR_HANDLE,
                "a handle in the message that is none");
    CHECK_EQUAL(try(SYS_call, gate, tag_make(LABEL_CLOSED, 0, 0, 0), 0), ERR_INVALID,
                "a label of the kernel's");
    CHECK_EQUAL(try(SYS_reply, 0, 0, 0), ERR_NOT_FOUND, "token 0");
    CHECK_EQUAL(try(SYS_reply, 0, 0, UINT64_MAX), ERR_NOT_FOUND, "token -1");
    running->priority = 31;
    CHECK_EQUAL(handle_close(&processes[SERVER]->handles, endpoint), OK, "it closes");
    CHECK_EQUAL(threads[SERVER]->x[A0], (uint64_t)ERR_CLOSED, "who received is told");
    CHECK_EQUAL(try(SYS_call, gate, 0, 0), ERR_CLOSED, "and who calls");
    CHECK(is_clean(running, CLIENT), "a refusal leaves nothing behind");
}

SELFTEST("message_refused", message_refused) {
    refused();
    world_end();
}

/* One that has got a message, and has not run since. */
static void registers_read(void) {
    handle_t thread;
    BEGIN(0);
    receive(0);
    threads[SERVER]->x[28] = 77; /* as a trap of long ago has left it */
    running->priority = 31;
    CHECK_EQUAL(handle_insert(&processes[CLIENT]->handles, threads[SERVER]->object,
                              RIGHTS_OF_THREAD, 0, &thread),
                OK, "a handle to the server's thread");
    CHECK_EQUAL(try(SYS_send, gates[CLIENT], 0, 0), OK, "it gets a message");
    CHECK_EQUAL(native(SYS_thread_suspend, thread, 0, 0), OK, "it is stopped");
    uint64_t va = USER_END - (running->buffer_index + 1) * PAGE_SIZE;
    CHECK_EQUAL(native(SYS_thread_read_registers, thread, va, 0), OK, "and looked at");
    const struct thread_registers *registers = (const void *)running->buffer;
    CHECK_EQUAL(registers->x[T1], 100 + CLIENT, "it has its message");
    CHECK_EQUAL(registers->x[28], 0, "and nothing else that it will not find");
}

SELFTEST("message_registers_read", message_registers_read) {
    registers_read();
    world_end();
}

/* ---- ends ---- */

static void closed_gates(void) {
    BEGIN(0);
    receive(0);
    native(SYS_handle_close, gates[CLIENT], 0, 0);
    CHECK(running == threads[SERVER], "the server hears of it, being more urgent");
    CHECK_EQUAL(running->x[A1], tag_make(LABEL_CLOSED, 0, 0, 0), "CLOSED");
    CHECK_EQUAL(running->x[T1], 100 + CLIENT, "and which");
    CHECK_EQUAL(running->x[T2], 0, "which wants no reply");
    world_end_process(OTHER);
    receive(0);
    CHECK_EQUAL(running->x[A1], tag_make(LABEL_CLOSED, 0, 0, 0), "CLOSED again");
    CHECK_EQUAL(running->x[T1], 100 + OTHER, "for one that ended while nobody listened");
}

SELFTEST("message_closed_gates", message_closed_gates) {
    closed_gates();
    world_end();
}

/* What a server keeps for a badge it may throw away when it hears CLOSED. */
static void closed_comes_last(void) {
    BEGIN(0);
    native(SYS_thread_sleep, timer_now_ns() + NS_PER_SECOND * 3600, 0, 0);
    CHECK(running == threads[CLIENT], "the server is busy");
    call(gates[CLIENT], 0, 1);
    CHECK_EQUAL(handle_close(&processes[CLIENT]->handles, gates[CLIENT]), OK,
                "as another thread of the client does");
    thread_cancel(threads[SERVER], OK);
    running = usermode_run();
    receive(0);
    CHECK(running->x[T1] == 100 + CLIENT && has_words(1), "the message comes first");
    receive(0);
    CHECK_EQUAL(running->x[A1], tag_make(LABEL_CLOSED, 0, 0, 0), "and then CLOSED");
}

SELFTEST("message_closed_comes_last", message_closed_comes_last) {
    closed_comes_last();
    world_end();
}

static void dead_server(void) {
    BEGIN(0);
    receive(0);
    call(gates[CLIENT], 0, 0);
    receive(0);
    CHECK(running == threads[OTHER], "one waits for an answer");
    native(SYS_thread_yield, 0, 0, 0);
    world_end_process(SERVER);
    CHECK_EQUAL(threads[CLIENT]->state, THREAD_READY, "who waits no more");
    CHECK_EQUAL(threads[CLIENT]->x[A0], (uint64_t)ERR_CLOSED, "and is told why");
}

static void dead_client(void) {
    BEGIN(0);
    receive(0);
    uint64_t token = call(gates[CLIENT], 0, 0)->x[T2];
    world_end_process(CLIENT);
    CHECK_EQUAL(try(SYS_reply_receive, endpoint, 0, token), ERR_NOT_FOUND,
                "the token is void");
    CHECK(running == threads[SERVER], "and the server goes on");
    receive(0);
    CHECK_EQUAL(running->x[T1], 100 + CLIENT, "to hear that its gate is no more");
    CHECK_EQUAL(world_add_process(CLIENT, 8), OK, "another thread in its place");
    CHECK(threads[CLIENT]->token / OBJECTS_MAX >= token / OBJECTS_MAX,
          "will have no token that was ever given");
}

SELFTEST("message_dead_server", message_dead_server) {
    dead_server();
    world_end();
}

SELFTEST("message_dead_client", message_dead_client) {
    dead_client();
    world_end();
}

static void timeouts(void) {
    BEGIN(0);
    put_message(0, 0);
    running->x[A0] = endpoint;
    running->x[T2] = timer_now_ns() + NS_PER_SECOND * 3600;
    trap(SYS_receive_until);
    CHECK(running == threads[CLIENT], "the server waits");
    call(gates[CLIENT], 0, 1);
    CHECK(running == threads[SERVER] && has_words(1), "and gets what it waited for");
    uint64_t token = running->x[T2];
    receive(0);
    put_message(0, 0);
    running->x[A0] = gates[OTHER];
    running->x[T2] = timer_now_ns() + NS_PER_SECOND * 3600;
    trap(SYS_call_until);
    CHECK(running == threads[SERVER], "a call with a deadline");
    uint64_t late = running->x[T2];
    deadline_pass_due(UINT64_MAX - 1);
    CHECK_EQUAL(threads[OTHER]->x[A0], (uint64_t)ERR_TIMEOUT, "it passes");
    CHECK_EQUAL(try(SYS_reply, 0, 0, late), ERR_NOT_FOUND, "the reply comes too late");
    CHECK_EQUAL(try(SYS_reply, 0, 0, token), OK, "not for the other");
}

SELFTEST("message_timeouts", message_timeouts) {
    timeouts();
    world_end();
}
