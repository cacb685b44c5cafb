/* user/lib/stdio.h - the part of C's <stdio.h> that we use, with C's meaning. */
#pragma once

#include "lib/format.h"

/* Output waits for the end of the line, a full buffer, stdout_flush() or exit().  It goes
 * to the console if the program has a gate there (own_console), through the thread's
 * message buffer, else to the kernel's log. */
int printf(const char *fmt, ...) PRINTF_LIKE(1, 2);
int putchar(int c);
int puts(const char *line);
void stdout_flush(void);
