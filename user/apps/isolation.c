/* user/apps/isolation.c - tries to reach what is not its own: the kernel, the memory and
 * the handles of another process, its messages (TAP).
 *
 * What a process may not do it tries in a child, which is killed for it; the secret that
 * the parent has stays one. */
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "lib/compiler.h"
#include "lib/string.h"
#include "user/lib/child.h"
#include "user/lib/clock.h"
#include "user/lib/message.h"
#include "user/lib/server.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define PAGE         4096
#define KERNEL_TEXT  0xffffffff80200000
#define DIRECT_MAP   0xffffffc080200000 /* the same frames, as all of RAM is mapped */
#define SECRET_AT    0x250000000        /* the parent alone has it mapped there */
#define LENT_AT      0x240000000        /* mapped by the child from a handle    */
#define SECRET       0x5ec5e7c0de5ec5e7
#define MOMENT_NS    20000000
#define CHILD_FRAMES 96
#define CHILD_HEAP   (24 << 10)

/* A child has copies of these, as they are when it is made. */
static uint64_t given_process, given; /* to itself, and to what it tries things on */
static uint64_t given_token, given_notification;
static uint64_t constant_data[4] = {0x13, 0x13, 0x13, 0x8067}; /* nop, nop, nop, ret */

/* ---- what a child tries; returns only if it was not stopped ---- */

static void load(uint64_t address) {
    (void)*(volatile uint64_t *)address;
}

static void store(uint64_t address) {
    *(volatile uint64_t *)address = 0;
}

static void jump(uint64_t address) {
    ((void (*)(void))address)();
}

static void read_supervisor_register(uint64_t unused) {
    (void)unused;
    __asm__ volatile("csrr a0, satp" ::: "a0");
}

static void write_supervisor_register(uint64_t unused) {
    (void)unused;
    __asm__ volatile("csrw sscratch, zero");
}

static void return_to_the_kernel(uint64_t unused) {
    (void)unused;
    __asm__ volatile("sret");
}

static void flush_translations(uint64_t unused) {
    (void)unused;
    __asm__ volatile("sfence.vma");
}

static const struct attempt {
    const char *what;
    void (*try)(uint64_t argument);
    uint64_t argument;
} attempts[] = {
    {"read the kernel's text", load, KERNEL_TEXT},
    {"write the kernel's text", store, KERNEL_TEXT},
    {"run the kernel's text", jump, KERNEL_TEXT},
    {"read RAM where the kernel has it", load, DIRECT_MAP},
    {"write RAM where the kernel has it", store, DIRECT_MAP},
    {"read the firmware", load, 0x80000000},
    {"write a device", store, 0x10000000},
    {"read what only its parent has mapped", load, SECRET_AT},
    {"write what only its parent has mapped", store, SECRET_AT},
    {"write its own text", store, (uintptr_t)load},
    {"write its own constants", store, (uintptr_t)attempts},
    {"run its own data", jump, (uintptr_t)constant_data},
    {"read page 0", load, 8},
    {"read an address that is none", load, 0x0000800000000000},
    {"read satp", read_supervisor_register, 0},
    {"write sscratch", write_supervisor_register, 0},
    {"sret", return_to_the_kernel, 0},
    {"sfence.vma", flush_translations, 0},
};

static void attempt_run(uint64_t index) {
    attempts[index].try(attempts[index].argument);
    (void)!process_exit(0); /* it was not stopped */
}

static void test_attempt(uint64_t index) {
    uint64_t child, code = 0;
    status_t st = child_create("attempt", CHILD_FRAMES, CHILD_HEAP, &child);
    if (st == OK)
        st = child_start(child, attempt_run, index);
    if (st == OK)
        st = child_wait(child, &code);
    tap_status(st, ERR_KILLED, attempts[index].what);
    child_kill(child);
}

/* ---- handles ---- */

#define INDEXES     1024
#define GENERATIONS 64

/* Of all that could be guessed, as many are good as the process has. */
static void test_guesses(void) {
    struct process_info info = {0};
    uint64_t nr_good = 0, copy;
    for (uint64_t guess = 0; guess < INDEXES * GENERATIONS; guess++) {
        if (handle_copy((handle_t)guess, 0, &copy) == ERR_HANDLE)
            continue;
        nr_good++;
        (void)!handle_close((handle_t)copy);
    }
    (void)!process_inspect(own_process, &info);
    tap_check(nr_good <= info.nr_handles, "%d guesses find %lu handles of the %lu I have",
              INDEXES * GENERATIONS, nr_good, info.nr_handles);
}

/* A child with no handles at all; a number that is good in its parent is none there. */
static void use_parents_handle(uint64_t handle) {
    uint64_t copy;
    bool is_refused = handle_copy((handle_t)handle, 0, &copy) == ERR_HANDLE &&
                      process_kill((handle_t)handle) == ERR_HANDLE;
    (void)!process_exit(is_refused ? 42 : 1);
}

