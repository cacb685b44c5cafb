/* user/lib/stdlib.c - exit and numbers; malloc is in malloc.c. */
#include "user/lib/stdlib.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define EXIT_CODE_OF_ABORT 134 /* as shells show SIGABRT */

void exit(int code) {
    stdout_flush();
    for (;;)
        (void)!process_exit(code);
}

void abort(void) {
    exit(EXIT_CODE_OF_ABORT);
}

int atoi(const char *text) {
    int value = 0;
    bool is_negative = *text == '-';
    if (is_negative)
        text++;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (*text - '0');
    return is_negative ? -value : value;
}
