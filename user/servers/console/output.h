/* user/servers/console/output.h - what the terminal is to show.
 *
 * It goes out at once as far as the port has room; the rest waits in a ring for the
 * interrupt that tells of room.  A write is answered when all is out: so what a program
 * has written is seen before the kernel tells that it has ended. */
#pragma once

#include "user/lib/server.h"

/* Show the bytes; \n begins a new line.  If the ring is full this waits for the port. */
void output_put(const char *text, size_t nr_bytes);
void output_line(const char *text); /* terminated, and with no \n */

/* Answer the writer of the last text: now if all is out (or too many wait), else then. */
enum server_answer output_answer(struct message *m);

/* Send what waits as far as there is room, and answer whose text is out. */
void output_pump(void);

bool output_waits(void); /* for room */
