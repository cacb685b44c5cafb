/* kernel/trap.h - the way into the kernel and out of it: trap.S and its C half. */
#pragma once

#include "kernel/abi/syscall.h"

#define CAUSE_USER_CALL 8 /* scause of an ecall from U-mode: Privileged 1.12, table 4.2 */

struct thread;

/* Point this hart's traps at __alltraps.  Until then a trap stops the hart. */
void trap_init(void);

/* Everything that is not a native call: trap.S calls it with all 31 registers saved in
 * `thread`, the kernel lock held.  On return hart->thread is `thread` if that goes on. */
void trap_handler(struct thread *thread, uint64_t scause, uint64_t stval);

/* trap.S: forget this stack and run hart->thread; if that is NULL, sched_next()'s. */
NORETURN void trap_run_next(void);

/* What a native call returns: the status in a0, the value in a1.  One number of 128 bits
 * rather than a struct, which GCC 12 takes through memory. */
typedef unsigned __int128 syscall_pair_t;

/* The entries of native calls, at SYSCALLS_MAX plus the (negative) number.  Every place
 * is filled; place 0 belongs to no number. */
typedef syscall_pair_t syscall_fn(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                                  uint64_t a4, uint64_t a5, uint64_t a6,
                                  struct thread *caller);
extern syscall_fn *const syscall_table[SYSCALLS_MAX];
