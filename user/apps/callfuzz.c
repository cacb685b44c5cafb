/* user/apps/callfuzz.c - native calls at random, by processes made for it (TAP).
 *
 * Whatever comes, the kernel answers with a status or ends the caller, goes on, and in the
 * end has lost nothing.  Arguments: how many calls, the seed, and `count`: hold each call
 * to what an entry into the kernel may take.  For that the instruction counter must be
 * exact (-icount) and the build a release: a debug kernel fills every block that it frees.
 *
 * The parent makes children that are copies of itself, each with a few threads, handles to
 * objects of every type, and the next seed in its name.  They may do to themselves and
 * each other what they like; the parent only starts them, ends those that hang, and
 * counts.  Which calls there are, and what they take, is read from syscalls.def. */
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"
#include "user/lib/message.h"
#include "user/lib/random.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
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
#define POOL           8

#define WINDOW     0x40000000  /* where children map what they like          */
#define ACCOUNT_AT 0x234560000 /* what all children tell the parent          */
static struct account {
    uint64_t nr_calls[CHILDREN];
    uint64_t worst; /* instructions of one call */
    int64_t worst_number;
} *const account = (struct account *)ACCOUNT_AT;

/* From here to the next headline: each child has a copy, as it is when it is made. */
static uint64_t seed;
static size_t place; /* the child's, among the children */
static bool is_counted;
static uint8_t memory[3 * PAGE] __attribute__((aligned(PAGE)));
static uint8_t stacks[THREADS][PAGE] __attribute__((aligned(16)));

/* The types of objects, as the list names them. */
static const char *const types[] = {"system", "process",      "thread", "endpoint",
                                    "gate",   "notification", "memory", "irq"};
enum { SYSTEM, PROCESS, THREAD, ENDPOINT, GATE, NOTIFICATION, MEMORY, TYPES = ARRAY_SIZE(types) };
static uint64_t pool[TYPES][POOL]; /* handles: good ones, and some that were */
static uint64_t team[THREADS];     /* handles to the threads it begins with */
static uint64_t tokens[POOL];      /* of calls that were received */
static uint64_t blocks[POOL];      /* what heap_alloc() gave */

/* ---- the calls ---- */

struct call {
    int64_t number;
    const char *name, *needs;
    const char *parameters; /* NULL: a message */
};

