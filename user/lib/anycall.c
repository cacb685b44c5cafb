/* user/lib/anycall.c - see anycall.h. */
#include "user/lib/anycall.h"
#include "lib/string.h"
#include "user/lib/clock.h"
#include "user/lib/message.h"
#include "user/lib/random.h"
#include "user/lib/syscall.h"

#define PAGE 4096

uint64_t any_handles[ANY_TYPES][ANY_HANDLES];
uint64_t any_entry, any_stack_top;
bool any_is_counted;

static uint8_t memory[3 * PAGE] __attribute__((aligned(PAGE)));
static uint64_t tokens[ANY_HANDLES]; /* of calls that were received */
static uint64_t blocks[ANY_HANDLES]; /* what heap_alloc() gave      */

static const char *const types[ANY_TYPES] = {
    "system", "process", "thread", "endpoint", "gate", "notification", "memory", "irq",
};

/* ---- the calls ---- */

struct call {
    int64_t number;
    const char *name;
    const char *needs;      /* of a message; else NULL   */
    const char *parameters; /* P(type) name, ..., or NULL */
};

static const struct call calls[] = {
#define SYSCALL_MESSAGE(number, name, needs)   {number, #name, #needs, NULL},
#define SYSCALL(number, name, parameters, ...) {number, #name, NULL, #parameters},
#include "kernel/abi/syscalls_each.def"
};

/* Which type does `text` begin with, in capitals or not?  ANY_TYPES for none. */
static unsigned type_named(const char *text) {
    unsigned type = 0;
    for (; type < ANY_TYPES; type++) {
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
    return clock_now_ns() + random_below(state, 200000) - 20000;
}

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
    };
    switch (random_below(state, 8)) {
    case 0:
    case 1:
        return others[random_below(state, ARRAY_SIZE(others))] +
               random_below(state, 3) * 8 - random_below(state, 2) * 8;
    case 2: return 1ull << random_below(state, 64);
    case 3: return (1ull << random_below(state, 64)) - 1;
    case 4: return blocks[random_below(state, ANY_HANDLES)];
    case 5: return splitmix64(state) & 0x7ff; /* rights */
    case 6: return random_below(state, 5000);
    default: return random_below(state, 64);
    }
}

static uint64_t any_handle(uint64_t *state, unsigned type) {
    uint64_t dice = random_below(state, 16);
    if (dice == 0)
        return any_number(state);
    if (type == ANY_TYPES || dice == 1)
        type = (unsigned)random_below(state, ANY_TYPES);
    return any_handles[type][random_below(state, ANY_HANDLES)];
}

static uint64_t any_address(uint64_t *state) {
    return random_below(state, 2) == 0
               ? (uintptr_t)memory + random_below(state, 3 * PAGE / 8) * 8
               : (uintptr_t)memory + random_below(state, 4) * PAGE -
                     random_below(state, 3) * 8;
}

static uint64_t any_argument(uint64_t *state, const char *type, const char *name) {
    if (type_named(type) < ANY_TYPES || IS_ANY(type, "handle_t", "ANY"))
        return any_handle(state, type_named(type));
    if (random_below(state, 6) == 0)
        return any_number(state);
    if (begins_with(type, "user_"))
        return any_address(state);
    if (begins_with(name, "entry"))
        return any_entry;
    if (begins_with(name, "stack_top"))
        return any_stack_top;
    if (begins_with(name, "deadline_ns"))
        return soon(state);
    if (begins_with(name, "va"))
        return ANY_MAP_AT + random_below(state, 600) * PAGE;
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
    if (any_is_counted && strcmp(name, "thread_create") == 0)
        return false; /* the end of a process with threads is told on the console */
    if (IS_ANY(name, "process_exit", "process_kill", "thread_exit"))
        return random_below(state, 100) == 0;
    if (strcmp(name, "notification_wait") == 0 ||
        IS_ANY(name, "thread_suspend", "thread_sleep", "handle_revoke"))
        return random_below(state, 10) == 0;
    return !is_slow || (!any_is_counted && random_below(state, 20) == 0);
}

