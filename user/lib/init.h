/* user/lib/init.h - what init does for those who have a gate to it (`<init` in app= or in
 * init.list). */
#pragma once

#include "user/lib/message.h"

enum init_label {
    INIT_RESTART = 1, /* the buffer: a server's name.  It is ended, and started again. The
                         answer's word 0: a status; ERR_NOT_FOUND: it does not run;
                         ERR_CLOSED: it has just ended, and will be started.            */
};

/* Ask for it.  The server's clients keep their gates. */
MUST_CHECK status_t init_restart(handle_t init, const char *server);
