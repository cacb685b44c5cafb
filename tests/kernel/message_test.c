/* tests/kernel/message_test.c - messages between threads whose programs are this file. */
#include "kernel/message.h"
#include "kernel/abi/rights.h"
#include "kernel/handle.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/selftest.h"
#include "kernel/smp.h"
#include "kernel/timer.h"
#include "lib/string.h"
#include "tests/kernel/usermode.h"

#define A0 REGISTER_A0
#define A1 REGISTER_A1
#define A2 REGISTER_A2
#define T0 REGISTER_T0
#define T1 REGISTER_T1
#define T2 REGISTER_T2

enum { IDLE, SERVER, CLIENT, OTHER, NR_THREADS };

/* Each thread has a process of its own; the idle one never blocks. */
static struct process *processes[NR_THREADS];
static struct thread *threads[NR_THREADS];
static struct thread *running;
static handle_t own_handle[NR_THREADS];
static handle_t endpoint;  /* the server's        */
static handle_t gates[NR_THREADS]; /* the clients', badge 100 + n */

static struct thread *trap(int64_t number) {
    running->x[REGISTER_A7] = (uint64_t)number;
    running = usermode_trap(running);
    return running;
}

/* The running thread's call, whose status and value come back. */
static status_t native(int64_t number, uint64_t a0, uint64_t a1, uint64_t a2) {
    running->x[A0] = a0;
    running->x[A1] = a1;
    running->x[A2] = a2;
    trap(number);
    return (status_t)(int64_t)running->x[A0];
}

static void put_message(uint64_t tag, uint64_t first_word) {
    running->x[A1] = tag;
    for (uint64_t i = 0; i < 5; i++)
        running->x[A2 + i] = first_word + i;
    running->x[T0] = first_word + 5;
}

static bool has_words(uint64_t first_word) {
    for (uint64_t i = 0; i < 5; i++)
        if (running->x[A2 + i] != first_word + i)
            return false;
    return running->x[T0] == first_word + 5;
}

static struct thread *call(handle_t gate, uint64_t tag, uint64_t first_word) {
    put_message(tag, first_word);
    running->x[A0] = gate;
    return trap(SYS_call);
}

static struct thread *reply_receive(uint64_t token, uint64_t tag, uint64_t first_word) {
    put_message(tag, first_word);
    running->x[A0] = endpoint;
    running->x[T1] = token;
    return trap(SYS_reply_receive);
}

static struct thread *receive(uint64_t tag) {
    put_message(tag, 0);
    running->x[A0] = endpoint;
    return trap(SYS_receive);
}

/* ---- a little system ---- */

static uint64_t pattern(int i, unsigned n) {
    return (uint64_t)(i + 1) << 32 | n;
}

static const uint8_t preserved[] = {2,  3,  4,  8,  9,  18, 19, 20,
                                    21, 22, 23, 24, 25, 26, 27};

static status_t add_process(int i, unsigned priority) {
    handle_t system;
    status_t st = process_create("test", &own_handle[i], &system, &processes[i]);
    if (st == OK)
        st = usermode_thread(processes[i], priority, &threads[i]);
    for (size_t n = 0; st == OK && n < sizeof(preserved); n++)
        threads[i]->x[preserved[n]] = pattern(i, preserved[n]);
    return st;
}

/* Give process `to` a handle that process `from` has too. */
static status_t give(int from, handle_t handle, uint16_t rights, int to, handle_t *out) {
    return handle_insert(&processes[to]->handles,
                         handle_object(&processes[from]->handles, handle), rights, 0, out);
}

static status_t add_gate(int to) {
    status_t st = native(SYS_gate_create, endpoint, 100 + (uint64_t)to, 0);
    handle_t gate = (handle_t)running->x[A1];
    if (st == OK)
        st = give(SERVER, gate, RIGHTS_OF_GATE, to, &gates[to]);
    if (st == OK)
        st = native(SYS_handle_close, gate, 0, 0);
    return st;
}

/* An idle process, a server with an endpoint, which runs, and two clients with gates. */
static status_t begin(uint8_t slow) {
    status_t st = add_process(IDLE, 0);
    for (int i = SERVER; st == OK && i < NR_THREADS; i++)
        st = add_process(i, i == SERVER ? 10 : 8);
    if (st != OK)
        return st;
    for (int i = 0; i < NR_THREADS; i++)
        threads[i]->slow = slow;
    running = usermode_run();
    st = native(SYS_endpoint_create, 0, 0, 0);
    endpoint = (handle_t)running->x[A1];
    for (int i = CLIENT; st == OK && i < NR_THREADS; i++)
        st = add_gate(i);
    return st;
}

