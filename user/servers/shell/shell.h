/* user/servers/shell/shell.h - what commands may ask of the shell itself. */
#pragma once

#include "user/servers/shell/parse.h"

/* Run one command, a builtin or a program: its status. */
int shell_run(const struct command *command);

/* No further line; the shell ends with this status. */
void shell_leave(int status);