static const struct call calls[] = {
#define SYSCALL_MESSAGE(number, name, needs) {number, #name, #needs, NULL},
#define SYSCALL(number, name, needs, parameters, arguments)                              \
    {number, #name, #needs, #parameters},
#include "kernel/abi/syscalls_each.def"
};

/* Which type does `text` begin with, in capitals or not?  TYPES for none. */
static unsigned type_named(const char *text) {
    unsigned type = 0;
    for (; type < TYPES; type++) {
        size_t i = 0;
        while (types[type][i] != '\0' && (text[i] | 0x20) == types[type][i])
            i++;
        if (types[type][i] == '\0')
            break;
    }
    return type;
}

static bool begins_with(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_any(const char *name, const char *const names[], size_t nr_names) {
    for (size_t i = 0; i < nr_names; i++) {
        if (begins_with(name, names[i]))
            return true;
    }
    return false;
}
#define IS_ANY(name, ...)                                                                \
    is_any(name, (const char *const[]){__VA_ARGS__},                                     \
           ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))

/* ---- arguments ---- */

static uint64_t random_below(uint64_t *state, uint64_t limit) {
    return splitmix64(state) % limit;
}

static uint64_t soon(uint64_t *state) {
    uint64_t now_ns;
    (void)!clock_read(&now_ns);
    return now_ns + random_below(state, 200000) - 20000;
}

NORETURN static void fuzz_thread(uint64_t index);

static uint64_t any_number(uint64_t *state) {
    static const uint64_t others[] = {
        0,
        UINT64_MAX,
        INT64_MAX,
        0x0000004000000000, /* where the user's half ends */
        0x0000008000000000, /* not canonical              */
        0xffffffc080400000, /* the direct map             */
        0xffffffff80200000, /* the kernel's text          */
        0x0000003ffffff000, /* a message buffer           */
        (uintptr_t)fuzz_thread,
        (uintptr_t)stacks[1],
    };
    switch (random_below(state, 8)) {
    case 0:
    case 1:
        return others[random_below(state, ARRAY_SIZE(others))] +
               random_below(state, 3) * 8 - random_below(state, 2) * 8;
    case 2: return 1ull << random_below(state, 64);
    case 3: return (1ull << random_below(state, 64)) - 1;
    case 4: return blocks[random_below(state, POOL)];
    case 5: return splitmix64(state) & 0x7ff; /* rights */
    case 6: return random_below(state, 5000);
    default: return random_below(state, 64);
    }
}

static uint64_t any_handle(uint64_t *state, unsigned type) {
    uint64_t dice = random_below(state, 16);
    if (dice == 0)
        return any_number(state);
    if (type == TYPES || dice == 1)
        type = (unsigned)random_below(state, TYPES);
    return pool[type][random_below(state, POOL)];
}

static uint64_t any_address(uint64_t *state) {
    return random_below(state, 2) == 0
               ? (uintptr_t)memory + random_below(state, 3 * PAGE / 8) * 8
               : (uintptr_t)memory + random_below(state, 4) * PAGE -
                     random_below(state, 3) * 8;
}

/* `parameter` is a type, a blank and a name. */
static uint64_t any_argument(uint64_t *state, const char *parameter) {
    const char *name = parameter;
    while (*name != ' ')
        name++;
    name++;
    if (begins_with(parameter, "handle_t"))
        return any_handle(state, type_named(name));
    if (random_below(state, 6) == 0)
        return any_number(state);
    if (begins_with(parameter, "user_"))
        return any_address(state);
    if (begins_with(name, "entry"))
        return (uintptr_t)fuzz_thread;
    if (begins_with(name, "stack_top"))
        return (uintptr_t)stacks[random_below(state, THREADS)] + sizeof(stacks[0]);
    if (begins_with(name, "deadline_ns"))
        return soon(state);
    if (begins_with(name, "va"))
        return WINDOW + random_below(state, 600) * PAGE;
    if (begins_with(name, "name_bytes"))
        return random_below(state, 33);
    if (IS_ANY(name, "nr_bytes", "offset", "to_offset", "from_offset"))
        return random_below(state, random_below(state, 8) == 0 ? 600 : 8) * PAGE;
    if (IS_ANY(name, "flags", "bits", "priority"))
        return random_below(state, 16);
    return any_number(state);
}

/* ---- one call ---- */

/* Calls that end the child are made a few times in its life, and seldom those that may
 * wait without end or take long; and never what would spoil a count. */
static bool is_wanted(uint64_t *state, const char *name) {
    bool is_slow = begins_with(name, "heap_check");
    if (IS_ANY(name, "process_exit", "process_kill", "thread_exit"))
        return random_below(state, 100) == 0;
    if (strcmp(name, "notification_wait") == 0 ||
        IS_ANY(name, "thread_suspend", "thread_sleep", "handle_revoke"))
        return random_below(state, 10) == 0;
    return !is_slow || (!is_counted && random_below(state, 20) == 0);
}

static void pool_add(uint64_t *state, unsigned type, uint64_t handle) {
    if (type < TYPES)
        pool[type][random_below(state, POOL)] = handle;
}

/* Others may run meanwhile: what it takes says nothing about the call. */
static bool may_wait(const struct call *call) {
    return call->parameters == NULL ||
           IS_ANY(call->name, "thread_", "notification_", "process_exit", "process_kill");
}

static void account_for(const struct call *call, uint64_t nr_instructions) {
    __atomic_fetch_add(&account->nr_calls[place], 1, __ATOMIC_RELAXED);
    if (is_counted && !may_wait(call) && nr_instructions > account->worst) {
        account->worst = nr_instructions;
        account->worst_number = call->number;
    }
}

static uint64_t instructions(void) {
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count)::"memory");
    return count;
}

static void call_message(uint64_t *state, const struct call *call) {
    struct message_buffer *buffer = message_buffer();
    struct message m;
    for (int i = 0; i < MESSAGE_HANDLES_MAX; i++)
        buffer->handles[i] = (handle_t)any_handle(state, TYPES);
    m.tag = random_below(state, 8) == 0
                ? splitmix64(state)
                : tag_make((uint32_t)random_below(state, 9),
                           (uint32_t)random_below(state, 530),
                           (uint32_t)random_below(state, 3),
                           (uint32_t)random_below(state, 6));
    for (int i = 0; i < MESSAGE_WORDS; i++)
        m.words[i] = any_number(state);
    int64_t number = call->number;
    bool is_timed = call->name[strlen(call->name) - 1] == 'l' && number != SYS_call;
    if (!is_timed && number != SYS_reply && random_below(state, 20) != 0)
        return; /* it may wait for ever */
    uint64_t token = tokens[random_below(state, POOL)];
    status_t st = message_ecall(number, (handle_t)any_handle(state, type_named(call->needs)),
                                &m, token, soon(state));
    if (st != OK)
        return;
    if (m.token != 0)
        tokens[random_below(state, POOL)] = m.token;
    if (tag_handles(m.tag) > 0)
        pool_add(state, (unsigned)random_below(state, TYPES), buffer->handles[0]);
}

