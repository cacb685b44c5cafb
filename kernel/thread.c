/* kernel/thread.c - making and freeing threads.
 *
 * Message buffers lie at the end of the process's addresses, that of index 0 last, each
 * a page that is in no mapping: nothing but the thread's end takes it away. */
#include "kernel/thread.h"
#include "kernel/fpu.h"
#include "kernel/message.h"
#include "kernel/object.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/space.h"
#include "kernel/syscall.h"
#include "kernel/trace.h"
#include "kernel/uaccess.h"
#include "lib/bits.h"
#include "mm/frame.h"

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
        st = process_take_frame(process, &frame);
    if (st != OK)
        return st;
    frame_zero(frame); /* first: other harts may look at once */
    st = space_map(process, buffer_va(thread->buffer_index), frame, PAGE_SIZE,
                   MAP_READ | MAP_WRITE);
    if (st != OK) {
        process_give_frame(process, frame);
        return st;
    }
    thread->buffer = phys_to_virt(frame);
    buffer_mark(process, thread->buffer_index);
    return OK;
}

static void buffer_destroy(struct thread *thread) {
    status_t st =
        space_unmap(thread->process, buffer_va(thread->buffer_index), PAGE_SIZE);
    ASSERT_EQUAL(st, OK, "to unmap a page of 4 KiB needs no memory");
    process_give_frame(thread->process, virt_to_phys(thread->buffer));
    buffer_mark(thread->process, thread->buffer_index);
}

/* ---- threads ---- */

status_t thread_create(struct process *process, uaddr_t entry, uaddr_t stack_top,
                       uint64_t argument, struct thread **out) {
    struct object *object;
    status_t st =
        object_make(OBJECT_THREAD, sizeof(**out), process, (void **)out, &object);
    if (st != OK)
        return st;
    struct thread *thread = *out;
    st = buffer_create(process, thread);
    if (st != OK) {
        object_end(object);
        object_unmake(thread, sizeof(*thread), process);
        return st;
    }

    thread->object = object;
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
    trace_thread(thread, "made");
    return OK;
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
    object_unmake(thread, sizeof(*thread), process);
}

/* ---- calls ---- */

status_t sys_thread_create(struct process *process, uint64_t entry, uint64_t stack_top,
                           uint64_t argument, uint64_t *handle) {
    struct thread *thread;
    status_t st = handle_reserve(&caller_process()->handles);
    if (st == OK)
        st = thread_create(process, (uaddr_t){entry}, (uaddr_t){stack_top}, argument,
                           &thread);
    return st != OK ? st : syscall_give_handle(thread->object, RIGHTS_OF_THREAD, handle);
}

status_t sys_thread_exit(void) {
    thread_end(hart_current()->thread);
    return OK;
}

status_t sys_thread_resume(struct thread *thread) {
    if (thread->state != THREAD_SUSPENDED)
        return ERR_INVALID;
    sched_make_ready(thread);
    return OK;
}

status_t sys_thread_suspend(struct thread *thread) {
    if (thread->state == THREAD_ENDED)
        return ERR_CLOSED;
    if (thread->state != THREAD_READY && thread->state < THREAD_MOVING)
        thread_cancel(thread, ERR_AGAIN);
    sched_stop(thread, THREAD_SUSPENDED);
    sched_await_stop(thread);
    return OK;
}

status_t sys_thread_set_schedule(struct thread *thread, uint64_t priority,
                                 uint64_t slice_ns, uint64_t affinity) {
    if (priority >= PRIORITIES || slice_ns < SLICE_MIN_NS || slice_ns > SLICE_MAX_NS ||
        (affinity & sched_harts) == 0)
        return ERR_INVALID;
    if (priority > hart_current()->thread->priority)
        return ERR_RIGHTS;
    sched_set_schedule(thread, (uint8_t)priority, slice_ns, (uint32_t)affinity);
    return OK;
}

/* What of x[] counts after a native call, also one that brings a message: the rest is
 * zero to the thread. */
#define SURVIVES(n)                                                                      \
    ((n) <= REGISTER_TP ? (n) != 1 : (n) <= 11 ? (n) >= 8 : (n) >= 18 && (n) <= 27)
#define IS_BROUGHT(n) ((n) > REGISTER_TP && (n) <= 16)

/* May its registers be read and written? */
static bool is_stopped(const struct thread *thread) {
    return (thread->state == THREAD_SUSPENDED && !sched_is_running(thread)) ||
           (thread->state == THREAD_AWAITING_REPLY && thread->saved == SAVED_ALL);
}

status_t sys_thread_read_registers(struct thread *thread, user_out_t out) {
    struct thread_registers registers;
    if (!is_stopped(thread))
        return ERR_BUSY;
    for (int i = 0; i < 32; i++) {
        bool counts = thread->saved == SAVED_ALL || SURVIVES(i) ||
                      (thread->saved == SAVED_MESSAGE && IS_BROUGHT(i));
        registers.x[i] = counts ? thread->x[i] : 0;
    }
    return syscall_give(out, &registers, sizeof(registers));
}

status_t sys_thread_write_registers(struct thread *thread, user_in_t in) {
    if (!is_stopped(thread))
        return ERR_BUSY;
    status_t st =
        copy_from_user(caller_process(), thread->x, (uaddr_t){in}, sizeof(thread->x));
    if (st == OK)
        thread->saved = SAVED_ALL;
    return st;
}
