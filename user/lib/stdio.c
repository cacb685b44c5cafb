/* user/lib/stdio.c - printf, line by line to the console, or to the kernel's log. */
#include "user/lib/stdio.h"
#include "kernel/abi/syscall.h"
#include "user/lib/console.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"

static char buffer[LOG_WRITE_MAX];
static size_t nr_buffered;

static void log_it(void) {
    size_t nr_done = 0;
    while (nr_done < nr_buffered) {
        uint64_t written;
        status_t st =
            log_write(own_system, buffer + nr_done, nr_buffered - nr_done, &written);
        if (st != OK || written == 0)
            break;
        nr_done += written;
    }
}

/* To the console, or if there is none (any more) to the log.  What cannot be written
 * there either is lost: there is nowhere to say so. */
void stdout_flush(void) {
    status_t st = ERR_CLOSED;
    if (own_console != 0)
        st = console_write(own_console, buffer, nr_buffered);
    if (st != OK)
        log_it();
    nr_buffered = 0;
}

static void put(void *unused, char c) {
    (void)unused;
    buffer[nr_buffered] = c;
    nr_buffered++;
    if (c == '\n' || nr_buffered == sizeof(buffer))
        stdout_flush();
}

int putchar(int c) {
    put(NULL, (char)c);
    return c;
}

int puts(const char *line) {
    return printf("%s\n", line);
}

int printf(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    size_t nr_put = format_to_v(put, NULL, fmt, args);
    va_end(args);
    return (int)nr_put;
}
