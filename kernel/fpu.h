/* kernel/fpu.h - floating point, for the threads that use it and at their cost alone.
 *
 * It is off when a thread begins.  Its first instruction of that kind traps as an
 * illegal one: the thread gets a place for the registers, which its process pays for,
 * and they are loaded from there, at first zeroes.  While they are loaded stvec points at
 * fpu_trap, which stores them and turns floating point off again, and then goes on as any
 * trap.  So whoever computes pays when it is interrupted, and nobody else an
 * instruction.
 *
 * Invariant F1: in user mode floating point is on, and stvec fpu_trap, exactly while the
 *               registers of the running thread are loaded; in the kernel it is off, but
 *               for the way back from fpu_turn_on().  So nothing of a thread stays in a
 *               hart that it has left.
 * Invariant F2: state->cause is scause of the last trap out of user mode with floating
 *               point on; fpu_turn_on() takes back that of an illegal instruction. */
#pragma once

#include "lib/compiler.h"

struct thread;

struct fpu_state {
    uint64_t f[32];
    uint64_t fcsr;
    uint64_t cause;
};

/* Look whether this hart has floating point: before any thread runs, and before the last
 * csr_clear() of trap_init(), as it may trap. */
void fpu_init(void);

/* An instruction was illegal: was that because floating point was off?  Then it is on
 * now, and the thread may try again.  False if not, if a hart has none, or if the
 * process cannot pay for the place.  Needs: kernel lock; it is the running thread. */
MUST_CHECK bool fpu_turn_on(struct thread *thread);

/* Give the place back: the thread has ended. */
void fpu_destroy(struct thread *thread);
