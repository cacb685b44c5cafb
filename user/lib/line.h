/* user/lib/line.h - a line being typed: editing it, and those typed before.
 *
 * Pure: bytes go in one by one, what the terminal is to show goes to a function.
 * Not here: where the bytes come from, whose line it is, what Ctrl-C ends.
 * Caller: user/servers/console.
 * Keys, as in many shells: Left and Right (Ctrl-B, Ctrl-F), Home and End (Ctrl-A,
 * Ctrl-E), Backspace, Delete, Ctrl-U and Ctrl-K (all before, all behind the cursor),
 * Ctrl-W (the word before it), Up and Down (Ctrl-P, Ctrl-N: earlier lines), Ctrl-L (clear
 * the screen), Enter, Ctrl-C, Ctrl-D.
 * Invariants: L1: `text` holds whole characters of UTF-8, none of them a control
 * character.  L2: `first` and `cursor` stand where a character begins, or at the end.
 * L3: all takes one row: of a longer line, the part about the cursor is shown. */
#pragma once

#include "user/lib/utf8.h"

#define LINE_BYTES_MAX   255
#define LINE_PROMPT_MAX  32 /* bytes of a prompt that are shown */
#define LINE_COLUMNS     79 /* nothing tells how wide the terminal is; few are narrower */
#define LINE_HISTORY_MAX 32 /* lines: the earlier ones and the one being typed */

enum line_event {
    LINE_GOES_ON,
    LINE_ENTERED,   /* by Enter, or by Ctrl-D behind something: take it, line_begin() */
    LINE_TOO_LONG,  /* by Enter, when not all that was typed fitted: it is forgotten  */
    LINE_CANCELLED, /* by Ctrl-C: what was typed is forgotten                         */
    LINE_AT_END,    /* Ctrl-D on an empty line: there is no more input                */
};

typedef void line_show_fn(void *context, const char *text, size_t nr_bytes);

struct line {
    char text[LINE_BYTES_MAX + 1]; /* terminated, without the newline            */
    size_t nr_bytes;
    size_t cursor; /* the byte it stands on                                      */
    size_t first;  /* the byte the row begins with, behind the prompt            */
    bool is_cut;   /* a character did not fit, and nothing was done about it yet */
    line_show_fn *show;
    void *context;
    struct utf8 character; /* the one that arrives                             */
    bool was_return;       /* the byte before was \r: \n belongs to it         */
    char escape;           /* inside an escape sequence: its last byte; else 0   */
    char prompt[LINE_PROMPT_MAX + 1];
    size_t prompt_columns;
    size_t nr_old; /* lines entered so far: number n is in old[n % LINE_HISTORY_MAX] */
    size_t at;     /* the number of the one being edited; nr_old: the new one        */
    char old[LINE_HISTORY_MAX][LINE_BYTES_MAX + 1];
};

/* An empty line without a prompt, nothing typed before; `show` gets what the terminal is
 * to show.  It is a row's end that "\n" stands for there. */
void line_init(struct line *line, line_show_fn *show, void *context);

/* The next line, empty, behind this prompt, which is shown. */
void line_begin(struct line *line, const char *prompt, size_t prompt_bytes);

enum line_event line_type(struct line *line, char byte);

/* Before something else is shown, and after it: take the row away, put it back. */
void line_hide(struct line *line);
void line_redraw(struct line *line);