static void end_process(int i) {
    if (processes[i] == NULL)
        return;
    if (processes[i]->state == PROCESS_ALIVE)
        process_kill(processes[i], "the test ends");
    usermode_end(threads[i]);
    while (processes[i]->state != PROCESS_ENDED)
        (void)process_reap_step();
    process_destroy(processes[i]);
    processes[i] = NULL;
}

static void end(void) {
    usermode_leave();
    for (int i = 0; i < NR_THREADS; i++)
        end_process(i);
}

#define BEGIN(slow)                                                                      \
    do {                                                                                 \
        CHECK_EQUAL(begin(slow), OK, "a little system");                                 \
        CHECK(running == threads[SERVER], "its server is the most urgent");              \
    } while (0)

/* A native call preserves these, and what it does not return is 0. */
static bool is_clean(const struct thread *thread, int i) {
    for (size_t n = 0; n < sizeof(preserved); n++)
        if (thread->x[preserved[n]] != pattern(i, preserved[n]))
            return false;
    return thread->x[1] == 0 && thread->x[17] == 0 && thread->x[28] == 0 &&
           thread->x[29] == 0 && thread->x[30] == 0 && thread->x[31] == 0;
}

/* ---- calls and replies ---- */

static void round_trip(uint8_t slow) {
    BEGIN(slow);
    receive(0);
    CHECK(running == threads[CLIENT], "the server waits, and a client runs");
    uint64_t tag = tag_make(7, 64, 0, 0);
    memcpy(running->buffer->bytes, "eight words, that is to say sixty-four bytes of text...",
           56);
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
    end();
    round_trip(SLOW_ALWAYS);
    end();
}

static void queue_and_tokens(void) {
    BEGIN(0);
    receive(0);
    uint64_t first = call(gates[CLIENT], 0, 1)->x[T2];
    receive(0); /* with the first call not answered */
    CHECK(running == threads[OTHER], "the other client");
    uint64_t second = call(gates[OTHER], 0, 2)->x[T2];
    CHECK(running == threads[SERVER] && running->x[T1] == 100 + OTHER, "its badge");
    running->x[T1] = second + TOKEN_SERIAL;
    trap(SYS_reply);
    CHECK_EQUAL(running->x[A0], ERR_NOT_FOUND, "a token that was never given");
    running->x[T1] = second;
    put_message(0, 20);
    trap(SYS_reply);
    CHECK(running == threads[SERVER] && running->x[A0] == OK, "the last is answered first");
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
    end();
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
    end();
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
    end();
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
    CHECK_EQUAL(give(CLIENT, gate, RIGHT_SEND, CLIENT, &weak), OK, "a handle to send");
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
    struct message_buffer *buffer = running->buffer;
    running->buffer = NULL;
    CHECK_EQUAL(try(SYS_call, gate, 8, 0), ERR_INVALID, "bytes without a buffer");
    running->buffer = buffer;
    running->priority = 31;
    CHECK_EQUAL(handle_close(&processes[SERVER]->handles, endpoint), OK, "it closes");
    CHECK_EQUAL(threads[SERVER]->x[A0], (uint64_t)ERR_CLOSED, "who received is told");
    CHECK_EQUAL(try(SYS_call, gate, 0, 0), ERR_CLOSED, "and who calls");
    CHECK(is_clean(running, CLIENT), "a refusal leaves nothing behind");
}

SELFTEST("message_refused", message_refused) {
    refused();
    end();
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
    end_process(OTHER);
    receive(0);
    CHECK_EQUAL(running->x[A1], tag_make(LABEL_CLOSED, 0, 0, 0), "CLOSED again");
    CHECK_EQUAL(running->x[T1], 100 + OTHER, "for one that ended while nobody listened");
}

SELFTEST("message_closed_gates", message_closed_gates) {
    closed_gates();
    end();
}

