/* kernel/space.h - which harts use which page table, and what they have cached of it.
 *
 * A hart uses a process's page table while it runs a thread of it; what it remembers when
 * it has gone to another is asid.c's.  A hart with nothing to do is in the kernel's.
 * Callers: mapping.c, process.c, sched.c.   Needs: kernel lock. */
#pragma once

#include "lib/status.h"
#include "mm/addr.h"

struct process;

/* Is any thread of the process on a hart? */
bool space_is_used(const struct process *process);

/* This hart must not go on using a page table that is about to be freed. */
void space_use_kernels(void);
void space_leave(const struct process *process);

/* The table has changed: whoever may remember what it was forgets that.  If code may have
 * come in sight, no hart goes on with instructions that it has fetched from there. */
void space_flush(struct process *process, bool has_code);

/* A page, or pages in a row, in the table of a process, whose tables are paid for. */
MUST_CHECK status_t space_map(struct process *process, uint64_t va, paddr_t frame,
                              size_t nr_bytes, uint32_t flags);
MUST_CHECK status_t space_unmap(struct process *process, uint64_t va, size_t nr_bytes);
