/* user/lib/syscall.h - the native system calls as C functions.
 *
 * Each has the name, the arguments and the errors that kernel/abi/syscalls.def tells; one
 * with a value puts it through a last argument, and puts 0 there when it fails. */
#pragma once

#include "kernel/abi/syscall.h"

/* An ecall as the kernel treats it: s0 to s11, sp, gp and tp survive.  Arguments that the
 * call does not have are 0. */
static inline struct syscall_result native_call(int64_t number, uint64_t arg0,
                                                uint64_t arg1, uint64_t arg2,
                                                uint64_t arg3, uint64_t arg4,
                                                uint64_t arg5) {
    register uint64_t a0 __asm__("a0") = arg0;
    register uint64_t a1 __asm__("a1") = arg1;
    register uint64_t a2 __asm__("a2") = arg2;
    register uint64_t a3 __asm__("a3") = arg3;
    register uint64_t a4 __asm__("a4") = arg4;
    register uint64_t a5 __asm__("a5") = arg5;
    register uint64_t a7 __asm__("a7") = (uint64_t)number;
    __asm__ volatile("ecall"
                     : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5),
                       "+r"(a7)
                     :
                     : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a6");
    return (struct syscall_result){(int64_t)a0, a1};
}

#include "user/lib/syscalls_end.h"

/* What the list's types are on this side of the fence. */
#define PARAMETER_handle_t                handle_t
#define PARAMETER_int64_t                 int64_t
#define PARAMETER_uint64_t                uint64_t
#define PARAMETER_size_t                  size_t
#define PARAMETER_user_in_t               const void *
#define PARAMETER_user_out_t              void *
#define PARAMETER_ANY(right)              handle_t
#define PARAMETER_SYSTEM(right)           handle_t
#define PARAMETER_PROCESS(right)          handle_t
#define PARAMETER_PROCESS_ALIVE(right)    handle_t
#define PARAMETER_THREAD(right)           handle_t
#define PARAMETER_ENDPOINT(right)         handle_t
#define PARAMETER_ENDPOINT_OR_NONE(right) handle_t
#define PARAMETER_GATE_OR_NONE(right)     handle_t
#define PARAMETER_NOTIFICATION(right)     handle_t
#define PARAMETER_MEMORY(right)           handle_t
#define PARAMETER_MEMORY_HANDLE(right)    handle_t
#define PARAMETER_IRQ(right)              handle_t
#define P(type)                           ITSELF(PARAMETER_##type)
#define ITSELF(type)                      type

#define NATIVE(n, name, parameters, ...)                                                 \
    static inline status_t name parameters {                                             \
        return (status_t)native_call(n, __VA_ARGS__).status;                             \
    }
#define NATIVE_VALUE(n, name, v, parameters, ...)                                        \
    static inline status_t name parameters {                                             \
        struct syscall_result result = native_call(n, __VA_ARGS__);                      \
        *v = result.value;                                                               \
        return (status_t)result.status;                                                  \
    }
/* clang-format off */
#define SYSCALL0(n, name)                                                         \
    NATIVE(n, name, (void), 0, 0, 0, 0, 0, 0)
#define SYSCALL0_VALUE(n, name, v)                                                \
    NATIVE_VALUE(n, name, v, (uint64_t *v), 0, 0, 0, 0, 0, 0)
#define SYSCALL1(n, name, t0, a0)                                                 \
    NATIVE(n, name, (P(t0) a0), (uint64_t)a0, 0, 0, 0, 0, 0)
#define SYSCALL1_VALUE(n, name, v, t0, a0)                                        \
    NATIVE_VALUE(n, name, v, (P(t0) a0, uint64_t *v), (uint64_t)a0, 0, 0, 0, 0, 0)
#define SYSCALL2(n, name, t0, a0, t1, a1)                                         \
    NATIVE(n, name, (P(t0) a0, P(t1) a1), (uint64_t)a0, (uint64_t)a1, 0, 0, 0, 0)
#define SYSCALL2_VALUE(n, name, v, t0, a0, t1, a1)                                \
    NATIVE_VALUE(n, name, v, (P(t0) a0, P(t1) a1, uint64_t *v),                        \
           (uint64_t)a0, (uint64_t)a1, 0, 0, 0, 0)
#define SYSCALL3(n, name, t0, a0, t1, a1, t2, a2)                                 \
    NATIVE(n, name, (P(t0) a0, P(t1) a1, P(t2) a2),                                   \
           (uint64_t)a0, (uint64_t)a1, (uint64_t)a2, 0, 0, 0)
#define SYSCALL3_VALUE(n, name, v, t0, a0, t1, a1, t2, a2)                        \
    NATIVE_VALUE(n, name, v, (P(t0) a0, P(t1) a1, P(t2) a2, uint64_t *v),             \
           (uint64_t)a0, (uint64_t)a1, (uint64_t)a2, 0, 0, 0)
#define SYSCALL4(n, name, t0, a0, t1, a1, t2, a2, t3, a3)                         \
    NATIVE(n, name, (P(t0) a0, P(t1) a1, P(t2) a2, P(t3) a3),                        \
           (uint64_t)a0, (uint64_t)a1, (uint64_t)a2, (uint64_t)a3, 0, 0)
#define SYSCALL4_VALUE(n, name, v, t0, a0, t1, a1, t2, a2, t3, a3)                \
    NATIVE_VALUE(n, name, v, (P(t0) a0, P(t1) a1, P(t2) a2, P(t3) a3, uint64_t *v),  \
           (uint64_t)a0, (uint64_t)a1, (uint64_t)a2, (uint64_t)a3, 0, 0)
#define SYSCALL5_VALUE(n, name, v, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4)        \
    NATIVE_VALUE(n, name, v, (P(t0) a0, P(t1) a1, P(t2) a2, P(t3) a3,                \
           P(t4) a4, uint64_t *v),                                                      \
           (uint64_t)a0, (uint64_t)a1, (uint64_t)a2, (uint64_t)a3, (uint64_t)a4, 0)
#define SYSCALL6_VALUE(n, name, v, t0, a0, t1, a1, t2, a2, t3, a3, t4, a4, t5,    \
                       a5)                                                               \
    NATIVE_VALUE(n, name, v, (P(t0) a0, P(t1) a1, P(t2) a2, P(t3) a3, P(t4) a4,     \
                 P(t5) a5, uint64_t *v), (uint64_t)a0, (uint64_t)a1, (uint64_t)a2,      \
                 (uint64_t)a3, (uint64_t)a4, (uint64_t)a5)
/* clang-format on */
#define SYSCALL_MESSAGE(n, name, needs) /* user/lib/message.h */
#include "kernel/abi/syscalls.def"
#include "user/lib/syscalls_end.h"
#undef P
#undef ITSELF
#undef NATIVE
#undef NATIVE_VALUE
