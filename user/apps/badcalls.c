/* user/apps/badcalls.c - native calls with arguments that no honest program has (TAP).
 *
 * Every call meets, as far as it takes such an argument: a bad number, a handle that
 * names nothing, a stale one, one to an object of another type, one without the right;
 * addresses that are unaligned, wrap, belong to the kernel, are not mapped or may not be
 * written. */
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define UNMAPPED      ((void *)0x100000000)        /* in the user's half           */
#define IN_KERNEL     ((void *)0xffffffff80200000) /* the kernel's text            */
#define IN_DIRECT_MAP ((void *)0xffffffc080400000) /* all of memory, for the kernel */
#define NOT_CANONICAL ((void *)0x0000008000000000)
#define LAST_BYTE     ((void *)0xffffffffffffffff)
#define LAST_WORD     ((void *)0xfffffffffffffff8)
#define PAGE          4096

static const uint64_t read_only[64] = {1};
static uint8_t pages[3 * PAGE] __attribute__((aligned(PAGE)));
static char call_name[64];

static const char *format_address(const void *address) {
    static char text[24];
    format_string(text, sizeof(text), "%p", address);
    return text;
}

static const char *named(const char *call, const char *with) {
    format_string(call_name, sizeof(call_name), "%s: %s", call, with);
    return call_name;
}

/* ---- numbers ---- */

static void check_number(int64_t number, const char *with) {
    tap_status((status_t)native_call(number, own_system, 0, 0, 0, 0, 0).status,
               ERR_NO_SYSCALL, with);
}

static void test_numbers(void) {
    check_number(-126, "a number that is not given");
    check_number(-127, "the last place of the table");
    check_number(-128, "the place for unknown numbers");
    check_number(-129, "one beyond the table");
    check_number(INT64_MIN, "the smallest number");
    check_number(0, "foreign number 0");
    check_number(64, "foreign number 64");
    check_number(INT64_MAX, "the largest number");
}

/* ---- handles ---- */

struct call { /* with a handle first; the other arguments are good */
    int64_t number;
    const char *name;
    uint32_t right;
    uint64_t arg1, arg2, arg3;
};

static uint64_t space[80];

static const struct call handle_calls[] = {
    {SYS_log_write, "log_write", RIGHT_LOG, 0, 0, 0},
    {SYS_heap_stats, "heap_stats", RIGHT_STATS, (uintptr_t)space, 0, 0},
    {SYS_frame_stats, "frame_stats", RIGHT_STATS, (uintptr_t)space, 0, 0},
    {SYS_heap_walk, "heap_walk", RIGHT_WALK, 0, (uintptr_t)space, 0},
    {SYS_heap_check, "heap_check", RIGHT_WALK, 0, 0, 0},
    {SYS_heap_alloc, "heap_alloc", RIGHT_LEARN, 2048, 0, 0},
    {SYS_heap_free, "heap_free", RIGHT_LEARN, 0x1000, 0, 0},
    {SYS_trace_read, "trace_read", RIGHT_WALK, 0, (uintptr_t)space, 8},
    {SYS_object_inspect, "object_inspect", RIGHT_WALK, 0, (uintptr_t)space, 0},
    {SYS_log_read, "log_read", RIGHT_WALK, 0, (uintptr_t)space, 0},
};

static status_t with_handle(const struct call *call, uint64_t handle) {
    return (status_t)native_call(call->number, handle, call->arg1, call->arg2, call->arg3,
                                 0, 0)
        .status;
}

static uint64_t copy_with(uint64_t rights) {
    uint64_t copy;
    return handle_copy(own_system, rights, &copy) == OK ? copy : 0;
}

