/* user/lib/space.h - calls about address spaces that do a piece at a time, to the end.
 *
 * The kernel never works long in one go: such a call's value says how far it came.  Each
 * function here calls on until all is done, or returns the first error; what was done by
 * then stays. */
#pragma once

#include "kernel/abi/syscall.h"

MUST_CHECK status_t space_map(handle_t process, handle_t memory, uint64_t va,
                              uint64_t offset, size_t nr_bytes, uint64_t flags);
MUST_CHECK status_t space_protect(handle_t process, uint64_t va, size_t nr_bytes,
                                  uint64_t flags);
MUST_CHECK status_t space_unmap(handle_t process, uint64_t va, size_t nr_bytes);
MUST_CHECK status_t space_write(handle_t process, uint64_t va, const void *from,
                                size_t nr_bytes);

/* New memory, zeroed, mapped at `va` to be read and written; the process pays for it. */
MUST_CHECK status_t space_add(handle_t process, uint64_t va, size_t nr_bytes);

/* The same, and the handle to the memory stays, to be mapped by others; also on error. */
MUST_CHECK status_t space_add_shared(handle_t process, uint64_t va, size_t nr_bytes,
                                     uint64_t *memory);

/* Copies of what the memory shares: memory_unshare(). */
MUST_CHECK status_t space_unshare(handle_t memory, uint64_t offset, size_t nr_bytes);