static void dead_server(void) {
    BEGIN(0);
    receive(0);
    call(gates[CLIENT], 0, 0);
    receive(0);
    CHECK(running == threads[OTHER], "one waits for an answer");
    native(SYS_thread_yield, 0, 0, 0);
    end_process(SERVER);
    CHECK_EQUAL(threads[CLIENT]->state, THREAD_READY, "who waits no more");
    CHECK_EQUAL(threads[CLIENT]->x[A0], (uint64_t)ERR_CLOSED, "and is told why");
}

static void dead_client(void) {
    BEGIN(0);
    receive(0);
    uint64_t token = call(gates[CLIENT], 0, 0)->x[T2];
    end_process(CLIENT);
    CHECK_EQUAL(try(SYS_reply_receive, endpoint, 0, token), ERR_NOT_FOUND,
                "the token is void");
    CHECK(running == threads[SERVER], "and the server goes on");
    receive(0);
    CHECK_EQUAL(running->x[T1], 100 + CLIENT, "to hear that its gate is no more");
    CHECK_EQUAL(add_process(CLIENT, 8), OK, "another thread in its place");
    CHECK(threads[CLIENT]->token / OBJECTS_MAX >= token / OBJECTS_MAX,
          "will have no token that was ever given");
}

SELFTEST("message_dead_server", message_dead_server) {
    dead_server();
    end();
}

SELFTEST("message_dead_client", message_dead_client) {
    dead_client();
    end();
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
    end();
}

/* ---- faults and foreign calls ---- */

static struct thread *fault(void) {
    running = usermode_fault(running, FAULT_LOAD, 0x1234);
    return running;
}

static void handlers(void) {
    BEGIN(0);
    CHECK_EQUAL(handle_insert(&processes[CLIENT]->handles, threads[CLIENT]->object,
                              RIGHTS_OF_THREAD, 0, &own_handle[CLIENT]),
                OK, "a handle to the thread");
    receive(0);
    CHECK_EQUAL(native(SYS_thread_set_handlers, own_handle[CLIENT], own_handle[CLIENT], 0),
                ERR_TYPE, "a handler is a gate");
    CHECK_EQUAL(native(SYS_thread_set_handlers, own_handle[CLIENT], gates[CLIENT],
                       gates[CLIENT]),
                OK, "handlers");
    for (unsigned n = 1; n < 32; n++)
        running->x[n] = n + 500;
    fault();
    CHECK(running == threads[SERVER], "a fault is a message");
    CHECK_EQUAL(running->x[A1], tag_make(LABEL_FAULT, 0, 0, 0), "with a label");
    CHECK_EQUAL(running->x[A2], FAULT_LOAD, "a kind");
    CHECK_EQUAL(running->x[A2 + 1], 0x1234, "an address");
    CHECK_EQUAL(running->x[A2 + 2], threads[CLIENT]->x[0], "and a pc");
    threads[CLIENT]->x[0] += 4; /* it must land here again */
    reply_receive(running->x[T2], 0, 77);
    CHECK(running == threads[CLIENT], "the thread tries again");
    for (unsigned n = 1; n < 32; n++)
        CHECK_EQUAL(running->x[n], n + 500, "with all its registers");
    running->x[REGISTER_A7] = 64;
    running = usermode_trap(running);
    CHECK(running == threads[SERVER], "a foreign call is a message");
    CHECK_EQUAL(running->x[A1], tag_make(64, 0, 0, 0), "the number is the label");
    for (unsigned n = 0; n < 5; n++)
        CHECK_EQUAL(running->x[A2 + n], 510 + n, "a0 to a4 are words");
    CHECK_EQUAL(running->x[T0], 515, "a5 too");
    reply_receive(running->x[T2], 0, 77);
    CHECK(running == threads[CLIENT], "it has an answer");
    for (unsigned n = 1; n < 32; n++)
        CHECK_EQUAL(running->x[n], n == 10 ? 77 : n == 17 ? 64 : n + 500,
                    "the first word in a0, all else as it was");
    running->x[REGISTER_A7] = INT64_MAX;
    running = usermode_trap(running);
    CHECK_EQUAL(running->x[A0], (uint64_t)ERR_NO_SYSCALL, "a number that is no label");
    fault();
    CHECK(running == threads[SERVER], "another fault");
    reply_receive(running->x[T2], tag_make(1, 0, 0, 0), 0);
    CHECK_EQUAL(processes[CLIENT]->state, PROCESS_ENDING, "the handler gives up on it");
}

SELFTEST("message_handlers", message_handlers) {
    handlers();
    end();
}
