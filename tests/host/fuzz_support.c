/* tests/host/fuzz_support.c - what the fuzz targets have in place of support.c: without
 * cmocka, whatever must not happen ends the process, and libFuzzer keeps the input. */
#include "tests/host/fuzz_support.h"

#include "mm/port.h"
#include "tests/host/support.h"

void require_failed(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

void port_panic(const char *file, int line, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fprintf(stderr, "%s:%d: panic: ", file, line);
    vfprintf(stderr, fmt, args);
    va_end(args);
    abort();
}
