/* tests/kernel/message_world.h - a little system to send messages in: an idle process, a
 * server with an endpoint, two clients with gates to it, one thread each.
 *
 * The tests play the programs, by usermode.h.  `running` is whose turn it is. */
#pragma once

#include "kernel/abi/message.h"
#include "kernel/process.h"
#include "tests/kernel/selftest.h"
#include "tests/kernel/usermode.h"

#define A0 REGISTER_A0
#define A1 REGISTER_A1
#define A2 REGISTER_A2
#define T0 REGISTER_T0
#define T1 REGISTER_T1
#define T2 REGISTER_T2

enum { IDLE, SERVER, CLIENT, OTHER, NR_THREADS };

extern struct process *processes[NR_THREADS];
extern struct thread *threads[NR_THREADS];
extern struct thread *running;
extern handle_t own_handle[NR_THREADS]; /* to its process                 */
extern handle_t endpoint;               /* the server's                   */
extern handle_t gates[NR_THREADS];      /* the clients', badge 100 + n    */

/* All of it, `slow` as thread->slow says; the server, which is the most urgent, runs. */
MUST_CHECK status_t world_begin(uint8_t slow);
void world_end(void);

#define BEGIN(slow)                                                                      \
    do {                                                                                 \
        CHECK_EQUAL(world_begin(slow), OK, "a little system");                           \
        CHECK(running == threads[SERVER], "its server is the most urgent");              \
    } while (0)

/* Its parts: process i with a thread, and the end of both. */
MUST_CHECK status_t world_add_process(int i, unsigned priority);
void world_end_process(int i);

/* Give process `to` a handle that process `from` has too. */
MUST_CHECK status_t world_give(int from, handle_t handle, uint16_t rights, int to,
                               handle_t *out);

/* The running thread makes a call; its status, or who runs then. */
struct thread *trap(int64_t number);
status_t native(int64_t number, uint64_t a0, uint64_t a1, uint64_t a2);
struct thread *call(handle_t gate, uint64_t tag, uint64_t first_word);
struct thread *receive(uint64_t tag);
struct thread *reply_receive(uint64_t token, uint64_t tag, uint64_t first_word);

/* A tag, and six words that count on from the first; has the running thread got them? */
void put_message(uint64_t tag, uint64_t first_word);
bool has_words(uint64_t first_word);

/* A native call preserves its registers, and what it does not return is 0. */
bool is_clean(const struct thread *thread, int i);
