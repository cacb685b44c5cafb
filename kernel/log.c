/* kernel/log.c - see log.h.
 *
 * Every character goes to the SBI console; log lines also go into a ring, which a panic
 * prints once more: the lines that led to it may have scrolled away, or were never shown.
 * Invariant L1: lines of different harts never mix, except while a panic is under way. */
#include "kernel/log.h"

#include "boot/sbi.h"
#include "kernel/smp.h"
#include "lib/spinlock.h"
#include "lib/string.h"

#define RING_LINES 16
#define LINE_BYTES 120

extern struct log_module slog_modules[], elog_modules[]; /* linker.ld */

static const char *const level_names[] = {"OFF",  "ERROR", "WARN",
                                          "INFO", "DEBUG", "TRACE"};
static const uint8_t level_colors[] = {0, 31, 93, 34, 32, 90}; /* as rCore's */

/* (o) console_lock   (a) atomic   (c) constant after boot */
static struct spinlock console_lock;
static struct hart *_Atomic speaker; /* (a) in a panic: the only hart that may speak */
static bool is_colored;              /* (c) */
static char ring[RING_LINES][LINE_BYTES]; /* (o) each terminated; the oldest goes first */
static size_t nr_ring_lines;              /* (o) ever written */

static void console_acquire(void) {
    struct hart *only = speaker;
    if (only == NULL)
        spinlock_acquire(&console_lock);
    while (only != NULL && only != hart_current())
        __asm__ volatile("wfi"); /* another hart panics: the machine ends soon */
}

static void console_release(void) {
    if (speaker == NULL)
        spinlock_release(&console_lock);
}

static void put_char(void *unused, char c) {
    (void)unused;
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

struct line_sink {
    char *next; /* in the ring */
    char *end;  /* the last byte, for the terminator */
    bool is_shown;
};

static void put_line_char(void *context, char c) {
    struct line_sink *line = context;
    if (line->next < line->end)
        *line->next++ = c;
    if (line->is_shown)
        sbi_console_putchar(c);
}

/* `prefix` stands before the text; if it is not empty, with a colon. */
static void write_line(const struct log_module *module, enum log_level at,
                       const char *prefix, const char *fmt, va_list args) {
    console_acquire();
    char *slot = ring[nr_ring_lines % RING_LINES];
    struct line_sink line = {slot, slot + LINE_BYTES - 1, at <= module->level};
    nr_ring_lines++;
    if (line.is_shown && is_colored)
        format_to(put_char, NULL, "\x1b[%um", level_colors[at]);
    format_to(put_line_char, &line, "[%5s] %s: %s%s", level_names[at], module->name,
              prefix, *prefix == '\0' ? "" : ": ");
    format_to_v(put_line_char, &line, fmt, args);
    *line.next = '\0';
    if (line.is_shown)
        format_to(put_char, NULL, is_colored ? "\x1b[0m\n" : "\n");
    console_release();
}

void log_line(const struct log_module *module, enum log_level at, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    write_line(module, at, "", fmt, args);
    va_end(args);
}

status_t log_deny(const struct log_module *module, status_t status, const char *fmt,
                  ...) {
    va_list args;
    va_start(args, fmt);
    write_line(module, LOG_DEBUG, status_name(status), fmt, args);
    va_end(args);
    return status;
}

/* ---- levels ---- */

/* The level of that name in either case of letters, or -1. */
static int level_by_name(const char *name, size_t name_bytes) {
    for (unsigned level = 0; level < ARRAY_SIZE(level_names); level++) {
        size_t i = 0;
        while (i < name_bytes && (name[i] & ~0x20) == level_names[level][i])
            i++;
        if (i == name_bytes && level_names[level][i] == '\0')
            return (int)level;
    }
    return -1;
}

/* Give `level` to the modules of that name, or to all if it is empty.  False: none. */
static bool set_level(const char *name, size_t name_bytes, enum log_level level) {
    bool found = false;
    for (struct log_module *m = slog_modules; m < elog_modules; m++) {
        if (name_bytes != 0 &&
            (strncmp(m->name, name, name_bytes) != 0 || m->name[name_bytes] != '\0'))
            continue;
        m->level = level;
        found = true;
    }
    return found;
}

const char *log_set_levels(const char *spec) {
    const char *refused = NULL;
    while (*spec != '\0') {
        size_t item_bytes = 0, name_bytes = 0;
        while (spec[item_bytes] != '\0' && spec[item_bytes] != ',') {
            if (spec[item_bytes] == ':')
                name_bytes = item_bytes;
            item_bytes++;
        }
        size_t skip = name_bytes != 0 ? name_bytes + 1 : 0;
        int level = level_by_name(spec + skip, item_bytes - skip);
        if (level < 0 || !set_level(spec, name_bytes, (enum log_level)level))
            refused = refused != NULL ? refused : spec;
        spec += item_bytes + (spec[item_bytes] == ',');
    }
    return refused;
}

void log_set_color(bool is_on) {
    is_colored = is_on;
}

/* ---- for panics ---- */

void log_enter_panic(void) {
    speaker = hart_current();
}

void log_print_last_lines(void) {
    size_t first = nr_ring_lines > RING_LINES ? nr_ring_lines - RING_LINES : 0;
    for (size_t i = first; i < nr_ring_lines; i++)
        console_printf("  | %s\n", ring[i % RING_LINES]);
}
