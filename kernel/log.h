/* kernel/log.h - the kernel's voice: the console, and lines with a level and a module.
 *
 * A file that logs says so once, after its includes, and its module can then be chosen by
 * the boot option `log=`:
 *
 *     LOG_MODULE("mm");
 *     ...
 *     log_info("%zu frames", nr_frames);
 *
 * Every function takes the console lock itself and writes whole lines.  May be called
 * with any other lock held. */
#pragma once

#include "lib/format.h"
#include "lib/status.h"

enum log_level { LOG_OFF, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

struct log_module {
    const char *name;
    enum log_level level; /* lines above it are not shown */
};

#define LOG_MODULE(module_name)                                                          \
    static struct log_module log_this_module IN_SECTION(".log_modules") = {              \
        .name = (module_name), .level = LOG_INFO}

#define LOG_AT(at, ...)                                                                  \
    do {                                                                                 \
        if (log_is_wanted(&log_this_module, at))                                         \
            log_line(&log_this_module, at, OK, __VA_ARGS__);                             \
    } while (0)

#define log_error(...) LOG_AT(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  LOG_AT(LOG_WARN, __VA_ARGS__)
#define log_info(...)  LOG_AT(LOG_INFO, __VA_ARGS__)
#define log_debug(...) LOG_AT(LOG_DEBUG, __VA_ARGS__)
#define log_trace(...) LOG_AT(LOG_TRACE, __VA_ARGS__)

/* The status, after logging at debug level who was refused and why:
 *     return DENY(ERR_RIGHTS, "handle %u: want SEND on an endpoint", h); */
#define DENY(status, ...)                                                                \
    (log_is_wanted(&log_this_module, LOG_DEBUG)                                          \
         ? log_line(&log_this_module, LOG_DEBUG, (status), __VA_ARGS__)                  \
         : (status))

/* In debug builds the panic ring takes debug lines even when the console does not. */
static inline bool log_is_wanted(const struct log_module *module, enum log_level at) {
    return UNLIKELY(at <=
                    (DEBUG && module->level < LOG_DEBUG ? LOG_DEBUG : module->level));
}

/* Returns the status, whose name the line begins with unless it is OK. */
status_t log_line(const struct log_module *module, enum log_level at, status_t status,
                  const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The value of `log=`: "debug", or "mm:debug,boot:trace", or both mixed.  Returns NULL,
 * or the list from the first item on that names no level or no module; the others are
 * obeyed. */
const char *log_set_levels(const char *spec);

/* Print without level and module: tables, test results, what user programs say. */
void console_printf(const char *fmt, ...) PRINTF_LIKE(1, 2);
void console_printf_v(const char *fmt, va_list args);
void console_write(const char *bytes, size_t nr_bytes);

/* For panic.c: the last lines again. */
void log_print_last_lines(void);
