/* kernel/asid.h - address space identifiers: what a hart remembers of a page table
 * survives its stay in another.
 *
 * A hart tags its translations with the ASID that stands in satp beside the table.  That
 * of a process is the number of its object's slot and one, which nobody else has while it
 * is alive; with more slots than the harts have ASIDs, or none of these, it is 0, which
 * such processes share.  There are no generations: who gets an ASID finds what its last
 * owner left, and so each hart fences when it first comes to a new process.
 *
 * Invariant A1: process->spaces[i] is process->satp if hart i may go there as it is; and
 *               that without the mode, which no hart would take, if it must fence:
 *               because the hart has not been there since the process began, or since
 *               its page table changed, or because the ASID is shared.  The hart itself
 *               puts that right on its way there (trap.S, fence_space). */
#pragma once

#include "lib/compiler.h"

struct process;

/* See how wide ASIDs are on this hart, which may be 0 bits; or do without. */
void asid_init(bool wanted);

/* Its satp, and fences everywhere: it has its page table and its object. */
void asid_give(struct process *process);

/* Its page table has changed: this hart forgets what it knew, the others before they come
 * to it again.  Not here: those that are there now (space.c).  Needs: kernel lock. */
void asid_flush(struct process *process);
