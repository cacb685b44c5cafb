/* user/lib/start.h - what a program is born with. */
#pragma once

#include "kernel/abi/syscall.h"

extern handle_t own_system;  /* to the system: the console, statistics, ... */
extern handle_t own_process; /* to itself */

/* Every program defines it; what it returns is the exit code. */
int main(int argc, char **argv);