static void test_handles(const struct call *call) {
    uint64_t stale = copy_with(RIGHTS_OF_SYSTEM);
    uint64_t weak = copy_with(RIGHTS_OF_SYSTEM & ~call->right);
    tap_check(stale != 0 && weak != 0 && handle_close((handle_t)stale) == OK,
              "%s: handles to test with", call->name);
    tap_status(with_handle(call, 0), ERR_HANDLE, named(call->name, "handle 0"));
    tap_status(with_handle(call, 1023), ERR_HANDLE, named(call->name, "index too large"));
    tap_status(with_handle(call, UINT32_MAX), ERR_HANDLE, named(call->name, "all bits"));
    tap_status(with_handle(call, own_system | 1ul << 32), ERR_HANDLE,
               named(call->name, "a good handle with a bit too many"));
    tap_status(with_handle(call, stale), ERR_HANDLE, named(call->name, "closed handle"));
    tap_status(with_handle(call, own_process), ERR_TYPE, named(call->name, "wrong type"));
    tap_status(with_handle(call, weak), ERR_RIGHTS, named(call->name, "missing right"));
    (void)!handle_close((handle_t)weak);
}

static void test_handle_calls(void) {
    uint64_t copy = copy_with(RIGHT_LOG);
    uint64_t value;
    tap_status(handle_copy((handle_t)copy, 0, &value), ERR_RIGHTS,
               "handle_copy: of one that may not be copied");
    tap_status(handle_copy(own_system, 1 << 15, &value), ERR_RIGHTS,
               "handle_copy: a right that the handle has not");
    tap_status(handle_copy(own_system, UINT64_MAX, &value), ERR_RIGHTS,
               "handle_copy: every right there might be");
    tap_status(handle_copy(0, 0, &value), ERR_HANDLE, "handle_copy: handle 0");
    tap_status(handle_close((handle_t)copy), OK, "handle_close: a good one");
    tap_status(handle_close((handle_t)copy), ERR_HANDLE, "handle_close: twice");
    tap_status(handle_close(0), ERR_HANDLE, "handle_close: handle 0");
    struct process_info info;
    tap_status(process_inspect(own_system, &info), ERR_TYPE,
               "process_inspect: wrong type");
    tap_status(process_inspect(own_process, UNMAPPED), ERR_FAULT,
               "process_inspect: unmapped");
    tap_status(process_inspect(own_process, (char *)space + 1), ERR_MISALIGNED,
               "process_inspect: unaligned");
}

/* As many as the table holds; all are closed again. */
static void test_table_full(void) {
    static handle_t handles[1100];
    size_t nr_handles = 0;
    uint64_t copy;
    status_t st = OK;
    while (nr_handles < ARRAY_SIZE(handles)) {
        st = handle_copy(own_system, RIGHT_LOG, &copy);
        if (st != OK)
            break;
        handles[nr_handles++] = (handle_t)copy;
    }
    tap_status(st, ERR_FULL, "handle_copy: until the table is full");
    bool all_closed = true;
    for (size_t i = 0; i < nr_handles; i++)
        all_closed = all_closed && handle_close(handles[i]) == OK;
    tap_check(all_closed, "handle_close: %zu handles", nr_handles);
}

/* ---- addresses ---- */

typedef status_t with_address_fn(void *address);

static status_t stats_at(void *address) {
    return heap_stats(own_system, address);
}

static status_t frames_at(void *address) {
    return frame_stats(own_system, address);
}

static status_t walk_at(void *address) {
    return heap_walk(own_system, 0, address);
}

static status_t inspect_at(void *address) {
    return process_inspect(own_process, address);
}

static status_t inspect_first_at(void *address) {
    uint64_t number;
    return object_inspect(own_system, 0, address, &number);
}

/* `call` writes at least 64 bytes to the address. */
static void test_out_address(with_address_fn *call, const char *name) {
    tap_status(call(NULL), ERR_FAULT, named(name, "NULL"));
    tap_status(call(UNMAPPED), ERR_FAULT, named(name, "unmapped"));
    tap_status(call(IN_KERNEL), ERR_FAULT, named(name, "kernel text"));
    tap_status(call(IN_DIRECT_MAP), ERR_FAULT, named(name, "direct map"));
    tap_status(call(NOT_CANONICAL), ERR_FAULT, named(name, "not canonical"));
    tap_status(call(LAST_WORD), ERR_FAULT, named(name, "wraps"));
    tap_status(call((void *)0x3ffffffff8), ERR_FAULT,
               named(name, "leaves the lower half"));
    tap_status(call((void *)(uintptr_t)read_only), ERR_FAULT, named(name, "read-only"));
    tap_status(call((void *)((uintptr_t)stats_at & ~(uintptr_t)7)), ERR_FAULT,
               named(name, "text"));
    tap_status(call(pages + 4), ERR_MISALIGNED, named(name, "unaligned"));
    tap_status(call(pages + PAGE - 8), OK, named(name, "across two pages is fine"));
}

