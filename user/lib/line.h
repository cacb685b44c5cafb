/* user/lib/line.h - a line being typed: editing it, and those typed before.
 *
 * Pure: characters go in one by one, what the terminal is to show goes to a function.
 * Understands UTF-8 as far as a backspace takes a whole character away.  Where the cursor
 * stands is always the end of the line.
 * Keys: Enter, Backspace, Ctrl-U (all of it), Ctrl-W (a word), Ctrl-C, Ctrl-D, and Up and
 * Down (or Ctrl-P and Ctrl-N) for earlier lines. */
#pragma once

#include "lib/compiler.h"

#define LINE_BYTES_MAX 255
#define LINES_KEPT     16 /* a power of two */

enum line_event {
    LINE_GOES_ON,
    LINE_ENTERED,   /* by Enter, or by Ctrl-D behind something: take it, line_begin() */
    LINE_CANCELLED, /* by Ctrl-C: what was typed is forgotten                         */
    LINE_AT_END,    /* Ctrl-D on an empty line: there is no more input                */
};

typedef void line_show_fn(void *context, const char *text, size_t nr_bytes);

struct line {
    char text[LINE_BYTES_MAX + 1]; /* terminated, without the newline              */
    size_t nr_bytes;
    line_show_fn *show;
    void *context;
    char before;   /* the character before this one: \r\n is one end                */
    char escape;   /* inside an escape sequence: its last character; else 0         */
    size_t nr_old; /* lines entered so far: number n is in old[n % LINES_KEPT]      */
    size_t at;     /* the number of the one that is shown; nr_old: a new one        */
    char old[LINES_KEPT][LINE_BYTES_MAX + 1];
};

/* An empty line, nothing typed before; `show` gets what the terminal is to show. */
void line_init(struct line *line, line_show_fn *show, void *context);

/* The next line: empty. */
void line_begin(struct line *line);

enum line_event line_type(struct line *line, char c);
