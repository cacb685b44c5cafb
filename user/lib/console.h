/* user/lib/console.h - the console server's protocol, and its calls as C functions.
 *
 * Whoever has a gate to the console (own_console, user/lib/start.h) may write, read lines
 * and say whom Ctrl-C concerns.  Each call's answer has a status in word 0.
 * Not here: the server (user/servers/console), printf (stdio.h), which uses this.
 *
 * A console that dies is started again behind the same gate (user/servers/init).  Who was
 * waiting for its answer gets ERR_CLOSED, and the functions here ask the new one: a piece
 * of text may then come twice, a line that was being typed is begun anew, and whom Ctrl-C
 * concerns is forgotten. */
#pragma once

#include "user/lib/message.h"

enum console_label {
    CONSOLE_WRITE = 1,  /* the text in the buffer; answered when it is taken.           */
    CONSOLE_READ,       /* in the buffer a prompt, which may be empty; answered when a
                           line has been typed: its bytes in the buffer, with the \n; no
                           bytes are the end of the input.                              */
    CONSOLE_FOREGROUND, /* with one handle, a notification with RIGHT_SIGNAL: Ctrl-C
                           signals bit 0 of it.  The last one that came counts.         */
    CONSOLE_GATE,       /* answered with one handle, a gate with a badge of its own.    */
};

#define CONSOLE_LINE_MAX MESSAGE_BYTES_MAX /* bytes of a line, the \n included */
#define CONSOLE_CTRL_C   1                 /* the bit */

/* Write the text, of any length.  Up to 512 bytes come out in one piece, whoever else
 * writes.  ERR_CLOSED: there is no console any more; ERR_HANDLE, ... for a bad gate. */
MUST_CHECK status_t console_write(handle_t console, const char *text, size_t nr_bytes);

/* Wait for a line, behind `prompt` (up to 512 bytes).  It is put into `line`, which has
 * room for CONSOLE_LINE_MAX bytes and is not terminated; `*nr_bytes` is 0 at the end of
 * the input.  Errors as above; ERR_INVALID: the prompt is too long. */
MUST_CHECK status_t console_read(handle_t console, const char *prompt, char *line,
                                 size_t *nr_bytes);

/* From now on Ctrl-C signals CONSOLE_CTRL_C to this notification, of which the console
 * gets a handle that can only signal.  Errors as above, and those of handle_copy(). */
MUST_CHECK status_t console_foreground(handle_t console, handle_t notification);

/* Another gate, for a program that one starts: so the console can tell when that program
 * has gone, and forgets that it waited for a line.  Errors as above; ERR_QUOTA: the
 * console has made too many. */
MUST_CHECK status_t console_gate(handle_t console, handle_t *gate);
