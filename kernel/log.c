/* kernel/log.c - see log.h.
 *
 * Every character goes to the SBI console; log lines also go into a ring, which a panic
 * prints once more: the lines that led to it may have scrolled away, or were never shown.
 * Programs read that ring by the call log_read().
 * Invariant L1: lines of different harts never mix, except while a panic is under way. */
#include "kernel/log.h"

#include "boot/sbi.h"
#include "kernel/options.h"
#include "kernel/panic.h"
#include "kernel/smp.h"
#include "kernel/syscall.h"
#include "kernel/uaccess.h"
#include "lib/items.h"
#include "lib/spinlock.h"
#include "lib/string.h"

#define RING_LINES 16

extern struct log_module slog_modules[], elog_modules[]; /* linker.ld */

static const char *const level_names[] = {"OFF",  "ERROR", "WARN",
                                          "INFO", "DEBUG", "TRACE"};
static const uint8_t level_colors[] = {0, 31, 93, 34, 32, 90}; /* as rCore's */

/* (o) console_lock   (a) atomic   (c) constant after boot */
static struct spinlock console_lock;
static char ring[RING_LINES][LOG_LINE_BYTES]; /* (o) strings; the oldest goes first */
static size_t nr_ring_lines;                  /* (o) ever written */

static void console_acquire(void) {
    struct hart *only = panicking_hart;
    if (only == NULL)
        spinlock_acquire(&console_lock);
    while (only != NULL && only != hart_current())
        __asm__ volatile("wfi"); /* another hart panics: the machine ends soon */
}

static void console_release(void) {
    if (panicking_hart == NULL)
        spinlock_release(&console_lock);
}

/* A line on its way into the ring, too. */
struct line {
    char *next;
    char *end; /* the last byte, for the terminator */
    bool is_shown;
};

/* NULL: for the console alone. */
static void put_char(void *context, char c) {
    struct line *line = context;
    if (line != NULL && line->next < line->end)
        *line->next++ = c;
    if (line == NULL || line->is_shown)
        sbi_console_putchar(c);
}

void console_write(const char *bytes, size_t nr_bytes) {
    console_acquire();
    for (size_t i = 0; i < nr_bytes; i++)
        sbi_console_putchar(bytes[i]);
    console_release();
}

void console_printf_v(const char *fmt, va_list args) {
    console_acquire();
    format_to_v(put_char, NULL, fmt, args);
    console_release();
}

void console_printf(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    console_printf_v(fmt, args);
    va_end(args);
}

/* ---- log lines ---- */

status_t log_line(const struct log_module *module, enum log_level at, status_t status,
                  const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    console_acquire();
    char *slot = ring[nr_ring_lines % RING_LINES];
    struct line line = {slot, slot + LOG_LINE_BYTES - 1, at <= module->level};
    nr_ring_lines++;
    if (line.is_shown && options.color)
        format_to(put_char, NULL, "\x1b[%um", level_colors[at]);
    format_to(put_char, &line, "[%5s] %s: ", level_names[at], module->name);
    if (status != OK)
        format_to(put_char, &line, "%s: ", status_name(status));
    format_to_v(put_char, &line, fmt, args);
    *line.next = '\0';
    if (line.is_shown)
        format_to(put_char, NULL, options.color ? "\x1b[0m\n" : "\n");
    console_release();
    va_end(args);
    return status;
}

/* ---- levels ---- */

/* The level of that name in either case of letters, or -1. */
static int level_by_name(const char *name) {
    for (unsigned level = 0; level < ARRAY_SIZE(level_names); level++) {
        size_t i = 0;
        while (name[i] != '\0' && (name[i] & ~0x20) == level_names[level][i])
            i++;
        if (name[i] == '\0' && level_names[level][i] == '\0')
            return (int)level;
    }
    return -1;
}

/* Give a level to the modules of that name, or to all if it is empty.  False: there is
 * none. */
static bool set_level(const char *module, const char *level_name) {
    int level = level_by_name(level_name);
    bool found = false;
    for (struct log_module *m = slog_modules; m < elog_modules && level >= 0; m++)
        if (*module == '\0' || strcmp(module, m->name) == 0) {
            m->level = (enum log_level)level;
            found = true;
        }
    return found;
}

const char *log_set_levels(const char *spec) {
    const char *refused = NULL, *next = spec;
    char item[32], separator;
    while (items_next(&next, item, sizeof(item), &separator)) {
        char *colon = strchr(item, ':');
        if (colon != NULL)
            *colon = '\0';
        bool is_known = colon == NULL ? set_level("", item) : set_level(item, colon + 1);
        if (!is_known && refused == NULL)
            refused = spec;
        spec = next;
    }
    return refused;
}

/* ---- reading ---- */

static size_t oldest_line(void) {
    return nr_ring_lines > RING_LINES ? nr_ring_lines - RING_LINES : 0;
}

/* Line i of the ring has number i + 1. */
status_t sys_log_read(UNUSED void *system, uint64_t after, user_out_t text,
                      uint64_t *number) {
    console_acquire();
    size_t i = after > oldest_line() ? after : oldest_line();
    status_t st = ERR_NOT_FOUND;
    if (i < nr_ring_lines)
        st = copy_to_user(caller_process(), (uaddr_t){text}, ring[i % RING_LINES],
                          LOG_LINE_BYTES);
    console_release();
    *number = st == OK ? i + 1 : 0;
    return st;
}

void log_print_last_lines(void) {
    for (size_t i = oldest_line(); i < nr_ring_lines; i++)
        console_printf("  | %s\n", ring[i % RING_LINES]);
}
