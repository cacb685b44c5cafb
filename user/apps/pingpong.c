/* user/apps/pingpong.c - the smallest server there is, and its client.
 *
 * Two threads of one program.  The server adds one to the first word of each call; the
 * client calls three times, then closes its gate, of which the server hears too. */
#include "user/lib/server.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

enum { LABEL_PING = 1 };

static enum server_answer ping(void *context, struct message *m) {
    (void)context;
    printf("server: ping %lu\n", m->words[0]);
    m->words[0]++;
    return SERVER_REPLY;
}

static enum server_answer closed(void *context, struct message *m) {
    (void)context, (void)m;
    printf("server: my client has closed its gate\n");
    return SERVER_STOP;
}

static const struct server_handler table[] = {
    {LABEL_PING, ping, 0},
    {LABEL_CLOSED, closed, 0},
    {0, NULL, 0},
};

static void client(uint64_t gate) {
    struct message m = {.words = {10}};
    for (int i = 0; i < 3; i++) {
        m.tag = tag_make(LABEL_PING, 0, 0, 0);
        if (message_call((handle_t)gate, &m) == OK)
            printf("client: pong %lu\n", m.words[0]);
    }
    (void)!handle_close((handle_t)gate);
    (void)!thread_exit();
}

int main(int argc, char **argv) {
    uint64_t endpoint, gate;
    (void)argc, (void)argv;
    if (endpoint_create(&endpoint) != OK ||
        gate_create((handle_t)endpoint, 1, &gate) != OK)
        return 1;
    if (thread_start(client, gate) != OK)
        return 1;
    return server_run((handle_t)endpoint, table, NULL) == OK ? 0 : 1;
}
