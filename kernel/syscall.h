/* kernel/syscall.h - the native calls as functions: prototypes, and what they share.
 *
 * sys_NAME() is the call NAME itself; it stands with the noun that it is about.  Its
 * entry (syscall.c) has turned handles into what they name, after checking them against
 * what syscalls.def says they must be; nothing in the other arguments can be trusted.
 * It runs with the kernel lock held, as hart->thread.  The kernel may call it too. */
#pragma once

#include "kernel/abi/rights.h"
#include "kernel/abi/syscall.h"
#include "kernel/handle.h"
#include "kernel/process.h"
#include "kernel/smp.h"
#include "kernel/thread.h"
#include "kernel/trap.h"

struct endpoint;
struct irq;
struct memory;
struct notification;

/* What a type of the list is here: what the function gets; the type of the object that
 * the handle must name, the right that it must have, and what else is asked. */
#define KIND_handle_t   uint64_t, OBJECT_NONE, IS_NUMBER /* as it is, not cut off */
#define KIND_int64_t    int64_t, OBJECT_NONE, IS_NUMBER
#define KIND_uint64_t   uint64_t, OBJECT_NONE, IS_NUMBER
#define KIND_size_t     size_t, OBJECT_NONE, IS_NUMBER
#define KIND_user_in_t  user_in_t, OBJECT_NONE, IS_NUMBER
#define KIND_user_out_t user_out_t, OBJECT_NONE, IS_NUMBER
#define KIND_value_t    uint64_t *, OBJECT_NONE, IS_VALUE

#define KIND_SYSTEM(right)           void *, OBJECT_SYSTEM, right
#define KIND_PROCESS(right)          struct process *, OBJECT_PROCESS, right
#define KIND_PROCESS_ALIVE(right)    struct process *, OBJECT_PROCESS, right | IS_ALIVE
#define KIND_THREAD(right)           struct thread *, OBJECT_THREAD, right
#define KIND_ENDPOINT(right)         struct endpoint *, OBJECT_ENDPOINT, right
#define KIND_ENDPOINT_OR_NONE(right) struct endpoint *, OBJECT_ENDPOINT, right | OR_NONE
#define KIND_GATE_OR_NONE(right)                                                         \
    struct handle_entry *, OBJECT_GATE, right | OR_NONE | IS_ENTRY
#define KIND_NOTIFICATION(right)  struct notification *, OBJECT_NOTIFICATION, right
#define KIND_MEMORY(right)        struct memory *, OBJECT_MEMORY, right
#define KIND_MEMORY_HANDLE(right) struct handle_entry *, OBJECT_MEMORY, right | IS_ENTRY
#define KIND_IRQ(right)           struct irq *, OBJECT_IRQ, right
#define KIND_ANY(right)           struct handle_entry *, OBJECT_NONE, right | IS_ENTRY

enum wanted {
    IS_ALIVE = 1 << 16,  /* else ERR_CLOSED */
    IS_ENTRY = 1 << 17,  /* the function gets the handle's entry, not the body */
    OR_NONE = 1 << 18,   /* or no handle: NULL */
    IS_NUMBER = 1 << 19, /* no object */
    IS_VALUE = 1 << 20,  /* where the value goes; a refused call may leave it as it is */
};

#define TYPE_OF(type, ...) type
#define SPREAD(macro, ...) macro(__VA_ARGS__)
#define P(kind)            SPREAD(TYPE_OF, KIND_##kind)

#define UNUSED __attribute__((unused)) /* a handle that is only to be checked */

#define SYSCALL_MESSAGE(number, name, needs)   /* fastpath.S */
#define SYSCALL(number, name, parameters, ...) status_t sys_##name parameters;
#include "kernel/abi/syscalls_each.def"

static inline struct process *caller_process(void) {
    return hart_current()->thread->process;
}

/* Give the caller the first handle to an object, in place of its maker's reference. */
MUST_CHECK status_t syscall_give_handle(struct object *object, uint16_t rights,
                                        uint64_t *handle);

/* Copy a struct, or an array of them, to the caller.
 * ERR_MISALIGNED where its fields would not be aligned, ERR_FAULT. */
MUST_CHECK status_t syscall_give(user_out_t out, const void *info, size_t info_bytes);
