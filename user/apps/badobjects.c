/* user/apps/badobjects.c - calls about processes, threads and memory with arguments that
 * no honest program has (TAP).
 *
 * A call either refuses with the right status or has no effect that matters; the victims
 * are a process and a memory made for that. */
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "user/lib/clock.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define PAGE       4096
#define AT         0x100000    /* the memory's first page in the victim */
#define UNMAPPED   0x100000000 /* in the user's half */
#define IN_KERNEL  0xffffffff80200000
#define MAX_FRAMES 64
#define MAX_HEAP   32768

static uint64_t victim, memory, thread, value;

static const char *named(const char *call, const char *what) {
    static char text[96];
    format_string(text, sizeof(text), "%s: %s", call, what);
    return text;
}

/* ---- handles ---- */

struct call { /* with a handle first; `good` is what that must be */
    int64_t number;
    const char *name;
    const uint64_t *good;
    uint32_t right;
};

static const struct call calls[] = {
    {SYS_process_give, "process_give", &victim, RIGHT_MANAGE},
    {SYS_process_kill, "process_kill", &victim, RIGHT_MANAGE},
    {SYS_process_map, "process_map", &victim, RIGHT_MANAGE},
    {SYS_process_unmap, "process_unmap", &victim, RIGHT_MANAGE},
    {SYS_process_protect, "process_protect", &victim, RIGHT_MANAGE},
    {SYS_process_read, "process_read", &victim, RIGHT_READ},
    {SYS_process_write, "process_write", &victim, RIGHT_WRITE},
    {SYS_process_result, "process_result", &victim, RIGHT_INFO},
    {SYS_memory_create, "memory_create", &victim, RIGHT_MANAGE},
    {SYS_thread_create, "thread_create", &victim, RIGHT_MANAGE},
    {SYS_memory_commit, "memory_commit", &memory, RIGHT_MAP_READ},
    {SYS_memory_share, "memory_share", &memory, RIGHT_MAP_WRITE},
    {SYS_memory_unshare, "memory_unshare", &memory, RIGHT_MAP_WRITE},
    {SYS_thread_resume, "thread_resume", &thread, RIGHT_MANAGE},
    {SYS_thread_suspend, "thread_suspend", &thread, RIGHT_MANAGE},
    {SYS_thread_read_registers, "thread_read_registers", &thread, RIGHT_INFO},
    {SYS_thread_write_registers, "thread_write_registers", &thread, RIGHT_MANAGE},
};

static status_t with_handle(const struct call *call, uint64_t handle) {
    return (status_t)native_call(call->number, handle, 0, 0, 0, 0, 0).status;
}

static void test_handles(const struct call *call) {
    uint64_t stale = 0, weak = 0;
    handle_t good = (handle_t)*call->good;
    uint64_t rights = call->good == &memory   ? RIGHTS_OF_MEMORY
                      : call->good == &thread ? RIGHTS_OF_THREAD
                                              : RIGHTS_OF_PROCESS;
    tap_check(handle_copy(good, RIGHT_COPY, &stale) == OK &&
                  handle_close((handle_t)stale) == OK &&
                  handle_copy(good, rights & ~call->right, &weak) == OK,
              "%s: handles to test with", call->name);
    tap_status(with_handle(call, 0), ERR_HANDLE, named(call->name, "handle 0"));
    tap_status(with_handle(call, UINT32_MAX), ERR_HANDLE, named(call->name, "all bits"));
    tap_status(with_handle(call, *call->good | 1ul << 32), ERR_HANDLE,
               named(call->name, "a good handle with a bit too many"));
    tap_status(with_handle(call, stale), ERR_HANDLE, named(call->name, "closed handle"));
    tap_status(with_handle(call, own_system), ERR_TYPE, named(call->name, "wrong type"));
    tap_status(with_handle(call, weak), ERR_RIGHTS, named(call->name, "missing right"));
    (void)!handle_close((handle_t)weak);
}

