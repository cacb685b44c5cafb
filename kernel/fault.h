/* kernel/fault.h - exceptions of user threads: messages to their fault handler, or
 * the end of their process. */
#pragma once

#include "lib/compiler.h"

struct thread;

/* Say on the console, in rCore's words, what the thread did last, and kill its process.
 * Needs: kernel lock. */
void fault_kill(struct thread *thread);

/* Ask the thread's handler what to do about its fault; without one, kill its process.
 * `scause` and `stval` are the trap's.  Needs: kernel lock. */
void fault_handle(struct thread *thread, uint64_t scause, uint64_t stval);
