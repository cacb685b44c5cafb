/* user/apps/hartstest.c - threads on several harts (TAP): each hart runs some, and what
 * is done to a thread or its memory reaches the hart that runs it.
 *
 * Arguments: how many harts there are; then nothing, or `shares`: measure those of
 * spinning threads; or `charges`: what they are charged, on one hart and where time is
 * exact (-icount).  This thread is more urgent than all that it
 * makes, so while it does not wait, they run elsewhere or not at all. */
#include "kernel/abi/addresses.h"
#include "kernel/abi/info.h"
#include "lib/string.h"
#include "user/lib/clock.h"
#include "user/lib/message.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define HARTS_MAX    8
#define SPINNERS     (2 * HARTS_MAX)
#define STACK_BYTES  4096
#define SLICE_NS     1000000
#define LESS_URGENT  4
#define LONG_NS      30000000000 /* for a busy host: it will not come any more */
#define MEASURE_NS   3000000000
#define MEASURES_MAX 10
#define ROUNDS       100
#define PAGE_AT      0x234560000
#define CODE_AT      0x10000

static struct spinner {
    volatile uint64_t count;
    handle_t thread;
    uint64_t stack[STACK_BYTES / 8] __attribute__((aligned(64)));
} spinners[SPINNERS];

static unsigned nr_harts;
static uint64_t ready, done; /* notifications */
static volatile uint64_t answer;

/* ---- spinners ---- */

static void spin(uint64_t i) {
    for (;;)
        spinners[i].count++;
}

static void spin_twice_as_far(uint64_t i) {
    for (;;)
        spinners[i].count += 1000000000000;
}

static void touch(uint64_t i) {
    for (;;) {
        ++*(volatile uint64_t *)PAGE_AT;
        spinners[i].count++;
    }
}

static bool schedule(unsigned i, uint64_t affinity) {
    return thread_set_schedule(spinners[i].thread, LESS_URGENT, SLICE_NS, affinity) == OK;
}

static bool create(unsigned i, void (*function)(uint64_t i), uint64_t affinity) {
    struct spinner *spinner = &spinners[i];
    uint64_t thread;
    uintptr_t stack_top = (uintptr_t)(spinner->stack + STACK_BYTES / 8);
    if (thread_create(own_process, (uintptr_t)function, stack_top, i, &thread) != OK)
        return false;
    spinner->thread = (handle_t)thread;
    spinner->count = 0;
    return schedule(i, affinity);
}

static bool start(unsigned i, void (*function)(uint64_t i), uint64_t affinity) {
    return create(i, function, affinity) && thread_resume(spinners[i].thread) == OK;
}

static bool goes_on(unsigned i) {
    uint64_t before = spinners[i].count, end_ns = clock_now_ns() + LONG_NS;
    while (spinners[i].count == before && clock_now_ns() < end_ns)
        clock_pause(100000);
    return spinners[i].count != before;
}

static bool stands_still(unsigned i) {
    uint64_t before = spinners[i].count;
    clock_pause(200000);
    return spinners[i].count == before;
}

static void stop(unsigned i) {
    (void)!thread_suspend(spinners[i].thread);
}

/* ---- the harts ---- */

static void test_every_hart(void) {
    bool all_go_on = start(0, spin, UINT64_MAX);
    uint64_t end_ns = clock_now_ns() + LONG_NS;
    for (unsigned i = 0; i < nr_harts; i++)
        while (!schedule(0, (uint64_t)1 << i) && clock_now_ns() < end_ns)
            clock_pause(1000000); /* it is about to join */
    for (unsigned i = 0; i < nr_harts; i++)
        all_go_on = all_go_on && schedule(0, (uint64_t)1 << i) && goes_on(0);
    tap_check(all_go_on, "one that may run on one hart alone runs there, on each");
    tap_check(!schedule(0, (uint64_t)1 << nr_harts), "there are no more");
    for (int round = 0; round < ROUNDS; round++)
        all_go_on = all_go_on && schedule(0, (uint64_t)1 << (unsigned)round % nr_harts);
    tap_check(all_go_on && goes_on(0), "it can be sent around while it runs");
    stop(0);
}

/* ---- who gets how much ---- */

/* What they have done so far, and been charged for: by the machine's clock, in the order
 * of their objects. */
struct amounts {
    uint64_t now_ns, counts[SPINNERS], used_ns[SPINNERS];
};

static void look(unsigned nr, struct amounts *now) {
    struct process_info self;
    struct object_info info;
    uint64_t number = 0;
    unsigned nr_found = 0;
    (void)!process_inspect(own_process, &self);
    for (unsigned i = 0; i < nr; i++)
        now->counts[i] = spinners[i].count;
    now->now_ns = clock_now_ns();
    while (nr_found < nr && object_inspect(own_system, number, &info, &number) == OK)
        if (info.type == OBJECT_THREAD && info.process == self.id &&
            info.priority == LESS_URGENT)
            now->used_ns[nr_found++] = info.used_ns;
}

