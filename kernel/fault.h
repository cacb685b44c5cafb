/* kernel/fault.h - exceptions of user threads: today the end of their process. */
#pragma once

#include "lib/compiler.h"

struct thread;

/* Say on the console, in rCore's words, what the thread did, and kill its process.
 * `scause` and `stval` are the trap's.  Needs: kernel lock. */
void fault_handle(struct thread *thread, uint64_t scause, uint64_t stval);
