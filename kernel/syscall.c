/* kernel/syscall.c - the table of native calls, and the shortest of them.
 *
 * The others stand with the noun that they are about; arguments, rights and errors of
 * each call are told in kernel/abi/syscalls.def. */
#include "kernel/syscall.h"
#include "kernel/log.h"
#include "kernel/notification.h"
#include "kernel/sched.h"
#include "kernel/timer.h"
#include "kernel/trap.h"
#include "kernel/uaccess.h"
#include "lib/bits.h"
#include "lib/string.h"

LOG_MODULE("syscall");

/* ---- the table ---- */

static inline status_t check(const struct thread *caller, uint64_t value,
                             enum object_type type, uint32_t wanted) {
    if ((wanted & (IS_NUMBER | IS_VALUE)) || ((wanted & OR_NONE) && value == 0))
        return OK;
    const struct handle_table *handles = &caller->process->handles;
    status_t st = handle_check(handles, value, type, wanted & UINT16_MAX);
    if (st != OK || (wanted & IS_ALIVE) == 0)
        return st;
    const struct process *process = handle_object(handles, value)->body;
    return process->state == PROCESS_ALIVE ? OK : ERR_CLOSED;
}

/* What has been checked, as the function gets it. */
static inline uintptr_t argument(const struct thread *caller, uint64_t value,
                                 uint64_t *out, uint32_t wanted) {
    if (wanted & IS_VALUE)
        return (uintptr_t)out;
    if ((wanted & IS_NUMBER) || ((wanted & OR_NONE) && value == 0))
        return value;
    struct handle_entry *entry = handle_checked(&caller->process->handles, value);
    return (uintptr_t)(wanted & IS_ENTRY ? entry : entry->object->body);
}

#define REGISTERS                                                                        \
    uint64_t r0, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5
#define CHECK_AS(r, type, object, wanted) check(caller, r, object, wanted)
#define CHECK(kind, r)                    SPREAD(CHECK_AS, r, KIND_##kind)
#define CHECK0()                          OK
#define CHECK1(k0)                        CHECK(k0, r0)
#define CHECK2(k0, k1)                    CHECK(k0, r0) ?: CHECK(k1, r1)
#define CHECK3(k0, k1, k2)                CHECK(k0, r0) ?: CHECK(k1, r1) ?: CHECK(k2, r2)
#define CONVERT(r, type, object, wanted)  (type) argument(caller, r, &value, wanted)
#define A(kind, r)                        SPREAD(CONVERT, r, KIND_##kind)

#define PAIR(value, status) ((syscall_pair_t)(value) << 64 | (uint64_t)(int64_t)(status))

/* For each call an entry, which checks the handles.  It is a leaf, so that a refusal
 * costs next to nothing.  Then the call's run turns raw registers into what the function
 * takes; and at debug level it tells of a call that is refused, by either of them.
 * A call that takes no handles has one step only. */
#define ENTRY(call, arguments, checks)                                                   \
    static inline FRAMELESS syscall_pair_t both_##call(REGISTERS, status_t status,       \
                                                       struct thread *caller) {          \
        (void)caller;                                                                    \
        uint64_t value = 0;                                                              \
        if (LIKELY(status == OK))                                                        \
            status = sys_##call arguments;                                               \
        if (UNLIKELY(status != OK))                                                      \
            status = DENY(status, "%s: %s(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx)",          \
                          caller_process()->name, #call, r0, r1, r2, r3, r4, r5);        \
        return PAIR(value, status);                                                      \
    }                                                                                    \
    static NOINLINE FRAMELESS syscall_pair_t run_##call(REGISTERS, status_t status,      \
                                                        struct thread *caller) {         \
        return both_##call(r0, r1, r2, r3, r4, r5, status, caller);                      \
    }                                                                                    \
    static FRAMELESS syscall_pair_t enter_##call(REGISTERS, uint64_t r6,                 \
                                                 struct thread *caller) {                \
        (void)r6;                                                                        \
        status_t status = checks;                                                        \
        if (__builtin_constant_p(status))                                                \
            return both_##call(r0, r1, r2, r3, r4, r5, status, caller);                  \
        if (UNLIKELY(status != OK) && !log_is_wanted(&log_this_module, LOG_DEBUG))       \
            return PAIR(0, status);                                                      \
        return run_##call(r0, r1, r2, r3, r4, r5, status, caller);                       \
    }
#define SYSCALL_MESSAGE(number, name, needs) syscall_fn enter_##name; /* fastpath.S */
#define SYSCALL(number, name, parameters, arguments, checks)                             \
    ENTRY(name, arguments, checks)
#include "kernel/abi/syscalls_each.def"

static status_t sys_unknown(void) {
    return ERR_NO_SYSCALL;
}
ENTRY(unknown, (), OK)

#define SYSCALL(number, name, ...) [SYSCALLS_MAX + (number)] = enter_##name,

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
syscall_fn *const syscall_table[SYSCALLS_MAX] = {
    [0 ... SYSCALLS_MAX - 1] = enter_unknown, /* a number in the list overrides this */
#include "kernel/abi/syscalls_each.def"
};
#pragma GCC diagnostic pop

status_t syscall_give(user_out_t out, const void *info, size_t info_bytes) {
    if (!is_aligned(out, sizeof(uint64_t)))
        return ERR_MISALIGNED;
    return copy_to_user(caller_process(), (uaddr_t){out}, info, info_bytes);
}

status_t syscall_give_handle(struct object *object, uint16_t rights, uint64_t *handle) {
    status_t st = handle_insert(&caller_process()->handles, object, rights, 0, handle);
    object_drop(object); /* if it has no handle, that is its end */
    return st;
}

/* ---- threads and time ---- */

FRAMELESS inline status_t sys_thread_yield(void) {
    struct hart *hart = hart_current();
    struct thread *self = hart->thread;
    if (!sched_rotate(hart, self) && sched_is_anybody_waiting(hart, self))
        sched_yield();
    return OK;
}

FRAMELESS inline status_t sys_notification_signal(struct notification *notification,
                                                  uint64_t bits) {
    notification_signal(notification, bits);
    return OK;
}

status_t sys_clock_read(uint64_t *now_ns) {
    *now_ns = timer_now_ns();
    return OK;
}

status_t sys_thread_sleep(uint64_t deadline_ns) {
    struct thread *self = hart_current()->thread;
    self->gate = NULL; /* it waits for nothing else */
    if (deadline_ns > timer_now_ns())
        sched_block(self, THREAD_SLEEPING, deadline_ns);
    return OK;
}

/* ---- the console ---- */

status_t sys_log_write(UNUSED void *system, user_in_t text, size_t nr_bytes,
                       uint64_t *written_bytes) {
    uaddr_t start = {text};
    status_t st = uaccess_check_range(start, nr_bytes);
    char buffer[LOG_WRITE_MAX];
    if (nr_bytes > sizeof(buffer))
        nr_bytes = sizeof(buffer);
    if (st == OK)
        st = copy_from_user(caller_process(), buffer, start, nr_bytes);
    if (st != OK)
        return st;
    console_write(buffer, nr_bytes);
    *written_bytes = nr_bytes;
    return OK;
}