/* The least and the most of the differences, in percent of `whole`. */
struct shares {
    uint64_t least, most;
};

static struct shares share_out(unsigned nr, const uint64_t *from, const uint64_t *to,
                               uint64_t whole) {
    struct shares shares = {UINT64_MAX, 0};
    for (unsigned i = 0; i < nr; i++) {
        uint64_t percent = ((to[i] - from[i]) * 100 + whole / 2) / whole;
        shares.least = percent < shares.least ? percent : shares.least;
        shares.most = percent > shares.most ? percent : shares.most;
    }
    return shares;
}

static void measure(unsigned nr, struct shares *counted, struct shares *charged) {
    static struct amounts from, to;
    uint64_t sum = 0;
    look(nr, &from);
    clock_pause(MEASURE_NS);
    look(nr, &to);
    for (unsigned i = 0; i < nr; i++)
        sum += to.counts[i] - from.counts[i];
    *counted = share_out(nr, from.counts, to.counts, sum / nr_harts + (sum == 0));
    *charged = share_out(nr, from.used_ns, to.used_ns, to.now_ns - from.now_ns);
}

/* Each hart has two, and they take turns by the machine's clock, which charges them
 * too.  So it does not matter how much a hart gets done in its time, which the host
 * decides.  What does: a host that leaves a hart alone for so long, hundreds of ms, that
 * who was running has not given the others their due by the end of the measure.  Then
 * measure again.  If the queues were not fair no measure would be. */
static void test_shares(void) {
    struct shares counted, charged = {0, 100};
    unsigned nr = 2 * nr_harts, round = 0;
    for (unsigned i = 0; i < nr; i++)
        (void)!start(i, spin, UINT64_MAX);
    for (; round < MEASURES_MAX && (charged.least < 45 || charged.most > 55); round++)
        measure(nr, &counted, &charged);
    tap_check(charged.least >= 45 && charged.most <= 55,
              "%u spinners get %lu to %lu %% of a hart each, in measure %u", nr,
              charged.least, charged.most, round);
    for (unsigned i = 0; i < nr; i++)
        stop(i);
}

/* Time is exact, there is one hart: who is charged for more has done as much more. */
static void test_charges(void) {
    struct shares counted, charged;
    (void)!start(0, spin, UINT64_MAX);
    (void)!create(1, spin, UINT64_MAX);
    (void)!thread_set_schedule(spinners[1].thread, LESS_URGENT, 3 * SLICE_NS, 1);
    (void)!thread_resume(spinners[1].thread);
    measure(2, &counted, &charged);
    stop(0);
    stop(1);
    tap_check(charged.least == 25 && charged.most == 75,
              "who has turns three times as long is charged %lu to %lu %%", charged.most,
              charged.least);
    tap_check(counted.least == 25 && counted.most == 75, "and has done %lu to %lu %%",
              counted.most, counted.least);
    measure(2, &counted, &charged);
    tap_check(charged.most == 0, "who is stopped is charged nothing");
}

static void respond(uint64_t i) {
    uint64_t bits;
    for (;;) {
        (void)!notification_wait((handle_t)ready, &bits);
        spinners[i].count++;
        answer += bits;
    }
}

static void test_idle_hart(void) {
    bool all_answered = start(0, respond, UINT64_MAX);
    for (uint64_t round = 1; round <= ROUNDS && all_answered; round++) {
        uint64_t end_ns = clock_now_ns() + LONG_NS;
        (void)!notification_signal((handle_t)ready, 1);
        while (answer != round && clock_now_ns() < end_ns)
            ; /* without a wait: it must run elsewhere */
        all_answered = answer == round;
    }
    tap_check(all_answered, "one that is woken runs on an idle hart");
    stop(0);
}

/* ---- what reaches another hart ---- */

static void test_suspend(void) {
    bool has_stopped = start(0, spin, UINT64_MAX), can_read = true;
    struct thread_registers registers;
    for (int round = 0; round < ROUNDS; round++) {
        has_stopped = has_stopped && goes_on(0) &&
                      thread_suspend(spinners[0].thread) == OK && stands_still(0);
        can_read = can_read &&
                   thread_read_registers(spinners[0].thread, &registers) == OK &&
                   registers.x[0] - (uintptr_t)spin < 64;
        (void)!thread_resume(spinners[0].thread);
    }
    tap_check(has_stopped, "one that is suspended while it runs has stopped");
    tap_check(can_read, "and its registers can be read");
    tap_status(thread_read_registers(spinners[0].thread, &registers), ERR_BUSY,
               "not while it runs");
    stop(0);
    registers.x[0] = (uintptr_t)spin_twice_as_far;
    registers.x[10] = 0;
    tap_status(thread_write_registers(spinners[0].thread, &registers), OK, "and written");
    (void)!thread_resume(spinners[0].thread);
    (void)goes_on(0);
    tap_check(goes_on(0) && spinners[0].count >= 1000000000000, "which it then has");
    stop(0);
}

