/* user/apps/deferred.c - a deferred reply: a server that keeps its callers waiting.
 *
 * Three threads call WAIT.  The server keeps their tokens and goes on receiving; when all
 * wait it answers them, the last who came first: the order is its own affair. */
#include "user/lib/server.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define NR_WAITERS 3

enum { LABEL_WAIT = 1, LABEL_BACK };

static uint64_t endpoint, gate;
static uint64_t tokens[NR_WAITERS];
static int nr_waiting, nr_back;

static enum server_answer wait(void *context, struct message *m) {
    (void)context;
    printf("waiter %lu waits\n", m->words[0]);
    tokens[nr_waiting++] = m->token;
    return nr_waiting < NR_WAITERS ? SERVER_LATER : SERVER_STOP;
}

static enum server_answer back(void *context, struct message *m) {
    (void)context;
    printf("waiter %lu was answered as number %lu\n", m->words[0], m->words[1]);
    nr_back++;
    return nr_back < NR_WAITERS ? SERVER_LATER : SERVER_STOP;
}

static const struct server_handler table[] = {
    {LABEL_WAIT, wait, 0},
    {LABEL_BACK, back, 0},
    {0, NULL, 0},
};

static void waiter(uint64_t number) {
    struct message m = {tag_make(LABEL_WAIT, 0, 0, 0), {number}, 0, 0};
    (void)!message_call((handle_t)gate, &m);
    m = (struct message){tag_make(LABEL_BACK, 0, 0, 0), {number, m.words[0]}, 0, 0};
    (void)!message_send((handle_t)gate, &m);
    (void)!thread_exit();
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    if (endpoint_create(&endpoint) != OK ||
        gate_create((handle_t)endpoint, 0, &gate) != OK)
        return 1;
    for (uint64_t number = 1; number <= NR_WAITERS; number++)
        if (thread_start(waiter, number) != OK)
            return 1;
    if (server_run((handle_t)endpoint, table, NULL) != OK)
        return 1;
    for (int i = NR_WAITERS; i > 0; i--) {
        struct message m = {.words = {(uint64_t)(NR_WAITERS - i + 1)}};
        if (message_reply(tokens[i - 1], &m) != OK)
            return 1;
    }
    return server_run((handle_t)endpoint, table, NULL) == OK ? 0 : 1;
}