static void add_handle(uint64_t *state, unsigned type, uint64_t handle) {
    if (type < ANY_TYPES)
        any_handles[type][random_below(state, ANY_HANDLES)] = handle;
}

/* Others may run meanwhile: what it takes says nothing about the call. */
static bool may_wait(const struct call *call) {
    return call->parameters == NULL ||
           IS_ANY(call->name, "thread_", "notification_", "process_exit", "process_kill");
}

static uint64_t instructions(void) {
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count)::"memory");
    return count;
}

/* False if it would wait for ever. */
static bool call_message(uint64_t *state, const struct call *call) {
    struct message_buffer *buffer = message_buffer();
    struct message m = {0};
    for (int i = 0; i < MESSAGE_HANDLES_MAX; i++)
        buffer->handles[i] = (handle_t)any_handle(state, ANY_TYPES);
    m.tag = random_below(state, 8) == 0 ? splitmix64(state)
                                        : tag_make((uint32_t)random_below(state, 9),
                                                   (uint32_t)random_below(state, 530),
                                                   (uint32_t)random_below(state, 3),
                                                   (uint32_t)random_below(state, 6));
    for (int i = 0; i < MESSAGE_WORDS; i++)
        m.words[i] = any_number(state);
    int64_t number = call->number;
    bool is_timed = call->name[strlen(call->name) - 1] == 'l' && number != SYS_call;
    if (!is_timed && number != SYS_reply && random_below(state, 20) != 0)
        return false;
    uint64_t token = tokens[random_below(state, ANY_HANDLES)];
    status_t st =
        message_ecall(number, (handle_t)any_handle(state, type_named(call->needs)), &m,
                      token, soon(state));
    if (st != OK)
        return true;
    if (m.token != 0)
        tokens[random_below(state, ANY_HANDLES)] = m.token;
    if (tag_handles(m.tag) > 0)
        add_handle(state, (unsigned)random_below(state, ANY_TYPES), buffer->handles[0]);
    return true;
}

/* Behind the next blank that is in no brackets, or at the end. */
static const char *next_word(const char *at) {
    for (int depth = 0; *at != '\0' && (*at != ' ' || depth > 0); at++)
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
    return *at == '\0' ? at : at + 1;
}

static uint64_t call_with_arguments(uint64_t *state, const struct call *call) {
    uint64_t arguments[6] = {0};
    const char *at = call->parameters + 1; /* behind the bracket */
    for (int i = 0; i < 6 && begins_with(at, "P("); i++) {
        const char *name = next_word(at);
        arguments[i] = any_argument(state, at + 2, name);
        at = next_word(name);
    }
    uint64_t before = instructions();
    struct syscall_result result =
        native_call(call->number, arguments[0], arguments[1], arguments[2], arguments[3],
                    arguments[4], arguments[5]);
    uint64_t nr_instructions = instructions() - before;
    if (result.status != OK)
        return nr_instructions;
    if (call->number == SYS_heap_alloc)
        blocks[random_below(state, ANY_HANDLES)] = result.value;
    if (call->number == SYS_handle_copy)
        add_handle(state, (unsigned)random_below(state, ANY_TYPES), result.value);
    if (IS_ANY(strchr(call->name, '_'), "_create", "_physical"))
        add_handle(state, type_named(call->name), result.value);
    return nr_instructions;
}

bool any_call(uint64_t *state, struct any_call *out) {
    const struct call *call = &calls[random_below(state, ARRAY_SIZE(calls))];
    *out = (struct any_call){0};
    if (random_below(state, 128) == 0) {
        native_call((int64_t)any_number(state), any_number(state), 0, 0, 0, 0, 0);
        return true;
    }
    if (call->parameters == NULL)
        return call_message(state, call);
    if (!is_wanted(state, call->name))
        return false;
    uint64_t nr_instructions = call_with_arguments(state, call);
    if (!may_wait(call))
        *out = (struct any_call){call->number, nr_instructions};
    return true;
}