/* More than the right that its one handle to a memory has. */
static void use_lent_memory(uint64_t unused) {
    uint64_t done, value;
    (void)unused;
    handle_t self = (handle_t)given_process, memory = (handle_t)given;
    bool is_good =
        process_map(self, memory, LENT_AT, 0, PAGE, MAP_READ | MAP_WRITE, &done) ==
            ERR_RIGHTS &&
        process_map(self, memory, LENT_AT, 0, PAGE, MAP_READ | MAP_EXECUTE, &done) ==
            ERR_RIGHTS &&
        handle_copy(memory, RIGHT_MAP_READ | RIGHT_MAP_WRITE, &value) == ERR_RIGHTS &&
        handle_revoke(memory) == ERR_RIGHTS &&
        process_map(self, memory, LENT_AT, 0, PAGE, MAP_READ, &done) == OK &&
        *(volatile uint64_t *)LENT_AT == SECRET &&
        process_protect(self, LENT_AT, PAGE, MAP_READ | MAP_WRITE, &done) == ERR_RIGHTS &&
        process_write(self, LENT_AT, &value, sizeof(value), &done) == ERR_FAULT &&
        memory_unshare(memory, 0, PAGE, &done) == ERR_RIGHTS;
    (void)!process_exit(is_good ? 42 : 1);
}

/* A token that its parent got, and those beside it. */
static void use_parents_token(uint64_t unused) {
    (void)unused;
    bool is_refused = true;
    for (int64_t off = -100; off <= 100; off++) {
        struct message m = {0};
        is_refused &= message_reply(given_token + (uint64_t)off, &m) == ERR_NOT_FOUND;
    }
    (void)!process_exit(is_refused ? 42 : 1);
}

/* `rights` to the secret's memory, or 0 for no handle. */
static void test_child(void (*function)(uint64_t), uint64_t argument, uint64_t memory,
                       const char *what) {
    uint64_t child, code = 0;
    status_t st = child_create("child", CHILD_FRAMES, CHILD_HEAP, &child);
    if (st == OK && memory != 0)
        st = process_give((handle_t)child, (handle_t)memory, RIGHT_MAP_READ, &given);
    if (st == OK && memory != 0)
        st = process_give((handle_t)child, (handle_t)child, RIGHTS_OF_PROCESS,
                          &given_process);
    if (st == OK)
        st = child_start(child, function, argument);
    if (st == OK)
        st = child_wait(child, &code);
    tap_check(st == OK && code == 42, "%s", what);
    child_kill(child);
}

/* ---- tokens ---- */

static volatile status_t call_status;

static void call_once(uint64_t gate) {
    struct message m = {0};
    call_status = message_call((handle_t)gate, &m);
    (void)!thread_exit();
}

static void test_tokens(void) {
    uint64_t endpoint = 0, gate = 0;
    struct message m = {0}, empty = {0};
    tap_check(endpoint_create(&endpoint) == OK &&
                  gate_create((handle_t)endpoint, 1, &gate) == OK &&
                  thread_start(call_once, gate) == OK &&
                  message_receive((handle_t)endpoint, &m) == OK,
              "a call is received");
    given_token = m.token;
    test_child(use_parents_token, 0, 0, "another process cannot answer it");
    tap_status(message_reply(m.token + 1, &empty), ERR_NOT_FOUND, "nor one that guesses");
    empty = (struct message){0};
    tap_status(message_reply(m.token, &empty), OK, "who received it can");
    tap_status(message_reply(m.token, &empty), ERR_NOT_FOUND, "and only once");
}

/* ---- revoked handles ---- */

static void wait_on_notification(uint64_t unused) {
    uint64_t bits;
    (void)unused;
    status_t st = notification_wait((handle_t)given, &bits);
    (void)!process_exit(st == ERR_CLOSED ? 42 : 1);
}

static void wait_at_endpoint(uint64_t unused) {
    struct message m = {0};
    (void)unused;
    status_t st = message_receive((handle_t)given, &m);
    (void)!process_exit(st == ERR_CLOSED ? 42 : 1);
}

static void test_revoke(uint64_t handle, uint64_t right, void (*wait)(uint64_t),
                        const char *what) {
    uint64_t child, code = 0;
    status_t st = child_create("child", CHILD_FRAMES, CHILD_HEAP, &child);
    if (st == OK)
        st = process_give((handle_t)child, (handle_t)handle, right, &given);
    if (st == OK)
        st = child_start(child, wait, 0);
    clock_pause(MOMENT_NS); /* now it waits; or else it finds no handle any more */
    while (handle_revoke((handle_t)handle) == ERR_AGAIN)
        ;
    if (st == OK)
        st = child_wait(child, &code);
    tap_check(st == OK && code == 42, "%s", what);
    child_kill(child);
}

