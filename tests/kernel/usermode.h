/* tests/kernel/usermode.h - threads whose user mode is the test itself.
 *
 * A thread made by usermode_thread() has no code: usermode_trap() enters the kernel by
 * __alltraps with that thread's registers, exactly as an ecall of it would, and returns
 * when the kernel leaves again, whichever thread that is for.  So a test in C plays all
 * programs of a system, step by step, and sees every register that they would see. */
#pragma once

#include "kernel/thread.h"

struct process;

/* Of `process`, at the end of the ready queue.  Freed with the process. */
MUST_CHECK status_t usermode_thread(struct process *process, unsigned priority,
                                    struct thread **out);

/* Let the kernel choose the first, or the next after the test itself moved things. */
struct thread *usermode_run(void);

/* `thread`, which runs, makes the call whose number and arguments its x[] has.  Returns
 * who runs now; its x[] has all registers as its program sees them. */
struct thread *usermode_trap(struct thread *thread);

/* The same for another trap, with what scause and stval show then. */
struct thread *usermode_fault(struct thread *thread, uint64_t scause, uint64_t stval);

/* What the last of them cost, from the trap to its sret, in instructions. */
extern uint64_t usermode_cost;

/* At the end: the thread that runs is suspended, and this hart leaves its space. */
void usermode_leave(void);
