/* kernel/deadline.h - what is to happen when: the waits that end, the timers that go off.
 *
 * In ticks of the timebase (timer.h).  Not here: this hart's timer, which interrupts at
 * the first of them (sched.c).   Needs: kernel lock, all of it. */
#pragma once

#include "lib/compiler.h"

struct deadline {
    uint64_t due_ticks;
    uint32_t place; /* in the heap of those that are set; 0: it is not */
    void (*pass)(struct deadline *);
};

/* One that is not set: it will be due at `due_ticks`. */
void deadline_set(struct deadline *deadline, uint64_t due_ticks);

/* It will not be due; nor was it, if it was not set. */
void deadline_clear_set(struct deadline *deadline);
static inline void deadline_clear(struct deadline *deadline) {
    if (deadline->place != 0)
        deadline_clear_set(deadline);
}

/* When the first is due, or UINT64_MAX. */
uint64_t deadline_first_ticks(void);

/* Clear those that are due at `now_ticks`, the earliest first, and call what they are
 * for: a few at once, so that the caller looks at deadline_first_ticks() again. */
void deadline_pass_due(uint64_t now_ticks);
