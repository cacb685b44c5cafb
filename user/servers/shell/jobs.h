/* user/servers/shell/jobs.h - the programs that the shell has started.
 *
 * One job at most is in the foreground: the shell waits for it, and Ctrl-C ends it.
 * Others run beside, have numbers from 1 on, and their end is told before the next
 * prompt.  The shell has the only handle to each: so all end with it. */
#pragma once

#include "lib/status.h"
#include "user/servers/shell/parse.h"

/* What a command comes to, as in other shells: 0 is success. */
enum command_status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,         /* the command is not written as it should be */
    STATUS_REFUSED = 126,     /* the program cannot be started              */
    STATUS_UNKNOWN = 127,     /* there is no such command                   */
    STATUS_INTERRUPTED = 130, /* by Ctrl-C                                  */
    STATUS_KILLED = 137,      /* by somebody                                */
    STATUS_CRASHED = 139,     /* by a fault                                 */
};

/* Before all else. */
MUST_CHECK status_t jobs_init(void);

/* Run the program `file` of the initrd with the command's words.  In the background: its
 * status is 0 if it has started.  Else: wait for it. */
int jobs_run(const char *file, const struct command *command);

/* Tell of the background jobs that have ended since, and forget them. */
void jobs_report(void);

void jobs_list(void);

/* Wait for a background job, or for all; bring one to the foreground, or the last; end
 * one.  `which` is its number, as in 1 or %1, or NULL; for jobs_kill() 1 is a pid. */
int jobs_wait(const char *which);
int jobs_foreground(const char *which);
int jobs_kill(const char *which);
