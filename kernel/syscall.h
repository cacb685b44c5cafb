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

/* A column for the names would be wider than the page. */
/* clang-format off */
#define PROTOTYPE(name, ...) syscall_pair_t sys_##name(__VA_ARGS__);
#define SYSCALL0(n, name, needs) PROTOTYPE(name, void)
#define SYSCALL0_VALUE(n, name, needs, v) PROTOTYPE(name, void)
#define SYSCALL1(n, name, needs, t0, a0) PROTOTYPE(name, t0 a0)
#define SYSCALL1_VALUE(n, name, needs, v, t0, a0) PROTOTYPE(name, t0 a0)
#define SYSCALL2(n, name, needs, t0, a0, t1, a1) PROTOTYPE(name, t0 a0, t1 a1)
#define SYSCALL2_VALUE(n, name, needs, v, t0, a0, t1, a1) PROTOTYPE(name, t0 a0, t1 a1)
#define SYSCALL3(n, name, needs, t0, a0, t1, a1, t2, a2)                                 \
    PROTOTYPE(name, t0 a0, t1 a1, t2 a2)
#define SYSCALL3_VALUE(n, name, needs, v, t0, a0, t1, a1, t2, a2)                        \
    PROTOTYPE(name, t0 a0, t1 a1, t2 a2)
#define SYSCALL4(n, name, needs, t0, a0, t1, a1, t2, a2, t3, a3)                         \
    PROTOTYPE(name, t0 a0, t1 a1, t2 a2, t3 a3)
#define SYSCALL4_VALUE(n, name, needs, v, t0, a0, t1, a1, t2, a2, t3, a3)                \
    PROTOTYPE(name, t0 a0, t1 a1, t2 a2, t3 a3)
#define SYSCALL5_VALUE(n, name, needs, v, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4)        \
    PROTOTYPE(name, t0 a0, t1 a1, t2 a2, t3 a3, t4 a4)
#define SYSCALL6_VALUE(n, name, needs, v, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4, t5,    \
                       a5)                                                               \
    PROTOTYPE(name, t0 a0, t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)
/* clang-format on */
#define SYSCALL_MESSAGE(n, name, needs)
#include "kernel/abi/syscalls.def"
#include "kernel/abi/syscalls_end.h"
#undef PROTOTYPE

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
