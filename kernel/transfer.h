/* kernel/transfer.h - what a message carries, from thread to thread: tag, words, bytes,
 * handles; into the registers and the buffer of who gets it.
 *
 * A transfer does not fail: what could has been checked.   Needs: kernel lock. */
#pragma once

#include "kernel/thread.h"

/* Can the thread, which asks or answers, say what its tag announces?
 * ERR_INVALID (too much), ERR_HANDLE (one in the message). */
MUST_CHECK status_t transfer_check(const struct thread *from);

/* The message of `from` to `to`, with the badge and the token that it is to see. */
void transfer(struct thread *from, struct thread *to, uint64_t badge, uint64_t token);

/* A message of the kernel's own. */
void transfer_word(struct thread *to, uint32_t label, uint64_t word, uint64_t badge);
