/* kernel/handler.c - see handler.h; and the call that sets a thread's handlers. */
#include "kernel/handler.h"
#include "kernel/abi/rights.h"
#include "kernel/log.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"

LOG_MODULE("handler");

void handler_set(struct handler *handler, struct object *gate) {
    if (gate != NULL)
        object_share(gate);
    if (handler->gate != NULL) /* revoked or not: the reference is ours */
        object_drop(handler->gate);
    *handler = (struct handler){gate, gate == NULL ? 0 : gate->epoch};
}

status_t handler_ask(struct thread *self, const struct handler *handler, enum ask what) {
    if (handler->gate == NULL || handler->gate->epoch != handler->epoch)
        return ERR_NO_SYSCALL;
    const struct gate *gate = handler->gate->body;
    if (!gate->endpoint->is_open)
        return ERR_NO_SYSCALL;
    message_ask(self, handler->gate, what, TIMER_NEVER);
    return OK;
}

static status_t find_handler(handle_t handle, struct object **gate) {
    const struct handle_table *handles = &caller_process()->handles;
    *gate = NULL;
    if (handle == 0)
        return OK;
    status_t st = handle_check(handles, handle, OBJECT_GATE, RIGHT_CALL);
    if (st != OK)
        return DENY(st, "handle %#x is no gate to call through", handle);
    *gate = handle_object(handles, handle);
    return OK;
}

syscall_pair_t sys_thread_set_handlers(handle_t handle, handle_t fault_gate,
                                       handle_t syscall_gate) {
    struct thread *thread = syscall_object(handle);
    struct object *fault, *syscall;
    status_t st = find_handler(fault_gate, &fault);
    if (st == OK)
        st = find_handler(syscall_gate, &syscall);
    if (st != OK)
        return syscall_status(st);
    handler_set(&thread->fault_handler, fault);
    handler_set(&thread->syscall_handler, syscall);
    return syscall_status(OK);
}
