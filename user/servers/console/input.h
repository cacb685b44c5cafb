/* user/servers/console/input.h - what is typed, and the clients that wait for a line.
 *
 * Keys wait in a ring until somebody reads; the client that came first has the line
 * editor, with its prompt, until its line is complete.  When the ring is full the port is
 * not looked at, and holds the sender back: so nothing of a pasted text is lost. */
#pragma once

#include "user/lib/message.h"

void input_init(void);

/* Take what the port has.  Returns how often Ctrl-C was among it, and in `*nr_dumps` how
 * often Ctrl-T, both of which work whether somebody reads or not. */
unsigned input_take(unsigned *nr_dumps);

/* One more waits for a line.  ERR_FULL: too many do, of all or of this client;
 * ERR_INVALID: no token. */
MUST_CHECK status_t input_read(const struct message *m, const char *prompt);

/* Those of the client with this badge wait no more. */
void input_forget(uint64_t badge);

/* Before and after something else is shown: take the line that is being typed away, and
 * put it back below. */
void input_hide(void);
void input_redraw(void);

bool input_has_room(void);
