/* user/apps/adder.c - a server that init starts, and its client, in one file.
 *
 * usage: adder              as a server: a line `adder: adder` in init.list
 *        adder CALLS        as its client, which has `<adder`: makes so many calls, 10 ms
 *                           apart, and calls again when the server has died over one */
#include "user/lib/clock.h"
#include "user/lib/server.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define BETWEEN_NS 10000000u

enum { LABEL_ADD = 1 };

static enum server_answer add(void *context, struct message *m) {
    (void)context;
    m->words[0] += m->words[1];
    return SERVER_REPLY;
}

static const struct server_handler table[] = {
    {LABEL_ADD, add, 0},
    {0, NULL, 0},
};

static int serve(void) {
    return server_run((handle_t)own_start->endpoint, table, NULL) == ERR_CLOSED ? 0 : 1;
}

/* A call that the server had received when it died fails with ERR_CLOSED, and the next
 * one waits for its successor; if there is none it fails at once. */
static bool ask(uint64_t i, int *nr_deaths) {
    for (int tries = 0; tries < 2; tries++) {
        struct message m = {tag_make(LABEL_ADD, 0, 0, 0), {i, i}, 0, 0};
        status_t st = message_call((handle_t)own_start->gates[0], &m);
        if (st == OK)
            return m.words[0] == i + i;
        printf("adder: call %lu: %s\n", i, status_text(st));
        ++*nr_deaths;
    }
    return false;
}

int main(int argc, char **argv) {
    uint64_t nr_right = 0;
    int nr_deaths = 0;
    if (own_start->endpoint != 0)
        return serve();
    uint64_t nr_calls = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    for (uint64_t i = 0; i < nr_calls; i++) {
        nr_right += ask(i, &nr_deaths);
        clock_pause(BETWEEN_NS);
    }
    printf("adder: %lu of %lu sums are right, %d calls failed\n", nr_right, nr_calls,
           nr_deaths);
    return nr_right == nr_calls ? 0 : 1;
}