/* With a call that it has received it waits at the endpoint, then for the word. */
static void keep_token(uint64_t unused) {
    uint64_t bits;
    struct message m = {0};
    (void)unused;
    bool is_good = message_receive((handle_t)given, &m) == OK;
    uint64_t token = m.token;
    is_good &= notification_signal((handle_t)given_notification, 1) == OK;
    m = (struct message){0};
    (void)!message_receive((handle_t)given, &m);
    is_good &= notification_wait((handle_t)given_notification, &bits) == OK;
    m = (struct message){0};
    is_good &= message_reply(token, &m) == ERR_NOT_FOUND;
    (void)!process_exit(is_good ? 42 : 1);
}

static void test_revoked_token(uint64_t endpoint, uint64_t notification) {
    uint64_t child, gate, bits, code = 0;
    call_status = ERR_AGAIN;
    status_t st = child_create("child", CHILD_FRAMES, CHILD_HEAP, &child);
    if (st == OK)
        st = process_give((handle_t)child, (handle_t)endpoint, RIGHT_RECEIVE, &given);
    if (st == OK)
        st = process_give((handle_t)child, (handle_t)notification,
                          RIGHT_SIGNAL | RIGHT_WAIT, &given_notification);
    if (st == OK)
        st = gate_create((handle_t)endpoint, 1, &gate);
    if (st == OK)
        st = child_start(child, keep_token, 0);
    if (st == OK)
        st = thread_start(call_once, gate);
    if (st == OK)
        st = notification_wait((handle_t)notification, &bits);
    while (handle_revoke((handle_t)endpoint) == ERR_AGAIN)
        ;
    for (int tries = 0; call_status == ERR_AGAIN && tries < 100; tries++)
        clock_pause(MOMENT_NS);
    tap_status(call_status, ERR_CLOSED, "revoke ends a call that was received");
    if (st == OK)
        st = notification_signal((handle_t)notification, 2);
    if (st == OK)
        st = child_wait(child, &code);
    tap_check(st == OK && code == 42, "and whoever received it cannot answer it");
    child_kill(child);
}

static void test_revokes(void) {
    uint64_t endpoint = 0, notification = 0;
    tap_check(endpoint_create(&endpoint) == OK &&
                  notification_create(&notification) == OK,
              "an endpoint and a notification");
    test_revoke(endpoint, RIGHT_RECEIVE, wait_at_endpoint, "revoke ends a receive");
    test_revoke(notification, RIGHT_WAIT, wait_on_notification, "revoke ends a wait");
    test_revoked_token(endpoint, notification);
}

/* ---- what another left behind ---- */

static void leave_secrets(uint64_t unused) {
    (void)unused;
    uint64_t memory, done;
    for (uint64_t i = 0; i < 16; i++) {
        uint64_t va = LENT_AT + i * PAGE;
        if (memory_create((handle_t)given_process, PAGE, 0, &memory) == OK &&
            process_map((handle_t)given_process, (handle_t)memory, va, 0, PAGE,
                        MAP_READ | MAP_WRITE, &done) == OK)
            for (uint64_t at = 0; at < PAGE; at += sizeof(uint64_t))
                *(volatile uint64_t *)(va + at) = SECRET;
    }
    (void)!process_exit(42);
}

static void test_left_behind(uint64_t lent) {
    test_child(leave_secrets, 0, lent, "another fills memory with secrets, and ends");
    size_t nr_bytes = 32 * PAGE;
    bool is_clean = space_add(own_process, LENT_AT, nr_bytes) == OK;
    for (uint64_t at = LENT_AT; at < LENT_AT + nr_bytes; at += sizeof(uint64_t))
        is_clean &= *(volatile uint64_t *)at == 0;
    tap_check(is_clean, "memory that is new here is zero");
}

int main(int argc, char **argv) {
    uint64_t secret;
    (void)argc, (void)argv;
    tap_plan(1 + ARRAY_SIZE(attempts) + 3 + 5 + 5 + 2 + 1);
    tap_status(space_add_shared(own_process, SECRET_AT, PAGE, &secret), OK, "a secret");
    *(volatile uint64_t *)SECRET_AT = SECRET;
    for (uint64_t i = 0; i < ARRAY_SIZE(attempts); i++)
        test_attempt(i);
    test_guesses();
    test_child(use_parents_handle, own_process, 0, "another's handle is a number");
    test_child(use_lent_memory, 0, secret, "memory is mapped with its handle's rights");
    test_tokens();
    test_revokes();
    test_left_behind(secret);
    tap_check(*(volatile uint64_t *)SECRET_AT == SECRET, "the secret is as it was");
    return tap_end();
}
