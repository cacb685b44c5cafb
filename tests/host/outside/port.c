/* tests/host/outside/port.c - libmm.a's own port_panic(), for programs that have none. */
#include "mm/port.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void port_panic(const char *file, int line, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}
