/* kernel/fault.h - exceptions of user threads, and their calls that are not native:
 * messages to a handler, or the end of their process.
 *
 * A handler is a gate, kept by a reference: it may end all the same, by being revoked.
 * Needs: kernel lock, all of it. */
#pragma once

#include "kernel/message.h"

/* Another gate, or NULL; the reference to the one before is dropped. */
void handler_set(struct handler *handler, struct object *gate);

/* The running thread, whose registers are all saved, asks its handler, and waits.
 * ERR_NO_SYSCALL if it has none, or one that nobody listens to; then nothing changes. */
MUST_CHECK status_t handler_ask(struct thread *self, const struct handler *handler,
                                enum ask ask);

/* Say in rCore's words what the thread did last, and kill its process. */
void fault_kill(struct thread *thread);

/* Ask the thread's handler what to do about its fault; without one, kill its process.
 * `scause` and `stval` are the trap's. */
void fault_handle(struct thread *thread, uint64_t scause, uint64_t stval);
