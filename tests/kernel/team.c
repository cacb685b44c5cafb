/* tests/kernel/team.c - see team.h. */
#include "tests/kernel/team.h"
#include "kernel/process.h"
#include "kernel/sched.h"

status_t team_create(struct team *team) {
    struct quota limit = {100, 1 << 20};
    status_t st = process_create("team", NULL, limit, &team->process);
    for (size_t i = 0; i < TEAM_THREADS && st == OK; i++) {
        struct thread **thread = &team->threads[i];
        st = thread_create(team->process, (uaddr_t){0}, (uaddr_t){0}, 0, thread);
        if (st == OK)
            object_drop((*thread)->object);
    }
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
    sched_begin_turn(hart, thread, timer_now_ticks());
}

struct thread *team_next(void) {
    put_aside(hart_current());
    return sched_best_ready() < 0 ? NULL : sched_next();
}