/* Those that have a handle further on: that counts with all its bits, too. */
static void test_second_handles(void) {
    const uint64_t high = 1ul << 32;
    uint64_t endpoint = 0, gate = 0, notification = 0;
    tap_check(endpoint_create(&endpoint) == OK && gate_create(endpoint, 0, &gate) == OK &&
                  notification_create(&notification) == OK,
              "objects to name twice");
    const struct {
        const char *name;
        status_t st;
    } tried[] = {
        {"process_give", process_give(victim, memory | high, 0, &value)},
        {"process_map",
         process_map(victim, memory | high, AT, 0, PAGE, MAP_READ, &value)},
        {"memory_share", memory_share(memory, 0, memory | high, 0, PAGE, &value)},
        {"notification_bind", notification_bind(notification, endpoint | high)},
        {"process_watch", process_watch(victim, notification | high, 1)},
        {"thread_set_handlers", thread_set_handlers(thread, gate | high, 0)},
        {"thread_set_handlers", thread_set_handlers(thread, 0, gate | high)},
        {"thread_set_handlers", thread_set_handlers(thread, high, 0)},
    };
    for (size_t i = 0; i < ARRAY_SIZE(tried); i++)
        tap_status(tried[i].st, ERR_HANDLE,
                   named(tried[i].name, "a further handle with a bit too many"));
    (void)!handle_close(gate);
    (void)!handle_close(endpoint);
    (void)!handle_close(notification);
}

/* ---- ranges ---- */

typedef status_t range_fn(uint64_t start, size_t nr_bytes);

static status_t map_at(uint64_t va, size_t nr_bytes) {
    return process_map((handle_t)victim, (handle_t)memory, va, 0, nr_bytes, MAP_READ,
                       &value);
}

static status_t unmap_at(uint64_t va, size_t nr_bytes) {
    return process_unmap((handle_t)victim, va, nr_bytes, &value);
}

static status_t protect_at(uint64_t va, size_t nr_bytes) {
    return process_protect((handle_t)victim, va, nr_bytes, MAP_READ, &value);
}

static status_t map_from(uint64_t offset, size_t nr_bytes) {
    return process_map((handle_t)victim, (handle_t)memory, AT, offset, nr_bytes, MAP_READ,
                       &value);
}

static status_t commit_at(uint64_t offset, size_t nr_bytes) {
    return memory_commit((handle_t)memory, offset, nr_bytes, &value);
}

static status_t unshare_at(uint64_t offset, size_t nr_bytes) {
    return memory_unshare((handle_t)memory, offset, nr_bytes, &value);
}

static status_t share_from(uint64_t offset, size_t nr_bytes) {
    return memory_share((handle_t)memory, 0, (handle_t)memory, offset, nr_bytes, &value);
}

static status_t physical_at(uint64_t start, size_t nr_bytes) {
    return memory_physical(own_system, start, nr_bytes, &value);
}

/* `end` is where the range of good starts ends. */
static void test_range(range_fn *call, uint64_t good, uint64_t end, const char *name) {
    tap_status(call(good + 1, PAGE), ERR_MISALIGNED, named(name, "unaligned start"));
    tap_status(call(good, PAGE - 1), ERR_MISALIGNED, named(name, "unaligned length"));
    tap_status(call(good, 0), ERR_INVALID, named(name, "nothing"));
    tap_status(call(good, ~0ul - PAGE + 1), ERR_INVALID, named(name, "wraps"));
    tap_status(call(end, PAGE), ERR_INVALID, named(name, "behind the end"));
    tap_status(call(end - PAGE, 2 * PAGE), ERR_INVALID, named(name, "across the end"));
    tap_status(call(IN_KERNEL, PAGE), ERR_INVALID, named(name, "the kernel"));
}

#define BUFFERS (USER_END - 256ul * PAGE)

static void test_ranges(void) {
    test_range(map_at, AT, BUFFERS, "process_map");
    test_range(unmap_at, AT, BUFFERS, "process_unmap");
    test_range(protect_at, AT, BUFFERS, "process_protect");
    test_range(map_from, 0, 4 * PAGE, "process_map from");
    test_range(commit_at, 0, 4 * PAGE, "memory_commit");
    test_range(unshare_at, 0, 4 * PAGE, "memory_unshare");
    test_range(share_from, 0, 4 * PAGE, "memory_share");
    tap_status(map_at(0, PAGE), ERR_INVALID, "process_map: page 0");
    tap_status(physical_at(0x10000000, PAGE), ERR_RIGHTS,
               "memory_physical: without the right to devices");
}

