/* tests/kernel/sched_test.c - who runs next, who waits how long: the scheduler with
 * threads that are never really run. */
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
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
    (void)!sys_thread_yield();
    CHECK(hart->thread == t[0], "alone, one goes on");
    t[1]->priority = t[0]->priority - 1;
    sched_make_ready(t[1]);
    (void)!sys_thread_yield();
    CHECK(hart->thread == t[0], "and before those who are less urgent");
    sched_make_ready(t[2]);
    sched_make_ready(t[3]);
    static const uint8_t order[] = {2, 3, 0, 2};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        (void)!sys_thread_yield();
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

/* ---- other harts, which do not really run anything ---- */

/* From here to harts_end() there are four of them, as far as the scheduler knows; each
 * runs the thread that harts[].thread says.  False: the machine has fewer. */
static bool harts_begin(void) {
    if (nr_harts < 4)
        return false;
    sched_harts = 0xf;
    return true;
}

static void harts_end(void) {
    for (uint32_t i = 1; i < 4; i++) {
        if (harts[i].thread != NULL)
            harts[i].thread->state = THREAD_SUSPENDED;
        harts[i].thread = NULL;
    }
    sched_harts = 1;
    sched_idle_harts = 0;
}

/* A thread for hart `i` to run. */
static void run_on(unsigned i, struct thread *thread) {
    thread->state = THREAD_READY;
    thread->hart = &harts[i];
    harts[i].thread = thread;
}

SELFTEST("sched_harts", sched_harts_test) {
    struct team others;
    if (!harts_begin())
        return;
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    CHECK_EQUAL(team_create(&others), OK, "and four more");
    for (unsigned i = 0; i < TEAM_THREADS; i++)
        run_on(i, team.threads[i]);
    for (unsigned i = 0; i < TEAM_THREADS; i++)
        sched_make_ready(others.threads[i]);
    for (unsigned i = 0; i < TEAM_THREADS; i++)
        CHECK_EQUAL(harts[i].nr_ready, i == 0 ? TEAM_THREADS : 0,
                    "who ran here waits here if nobody is idle");
    for (unsigned i = 1; i < TEAM_THREADS; i++) {
        struct thread *running = hart_current()->thread;
        hart_current()->turn_end_ticks = 0; /* its turn is over: it goes elsewhere */
        sched_tick();
        CHECK(hart_current()->thread == NULL && running->hart != hart_current(),
              "at the end of a turn one changes over to a shorter queue");
        CHECK(team_next() != NULL, "and another runs");
    }
    for (unsigned i = 0; i < TEAM_THREADS; i++)
        CHECK_EQUAL(harts[i].nr_ready, 1, "so each hart has two in the end");
    harts_end();
    team_destroy(&others);
    team_destroy(&team);
}

SELFTEST("sched_idle", sched_idle) {
    if (!harts_begin())
        return;
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    struct thread *const *t = team.threads;
    run_on(0, t[0]);
    run_on(1, t[1]);
    run_on(3, t[3]);
    t[2]->hart = &harts[1];
    t[2]->slow = 0;
    sched_idle_harts = 1 << 2;
    sched_make_ready(t[2]);
    CHECK(t[2]->hart == &harts[2], "one that is woken goes to an idle hart");
    sched_stop(t[2], THREAD_SUSPENDED);
    sched_set_schedule(t[2], PRIORITY_DEFAULT, SLICE_MIN_NS, 1 << 3);
    sched_make_ready(t[2]);
    CHECK(t[2]->hart == &harts[3], "unless it may not run there");
    sched_set_schedule(t[2], PRIORITY_DEFAULT, SLICE_MIN_NS, 1 << 1 | 1 << 2);
    CHECK(t[2]->hart == &harts[2], "it moves where it may");
    CHECK(t[2]->slow != 0, "and is not for the fast path");
    harts_end();
    team_destroy(&team);
}

SELFTEST("sched_stop", sched_stop_test) {
    if (!harts_begin())
        return;
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    struct thread *thread = team.threads[0];
    run_on(2, thread);
    sched_stop(thread, THREAD_SUSPENDED);
    CHECK(sched_is_running(thread), "another hart's thread is there till that lets go");
    sched_make_ready(thread);
    CHECK(sched_is_running(thread) && harts[2].nr_ready == 0, "nor does it queue");
    CHECK_EQUAL(thread->state, THREAD_MOVING, "but then: it may be meant for another");
    process_kill(team.process, "its thread is on another hart");
    CHECK(!reap_step(), "what it has is not given back yet");
    harts[2].thread = NULL; /* as sched_let_go() does over there */
    process_left(team.process);
    sched_harts = 1;
    CHECK(reap_step(), "but then it is");
    while (reap_step())
        ;
    object_drop(team.process->object);
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
