/* user/lib/start.h - what a program is born with. */
#pragma once

#include "user/lib/start_block.h"
#include "kernel/abi/syscall.h"

extern const struct start_block *own_start; /* all of it */
extern handle_t own_system;                 /* to the system: the console, ... */
extern handle_t own_process;                /* to itself */
extern handle_t own_console;                /* a gate to it, or 0: user/lib/console.h */
extern handle_t own_pager; /* its gate for faults, or 0: user/lib/pager.h */

/* Every program defines it; what it returns is the exit code. */
int main(int argc, char **argv);