static void call_with_arguments(uint64_t *state, const struct call *call) {
    uint64_t arguments[6] = {0};
    const char *at = call->parameters + 1; /* behind the bracket */
    for (int i = 0; i < 6 && !begins_with(at, "void"); i++) {
        arguments[i] = i == 0 && type_named(call->needs) < TYPES
                           ? any_handle(state, type_named(call->needs))
                           : any_argument(state, at);
        while (*at != ',' && *at != ')')
            at++;
        if (*at == ')')
            break;
        at += 2;
    }
    uint64_t before = instructions();
    struct syscall_result result =
        native_call(call->number, arguments[0], arguments[1], arguments[2], arguments[3],
                    arguments[4], arguments[5]);
    account_for(call, instructions() - before);
    if (result.status != OK)
        return;
    if (call->number == SYS_heap_alloc)
        blocks[random_below(state, POOL)] = result.value;
    if (call->number == SYS_handle_copy)
        pool_add(state, (unsigned)random_below(state, TYPES), result.value);
    if (IS_ANY(strchr(call->name, '_'), "_create", "_physical"))
        pool_add(state, type_named(call->name), result.value);
}

static void call_at_random(uint64_t *state) {
    const struct call *call = &calls[random_below(state, ARRAY_SIZE(calls))];
    if (random_below(state, 128) == 0) {
        native_call((int64_t)any_number(state), any_number(state), 0, 0, 0, 0, 0);
        __atomic_fetch_add(&account->nr_calls[place], 1, __ATOMIC_RELAXED);
    } else if (call->parameters == NULL) {
        call_message(state, call);
        __atomic_fetch_add(&account->nr_calls[place], 1, __ATOMIC_RELAXED);
    } else if (is_wanted(state, call->name)) {
        call_with_arguments(state, call);
    }
}

/* ---- a child ---- */

static void objects_make(void) {
    uint64_t handle, done;
    for (int i = 0; i < 2; i++) {
        if (endpoint_create(&handle) == OK)
            pool[ENDPOINT][i] = handle;
        for (int j = 0; j < 2; j++) {
            if (gate_create((handle_t)pool[ENDPOINT][i], (uint64_t)j, &handle) == OK)
                pool[GATE][2 * i + j] = handle;
        }
        if (notification_create(&handle) == OK)
            pool[NOTIFICATION][i] = handle;
        if (memory_create((handle_t)pool[PROCESS][0], 8 * PAGE, (uint64_t)i, &handle) == OK)
            pool[MEMORY][i] = handle;
        (void)!process_map((handle_t)pool[PROCESS][0], (handle_t)handle,
                           WINDOW + (uint64_t)i * 16 * PAGE, 0, 8 * PAGE,
                           MAP_READ | MAP_WRITE, &done);
    }
    if (process_create("victim", 6, 40, 8 << 10, &handle) == OK)
        pool[PROCESS][1] = handle;
}

/* Whatever the thread waits for, it waits no more. */
static void wake(handle_t thread) {
    (void)!thread_suspend(thread);
    (void)!thread_resume(thread);
}

static void fuzz_thread(uint64_t index) {
    uint64_t state = seed * THREADS + index;
    if (index == 0)
        objects_make();
    for (int i = 0; i < CALLS_A_THREAD; i++) {
        call_at_random(&state);
        if (i % 32 == 0)
            wake((handle_t)team[(index + 1) % THREADS]);
    }
    for (;;)
        (void)!thread_exit();
}

/* ---- the parent ---- */

extern char _start[], etext[], srodata[], erodata[], sdata[], ebss[]; /* user.ld */

static uint64_t account_memory, endings;
static uint64_t shared_endpoint, shared_notification;

struct child {
    handle_t process; /* 0: none */
    uint64_t nr_calls; /* in its place, when it was looked at */
    uint64_t look_ns;  /* when it is looked at next            */
};
static struct child children[CHILDREN];

static status_t part_copy(handle_t process, const char *start, const char *end,
                          uint64_t flags) {
    size_t nr_bytes = align_up((size_t)(end - start), PAGE);
    status_t st = space_add(process, (uintptr_t)start, nr_bytes);
    if (st == OK)
        st = space_write(process, (uintptr_t)start, start, nr_bytes);
    if (st == OK)
        st = space_protect(process, (uintptr_t)start, nr_bytes, flags);
    return st;
}

/* What it is born with; what a child has revoked is made again. */
static status_t handles_give(handle_t process) {
    (void)!process_give(process, own_system, RIGHT_COPY | RIGHTS_OF_WATCHER,
                        &pool[SYSTEM][0]);
    if (process_give(process, (handle_t)shared_endpoint, RIGHTS_OF_ENDPOINT,
                     &pool[ENDPOINT][POOL - 1]) == ERR_HANDLE)
        (void)!endpoint_create(&shared_endpoint);
    if (process_give(process, (handle_t)shared_notification, RIGHTS_OF_NOTIFICATION,
                     &pool[NOTIFICATION][POOL - 1]) == ERR_HANDLE)
        (void)!notification_create(&shared_notification);
    return process_give(process, process, RIGHTS_OF_PROCESS, &pool[PROCESS][0]);
}

