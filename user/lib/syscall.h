/* user/lib/syscall.h - the native system calls as C functions.
 *
 * Each has the name, the arguments and the errors that kernel/abi/syscalls.def tells; one
 * with a value puts it through a last argument, and puts 0 there when it fails. */
#pragma once

#include "kernel/abi/syscall.h"

/* An ecall as the kernel treats it: s0 to s11, sp, gp and tp survive. */
static inline struct syscall_result native_call(int64_t number, uint64_t arg0,
                                                uint64_t arg1, uint64_t arg2,
                                                uint64_t arg3) {
    register uint64_t a0 __asm__("a0") = arg0;
    register uint64_t a1 __asm__("a1") = arg1;
    register uint64_t a2 __asm__("a2") = arg2;
    register uint64_t a3 __asm__("a3") = arg3;
    register uint64_t a7 __asm__("a7") = (uint64_t)number;
    __asm__ volatile("ecall"
                     : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a7)
                     :
                     : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a4",
                       "a5", "a6");
    return (struct syscall_result){(int64_t)a0, a1};
}

static inline status_t native_call_value(int64_t number, uint64_t arg0, uint64_t arg1,
                                         uint64_t arg2, uint64_t arg3, uint64_t *value) {
    struct syscall_result result = native_call(number, arg0, arg1, arg2, arg3);
    *value = result.value;
    return (status_t)result.status;
}

/* What the list's types are on this side of the fence. */
#define PARAMETER_handle_t   handle_t
#define PARAMETER_int64_t    int64_t
#define PARAMETER_uint64_t   uint64_t
#define PARAMETER_size_t     size_t
#define PARAMETER_user_in_t  const void *
#define PARAMETER_user_out_t void *
#define P(type, name)        PARAMETER_##type name

#define SYSCALL0(n, name, needs)                                                         \
    static inline status_t name(void) {                                                  \
        return (status_t)native_call(n, 0, 0, 0, 0).status;                              \
    }
#define SYSCALL0_VALUE(n, name, needs, v)                                                \
    static inline status_t name(uint64_t *v) {                                           \
        return native_call_value(n, 0, 0, 0, 0, v);                                      \
    }
#define SYSCALL1(n, name, needs, t0, a0)                                                 \
    static inline status_t name(P(t0, a0)) {                                             \
        return (status_t)native_call(n, (uint64_t)a0, 0, 0, 0).status;                   \
    }
#define SYSCALL1_VALUE(n, name, needs, v, t0, a0)                                        \
    static inline status_t name(P(t0, a0), uint64_t *v) {                                \
        return native_call_value(n, (uint64_t)a0, 0, 0, 0, v);                           \
    }
#define SYSCALL2(n, name, needs, t0, a0, t1, a1)                                         \
    static inline status_t name(P(t0, a0), P(t1, a1)) {                                  \
        return (status_t)native_call(n, (uint64_t)a0, (uint64_t)a1, 0, 0).status;        \
    }
#define SYSCALL2_VALUE(n, name, needs, v, t0, a0, t1, a1)                                \
    static inline status_t name(P(t0, a0), P(t1, a1), uint64_t *v) {                     \
        return native_call_value(n, (uint64_t)a0, (uint64_t)a1, 0, 0, v);                \
    }
#define SYSCALL3_VALUE(n, name, needs, v, t0, a0, t1, a1, t2, a2)                        \
    static inline status_t name(P(t0, a0), P(t1, a1), P(t2, a2), uint64_t *v) {          \
        return native_call_value(n, (uint64_t)a0, (uint64_t)a1, (uint64_t)a2, 0, v);     \
    }
#define SYSCALL4_VALUE(n, name, needs, v, t0, a0, t1, a1, t2, a2, t3, a3)                \
    static inline status_t name(P(t0, a0), P(t1, a1), P(t2, a2), P(t3, a3),              \
                                uint64_t *v) {                                           \
        return native_call_value(n, (uint64_t)a0, (uint64_t)a1, (uint64_t)a2,            \
                                 (uint64_t)a3, v);                                       \
    }
#include "kernel/abi/syscalls.def"
#include "kernel/abi/syscalls_end.h"
#undef P
