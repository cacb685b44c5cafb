/* kernel/fault.c - see fault.h; and the call that sets a thread's handlers. */
#include "kernel/fault.h"
#include "kernel/abi/rights.h"
#include "kernel/fpu.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"

LOG_MODULE("fault");

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
    uint64_t label = what == ASK_FAULT ? LABEL_FAULT : self->x[REGISTER_A7];
    self->tag = tag_make((uint32_t)label, 0, 0, 0);
    message_ask(self, handler->gate, what, TIMER_NEVER);
    return OK;
}

void fault_kill(struct thread *thread) {
    uint64_t cause = thread->fault_kind, pc = thread->x[REGISTER_PC];
    char reason[96];
    if (cause == FAULT_ILLEGAL)
        console_printf("[kernel] IllegalInstruction in application, kernel killed it.\n");
    else if (cause != FAULT_BREAKPOINT)
        console_printf("[kernel] PageFault in application, bad addr = %#lx, "
                       "bad instruction = %#lx, kernel killed it.\n",
                       thread->fault_address, pc);
    format_string(reason, sizeof(reason), "%s, stval %#lx, pc %#lx", cause_text(cause),
                  thread->fault_address, pc);
    thread->process->exit_code = (int64_t)cause;
    process_kill(thread->process, reason);
}

void fault_handle(struct thread *thread, uint64_t scause, uint64_t stval) {
    if (scause == FAULT_ILLEGAL && fpu_turn_on(thread))
        return;
    thread->fault_kind = scause;
    thread->fault_address = stval;
    if (handler_ask(thread, &thread->fault_handler, ASK_FAULT) != OK)
        fault_kill(thread);
}

/* 0 stands for nobody. */
static status_t find_gate(handle_t handle, struct object **gate) {
    const struct handle_table *handles = &caller_process()->handles;
    *gate = NULL;
    if (handle == 0)
        return OK;
    status_t st = handle_check(handles, handle, OBJECT_GATE, RIGHT_CALL);
    if (st == OK)
        *gate = handle_object(handles, handle);
    return st;
}

syscall_pair_t sys_thread_set_handlers(handle_t handle, handle_t fault_gate,
                                       handle_t syscall_gate) {
    struct thread *thread = syscall_object(handle);
    struct object *fault, *syscall;
    status_t st = find_gate(fault_gate, &fault);
    if (st == OK)
        st = find_gate(syscall_gate, &syscall);
    if (st != OK)
        return REFUSE(st, "%#lx and %#lx are not both 0 or GATE(RIGHT_CALL)", fault_gate,
                      syscall_gate);
    handler_set(&thread->fault_handler, fault);
    handler_set(&thread->syscall_handler, syscall);
    return syscall_status(OK);
}
