/* user/apps/badges.c - a server with two clients, which it tells apart by their badges.
 *
 * Each client has a gate of its own to the same endpoint.  The server keeps an account
 * for each badge; no client can touch the other's, for it cannot forge a badge. */
#include "user/lib/server.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define NR_CLIENTS 2

enum { LABEL_PAY_IN = 1 };

static uint64_t accounts[NR_CLIENTS]; /* by badge */
static int nr_clients = NR_CLIENTS;

static enum server_answer pay_in(void *context, struct message *m) {
    (void)context;
    accounts[m->badge] += m->words[0];
    m->words[0] = accounts[m->badge];
    return SERVER_REPLY;
}

static enum server_answer closed(void *context, struct message *m) {
    (void)context;
    printf("client %lu has gone, its account is %lu\n", m->badge, accounts[m->badge]);
    nr_clients--;
    return nr_clients == 0 ? SERVER_STOP : SERVER_LATER;
}

static const struct server_handler table[] = {
    {LABEL_PAY_IN, pay_in, 0},
    {LABEL_CLOSED, closed, 0},
    {0, NULL, 0},
};

static void client(uint64_t gate) {
    for (uint64_t i = 1; i <= 10; i++) {
        struct message m = {tag_make(LABEL_PAY_IN, 0, 0, 0), {i}, 0, 0};
        (void)!message_call((handle_t)gate, &m);
    }
    (void)!handle_close((handle_t)gate);
    (void)!thread_exit();
}

int main(int argc, char **argv) {
    uint64_t endpoint, gate;
    (void)argc, (void)argv;
    if (endpoint_create(&endpoint) != OK)
        return 1;
    for (uint64_t badge = 0; badge < NR_CLIENTS; badge++)
        if (gate_create((handle_t)endpoint, badge, &gate) != OK ||
            thread_start(client, gate) != OK)
            return 1;
    return server_run((handle_t)endpoint, table, NULL) == OK ? 0 : 1;
}
