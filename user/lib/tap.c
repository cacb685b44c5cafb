/* user/lib/tap.c - see tap.h. */
#include "user/lib/tap.h"
#include "user/lib/stdio.h"

static unsigned nr_planned;
static unsigned nr_checked;
static unsigned nr_failed;

void tap_plan(unsigned nr_checks) {
    nr_planned = nr_checks;
    printf("1..%u\n", nr_checks);
}

static void verdict(bool holds) {
    nr_checked++;
    if (!holds)
        nr_failed++;
    printf("%sok %u - ", holds ? "" : "not ", nr_checked);
}

static void put(void *unused, char c) {
    (void)unused;
    putchar(c);
}

void tap_check(bool holds, const char *fmt, ...) {
    va_list args;
    verdict(holds);
    va_start(args, fmt);
    format_to_v(put, NULL, fmt, args);
    va_end(args);
    putchar('\n');
}

void tap_status(status_t got, status_t wanted, const char *what) {
    verdict(got == wanted);
    printf("%s", what);
    if (got != wanted)
        printf(" # got %s (%d), wanted %s", status_name(got), (int)got,
               status_name(wanted));
    putchar('\n');
}

int tap_end(void) {
    if (nr_checked != nr_planned)
        printf("# %u checks planned, %u made\n", nr_planned, nr_checked);
    return nr_failed == 0 && nr_checked == nr_planned ? 0 : 1;
}
