/* kernel/handler.h - whom a thread's faults, and its calls that are not native, go to as
 * messages.
 *
 * A handler is a gate, kept by a reference: it may end all the same, by being revoked.
 * Needs: kernel lock. */
#pragma once

#include "kernel/message.h"

/* Another gate, or NULL; the reference to the one before is dropped. */
void handler_set(struct handler *handler, struct object *gate);

/* The running thread, whose registers are all saved, asks its handler, and waits.
 * ERR_NO_SYSCALL if it has none, or one that nobody listens to; then nothing changes. */
MUST_CHECK status_t handler_ask(struct thread *self, const struct handler *handler,
                                enum ask ask);
