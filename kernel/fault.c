/* kernel/fault.c - see fault.h; and the call that sets a thread's handlers. */
#include "kernel/fault.h"
#include "kernel/fpu.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"

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
    if (gate->endpoint->object == NULL)
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

status_t sys_thread_set_handlers(struct thread *thread, struct handle_entry *fault_gate,
                                 struct handle_entry *syscall_gate) {
    handler_set(&thread->fault_handler, fault_gate == NULL ? NULL : fault_gate->object);
    handler_set(&thread->syscall_handler,
                syscall_gate == NULL ? NULL : syscall_gate->object);
    return OK;
}
