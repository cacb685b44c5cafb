/* user/servers/shell/builtins.h - the commands that are no programs. */
#pragma once

#include "user/servers/shell/parse.h"

/* Run the command if it is one of these: its status.  -1: it is not. */
int builtin_run(const struct command *command);

/* A line that was typed, for `history`; an empty one is none. */
void history_add(const char *line, size_t nr_bytes);
