/* user/lib/port.c - what mm needs of its host (mm/port.h), for programs. */
#include "mm/port.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"

static void put(void *unused, char c) {
    (void)unused;
    putchar(c);
}

void port_panic(const char *file, int line, const char *fmt, ...) {
    va_list args;
    printf("%s:%d: ", file, line);
    va_start(args, fmt);
    format_to_v(put, NULL, fmt, args);
    va_end(args);
    putchar('\n');
    abort();
}
