/* tests/kernel/sched_test.c - who runs next, who waits how long: the scheduler with
 * threads that are never really run. */
#include "kernel/process.h"
#include "kernel/sched.h"
#include "tests/kernel/selftest.h"
#include "tests/kernel/team.h"

#define DEADLINES 300
#define STEPS     4000

static struct team team;

SELFTEST("sched_order", sched_order) {
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    struct thread *const *t = team.threads;
    static const uint8_t priorities[TEAM_THREADS] = {3, 9, 31, 9};
    CHECK_EQUAL(sched_best_ready(), -1, "nobody is ready at first");
    for (size_t i = 0; i < TEAM_THREADS; i++) {
        t[i]->priority = priorities[i];
        sched_make_ready(t[i]);
    }
    CHECK_EQUAL(sched_best_ready(), 31, "the most urgent priority is known");
    static const uint8_t order[TEAM_THREADS] = {2, 1, 3, 0};
    for (size_t i = 0; i < TEAM_THREADS; i++)
        CHECK(team_next() == t[order[i]], "the most urgent first, then first come");
    CHECK_EQUAL(sched_best_ready(), -1, "nobody is left");
    team_destroy(&team);
}

SELFTEST("sched_yield", sched_yield_test) {
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    struct thread *const *t = team.threads;
    struct hart *hart = hart_current();
    team_run(t[0]);
    sched_yield();
    CHECK(hart->thread == t[0], "alone, one goes on");
    t[1]->priority = t[0]->priority - 1;
    sched_make_ready(t[1]);
    sched_yield();
    CHECK(hart->thread == t[0], "and before those who are less urgent");
    sched_make_ready(t[2]);
    sched_make_ready(t[3]);
    static const uint8_t order[] = {2, 3, 0, 2};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        sched_yield();
        CHECK(hart->thread == t[order[i]], "equals take turns");
    }
    team_destroy(&team);
}

SELFTEST("sched_preempt", sched_preempt) {
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    struct thread *const *t = team.threads;
    struct hart *hart = hart_current();
    t[1]->priority = 20;
    t[2]->priority = 30;
    team_run(t[0]);
    sched_make_ready(t[3]);
    CHECK(hart->thread == t[0], "an equal waits");
    sched_make_ready(t[1]);
    CHECK(hart->thread == t[1], "a more urgent one runs at once");
    sched_make_ready(t[2]);
    CHECK(hart->thread == t[2], "so does one more urgent still");
    CHECK(t[0]->turn_ticks < t[0]->slice_ticks, "what is left of the turn is kept");
    CHECK(team_next() == t[1], "then the less urgent");
    CHECK(team_next() == t[0], "then the first, in front of its queue");
    CHECK(team_next() == t[3], "then who waited behind it");
    team_destroy(&team);
}

SELFTEST("sched_schedule", sched_schedule) {
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    struct thread *const *t = team.threads;
    struct hart *hart = hart_current();
    team_run(t[0]);
    sched_make_ready(t[1]);
    sched_set_schedule(t[1], 30, SLICE_MIN_NS, 1);
    CHECK(hart->thread == t[1], "who becomes more urgent than the running one runs");
    CHECK_EQUAL(t[1]->slice_ticks, timer_ticks(SLICE_MIN_NS), "its turns are as asked");
    sched_set_schedule(t[1], 2, SLICE_MIN_NS, 1);
    CHECK(hart->thread != t[1], "who becomes less urgent than a waiting one does not");
    CHECK(team_next() == t[0] && team_next() == t[1], "and has its place in the order");
    team_destroy(&team);
}

