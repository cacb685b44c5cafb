/* user/apps/callfuzz.c - native calls at random, by processes made for it (TAP).
 *
 * Whatever comes, the kernel answers with a status or ends the caller, goes on, and in
 * the end has lost nothing.  Arguments: how many calls, the seed, and `count`: hold each
 * call to what an entry into the kernel may take.  For that the instruction counter must
 * be exact (-icount) and the build a release: a debug kernel fills every block that it
 * frees.
 *
 * The parent makes children that are copies of itself, each with a few threads, handles
 * to objects of every type, and the next seed in its name.  They may do to themselves and
 * each other what they like; the parent only starts them, ends those that hang, and
 * counts.  What they call: user/lib/anycall.h. */
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "lib/format.h"
#include "lib/string.h"
#include "user/lib/anycall.h"
#include "user/lib/child.h"
#include "user/lib/clock.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define CALLS          20000
#define CALLS_A_THREAD 1000
#define ENTRY_MAX      20000 /* instructions; heap_check alone is known to take more */
#define PAGE           4096
#define THREADS        3
#define CHILDREN       2 /* at the same time */
#define CHILD_FRAMES   256
#define CHILD_HEAP     (48 << 10)
#define STALL_NS       5000000 /* a child hangs that makes no call for so long */
#define TRIES          2000
#define UART_SOURCE    10 /* of QEMU's machine `virt` */

#define ACCOUNT_AT 0x234560000 /* what all children tell the parent          */
static struct account {
    uint64_t nr_calls[CHILDREN];
    uint64_t worst; /* instructions of one call */
    int64_t worst_number;
} *const account = (struct account *)ACCOUNT_AT;

/* From here to the next headline: each child has a copy, as it is when it is made. */
static uint64_t seed;
static size_t place; /* the child's, among the children */
static uint8_t stacks[THREADS][PAGE] __attribute__((aligned(16)));

static uint64_t team[THREADS]; /* handles to the threads it begins with */

/* ---- a child ---- */

static void objects_make(void) {
    uint64_t handle, done;
    for (int i = 0; i < 2; i++) {
        if (endpoint_create(&handle) == OK)
            any_handles[ANY_ENDPOINT][i] = handle;
        for (int j = 0; j < 2; j++) {
            if (gate_create((handle_t)any_handles[ANY_ENDPOINT][i], (uint64_t)j,
                            &handle) == OK)
                any_handles[ANY_GATE][2 * i + j] = handle;
        }
        if (notification_create(&handle) == OK)
            any_handles[ANY_NOTIFICATION][i] = handle;
        if (memory_create((handle_t)any_handles[ANY_PROCESS][0], 8 * PAGE, (uint64_t)i,
                          &handle) == OK)
            any_handles[ANY_MEMORY][i] = handle;
        (void)!process_map((handle_t)any_handles[ANY_PROCESS][0], (handle_t)handle,
                           ANY_MAP_AT + (uint64_t)i * 16 * PAGE, 0, 8 * PAGE,
                           MAP_READ | MAP_WRITE, &done);
    }
    if (process_create("victim", 6, 40, 8 << 10, &handle) == OK)
        any_handles[ANY_PROCESS][1] = handle;
}

static void account_for(const struct any_call *call) {
    __atomic_fetch_add(&account->nr_calls[place], 1, __ATOMIC_RELAXED);
    if (any_is_counted && call->nr_instructions > account->worst) {
        account->worst = call->nr_instructions;
        account->worst_number = call->number;
    }
}

/* Whatever the thread waits for, it waits no more. */
static void wake(handle_t thread) {
    (void)!thread_suspend(thread);
    (void)!thread_resume(thread);
}

NORETURN static void fuzz_thread(uint64_t index) {
    uint64_t state = seed * THREADS + index;
    struct any_call call;
    if (index == 0)
        objects_make();
    for (int i = 0; i < CALLS_A_THREAD; i++) {
        if (any_call(&state, &call))
            account_for(&call);
        if (i % 32 == 0)
            wake((handle_t)team[(index + 1) % THREADS]);
    }
    for (;;)
        (void)!thread_exit();
}

