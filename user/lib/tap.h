/* user/lib/tap.h - for programs that test: a line for each check, in TAP.
 *
 *     tap_plan(2);
 *     tap_check(1 + 1 == 2, "one and one is two");
 *     tap_status(heap_stats(0, &info), ERR_HANDLE, "heap_stats: no handle");
 *     return tap_end();
 */
#pragma once

#include "lib/status.h"

void tap_plan(unsigned nr_checks);
void tap_check(bool holds, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Fails, and shows both, if the two differ. */
void tap_status(status_t got, status_t wanted, const char *what);

/* The exit code for main(): 0 if all checks passed and there were as many as planned. */
int tap_end(void);
