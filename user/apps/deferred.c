/* user/apps/deferred.c - a deferred reply: a server that keeps its callers waiting.
 *
 * It is a bell: who calls WAIT gets no answer until somebody else calls RING.  The server
 * keeps the tokens meanwhile and serves others; it answers the last who came first, to
 * show that the order is its own affair. */
#include "user/lib/server.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define NR_WAITERS 3

enum { LABEL_WAIT = 1, LABEL_RING, LABEL_BACK };

static uint64_t tokens[NR_WAITERS];
static uint64_t gate;
static int nr_waiting, nr_back;

static enum server_answer wait(void *context, struct message *m) {
    (void)context;
    tokens[nr_waiting++] = m->token;
    printf("waiter %lu waits\n", m->words[0]);
    return nr_waiting < NR_WAITERS ? SERVER_LATER : SERVER_STOP;
}

static enum server_answer back(void *context, struct message *m) {
    (void)context;
    printf("waiter %lu is back: %s\n", m->words[0], m->words[1] == 7 ? "rung" : "?");
    nr_back++;
    return nr_back < NR_WAITERS ? SERVER_REPLY : SERVER_STOP;
}

static const struct server_handler waiting[] = {{LABEL_WAIT, wait}, {0, NULL}};
static const struct server_handler ringing[] = {{LABEL_BACK, back}, {0, NULL}};

static void waiter(uint64_t number) {
    struct message m = {tag_make(LABEL_WAIT, 0, 0, 0), {number}, 0, 0};
    (void)!message_call((handle_t)gate, &m);
    m = (struct message){tag_make(LABEL_BACK, 0, 0, 0), {number, m.words[0]}, 0, 0};
    (void)!message_call((handle_t)gate, &m);
    for (;;)
        (void)!thread_sleep(UINT64_MAX);
}
