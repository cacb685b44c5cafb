/* user/apps/sleep.c - does nothing for so many seconds: something to wait for, in the
 * shell.
 *
 * usage: sleep SECONDS */
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

int main(int argc, char **argv) {
    int seconds = argc == 2 ? atoi(argv[1]) : -1;
    uint64_t now_ns;
    if (seconds < 0) {
        printf("usage: sleep SECONDS\n");
        return 2;
    }
    if (clock_read(&now_ns) != OK)
        return 1;
    return thread_sleep(now_ns + (uint64_t)seconds * 1000000000) == OK ? 0 : 1;
}