/* With the boot option trace=heap; without it every address is as good. */
static void test_trace_read(void) {
    static void *const bad[] = {
        NULL,          UNMAPPED,  IN_KERNEL, IN_DIRECT_MAP,
        NOT_CANONICAL, LAST_WORD, LAST_BYTE, (void *)(uintptr_t)read_only};
    uint64_t nr_bytes;
    bool is_on = trace_read(own_system, 0, pages, 64, &nr_bytes) != ERR_DISABLED;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        tap_status(trace_read(own_system, 0, bad[i], 64, &nr_bytes),
                   is_on ? ERR_FAULT : ERR_DISABLED,
                   named("trace_read", format_address(bad[i])));
    status_t good = is_on ? OK : ERR_DISABLED;
    tap_status(trace_read(own_system, 0, pages + PAGE - 9, 64, &nr_bytes), good,
               "trace_read: across two pages, unaligned");
    tap_check(nr_bytes == (is_on ? 64 : 0), "trace_read: says how much it read");
    tap_status(trace_read(own_system, 0, pages, SIZE_MAX, &nr_bytes), good,
               "trace_read: SIZE_MAX bytes");
    tap_check(nr_bytes == (is_on ? TRACE_READ_MAX : 0), "trace_read: but not that much");
    tap_status(trace_read(own_system, UINT64_MAX - 7, pages, 64, &nr_bytes), good,
               "trace_read: from an offset that would wrap");
    tap_check(nr_bytes == 0, "trace_read: there is nothing");
    tap_status(trace_read(own_system, 0, UNMAPPED, 0, &nr_bytes), good,
               "trace_read: nothing to anywhere");
}

static void test_log_read(void) {
    static void *const bad[] = {
        NULL,          UNMAPPED,  IN_KERNEL, IN_DIRECT_MAP,
        NOT_CANONICAL, LAST_WORD, LAST_BYTE, (void *)(uintptr_t)read_only};
    char *text = (char *)pages + PAGE - 9;
    uint64_t number = 1, previous = 0;
    size_t nr_lines = 0;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        tap_status(log_read(own_system, 0, bad[i], &number), ERR_FAULT,
                   named("log_read", format_address(bad[i])));
    tap_check(number == 0, "log_read: no value with an error");
    memset(text, '#', LOG_LINE_BYTES + 1);
    tap_status(log_read(own_system, 0, text, &number), OK,
               "log_read: across two pages, unaligned");
    tap_check(text[0] == '[' && strlen(text) < LOG_LINE_BYTES &&
                  text[LOG_LINE_BYTES] == '#',
              "log_read: a string, and nothing behind its room");
    tap_status(log_read(own_system, UINT64_MAX, text, &number), ERR_NOT_FOUND,
               "log_read: after the last number");
    number = 0;
    while (log_read(own_system, number, text, &number) == OK && number > previous) {
        previous = number;
        nr_lines++;
    }
    tap_check(nr_lines > 0 && nr_lines <= 16 && number == 0,
              "log_read: comes to an end, and numbers go up");
}

static status_t write_text(const void *text, size_t nr_bytes) {
    uint64_t written;
    return log_write(own_system, text, nr_bytes, &written);
}

