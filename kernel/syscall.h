/* kernel/syscall.h - the handlers of native calls: prototypes, and what they share.
 *
 * A handler is a C function that trap.S calls with the caller's registers as arguments:
 * nothing in them can be trusted but a handle as first argument, which has been checked
 * against what syscalls.def says it must be.  It runs with the kernel lock held, as
 * hart->thread. */
#pragma once

#include "kernel/abi/rights.h"
#include "kernel/abi/syscall.h"
#include "kernel/handle.h"
#include "kernel/process.h"
#include "kernel/smp.h"
#include "kernel/thread.h"
#include "kernel/trap.h"

#define SYSCALL_MESSAGE(number, name, needs) /* fastpath.S */
#define SYSCALL(number, name, needs, parameters, ...)                                    \
    syscall_pair_t sys_##name parameters;
#include "kernel/abi/syscalls_each.def"

static inline syscall_pair_t syscall_status(status_t status) {
    return (uint64_t)(int64_t)status;
}

/* What a handler returns that refuses, as DENY() logs it. */
#define REFUSE(...) syscall_status(DENY(__VA_ARGS__))

static inline syscall_pair_t syscall_value(uint64_t value) {
    return (syscall_pair_t)value << 64 | (uint64_t)OK;
}

static inline struct process *caller_process(void) {
    return hart_current()->thread->process;
}

/* The body of what a checked handle of the caller's names. */
static inline void *syscall_object(handle_t handle) {
    return handle_object(&caller_process()->handles, handle)->body;
}

/* The process that it names; ERR_CLOSED if it has ended. */
MUST_CHECK status_t syscall_process(handle_t handle, struct process **out);

/* Give the caller the first handle to an object, in place of its maker's reference. */
syscall_pair_t syscall_give_handle(struct object *object, uint16_t rights);

/* Copy a struct, or an array of them, to the caller: the result is then `value`.
 * ERR_MISALIGNED where its fields would not be aligned, ERR_FAULT. */
syscall_pair_t syscall_give(user_out_t out, const void *info, size_t info_bytes,
                            uint64_t value);
