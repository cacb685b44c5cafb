/* user/lib/message.h - messages as C functions.
 *
 * Each makes the call of that name (kernel/abi/syscalls.def) with the registers that
 * kernel/abi/message.h tells, out of a struct and back into it.  The names that end in
 * _until have a deadline in ns, as clock_read() counts. */
#pragma once

#include "kernel/abi/message.h"

struct message {
    uint64_t tag; /* tag_make() */
    uint64_t words[MESSAGE_WORDS];
    uint64_t badge; /* received: of the gate it came through */
    uint64_t token; /* received: for the reply; 0 if none is wanted */
};

/* This thread's buffer, as its first bytes and handles travel. */
static inline struct message_buffer *message_buffer(void) {
    struct message_buffer *buffer;
    __asm__("mv %0, tp" : "=r"(buffer));
    return buffer;
}

static inline status_t message_ecall(int64_t number, handle_t handle, struct message *m,
                                     uint64_t token, uint64_t deadline_ns) {
    register uint64_t a0 __asm__("a0") = handle;
    register uint64_t a1 __asm__("a1") = m->tag;
    register uint64_t a2 __asm__("a2") = m->words[0];
    register uint64_t a3 __asm__("a3") = m->words[1];
    register uint64_t a4 __asm__("a4") = m->words[2];
    register uint64_t a5 __asm__("a5") = m->words[3];
    register uint64_t a6 __asm__("a6") = m->words[4];
    register uint64_t t0 __asm__("t0") = m->words[5];
    register uint64_t t1 __asm__("t1") = token;
    register uint64_t t2 __asm__("t2") = deadline_ns;
    register uint64_t a7 __asm__("a7") = (uint64_t)number;
    __asm__ volatile("ecall"
                     : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5),
                       "+r"(a6), "+r"(t0), "+r"(t1), "+r"(t2), "+r"(a7)
                     :
                     : "memory", "ra", "t3", "t4", "t5", "t6");
    *m = (struct message){a1, {a2, a3, a4, a5, a6, t0}, t1, t2};
    return (status_t)(int64_t)a0;
}

/* Send *m and wait for the reply, which replaces it; or with an error, zeroes do. */
static inline status_t message_call(handle_t gate, struct message *m) {
    return message_ecall(SYS_call, gate, m, 0, 0);
}
static inline status_t message_call_until(handle_t gate, struct message *m,
                                          uint64_t deadline_ns) {
    return message_ecall(SYS_call_until, gate, m, 0, deadline_ns);
}

static inline status_t message_send(handle_t gate, struct message *m) {
    return message_ecall(SYS_send, gate, m, 0, 0);
}
static inline status_t message_send_until(handle_t gate, struct message *m,
                                          uint64_t deadline_ns) {
    return message_ecall(SYS_send_until, gate, m, 0, deadline_ns);
}

/* Wait for a message.  m->tag says how many handles it may bring. */
static inline status_t message_receive(handle_t endpoint, struct message *m) {
    return message_ecall(SYS_receive, endpoint, m, 0, 0);
}
static inline status_t message_receive_until(handle_t endpoint, struct message *m,
                                             uint64_t deadline_ns) {
    return message_ecall(SYS_receive_until, endpoint, m, 0, deadline_ns);
}

/* Answer the call whose token it is, with *m. */
static inline status_t message_reply(uint64_t token, struct message *m) {
    return message_ecall(SYS_reply, 0, m, token, 0);
}

/* Answer, and wait for the next message. */
static inline status_t message_reply_receive(handle_t endpoint, uint64_t token,
                                             struct message *m) {
    return message_ecall(SYS_reply_receive, endpoint, m, token, 0);
}
static inline status_t message_reply_receive_until(handle_t endpoint, uint64_t token,
                                                   struct message *m,
                                                   uint64_t deadline_ns) {
    return message_ecall(SYS_reply_receive_until, endpoint, m, token, deadline_ns);
}