/* ---- flags and rights ---- */

static status_t map_with(uint64_t handle, uint64_t flags) {
    return process_map((handle_t)victim, (handle_t)handle, AT, 0, PAGE, flags, &value);
}

static void test_flags(void) {
    uint64_t reader;
    tap_status(map_with(memory, 0), ERR_INVALID, "process_map: no flags");
    tap_status(map_with(memory, MAP_WRITE), ERR_INVALID, "process_map: to write only");
    tap_status(map_with(memory, 8 | MAP_READ), ERR_INVALID, "process_map: a flag more");
    tap_status(map_with(memory, 1ul << 32 | MAP_READ), ERR_INVALID,
               "process_map: a high flag more");
    tap_status(map_with(memory, MAP_READ | MAP_WRITE | MAP_EXECUTE), ERR_RIGHTS,
               "process_map: writable and executable");
    tap_status(handle_copy((handle_t)memory, RIGHT_MAP_READ, &reader), OK,
               "a handle that may only map to read");
    tap_status(map_with(reader, MAP_READ | MAP_WRITE), ERR_RIGHTS,
               "process_map: to write without the right");
    tap_status(map_with(reader, MAP_READ | MAP_EXECUTE), ERR_RIGHTS,
               "process_map: to execute without the right");
    tap_status(map_with(reader, MAP_READ), OK, "process_map: to read with the right");
    tap_status(process_protect((handle_t)victim, AT, PAGE, MAP_READ | MAP_WRITE, &value),
               ERR_RIGHTS, "process_protect: more than was allowed");
    tap_status(memory_share((handle_t)memory, PAGE, (handle_t)reader, 0, PAGE, &value),
               ERR_RIGHTS, "memory_share: from what may not be written");
    tap_status(process_protect((handle_t)victim, AT + PAGE, PAGE, MAP_READ, &value),
               ERR_NOT_FOUND, "process_protect: what is not mapped");
    tap_status(unmap_at(AT, PAGE), OK, "process_unmap: it");
    tap_status(map_with(own_system, MAP_READ), ERR_TYPE, "process_map: of no memory");
    tap_status(map_with(0, MAP_READ), ERR_HANDLE, "process_map: of handle 0");
    tap_status(handle_close((handle_t)reader), OK, "that handle is closed");
    tap_status(memory_create((handle_t)victim, PAGE, 2, &value), ERR_INVALID,
               "memory_create: a flag that is none");
    tap_status(memory_create((handle_t)victim, 1ul << 40, 0, &value), ERR_INVALID,
               "memory_create: too large");
    tap_status(memory_create((handle_t)victim, 8ul << 20, MEMORY_CONTIGUOUS, &value),
               ERR_INVALID, "memory_create: too large to be in a row");
    tap_status(memory_create((handle_t)victim, 1ul << 20, MEMORY_CONTIGUOUS, &value),
               ERR_QUOTA, "memory_create: in a row, more than the quota");
    tap_status(process_give((handle_t)victim, own_system, RIGHT_POWER, &value),
               ERR_RIGHTS, "process_give: a right that one has not");
    tap_status(process_give((handle_t)victim, 0, 0, &value), ERR_HANDLE,
               "process_give: handle 0");
}

/* ---- addresses ---- */

