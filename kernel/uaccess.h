/* kernel/uaccess.h - the only way to user memory: by a walk of the process's page table
 * and the kernel's direct map.  So a bad address is a status, never a fault in S-mode.
 *
 * ERR_FAULT for a range that wraps, leaves the lower half, or has a page that is not
 * mapped for users or no RAM, or not writable when it is to be written; nothing is
 * copied then.
 * Needs: kernel lock. */
#pragma once

#include "lib/status.h"
#include "mm/addr.h"

struct process;

MUST_CHECK status_t copy_from_user(const struct process *process, void *to, uaddr_t from,
                                   size_t nr_bytes);
MUST_CHECK status_t copy_to_user(const struct process *process, uaddr_t to,
                                 const void *from, size_t nr_bytes);

/* Copy from one process to another, a piece of it; holes end it: `*done_bytes` are copied
 * whether it is OK or ERR_FAULT.  Where the two lie in one process, they should not
 * overlap. */
MUST_CHECK status_t copy_between(const struct process *to_process, uaddr_t to,
                                 const struct process *from_process, uaddr_t from,
                                 size_t nr_bytes, size_t *done_bytes);

/* OK if the range neither wraps nor leaves the lower half, mapped or not. */
MUST_CHECK status_t uaccess_check_range(uaddr_t start, size_t nr_bytes);
