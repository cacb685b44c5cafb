/* tests/kernel/team.c - see team.h. */
#include "tests/kernel/team.h"
#include "kernel/process.h"
#include "kernel/sched.h"

status_t team_create(struct team *team) {
    handle_t self, system;
    status_t st = process_create("team", &self, &system, &team->process);
    for (size_t i = 0; i < TEAM_THREADS && st == OK; i++)
        st = thread_create(team->process, (uaddr_t){0}, (uaddr_t){0}, &team->threads[i]);
    return st;
}

void team_destroy(struct team *team) {
    process_discard(team->process);
}

static void put_aside(struct hart *hart) {
    if (hart->thread != NULL)
        hart->thread->state = THREAD_SUSPENDED;
    hart->thread = NULL;
}

void team_run(struct thread *thread) {
    struct hart *hart = hart_current();
    put_aside(hart);
    thread->state = THREAD_READY;
    hart->thread = thread;
    sched_begin_turn(hart, thread);
}

struct thread *team_next(void) {
    put_aside(hart_current());
    return sched_best_ready() < 0 ? NULL : sched_next();
}