SELFTEST("sched_queue", sched_queue) {
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    struct thread *const *t = team.threads;
    struct list queue;
    list_init(&queue);
    t[1]->priority = 20;
    t[3]->priority = 20;
    for (size_t i = 0; i < TEAM_THREADS; i++) {
        sched_queue_insert(&queue, t[i]);
        team_run(t[i]);
        sched_block(t[i], THREAD_WAITING, TIMER_NEVER);
    }
    CHECK(hart_current()->thread == NULL, "who waits does not run");
    static const uint8_t order[TEAM_THREADS] = {1, 3, 0, 2};
    size_t at = 0;
    LIST_FOR_EACH(thread, &queue, struct thread, queue_link)
        CHECK(thread == t[order[at++]], "the most urgent in front, then first come");
    thread_cancel(t[3], ERR_CLOSED);
    CHECK(team_next() == t[3], "one whose wait is cancelled is ready");
    CHECK_EQUAL(t[3]->x[REGISTER_A0], ERR_CLOSED, "and is told why");
    sched_wake(t[1]);
    CHECK(team_next() == t[1], "so is one that is woken");
    CHECK(queue.next == &t[0]->queue_link && queue.prev == &t[2]->queue_link,
          "the others wait on");
    team_run(t[1]);
    sched_block(t[1], THREAD_SLEEPING, TIMER_NEVER);
    sched_hand_over(t[2]);
    CHECK(hart_current()->thread == t[2] && t[2]->state == THREAD_READY,
          "one that is handed over to runs");
    team_destroy(&team);
    CHECK(list_is_empty(&queue), "the end of a thread is the end of its wait");
}

SELFTEST("sched_timeout", sched_timeout) {
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    struct thread *const *t = team.threads;
    struct list queue;
    list_init(&queue);
    uint64_t now_ns = timer_now_ns();
    for (size_t i = 0; i < 3; i++) {
        team_run(t[i]);
        t[i]->x[REGISTER_A0] = 77;
        if (i > 0)
            sched_queue_insert(&queue, t[i]);
        sched_block(t[i], i > 0 ? THREAD_RECEIVING : THREAD_SLEEPING,
                    i < 2 ? now_ns : now_ns + 1000 * NS_PER_SECOND);
    }
    sched_tick();
    CHECK(team_next() == t[0] && team_next() == t[1], "both are awake, in order");
    CHECK_EQUAL(sched_best_ready(), -1, "the third is not");
    CHECK_EQUAL(t[0]->x[REGISTER_A0], OK, "who has slept has slept well");
    CHECK_EQUAL(t[1]->x[REGISTER_A0], ERR_TIMEOUT, "who has waited is told");
    sched_wake(t[2]);
    CHECK_EQUAL(deadline_first_ticks(), UINT64_MAX, "a wait that ends has no deadline");
    team_destroy(&team);
}

/* ---- deadlines ---- */

static struct deadline deadlines[DEADLINES];
static uint64_t passed_ticks; /* the last that passed */
static size_t nr_set, nr_disorder;

static void has_passed(struct deadline *deadline) {
    nr_disorder += deadline->due_ticks < passed_ticks;
    passed_ticks = deadline->due_ticks;
    nr_set--;
}

SELFTEST("deadline_random", deadline_random) {
    uint64_t random = 1, now_ticks = 0;
    nr_set = nr_disorder = 0;
    for (size_t i = 0; i < DEADLINES; i++)
        deadlines[i] = (struct deadline){.pass = has_passed};
    for (int step = 0; step < STEPS; step++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's */
        struct deadline *deadline = &deadlines[(random >> 33) % DEADLINES];
        nr_set -= deadline->place != 0;
        deadline_clear(deadline);
        CHECK_EQUAL(deadline->place, 0, "one that is cleared is not set");
        if (random >> 60 != 0) {
            deadline_set(deadline, now_ticks + (random >> 40) % 1000);
            nr_set++;
        }
        passed_ticks = 0;
        deadline_pass_due(++now_ticks);
        CHECK(deadline_first_ticks() > now_ticks, "no more are due than pass at once");
    }
    CHECK(nr_set > 0, "some are left");
    passed_ticks = 0;
    while (deadline_first_ticks() != UINT64_MAX)
        deadline_pass_due(UINT64_MAX - 1);
    CHECK_EQUAL(nr_set, 0, "every one that was set and not cleared has passed, once");
    CHECK_EQUAL(nr_disorder, 0, "the earliest first");
}