/* ---- the parent ---- */

static uint64_t account_memory, endings;
static uint64_t shared_endpoint, shared_notification;
static uint64_t shared_irq; /* 0 without RIGHT_DEVICE, which init gives to an `@` */

struct child {
    handle_t process;  /* 0: none */
    uint64_t nr_calls; /* in its place, when it was looked at */
    uint64_t look_ns;  /* when it is looked at next            */
};
static struct child children[CHILDREN];

/* What it is born with; what a child has revoked is made again. */
static status_t handles_give(handle_t process) {
    (void)!process_give(process, own_system, RIGHT_COPY | RIGHTS_OF_WATCHER,
                        &any_handles[ANY_SYSTEM][0]);
    if (process_give(process, (handle_t)shared_endpoint, RIGHTS_OF_ENDPOINT,
                     &any_handles[ANY_ENDPOINT][ANY_HANDLES - 1]) == ERR_HANDLE)
        (void)!endpoint_create(&shared_endpoint);
    if (process_give(process, (handle_t)shared_notification, RIGHTS_OF_NOTIFICATION,
                     &any_handles[ANY_NOTIFICATION][ANY_HANDLES - 1]) == ERR_HANDLE)
        (void)!notification_create(&shared_notification);
    if (process_give(process, (handle_t)shared_irq, RIGHTS_OF_IRQ,
                     &any_handles[ANY_IRQ][0]) == ERR_HANDLE)
        (void)!irq_create(own_system, UART_SOURCE, &shared_irq);
    for (size_t i = 0; i < CHILDREN; i++)
        (void)!process_give(
            process, children[i].process, RIGHTS_OF_PROCESS,
            &any_handles[ANY_PROCESS][2 + i]); /* each other, the first cannot */
    return process_give(process, process, RIGHTS_OF_PROCESS,
                        &any_handles[ANY_PROCESS][0]);
}

static status_t child_fill(handle_t process) {
    uint64_t threads[THREADS] = {0}, done;
    int nr_threads = any_is_counted ? 1 : THREADS;
    any_entry = (uintptr_t)fuzz_thread;
    any_stack_top = (uintptr_t)stacks[THREADS - 1] + sizeof(stacks[0]);
    memset(any_handles, 0, sizeof(any_handles));
    status_t st = handles_give(process);
    for (int i = 0; st == OK && i < nr_threads; i++) {
        st = thread_create(process, (uintptr_t)fuzz_thread,
                           (uintptr_t)stacks[i] + sizeof(stacks[i]), (uint64_t)i,
                           &threads[i]);
        if (st == OK)
            st = process_give(process, (handle_t)threads[i], RIGHTS_OF_THREAD,
                              &any_handles[ANY_THREAD][i]);
    }
    memcpy(team, any_handles[ANY_THREAD], sizeof(team));
    if (st == OK)
        st = child_copy(process);
    if (st == OK)
        st = process_map(process, (handle_t)account_memory, ACCOUNT_AT, 0, PAGE,
                         MAP_READ | MAP_WRITE, &done);
    for (int i = 0; i < nr_threads; i++) { /* refused or not, nothing stays here */
        if (st == OK)
            (void)!thread_resume((handle_t)threads[i]);
        (void)!handle_close((handle_t)threads[i]);
    }
    return st;
}

static status_t fuzzer_start(struct child *child) {
    char name[PROCESS_NAME_BYTES];
    uint64_t process;
    place = (size_t)(child - children);
    format_string(name, sizeof(name), "fuzz-%lu", seed);
    status_t st = process_create(name, strlen(name), CHILD_FRAMES, CHILD_HEAP, &process);
    if (st != OK)
        return st;
    st = child_fill((handle_t)process);
    if (st == OK)
        st = process_watch((handle_t)process, (handle_t)endings, 1);
    if (st != OK && st != ERR_BUSY) { /* it may watch itself already */
        (void)!handle_close((handle_t)process);
        return st;
    }
    *child = (struct child){(handle_t)process, 0, clock_now_ns() + STALL_NS};
    seed++;
    return OK;
}