static void test_addresses(void) {
    static uint64_t bytes[32];
    static const uint64_t bad[] = {0, UNMAPPED, IN_KERNEL, USER_END, USER_END - 8, ~7ul};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        void *address = (void *)bad[i];
        tap_status(process_create(address, 16, 1, 0, &value), ERR_FAULT,
                   named("process_create", "a name at a bad address"));
        tap_status(process_read((handle_t)victim, bad[i], bytes, 16, &value), ERR_FAULT,
                   named("process_read", "from a bad address"));
        tap_status(process_read(own_process, (uintptr_t)bytes, address, 16, &value),
                   ERR_FAULT, named("process_read", "to a bad address"));
        tap_status(process_write((handle_t)victim, bad[i], bytes, 16, &value), ERR_FAULT,
                   named("process_write", "to a bad address"));
        tap_status(process_write(own_process, (uintptr_t)bytes, address, 16, &value),
                   ERR_FAULT, named("process_write", "from a bad address"));
        tap_status(thread_read_registers((handle_t)thread, address), ERR_FAULT,
                   named("thread_read_registers", "to a bad address"));
        tap_status(thread_write_registers((handle_t)thread, address), ERR_FAULT,
                   named("thread_write_registers", "from a bad address"));
    }
    tap_status(thread_read_registers((handle_t)thread, (char *)bytes + 4), ERR_MISALIGNED,
               "thread_read_registers: unaligned");
    tap_status(process_write(own_process, (uintptr_t)test_addresses, bytes, 8, &value),
               ERR_FAULT, "process_write: to text");
    tap_status(process_create("", 0, 1, 0, &value), ERR_INVALID,
               "process_create: no name");
    tap_status(process_create("a\033[2J", 5, 1, 0, &value), ERR_INVALID,
               "process_create: a name that does things to the terminal");
    tap_status(process_create("0123456789abcdef0123456789abcdef", 32, 1, 0, &value),
               ERR_INVALID, "process_create: too long a name");
}

/* ---- quotas ---- */

static void test_quotas(void) {
    status_t st = OK;
    unsigned nr_made = 0;
    tap_status(process_create("x", 1, ~0ul, 0, &value), ERR_QUOTA,
               "process_create: more frames than one has");
    tap_status(process_create("x", 1, 1, ~0ul, &value), ERR_QUOTA,
               "process_create: more heap than one has");
    tap_status(process_create("x", 1, 0, 0, &value), ERR_QUOTA,
               "process_create: without a frame for its table");
    for (; st == OK && nr_made < 1000; nr_made++) {
        st = thread_create((handle_t)victim, 0, 0, 0, &value);
        if (st == OK)
            st = handle_close((handle_t)value);
    }
    tap_status(st, ERR_QUOTA, "thread_create: until the quota is used up");
    for (st = OK, nr_made = 0; st == OK && nr_made < 5000; nr_made++) {
        st = memory_create(own_process, PAGE, 0, &value);
        if (st == OK)
            st = handle_close((handle_t)value);
    }
    tap_status(st, OK, "memory_create: without handles it goes at once");
}

/* ---- what has ended ---- */

static void test_ended(void) {
    uint64_t other;
    tap_status(handle_copy((handle_t)victim, RIGHTS_OF_PROCESS, &other), OK, "a copy");
    tap_status(handle_revoke((handle_t)victim), OK, "handle_revoke: of the victim");
    tap_status(process_result((handle_t)other, &value), ERR_HANDLE, "ends the copy");
    tap_status(process_result((handle_t)victim, &value), ERR_AGAIN, "not one's own");
    tap_status(handle_revoke((handle_t)other), ERR_HANDLE, "handle_revoke: a stale one");
    tap_status(process_kill((handle_t)victim), OK, "the victim is killed");
    tap_status(process_kill((handle_t)victim), ERR_CLOSED, "process_kill: twice");
    tap_status(map_at(AT, PAGE), ERR_CLOSED, "process_map: in a process that has ended");
    tap_status(process_give((handle_t)victim, own_system, 0, &value), ERR_CLOSED,
               "process_give: to it");
    tap_status(thread_create((handle_t)victim, 0, 0, 0, &value), ERR_CLOSED,
               "thread_create: in it");
    clock_pause(20000000);
    tap_status(process_result((handle_t)victim, &value), ERR_KILLED, "it was killed");
    tap_status(thread_resume((handle_t)thread), ERR_HANDLE, "its thread is gone");
    tap_status(commit_at(0, PAGE), OK, "the memory that I paid for is not");
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(1 + 7 * 17 + 9 + 7 * 7 + 2 + 22 + 6 * 7 + 5 + 5 + 13);
    tap_check(process_create("victim", 6, MAX_FRAMES, MAX_HEAP, &victim) == OK &&
                  memory_create(own_process, 4 * PAGE, 0, &memory) == OK &&
                  thread_create((handle_t)victim, 0, 0, 0, &thread) == OK,
              "the victims are there");
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
        test_handles(&calls[i]);
    test_second_handles();
    test_ranges();
    test_flags();
    test_addresses();
    test_quotas();
    test_ended();
    return tap_end();
}
