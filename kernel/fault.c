/* kernel/fault.c - see fault.h.
 *
 * Source of the causes: RISC-V Privileged 1.12, table 4.2. */
#include "kernel/fault.h"
#include "kernel/log.h"
#include "kernel/handler.h"
#include "kernel/process.h"
#include "kernel/thread.h"

enum { CAUSE_ILLEGAL_INSTRUCTION = 2, CAUSE_BREAKPOINT = 3 };

/* What the thread tried at the address in stval; NULL if the cause is not about one. */
static const char *access_name(uint64_t scause) {
    switch (scause) {
    case 0:
    case 1:
    case 12: return "execute";
    case 4:
    case 5:
    case 13: return "load";
    case 6:
    case 7:
    case 15: return "store";
    default: return NULL;
    }
}

void fault_kill(struct thread *thread) {
    uint64_t scause = thread->fault_kind, stval = thread->fault_address;
    uint64_t pc = thread->x[REGISTER_PC];
    const char *access = access_name(scause);
    char reason[80];
    if (access != NULL) {
        console_printf("[kernel] PageFault in application, bad addr = %#lx, "
                       "bad instruction = %#lx, kernel killed it.\n",
                       stval, pc);
        format_string(reason, sizeof(reason), "%s at %#lx, pc %#lx", access, stval, pc);
    } else if (scause == CAUSE_ILLEGAL_INSTRUCTION) {
        console_printf("[kernel] IllegalInstruction in application, kernel killed it.\n");
        format_string(reason, sizeof(reason), "illegal instruction %#lx, pc %#lx", stval,
                      pc);
    } else if (scause == CAUSE_BREAKPOINT) {
        console_printf("[kernel] Breakpoint in application, kernel killed it.\n");
        format_string(reason, sizeof(reason), "breakpoint, pc %#lx", pc);
    } else {
        console_printf("[kernel] Exception %lu in application, kernel killed it.\n",
                       scause);
        format_string(reason, sizeof(reason), "exception %lu, pc %#lx", scause, pc);
    }
    process_kill(thread->process, reason);
}

void fault_handle(struct thread *thread, uint64_t scause, uint64_t stval) {
    thread->fault_kind = scause;
    thread->fault_address = stval;
    if (handler_ask(thread, &thread->fault_handler, ASK_FAULT) != OK)
        fault_kill(thread);
}
