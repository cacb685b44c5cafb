/* kernel/space.h - which harts use which page table, and what they have cached of it.
 *
 * A hart uses a process's page table while it runs a thread of it.  What it remembers of
 * it survives its stay in another: it tags its translations with the ASID that stands in
 * satp beside the table.  That of a process is the number of its object's slot and one,
 * which nobody else has while it is alive; with more slots than the harts have ASIDs, or
 * none of these, it is 0, which such processes share.  There are no generations: who
 * gets an ASID finds what its last owner left, and so each hart fences when it first
 * comes to a new process.  A hart with nothing to do is in the kernel's page table.
 *
 * Invariant A1: process->spaces[i] is process->satp if hart i may go there as it is; and
 *               that without the mode, which no hart would take, if it must fence:
 *               because the hart has not been there since the process began, or since
 *               its page table changed, or because the ASID is shared.  The hart itself
 *               puts that right on its way there (trap.S, fence_space).
 * Callers: mapping.c, process.c, sched.c.   Needs: kernel lock. */
#pragma once

#include "lib/status.h"
#include "mm/addr.h"

struct process;

/* See how wide ASIDs are on this hart, which may be 0 bits; or do without. */
void asid_init(bool wanted);

/* Its satp, and fences everywhere: it has its page table and its object. */
void asid_give(struct process *process);

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
