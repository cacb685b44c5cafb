/* kernel/thread.c - making and freeing threads. */
#include "kernel/thread.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "mm/heap.h"

_Static_assert(offsetof(struct thread, x) == THREAD_X(0), "trap.S saves registers here");
_Static_assert(offsetof(struct thread, hart) == THREAD_HART, "trap.S loads tp from here");
_Static_assert(offsetof(struct thread, saved) == THREAD_SAVED, "trap.S keeps the kind");
_Static_assert(offsetof(struct thread, process) == THREAD_PROCESS, "trap.S goes there");
_Static_assert(offsetof(struct process, satp) == PROCESS_SATP, "trap.S goes there");

status_t thread_create(struct process *process, uaddr_t entry, uaddr_t stack_top,
                       struct thread **out) {
    struct thread *thread = kzalloc(sizeof(*thread));
    if (thread == NULL)
        return ERR_NO_MEMORY;
    thread->x[REGISTER_PC] = entry.raw;
    thread->x[REGISTER_SP] = stack_top.raw;
    thread->saved = SAVED_ALL;
    thread->state = THREAD_ENDED;
    thread->process = process;
    sched_adopt(thread);
    list_append(&process->threads, &thread->process_link);
    *out = thread;
    return OK;
}

void thread_destroy(struct thread *thread) {
    ASSERT(thread->state == THREAD_ENDED, "a thread ends before it is freed");
    list_remove(&thread->process_link);
    kfree(thread);
}
