/* user/apps/restarter.c - ends servers, again and again, for init to start them anew.
 *
 * usage: restarter ROUNDS SERVER...     needs `<init` */
#include "user/lib/clock.h"
#include "user/lib/init.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define BETWEEN_NS 200000000u /* more than what init takes for dying at once */
#define MOMENT_NS  10000000u
#define TRIES      100

/* One that was ended before may not have been started yet: then try again. */
static bool restart(const char *server) {
    status_t st = ERR_CLOSED;
    for (int i = 0; i < TRIES && st == ERR_CLOSED; i++) {
        st = init_restart((handle_t)own_start->gates[0], server);
        if (st == ERR_CLOSED)
            clock_pause(MOMENT_NS);
    }
    if (st != OK)
        printf("restarter: %s: %s\n", server, status_text(st));
    return st == OK;
}

int main(int argc, char **argv) {
    int nr_rounds = argc > 1 ? atoi(argv[1]) : 1, nr_ended = 0;
    for (int round = 0; round < nr_rounds; round++) {
        clock_pause(BETWEEN_NS);
        for (int i = 2; i < argc; i++)
            nr_ended += restart(argv[i]);
    }
    printf("restarter: %d times\n", nr_ended);
    return nr_ended == nr_rounds * (argc - 2) ? 0 : 1;
}
