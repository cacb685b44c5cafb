/* user/lib/child.h - processes that are copies of this program, for those that test what
 * one process can do to another.
 *
 * No fork(): a child begins in a function, without the parent's handles.  What it is to
 * know of those that it was given stands in variables that the parent fills before. */
#pragma once

#include "kernel/abi/info.h"
#include "kernel/abi/syscall.h"

/* A process without memory or threads, in this one's quota; see process_create(). */
MUST_CHECK status_t child_create(const char *name, size_t max_frames,
                                 size_t max_heap_bytes, uint64_t *child);

/* This program's text, constants and data, as they are now, at the same addresses. */
MUST_CHECK status_t child_copy(uint64_t child);

/* A thread of the child, suspended, on a stack that child_copy() brought along.  One at
 * a time: there is one such stack. */
MUST_CHECK status_t child_thread(uint64_t child, void (*function)(uint64_t argument),
                                 uint64_t argument, uint64_t *thread);

/* Copy, and let a thread run. */
MUST_CHECK status_t child_start(uint64_t child, void (*function)(uint64_t argument),
                                uint64_t argument);

/* Wait until it has ended: OK with its exit code, ERR_KILLED; ERR_TIMEOUT: it goes on. */
MUST_CHECK status_t child_wait(uint64_t child, uint64_t *exit_code);

/* True once this process's frames and kernel memory are what they were before: what the
 * children had is given back bit by bit after they have ended.  Waits some seconds. */
MUST_CHECK bool child_all_is_back(const struct process_info *before);

/* End it, unless it has ended, and forget it. */
void child_kill(uint64_t child);
