/* kernel/thread.c - making and freeing threads.
 *
 * Message buffers lie at the end of the process's addresses, that of index 0 last, each
 * a page that is in no mapping: nothing but the thread's end takes it away. */
#include "kernel/thread.h"
#include "kernel/fpu.h"
#include "kernel/mapping.h"
#include "kernel/message.h"
#include "kernel/object.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "lib/bits.h"
#include "mm/frame.h"
#include "mm/heap.h"

#define THREAD_BYTES (sizeof(struct thread) + OBJECT_SLOT_BYTES)

/* ---- the message buffer ---- */

static uint64_t buffer_va(unsigned index) {
    return USER_END - (index + 1) * PAGE_SIZE;
}

/* The lowest index that no thread has. */
static status_t buffer_find(const struct process *process, unsigned *index) {
    for (unsigned i = 0; i < ARRAY_SIZE(process->buffers_used); i++) {
        uint64_t unused = ~process->buffers_used[i];
        if (unused != 0) {
            *index = i * 64 + bits_lowest(unused);
            return OK;
        }
    }
    return ERR_FULL;
}

static void buffer_mark(struct process *process, unsigned index) {
    process->buffers_used[index / 64] ^= (uint64_t)1 << index % 64;
}

static status_t buffer_create(struct process *process, struct thread *thread) {
    paddr_t frame;
    status_t st = buffer_find(process, &thread->buffer_index);
    if (st == OK)
        st = frame_alloc(&frame);
    if (st != OK)
        return st;
    st = address_space_map(process, buffer_va(thread->buffer_index), frame, PAGE_SIZE,
                           MAP_READ | MAP_WRITE);
    if (st != OK) {
        frame_dealloc(frame);
        return st;
    }
    frame_zero(frame);
    thread->buffer = phys_to_virt(frame);
    buffer_mark(process, thread->buffer_index);
    return OK;
}

static void buffer_destroy(struct thread *thread) {
    status_t st =
        address_space_unmap(thread->process, buffer_va(thread->buffer_index), PAGE_SIZE);
    ASSERT_EQUAL(st, OK, "to unmap a page of 4 KiB needs no memory");
    frame_dealloc(virt_to_phys(thread->buffer));
    buffer_mark(thread->process, thread->buffer_index);
}

/* ---- threads ---- */

status_t thread_create(struct process *process, uaddr_t entry, uaddr_t stack_top,
                       uint64_t argument, struct thread **out) {
    status_t st = process_charge(process, 1, THREAD_BYTES);
    if (st != OK)
        return st;
    struct thread *thread = kzalloc(sizeof(*thread));
    st = ERR_NO_MEMORY;
    if (thread == NULL)
        goto uncharge;
    st = object_create(OBJECT_THREAD, thread, &thread->object);
    if (st != OK)
        goto free_struct;
    st = buffer_create(process, thread);
    if (st != OK)
        goto end_object;

    thread->x[REGISTER_PC] = entry.raw;
    thread->x[REGISTER_SP] = stack_top.raw;
    thread->x[REGISTER_TP] = buffer_va(thread->buffer_index);
    thread->x[REGISTER_A0] = argument;
    thread->saved = SAVED_ALL;
    thread->state = THREAD_SUSPENDED;
    thread->process = process;
    sched_adopt(thread);
    message_adopt(thread);
    object_share(thread->object);
    list_append(&process->threads, &thread->process_link);
    process->nr_threads++;
    *out = thread;
    return OK;

end_object:
    object_end(thread->object);
free_struct:
    kfree(thread);
uncharge:
    process_uncharge(process, 1, THREAD_BYTES);
    return st;
}

void thread_end(struct thread *thread) {
    sched_stop(thread, THREAD_ENDED);
    list_remove(&thread->process_link);
    list_push(&thread->process->threads, &thread->process_link);
    process_thread_ended(thread->process);
}

void thread_destroy(struct thread *thread) {
    ASSERT(thread->state == THREAD_ENDED, "a thread ends before it is freed");
    struct process *process = thread->process;
    message_disown(thread);
    sched_disown(thread);
    fpu_destroy(thread);
    object_end(thread->object);
    buffer_destroy(thread);
    list_remove(&thread->process_link);
    kfree(thread);
    process_uncharge(process, 1, THREAD_BYTES);
}
