/* user/lib/threads.h - a picture of all threads: what each waits for, and on whom.
 *
 * Callers: the console, when Ctrl-T is typed; whoever has the system with RIGHT_WALK. */
#pragma once

#include "lib/format.h"

/* A line for each thread, and one above; the characters go to `put`.  The system goes on
 * meanwhile: it is no picture of one moment. */
void threads_show(format_put_fn *put, void *sink);
