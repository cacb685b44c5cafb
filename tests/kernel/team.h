/* tests/kernel/team.h - a process with some threads, for tests that play the scheduler.
 *
 * They never really run: a test says who does. */
#pragma once

#include "kernel/thread.h"

#define TEAM_THREADS 4

struct team {
    struct process *process;
    struct thread *threads[TEAM_THREADS]; /* none of them ready yet */
};

status_t team_create(struct team *team);
void team_destroy(struct team *team);

/* This thread, which is in no queue, runs now; the one that ran is suspended. */
void team_run(struct thread *thread);

/* The same, with the one that is next; NULL: none is. */
struct thread *team_next(void);
