/* kernel/syscall.c - the table of native calls, and those about threads, time, handles.
 *
 * Not here: calls about processes and memory (syscall_process.c, syscall_memory.c), about
 * the kernel's own (syscall_heap.c).  Arguments, rights and errors of each
 * call are told in kernel/abi/syscalls.def. */
#include "kernel/syscall.h"
#include "kernel/log.h"
#include "kernel/sched.h"
#include "kernel/timer.h"
#include "kernel/trap.h"
#include "kernel/uaccess.h"
#include "lib/bits.h"
#include "lib/string.h"

LOG_MODULE("syscall");

/* ---- the table ---- */

/* For each call an entry: it checks the handle, turns raw registers into the handler's
 * types and goes on there.  Entries are leaves, so that a refusal costs next to
 * nothing. */
#define NEEDS_NOTHING             OBJECT_NONE, NO_CHECK
#define NEEDS_ANY(right)          OBJECT_NONE, (right)
#define NEEDS_SYSTEM(right)       OBJECT_SYSTEM, (right)
#define NEEDS_PROCESS(right)      OBJECT_PROCESS, (right)
#define NEEDS_THREAD(right)       OBJECT_THREAD, (right)
#define NEEDS_ENDPOINT(right)     OBJECT_ENDPOINT, (right)
#define NEEDS_GATE(right)         OBJECT_GATE, (right)
#define NEEDS_NOTIFICATION(right) OBJECT_NOTIFICATION, (right)
#define NEEDS_MEMORY(right)       OBJECT_MEMORY, (right)
#define NEEDS_IRQ(right)          OBJECT_IRQ, (right)

#define NO_CHECK UINT32_MAX

static NOINLINE syscall_pair_t refuse(status_t status, uint64_t handle, const char *name,
                                      const char *needs) {
    return REFUSE(status, "%s: %s: handle %#lx is not %s", caller_process()->name, name,
                  handle, needs);
}

#define REGISTERS                                                                        \
    uint64_t r0, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,        \
        uint64_t r6, struct thread *caller
#define UNUSED_REGISTERS                                                                 \
    (void)r0, (void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)r6
#define ENTRY(name, needs, arguments, type, rights)                                      \
    static FRAMELESS syscall_pair_t enter_##name(REGISTERS) {                            \
        UNUSED_REGISTERS;                                                                \
        status_t status = OK;                                                            \
        if (rights != NO_CHECK)                                                          \
            status = handle_check(&caller->process->handles, r0, type, rights);          \
        if (LIKELY(status == OK))                                                        \
            return sys_##name arguments;                                                 \
        if (log_is_wanted(&log_this_module, LOG_DEBUG))                                  \
            return refuse(status, r0, #name, needs);                                     \
        return syscall_status(status);                                                   \
    }
/* What messages enter is in fastpath.S.  NEEDS_... stands for two arguments of ENTRY,
 * which it becomes only if they are spread once more. */
#define SYSCALL_MESSAGE(number, name, needs) syscall_fn enter_##name;
#define SPREAD_ENTRY(...)                    ENTRY(__VA_ARGS__)
#define SYSCALL(number, name, needs, parameters, arguments)                              \
    SPREAD_ENTRY(name, #needs, arguments, NEEDS_##needs)
#include "kernel/abi/syscalls_each.def"

static syscall_pair_t enter_unknown(REGISTERS) {
    UNUSED_REGISTERS;
    return REFUSE(ERR_NO_SYSCALL, "%s: no native call has this number",
                  caller->process->name);
}

#define SYSCALL(number, name, ...) [SYSCALLS_MAX + (number)] = enter_##name,

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
syscall_fn *const syscall_table[SYSCALLS_MAX] = {
    [0 ... SYSCALLS_MAX - 1] = enter_unknown, /* a number in the list overrides this */
#include "kernel/abi/syscalls_each.def"
};
#pragma GCC diagnostic pop

syscall_pair_t syscall_give(user_out_t out, const void *info, size_t info_bytes,
                            uint64_t value) {
    if (!is_aligned(out, sizeof(uint64_t)))
        return REFUSE(ERR_MISALIGNED, "%#lx is not a multiple of 8", out);
    status_t st = copy_to_user(caller_process(), (uaddr_t){out}, info, info_bytes);
    if (st != OK)
        return REFUSE(st, "%zu bytes at %#lx cannot be written", info_bytes, out);
    return syscall_value(value);
}

/* ---- threads and time ---- */

syscall_pair_t sys_process_exit(int64_t exit_code) {
    process_exit(caller_process(), exit_code);
    return syscall_status(OK);
}

static NOINLINE syscall_pair_t take_turns(void) {
    sched_yield();
    return syscall_status(OK);
}

FRAMELESS inline syscall_pair_t sys_thread_yield(void) {
    struct hart *hart = hart_current();
    struct thread *self = hart->thread;
    if (LIKELY(!sched_is_anybody_waiting(hart, self)) || sched_rotate(hart, self))
        return syscall_status(OK);
    return take_turns();
}

syscall_pair_t sys_clock_read(void) {
    return syscall_value(timer_now_ns());
}

syscall_pair_t sys_thread_sleep(uint64_t deadline_ns) {
    if (deadline_ns > timer_now_ns())
        sched_block(hart_current()->thread, THREAD_SLEEPING, deadline_ns);
    return syscall_status(OK);
}

/* ---- the console ---- */

syscall_pair_t sys_log_write(handle_t system, user_in_t text, size_t nr_bytes) {
    (void)system;
    uaddr_t start = {text};
    status_t st = uaccess_check_range(start, nr_bytes);
    if (st != OK)
        return REFUSE(st, "%zu bytes of text at %#lx are not all in user memory",
                      nr_bytes, text);
    char buffer[LOG_WRITE_MAX];
    if (nr_bytes > sizeof(buffer))
        nr_bytes = sizeof(buffer);
    st = copy_from_user(caller_process(), buffer, start, nr_bytes);
    if (st != OK)
        return REFUSE(st, "the text at %#lx cannot be read", text);
    console_write(buffer, nr_bytes);
    return syscall_value(nr_bytes);
}

/* ---- handles ---- */

syscall_pair_t sys_handle_close(handle_t handle) {
    status_t st = handle_close(&caller_process()->handles, handle);
    if (st != OK)
        return REFUSE(st, "handle %#lx names nothing", handle);
    return syscall_status(OK);
}

syscall_pair_t sys_handle_copy(handle_t handle, uint64_t rights) {
    struct handle_table *handles = &caller_process()->handles;
    const struct handle_entry *entry = handle_find(handles, handle);
    if ((rights & ~(uint64_t)entry->rights) != 0)
        return REFUSE(ERR_RIGHTS, "handle %#lx has rights %#x, not all of %#lx", handle,
                      entry->rights, rights);
    handle_t copy;
    status_t st =
        handle_insert(handles, entry->object, (uint16_t)rights, entry->badge, &copy);
    if (st != OK)
        return REFUSE(st, "no place for one more handle");
    return syscall_value(copy);
}

syscall_pair_t sys_handle_revoke(handle_t handle) {
    bool is_done = handle_revoke(&caller_process()->handles, handle);
    return syscall_status(is_done ? OK : ERR_AGAIN);
}