static bool falls(handle_t endpoint, struct message *m) {
    m->tag = 0;
    return message_receive_until(endpoint, m, clock_now_ns() + LONG_NS) == OK &&
           tag_label(m->tag) == LABEL_FAULT && m->words[1] == PAGE_AT;
}

/* The page is there; when this returns true it is not, and the thread felt it at once. */
static bool take_page_away(handle_t endpoint, struct message *m) {
    uint64_t done_bytes, seen;
    if (process_unmap(own_process, PAGE_AT, 4096, &done_bytes) != OK)
        return false;
    seen = spinners[0].count;
    return falls(endpoint, m) && spinners[0].count - seen <= 1;
}

static bool write_protect_page(void) {
    if (space_protect(own_process, PAGE_AT, 4096, MAP_READ) != OK)
        return false;
    uint64_t seen = *(volatile uint64_t *)PAGE_AT;
    clock_pause(200000);
    return *(volatile uint64_t *)PAGE_AT == seen;
}

/* Each time the thread is in the middle of it, most likely on another hart. */
static void test_memory(void) {
    uint64_t endpoint, gate, memory;
    struct message m = {0};
    bool is_felt = endpoint_create(&endpoint) == OK &&
                   gate_create((handle_t)endpoint, 0, &gate) == OK &&
                   memory_create(own_process, 4096, 0, &memory) == OK &&
                   create(0, touch, UINT64_MAX);
    is_felt = is_felt &&
              thread_set_handlers(spinners[0].thread, (handle_t)gate, 0) == OK &&
              thread_resume(spinners[0].thread) == OK;
    is_felt = is_felt && falls((handle_t)endpoint, &m);
    for (int round = 0; round < ROUNDS && is_felt; round++)
        is_felt = space_map(own_process, (handle_t)memory, PAGE_AT, 0, 4096,
                            MAP_READ | MAP_WRITE) == OK &&
                  message_reply(m.token, &(struct message){0}) == OK && goes_on(0) &&
                  (round % 2 == 0 || write_protect_page()) &&
                  take_page_away((handle_t)endpoint, &m);
    tap_check(is_felt, "what is unmapped or protected is so for one that uses it");
    stop(0);
}

/* Its threads do nothing but run. */
static bool run_and_kill(handle_t code) {
    uint64_t child, thread, bits, exit_code;
    bool is_good = process_create("runner", 6, 100, 1 << 16, &child) == OK &&
                   space_map((handle_t)child, code, CODE_AT, 0, 4096,
                             MAP_READ | MAP_EXECUTE) == OK &&
                   process_watch((handle_t)child, (handle_t)done, 1) == OK;
    for (unsigned i = 0; i < nr_harts && is_good; i++) {
        is_good = thread_create((handle_t)child, CODE_AT, 0, 0, &thread) == OK &&
                  thread_set_schedule((handle_t)thread, LESS_URGENT, SLICE_NS,
                                      UINT64_MAX) == OK &&
                  thread_resume((handle_t)thread) == OK;
        (void)!handle_close((handle_t)thread);
    }
    clock_pause(300000);
    is_good =
        is_good && process_kill((handle_t)child) == OK &&
        notification_wait_until((handle_t)done, clock_now_ns() + LONG_NS, &bits) == OK &&
        process_result((handle_t)child, &exit_code) == ERR_KILLED;
    (void)!handle_close((handle_t)child);
    return is_good;
}

static void test_kill(void) {
    static const uint32_t loops = 0x0000006f; /* j . */
    uint64_t code;
    bool is_good = memory_create(own_process, 4096, 0, &code) == OK &&
                   space_map(own_process, (handle_t)code, PAGE_AT, 0, 4096,
                             MAP_READ | MAP_WRITE) == OK;
    if (is_good)
        memcpy((void *)PAGE_AT, &loops, sizeof(loops));
    for (int round = 0; round < ROUNDS / 4 && is_good; round++)
        is_good = run_and_kill((handle_t)code);
    tap_check(is_good, "a process that runs on all harts can be killed");
}

int main(int argc, char **argv) {
    nr_harts = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
    const char *what = argc > 2 ? argv[2] : "";
    if (notification_create(&ready) != OK || notification_create(&done) != OK)
        return 1;
    if (strcmp(what, "shares") == 0) {
        tap_plan(1);
        test_shares();
        return tap_end();
    }
    if (strcmp(what, "charges") == 0) {
        tap_plan(3);
        test_charges();
        return tap_end();
    }
    tap_plan(10U + (nr_harts > 1));
    test_every_hart();
    if (nr_harts > 1)
        test_idle_hart();
    test_suspend();
    test_memory();
    test_kill();
    return tap_end();
}
