/* user/apps/restarter.c - ends servers, again and again, for init to start them anew.
 *
 * usage: restarter ROUNDS SERVER...     needs `<init` */
#include "user/lib/init.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define BETWEEN_NS 150000000u /* more than what init takes for dying at once */

int main(int argc, char **argv) {
    int nr_rounds = argc > 1 ? atoi(argv[1]) : 1, nr_ended = 0;
    for (int round = 0; round < nr_rounds; round++) {
        uint64_t now_ns;
        (void)!clock_read(&now_ns);
        (void)!thread_sleep(now_ns + BETWEEN_NS);
        for (int i = 2; i < argc; i++) {
            status_t st = init_restart((handle_t)own_start->gates[0], argv[i]);
            if (st == OK)
                nr_ended++;
            else
                printf("restarter: %s: %s\n", argv[i], status_text(st));
        }
    }
    printf("restarter: %d times\n", nr_ended);
    return nr_ended == nr_rounds * (argc - 2) ? 0 : 1;
}