static status_t child_fill(handle_t process) {
    uint64_t threads[THREADS], done;
    int nr_threads = is_counted ? 1 : THREADS;
    memset(pool, 0, sizeof(pool));
    status_t st = handles_give(process);
    for (int i = 0; st == OK && i < nr_threads; i++) {
        st = thread_create(process, (uintptr_t)fuzz_thread,
                           (uintptr_t)stacks[i] + sizeof(stacks[i]), (uint64_t)i,
                           &threads[i]);
        if (st == OK)
            st = process_give(process, (handle_t)threads[i], RIGHTS_OF_THREAD,
                              &pool[THREAD][i]);
    }
    memcpy(team, pool[THREAD], sizeof(team));
    if (st == OK)
        st = part_copy(process, _start, etext, MAP_READ | MAP_EXECUTE);
    if (st == OK)
        st = part_copy(process, srodata, erodata, MAP_READ);
    if (st == OK)
        st = part_copy(process, sdata, ebss, MAP_READ | MAP_WRITE);
    if (st == OK)
        st = process_map(process, (handle_t)account_memory, ACCOUNT_AT, 0, PAGE,
                         MAP_READ | MAP_WRITE, &done);
    for (int i = 0; st == OK && i < nr_threads; i++) {
        (void)!thread_resume((handle_t)threads[i]);
        (void)!handle_close((handle_t)threads[i]);
    }
    return st;
}

static uint64_t now(void) {
    uint64_t now_ns;
    (void)!clock_read(&now_ns);
    return now_ns;
}

static status_t child_start(struct child *child) {
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
    *child = (struct child){(handle_t)process, 0, now() + STALL_NS};
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
    } else if (now() >= child->look_ns) {
        if (nr_calls == child->nr_calls)
            (void)!process_kill(child->process);
        child->nr_calls = nr_calls;
        child->look_ns = now() + STALL_NS;
    }
}

/* Until as many calls have been made; children take turns in all places there are. */
static status_t children_run(uint64_t nr_calls) {
    uint64_t bits;
    int nr_refused = 0; /* in a row: what ended gives back its quota a little later */
    while (calls_made() < nr_calls) {
        for (int i = 0; i < (is_counted ? 1 : CHILDREN); i++) {
            if (children[i].process != 0) {
                child_look(&children[i]);
                continue;
            }
            status_t st = child_start(&children[i]);
            nr_refused = st == OK ? 0 : nr_refused + 1;
            if (nr_refused == TRIES)
                return st;
        }
        uint64_t pause_ns = is_counted ? 20 * STALL_NS : STALL_NS / 4; /* not to be counted */
        (void)!notification_wait_until((handle_t)endings, now() + pause_ns, &bits);
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
            (void)!thread_sleep(now() + 1000000);
            st = process_result(children[i].process, &exit_code);
        }
        have_ended &= st != ERR_AGAIN;
        (void)!handle_close(children[i].process);
    }
    return have_ended;
}

/* The process's own use, once the grandchildren have ended too. */
static bool is_given_back(const struct process_info *before) {
    struct process_info info = {0};
    (void)!handle_close((handle_t)shared_endpoint);
    (void)!handle_close((handle_t)shared_notification);
    for (int tries = 0; tries < TRIES; tries++) {
        if (process_inspect(own_process, &info) == OK &&
            info.nr_frames == before->nr_frames && info.heap_bytes <= before->heap_bytes)
            return true;
        (void)!thread_sleep(now() + 1000000);
    }
    return false;
}

int main(int argc, char **argv) {
    uint64_t nr_calls = argc > 1 ? (uint64_t)atoi(argv[1]) : CALLS;
    seed = argc > 2 ? (uint64_t)atoi(argv[2]) : 1;
    is_counted = !DEBUG && argc > 3 && strcmp(argv[3], "count") == 0;
    tap_plan(5);
    status_t st = memory_create(own_process, PAGE, 0, &account_memory);
    if (st == OK)
        st = space_map(own_process, (handle_t)account_memory, ACCOUNT_AT, 0, PAGE,
                       MAP_READ | MAP_WRITE);
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
    tap_check(is_given_back(&before), "all that they had came back");
    tap_check(account->worst <= ENTRY_MAX, "the longest, %ld, took %lu instructions",
              account->worst_number, account->worst);
    return tap_end();
}