static void test_in_address(void) {
    uint64_t written = 1;
    tap_status(write_text(NULL, 1), ERR_FAULT, "log_write: NULL");
    tap_status(write_text(UNMAPPED, 1), ERR_FAULT, "log_write: unmapped");
    tap_status(write_text(IN_KERNEL, 16), ERR_FAULT, "log_write: kernel text");
    tap_status(write_text(IN_DIRECT_MAP, 16), ERR_FAULT, "log_write: direct map");
    tap_status(write_text(LAST_BYTE, 2), ERR_FAULT, "log_write: wraps");
    tap_status(write_text(pages, SIZE_MAX), ERR_FAULT, "log_write: SIZE_MAX bytes");
    tap_status(write_text(pages, 1ul << 38), ERR_FAULT, "log_write: past the lower half");
    tap_status(write_text((void *)0x3ffffeffff, 2), ERR_FAULT,
               "log_write: past the stack");
    tap_status(write_text(UNMAPPED, 0), OK, "log_write: nothing from anywhere");
    tap_check(log_write(own_system, pages, 0, &written) == OK && written == 0,
              "log_write: nothing is written of nothing");
    memset(pages, '#', sizeof(pages));
    memcpy(pages + PAGE - 10, "# text across two pages\n", 24);
    tap_check(log_write(own_system, pages + PAGE - 10, 24, &written) == OK &&
                  written == 24,
              "log_write: across two pages");
}

/* ---- objects ---- */

static void test_objects(void) {
    static const uint64_t bad[] = {4096, 1ul << 32, UINT64_MAX - 1, UINT64_MAX};
    struct object_info info;
    uint64_t number = 0, nr_self = 0, nr_numbers = 0;
    struct process_info self = {0};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        tap_status(object_inspect(own_system, bad[i], &info, &number), ERR_NOT_FOUND,
                   named("object_inspect", format_address((void *)bad[i])));
    tap_check(number == 0, "object_inspect: no value with an error");
    (void)!process_inspect(own_process, &self);
    while (object_inspect(own_system, number, &info, &number) == OK) {
        nr_numbers++;
        if (info.type == OBJECT_THREAD && info.process == self.id)
            nr_self += info.state == THREAD_READY && info.waits_for == 0;
    }
    tap_check(nr_self == 1, "object_inspect: this thread is there once, and runs");
    tap_check(nr_numbers > 4 && nr_numbers <= 4096, "object_inspect: comes to an end");
}

/* ---- the rest ---- */

static void test_values(void) {
    uint64_t value;
    struct buddy_block block;
    tap_status(heap_walk(own_system, 0, &block), OK, "heap_walk: there is a first");
    tap_status(heap_walk(own_system, UINT64_MAX, &block), ERR_NOT_FOUND,
               "heap_walk: from the end of the address space");
    status_t st = heap_alloc(own_system, 16, 0, &value);
    bool is_learning = st == OK;
    if (is_learning)
        (void)!heap_free(own_system, value);
    tap_check(is_learning || st == ERR_DISABLED, "heap_alloc: allowed, or told how");
    tap_status(heap_alloc(own_system, 64, 3, &value),
               is_learning ? ERR_INVALID : ERR_DISABLED, "heap_alloc: align 3");
    tap_status(heap_alloc(own_system, SIZE_MAX, 0, &value),
               is_learning ? ERR_QUOTA : ERR_DISABLED, "heap_alloc: SIZE_MAX");
    tap_status(heap_alloc(own_system, 1, 1ul << 63, &value),
               is_learning ? ERR_QUOTA : ERR_DISABLED, "heap_alloc: align 2^63");
    tap_status(heap_free(own_system, 0), is_learning ? ERR_NOT_FOUND : ERR_DISABLED,
               "heap_free: NULL");
    tap_status(heap_free(own_system, (uintptr_t)IN_KERNEL),
               is_learning ? ERR_NOT_FOUND : ERR_DISABLED, "heap_free: kernel text");
    tap_status(thread_sleep(0), OK, "thread_sleep: a deadline long past");
    tap_status(thread_yield(), OK, "thread_yield: always");
}

#define CHECKS (8 + 10 * 8 + 10 + 2 + 5 * 11 + 7 + 15 + 13 + 11 + 10)

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(CHECKS);
    test_numbers();
    for (size_t i = 0; i < ARRAY_SIZE(handle_calls); i++)
        test_handles(&handle_calls[i]);
    test_handle_calls();
    test_table_full();
    test_out_address(stats_at, "heap_stats");
    test_out_address(frames_at, "frame_stats");
    test_out_address(walk_at, "heap_walk");
    test_out_address(inspect_at, "process_inspect");
    test_out_address(inspect_first_at, "object_inspect");
    test_objects();
    test_trace_read();
    test_log_read();
    test_in_address();
    test_values();
    return tap_end();
}