static uint64_t calls_made(void) {
    uint64_t sum = 0;
    for (size_t i = 0; i < CHILDREN; i++)
        sum += account->nr_calls[i];
    return sum;
}

/* See whether the child has ended; end it if it hangs. */
static void child_look(struct child *child) {
    uint64_t exit_code, nr_calls = account->nr_calls[child - children];
    if (process_result(child->process, &exit_code) != ERR_AGAIN) {
        (void)!handle_close(child->process);
        child->process = 0;
    } else if (clock_now_ns() >= child->look_ns) {
        if (nr_calls == child->nr_calls)
            (void)!process_kill(child->process);
        child->nr_calls = nr_calls;
        child->look_ns = clock_now_ns() + STALL_NS;
    }
}

/* Until as many calls have been made; children take turns in all places there are. */
static status_t children_run(uint64_t nr_calls) {
    uint64_t bits;
    int nr_refused = 0; /* in a row: what ended gives back its quota a little later */
    while (calls_made() < nr_calls) {
        for (int i = 0; i < (any_is_counted ? 1 : CHILDREN); i++) {
            if (children[i].process != 0) {
                child_look(&children[i]);
                continue;
            }
            status_t st = fuzzer_start(&children[i]);
            nr_refused = st == OK ? 0 : nr_refused + 1;
            if (st != OK) /* what waits in there for somebody to receive it */
                (void)!handle_close((handle_t)shared_endpoint);
            if (nr_refused == TRIES)
                return st;
        }
        uint64_t pause_ns =
            any_is_counted ? 20 * STALL_NS : STALL_NS / 4; /* not to be counted */
        (void)!notification_wait_until((handle_t)endings, clock_now_ns() + pause_ns,
                                       &bits);
    }
    return OK;
}

static bool children_end(void) {
    uint64_t exit_code;
    bool have_ended = true;
    for (int i = 0; i < CHILDREN; i++) {
        if (children[i].process == 0)
            continue;
        (void)!process_kill(children[i].process);
        status_t st = ERR_AGAIN;
        for (int tries = 0; st == ERR_AGAIN && tries < TRIES; tries++) {
            clock_pause(1000000);
            st = process_result(children[i].process, &exit_code);
        }
        have_ended &= st != ERR_AGAIN;
        (void)!handle_close(children[i].process);
    }
    return have_ended;
}

int main(int argc, char **argv) {
    uint64_t nr_calls = argc > 1 ? (uint64_t)atoi(argv[1]) : CALLS;
    seed = argc > 2 ? (uint64_t)atoi(argv[2]) : 1;
    any_is_counted = !DEBUG && argc > 3 && strcmp(argv[3], "count") == 0;
    tap_plan(5);
    status_t st = space_add_shared(own_process, ACCOUNT_AT, PAGE, &account_memory);
    if (st == OK)
        st = notification_create(&endings);
    if (st == OK)
        st = endpoint_create(&shared_endpoint);
    if (st == OK)
        st = notification_create(&shared_notification);
    struct process_info before = {0};
    (void)!process_inspect(own_process, &before);
    tap_status(st, OK, "what all children share");
    if (st == OK)
        st = children_run(nr_calls);
    tap_status(st, OK, "always one more child can be made");
    tap_check(children_end(), "%lu calls, and every child has ended", nr_calls);
    (void)!handle_close((handle_t)shared_endpoint);
    (void)!handle_close((handle_t)shared_notification);
    (void)!handle_close((handle_t)shared_irq);
    tap_check(child_all_is_back(&before), "all that they had came back");
    if (any_is_counted) /* for tools/bench */
        printf("bench: calls longest %lu.00\n", account->worst);
    tap_check(account->worst <= ENTRY_MAX, "the longest, %ld, took %lu instructions",
              account->worst_number, account->worst);
    return tap_end();
}
