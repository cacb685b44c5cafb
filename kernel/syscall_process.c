/* kernel/syscall_process.c - native calls about processes and threads.
 *
 * Arguments, rights and errors of each call are told in kernel/abi/syscalls.def. */
#include "kernel/log.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/uaccess.h"

LOG_MODULE("syscall");

syscall_pair_t syscall_give_handle(struct object *object, uint16_t rights) {
    handle_t handle;
    status_t st = handle_insert(&caller_process()->handles, object, rights, 0, &handle);
    object_drop(object); /* if it has no handle, that is its end */
    if (st != OK)
        return REFUSE(st, "no place for one more handle");
    return syscall_value(handle);
}

status_t syscall_process(handle_t handle, struct process **out) {
    *out = syscall_object(handle);
    if ((*out)->state != PROCESS_ALIVE)
        return DENY(ERR_CLOSED, "%s (pid %lu) has ended", (*out)->name, (*out)->id);
    return OK;
}

/* ---- processes ---- */

/* Names are printed: no control characters. */
static status_t name_get(user_in_t from, size_t nr_bytes, char *name) {
    if (nr_bytes == 0 || nr_bytes >= PROCESS_NAME_BYTES)
        return DENY(ERR_INVALID, "a name of %zu bytes", nr_bytes);
    status_t st = copy_from_user(caller_process(), name, (uaddr_t){from}, nr_bytes);
    if (st != OK)
        return DENY(st, "the name at %#lx cannot be read", from);
    name[nr_bytes] = '\0';
    for (size_t i = 0; i < nr_bytes; i++)
        if ((uint8_t)name[i] < ' ' || name[i] == 0x7f)
            return DENY(ERR_INVALID, "a control character in a name");
    return OK;
}

syscall_pair_t sys_process_create(user_in_t name, size_t name_bytes, size_t max_frames,
                                  size_t max_heap_bytes) {
    char text[PROCESS_NAME_BYTES];
    struct quota limit = {max_frames, max_heap_bytes};
    struct process *process;
    status_t st = name_get(name, name_bytes, text);
    if (st != OK)
        return syscall_status(st);
    st = process_create(text, caller_process(), limit, &process);
    if (st != OK)
        return REFUSE(st, "no process %s of %zu frames and %zu bytes", text, max_frames,
                      max_heap_bytes);
    return syscall_give_handle(process->object, RIGHTS_OF_PROCESS);
}

syscall_pair_t sys_process_give(handle_t process, handle_t handle, uint64_t rights) {
    struct process *to;
    status_t st = syscall_process(process, &to);
    if (st != OK)
        return syscall_status(st);
    const struct handle_table *handles = &caller_process()->handles;
    st = handle_check(handles, handle, OBJECT_NONE, RIGHT_COPY);
    const struct handle_entry *entry = handle_find(handles, handle);
    if (st == OK && (rights & ~(uint64_t)entry->rights) != 0)
        st = ERR_RIGHTS;
    if (st != OK)
        return REFUSE(st, "handle %#lx cannot be given with rights %#lx", handle, rights);
    handle_t given;
    st = handle_insert(&to->handles, entry->object, (uint16_t)rights, entry->badge,
                       &given);
    if (st != OK)
        return REFUSE(st, "%s: no place for one more handle", to->name);
    return syscall_value(given);
}

syscall_pair_t sys_process_kill(handle_t handle) {
    struct process *process;
    status_t st = syscall_process(handle, &process);
    if (st == OK)
        process_kill(process, "by process_kill");
    return syscall_status(st);
}

syscall_pair_t sys_process_result(handle_t handle) {
    const struct process *process = syscall_object(handle);
    if (process->state != PROCESS_ENDED)
        return syscall_status(ERR_AGAIN);
    status_t how = process->was_killed ? ERR_KILLED : OK;
    return syscall_value((uint64_t)process->exit_code) | syscall_status(how);
}

/* ---- threads ---- */

syscall_pair_t sys_thread_create(handle_t handle, uint64_t entry, uint64_t stack_top,
                                 uint64_t argument) {
    struct process *process;
    status_t st = syscall_process(handle, &process);
    if (st != OK)
        return syscall_status(st);
    struct handle_table *handles = &caller_process()->handles;
    st = handle_reserve(handles);
    if (st != OK)
        return REFUSE(st, "no place for one more handle");
    struct thread *thread;
    st =
        thread_create(process, (uaddr_t){entry}, (uaddr_t){stack_top}, argument, &thread);
    if (st != OK)
        return REFUSE(st, "%s: no more threads", process->name);
    return syscall_give_handle(thread->object, RIGHTS_OF_THREAD);
}

syscall_pair_t sys_thread_resume(handle_t handle) {
    struct thread *thread = syscall_object(handle);
    if (thread->state != THREAD_SUSPENDED)
        return REFUSE(ERR_INVALID, "the thread is not suspended");
    sched_make_ready(thread);
    return syscall_status(OK);
}

syscall_pair_t sys_thread_suspend(handle_t handle) {
    struct thread *thread = syscall_object(handle);
    if (thread->state == THREAD_ENDED)
        return REFUSE(ERR_CLOSED, "the thread has ended");
    if (thread->state != THREAD_READY && thread->state < THREAD_MOVING)
        thread_cancel(thread, ERR_AGAIN);
    sched_stop(thread, THREAD_SUSPENDED);
    sched_await_stop(thread);
    return syscall_status(OK);
}

/* What of x[] counts after a native call, also one that brings a message: the rest is
 * zero to the thread. */
#define SURVIVES(n)                                                                      \
    ((n) <= REGISTER_TP ? (n) != 1 : (n) <= 11 ? (n) >= 8 : (n) >= 18 && (n) <= 27)
#define IS_BROUGHT(n) ((n) > REGISTER_TP && (n) <= 16)

static status_t check_stopped(const struct thread *thread) {
    bool is_asking = thread->state == THREAD_AWAITING_REPLY && thread->saved == SAVED_ALL;
    return (thread->state == THREAD_SUSPENDED && !sched_is_running(thread)) || is_asking
               ? OK
               : DENY(ERR_BUSY, "the thread is not suspended");
}

syscall_pair_t sys_thread_read_registers(handle_t handle, user_out_t out) {
    const struct thread *thread = syscall_object(handle);
    struct thread_registers registers;
    status_t st = check_stopped(thread);
    if (st != OK)
        return syscall_status(st);
    for (int i = 0; i < 32; i++) {
        bool counts = thread->saved == SAVED_ALL || SURVIVES(i) ||
                      (thread->saved == SAVED_MESSAGE && IS_BROUGHT(i));
        registers.x[i] = counts ? thread->x[i] : 0;
    }
    return syscall_give(out, &registers, sizeof(registers), 0);
}

syscall_pair_t sys_thread_write_registers(handle_t handle, user_in_t in) {
    struct thread *thread = syscall_object(handle);
    status_t st = check_stopped(thread);
    if (st != OK)
        return syscall_status(st);
    st = copy_from_user(caller_process(), thread->x, (uaddr_t){in}, sizeof(thread->x));
    if (st != OK)
        return REFUSE(st, "registers at %#lx cannot be read", in);
    thread->saved = SAVED_ALL;
    return syscall_status(OK);
}

syscall_pair_t sys_thread_exit(void) {
    thread_end(hart_current()->thread);
    return syscall_status(OK);
}
