/* user/apps/sleep.c - does nothing for so many seconds: something to wait for, in the
 * shell.
 *
 * usage: sleep SECONDS */
#include "user/lib/clock.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"

int main(int argc, char **argv) {
    int seconds = argc == 2 ? atoi(argv[1]) : -1;
    if (seconds < 0) {
        printf("usage: sleep SECONDS\n");
        return 2;
    }
    clock_pause((uint64_t)seconds * 1000000000);
    return 0;
}
