/* kernel/thread.c - making and freeing threads. */
#include "kernel/thread.h"
#include "kernel/message.h"
#include "kernel/object.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "mm/heap.h"

#define ASSERT_PLACE(field, place)                                                       \
    _Static_assert(offsetof(struct thread, field) == (place), "thread_asm.h")
ASSERT_PLACE(x, THREAD_X(0));
ASSERT_PLACE(hart, THREAD_HART);
ASSERT_PLACE(saved, THREAD_SAVED);
ASSERT_PLACE(state, THREAD_STATE);
ASSERT_PLACE(slow, THREAD_SLOW);
ASSERT_PLACE(priority, THREAD_PRIORITY);
ASSERT_PLACE(process, THREAD_PROCESS);
ASSERT_PLACE(queue_link, THREAD_QUEUE_LINK);
ASSERT_PLACE(token, THREAD_TOKEN);
ASSERT_PLACE(answerer, THREAD_ANSWERER);
ASSERT_PLACE(tag, THREAD_TAG);
ASSERT_PLACE(buffer, THREAD_BUFFER);
_Static_assert(offsetof(struct process, satp) == PROCESS_SATP, "thread_asm.h");
_Static_assert(THREAD_READY == STATE_READY && THREAD_RECEIVING == STATE_RECEIVING &&
                   THREAD_AWAITING_REPLY == STATE_AWAITING_REPLY,
               "thread_asm.h");

status_t thread_create(struct process *process, uaddr_t entry, uaddr_t stack_top,
                       struct thread **out) {
    struct thread *thread = kzalloc(sizeof(*thread));
    if (thread == NULL)
        return ERR_NO_MEMORY;
    status_t st = object_create(OBJECT_THREAD, thread, &thread->object);
    if (st != OK) {
        kfree(thread);
        return st;
    }
    thread->x[REGISTER_PC] = entry.raw;
    thread->x[REGISTER_SP] = stack_top.raw;
    thread->saved = SAVED_ALL;
    thread->state = THREAD_ENDED;
    thread->process = process;
    sched_adopt(thread);
    message_adopt(thread);
    list_append(&process->threads, &thread->process_link);
    *out = thread;
    return OK;
}

void thread_destroy(struct thread *thread) {
    ASSERT(thread->state == THREAD_ENDED, "a thread ends before it is freed");
    list_remove(&thread->process_link);
    message_disown(thread);
    object_end(thread->object);
    kfree(thread);
}
