/* user/servers/init/servers.h - the servers of init.list: started when they are used,
 * started again when they die.
 *
 * init has the receiving end of each, so it outlives the process behind it: a call that
 * had not been received waits for the next one, one that had gets ERR_CLOSED.  A server
 * that dies at once, again and again, is given up, and then its clients get ERR_CLOSED
 * too. */
#pragma once

#include "kernel/abi/syscall.h"

#define SERVERS_MAX 16 /* `endings` has a bit for each, from bit 0 on */

/* Take the list from the initrd, if there is one.  Their ends signal `endings`. */
void servers_init(handle_t endings);

/* The item that the list names to run when nothing else is; empty: none. */
const char *servers_default_item(void);

/* A new gate, with a badge of its own, to a server, which is started if it does not run;
 * `init` names init itself.  ERR_NOT_FOUND; ERR_CLOSED: it was given up; and those of the
 * calls. */
MUST_CHECK status_t servers_gate(const char *name, handle_t *gate);

/* These bits of `endings` have come: start again whose process has ended. */
void servers_ended(uint64_t bits);

/* End that server, to have it started again: the name is `nr_bytes` long.
 * ERR_NOT_FOUND. */
MUST_CHECK status_t servers_restart(const char *name, size_t nr_bytes);

/* Have all of them end, the last in the list first. */
void servers_stop(void);
