/* kernel/inspect.c - what programs are told of the kernel's objects: the calls
 * process_inspect and object_inspect.
 *
 * Nothing here changes anything. */
#include "kernel/endpoint.h"
#include "kernel/irq.h"
#include "kernel/memory.h"
#include "kernel/message.h"
#include "kernel/notification.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "lib/string.h"

static struct process_info process_describe(const struct process *process) {
    struct process_info info = {
        .id = process->id,
        .nr_frames = process->used.nr_frames,
        .max_frames = process->limit.nr_frames,
        .heap_bytes = process->used.heap_bytes,
        .max_heap_bytes = process->limit.heap_bytes,
        .nr_handles = process->handles.nr_used,
        .nr_threads = process->nr_threads,
        .learn_blocks = process->nr_learn_blocks,
        .learn_bytes = process->learn_bytes,
    };
    memcpy(info.name, process->name, sizeof(info.name));
    return info;
}

/* The object in whose queue the thread is, or to which it has sent; NULL: none.  Of a
 * message, a0 still names it. */
static const struct object *waited_for(const struct thread *thread) {
    bool asks = thread->state == THREAD_SENDING || thread->state == THREAD_AWAITING_REPLY;
    if (asks && (thread->slow & ASK_FAULT))
        return thread->fault_handler.gate;
    if (asks && (thread->slow & ASK_FOREIGN))
        return thread->syscall_handler.gate;
    if (thread->state == THREAD_WAITING)
        return thread->gate;
    if (!asks && thread->state != THREAD_RECEIVING)
        return NULL;
    const struct handle_entry *entry =
        handle_find(&thread->process->handles, thread->x[REGISTER_A0]);
    return entry == NULL ? NULL : entry->object;
}

static void thread_describe(const struct thread *thread, struct object_info *info) {
    uint64_t used_ticks = thread->used_ticks;
    if (sched_is_running(thread))
        used_ticks += timer_now_ticks() - thread->hart->charged_ticks;
    info->process = thread->process->id;
    info->state = thread->state;
    info->priority = thread->priority;
    info->hart = thread->hart->index;
    info->waits_for = object_number(waited_for(thread));
    info->answerer = thread->answerer == NULL ? 0 : thread->answerer->id;
    info->used_ns = timer_ns(used_ticks);
}

/* Fill in what concerns the type. */
static void describe(const struct object *object, struct object_info *info) {
    const struct gate *gate = object->body;
    const struct notification *notification = object->body;
    const struct memory *memory = object->body;
    switch (object->type) {
    case OBJECT_PROCESS: info->process_info = process_describe(object->body); break;
    case OBJECT_THREAD: thread_describe(object->body, info); break;
    case OBJECT_GATE:
        info->endpoint = object_number(gate->endpoint->object);
        info->badge = gate->badge;
        break;
    case OBJECT_NOTIFICATION: info->bits = notification->bits; break;
    case OBJECT_MEMORY: info->nr_pages = memory->nr_pages; break;
    case OBJECT_IRQ: irq_describe(object->body, info); break;
    default: break;
    }
}

status_t sys_process_inspect(struct process *process, user_out_t out) {
    struct process_info info = process_describe(process);
    return syscall_give(out, &info, sizeof(info));
}

status_t sys_object_inspect(UNUSED void *system, uint64_t after, user_out_t out,
                            uint64_t *number) {
    if (after >= object_nr_slots())
        return ERR_NOT_FOUND;
    const struct object *object = &object_slots[after];
    struct object_info info;
    memset(&info, 0, sizeof(info));
    info.type = object->type;
    info.nr_handles = object->nr_handles;
    describe(object, &info);
    *number = after + 1;
    return syscall_give(out, &info, sizeof(info));
}
