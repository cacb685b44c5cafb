/* kernel/process.c - processes: made, ended, and taken apart.
 *
 * Not here: what is loaded into them (first.c, user/lib/loader.c), their memory
 * (mapping.c), who runs (sched.c).
 * Invariant P1: what a process pays for, used, is never more than its limit; its limit is
 *               part of what its creator uses, for as long as both are there.
 * Invariant P2: a process that is ENDING has no thread in any queue; none is freed, nor
 *               anything else, while one is left on a hart, which uses its page table.
 * Invariant P3: the creator of a process that has ended has not ended itself. */
#include "kernel/process.h"
#include "kernel/kspace.h"
#include "kernel/log.h"
#include "kernel/mapping.h"
#include "kernel/message.h"
#include "kernel/notification.h"
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/space.h"
#include "kernel/syscall.h"
#include "kernel/uaccess.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/sv39.h"

#define THREADS_AT_ONCE  4 /* given back in one step */
#define BLOCKS_AT_ONCE   16
#define CHILDREN_AT_ONCE 64

/* What the creator pays for each of its processes, besides the limit. */
#define PROCESS_BYTES (sizeof(struct process) + OBJECT_SLOT_BYTES)

/* (k) kernel lock */
static uint64_t last_id;
static size_t nr_processes;

/* ---- quotas ---- */

FRAMELESS status_t process_charge(struct process *process, size_t nr_frames,
                                  size_t heap_bytes) {
    if (process == NULL)
        return OK;
    if (nr_frames > process->limit.nr_frames - process->used.nr_frames ||
        heap_bytes > process->limit.heap_bytes - process->used.heap_bytes)
        return ERR_QUOTA;
    process->used.nr_frames += nr_frames;
    process->used.heap_bytes += heap_bytes;
    return OK;
}

/* Free the struct of one that has ended, once nobody needs it. */
static void process_settle(struct process *process) {
    if (process->state != PROCESS_ENDED || process->object != NULL ||
        process->used.nr_frames != 0 || process->used.heap_bytes != 0)
        return;
    list_remove(&process->child_link);
    object_unmake(process, sizeof(*process), process->creator);
}

/* Give back to the creator what is left of the limit: of a process that has ended it is
 * what it still pays for, and no more. */
static void limit_return(struct process *process) {
    size_t nr_frames = process->limit.nr_frames - process->used.nr_frames;
    size_t heap_bytes = process->limit.heap_bytes - process->used.heap_bytes;
    process->limit = process->used;
    process_uncharge(process->creator, nr_frames, heap_bytes);
}

void process_uncharge(struct process *process, size_t nr_frames, size_t heap_bytes) {
    if (process == NULL)
        return;
    ASSERT(nr_frames <= process->used.nr_frames && heap_bytes <= process->used.heap_bytes,
           "what is given back was counted before");
    process->used.nr_frames -= nr_frames;
    process->used.heap_bytes -= heap_bytes;
    if (process->state != PROCESS_ENDED)
        return;
    limit_return(process);
    process_settle(process);
}

FRAMELESS status_t process_take_frame(struct process *process, paddr_t *frame) {
    status_t st = process_charge(process, 1, 0);
    if (st != OK || frame_alloc(frame) == OK)
        return st;
    process_uncharge(process, 1, 0);
    return ERR_NO_MEMORY;
}

void process_give_frame(struct process *process, paddr_t frame) {
    frame_dealloc(frame);
    process_uncharge(process, 1, 0);
}

status_t process_kzalloc(struct process *process, size_t nr_bytes, void **out) {
    status_t st = process_charge(process, 0, nr_bytes);
    if (st != OK)
        return st;
    *out = kzalloc(nr_bytes);
    if (*out != NULL)
        return OK;
    process_uncharge(process, 0, nr_bytes);
    return ERR_NO_MEMORY;
}

void process_kfree(struct process *process, void *block, size_t nr_bytes) {
    kfree(block);
    process_uncharge(process, 0, nr_bytes);
}

/* ---- creation ---- */

/* Its root, for which it pays itself. */
static status_t root_create(struct process *process) {
    status_t st = process_take_frame(process, &process->root);
    if (st != OK)
        return st;
    kspace_share(process->root);
    asid_give(process);
    return OK;
}

status_t process_create(const char *name, struct process *creator, struct quota limit,
                        struct process **out) {
    struct object *object;
    status_t st = process_charge(creator, limit.nr_frames, limit.heap_bytes);
    if (st != OK)
        return st;
    st = object_make(OBJECT_PROCESS, sizeof(**out), creator, (void **)out, &object);
    if (st != OK)
        goto uncharge;
    struct process *process = *out;
    process->object = object;
    process->limit = limit;
    process->abandoned_slots = OBJECTS_MAX; /* till it receives */
    st = root_create(process);
    if (st != OK)
        goto unmake;

    handle_table_init(&process->handles);
    process->handles.owner = process;
    list_init(&process->threads);
    list_init(&process->children);
    list_init(&process->child_link);
    list_init(&process->mappings);
    memcpy(process->name, name, strnlen(name, sizeof(process->name) - 1));
    if (creator != NULL)
        list_append(&creator->children, &process->child_link);
    process->creator = creator;
    process->id = ++last_id;
    nr_processes++;
    return OK;

unmake:
    object_end(object);
    object_unmake(process, sizeof(*process), creator);
uncharge:
    process_uncharge(creator, limit.nr_frames, limit.heap_bytes);
    return st;
}

/* ---- the end ---- */

static void watcher_forget(struct process *process) {
    struct object *object = process->watcher->object;
    process->watcher = NULL;
    object_drop(object);
}

status_t sys_process_watch(struct process *process, struct notification *notification,
                           uint64_t bits) {
    if (process->watcher != NULL && process->watcher != notification)
        return ERR_BUSY;
    if (process->watcher != NULL)
        watcher_forget(process);
    if (bits == 0)
        return OK;
    if (process->state == PROCESS_ENDED) {
        notification_signal(notification, bits);
        return OK;
    }
    object_share(notification->object);
    process->watcher = notification;
    process->watch_bits = bits;
    return OK;
}

static bool process_reap(struct reap_item *item);

static void process_begin_reaping(struct process *process) {
    if (!process->is_reaped)
        reap_begin(&process->reap, process_reap);
    process->is_reaped = true;
}

void process_left(struct process *process) {
    space_leave(process);
    if (!space_is_used(process))
        process_begin_reaping(process);
}

static void process_end(struct process *process) {
    ASSERT(process->state == PROCESS_ALIVE, "a process ends once");
    process->state = PROCESS_ENDING;
    LIST_FOR_EACH(thread, &process->threads, struct thread, process_link)
        if (thread->state != THREAD_ENDED)
            sched_stop(thread, THREAD_ENDED);
    process_left(process);
}

void process_exit(struct process *process, int64_t exit_code) {
    process->exit_code = exit_code;
    if (process->creator != NULL || exit_code != 0)
        console_printf("[kernel] %s (pid %lu) exited with code %ld\n", process->name,
                       process->id, exit_code);
    process_end(process);
}

void process_kill(struct process *process, const char *reason) {
    process->was_killed = true;
    console_printf("[kernel] %s (pid %lu) killed: %s\n", process->name, process->id,
                   reason);
    process_end(process);
}

void process_thread_ended(struct process *process) {
    process->nr_threads--;
    if (process->nr_threads == 0)
        process_exit(process, 0);
    else
        process_begin_reaping(process);
}

void process_forget(void *body) {
    struct process *process = body;
    process->object = NULL;
    if (process->state != PROCESS_ALIVE)
        process_settle(process);
    else if (list_is_empty(&process->threads))
        process_end(process); /* there is nothing to tell of one that never ran */
    else
        process_kill(process, "nobody has a handle to it");
}

/* ---- giving everything back ---- */

/* The first thread, if it has ended: those that have are in front. */
static struct thread *first_ended(struct process *process) {
    struct thread *thread =
        LIST_ENTRY(process->threads.next, struct thread, process_link);
    bool there_is = !list_is_empty(&process->threads) && thread->state == THREAD_ENDED;
    return there_is ? thread : NULL;
}

static bool reap_threads(struct process *process) {
    for (int i = 0; i < THREADS_AT_ONCE && first_ended(process) != NULL; i++)
        thread_destroy(first_ended(process));
    return first_ended(process) != NULL;
}

static bool reap_learn_blocks(struct process *process) {
    size_t nr_left = process->nr_learn_blocks;
    for (size_t i = 0; i < BLOCKS_AT_ONCE && nr_left > 0; i++) {
        nr_left--;
        kfree(process->learn[nr_left].block);
    }
    bool did_something = nr_left != process->nr_learn_blocks;
    process->nr_learn_blocks = nr_left;
    return did_something;
}

/* Its children become its creator's, and so does what they have of its quota: its creator
 * has paid for that all the time.  Those that fall to nobody end with init. */
static bool reap_children(struct process *process) {
    struct list *heirs = process->creator == NULL ? NULL : &process->creator->children;
    for (int i = 0; i < CHILDREN_AT_ONCE && !list_is_empty(&process->children); i++) {
        struct process *child =
            LIST_ENTRY(list_pop(&process->children), struct process, child_link);
        child->creator = process->creator;
        if (heirs == NULL)
            list_init(&child->child_link);
        else
            list_append(heirs, &child->child_link);
        process->limit.nr_frames -= child->limit.nr_frames;
        process->used.nr_frames -= child->limit.nr_frames;
        process->limit.heap_bytes -= child->limit.heap_bytes + PROCESS_BYTES;
        process->used.heap_bytes -= child->limit.heap_bytes + PROCESS_BYTES;
        if (heirs == NULL && child->state == PROCESS_ALIVE) {
            process_kill(child, "init has ended");
            return true;
        }
    }
    return !list_is_empty(&process->children);
}

static void reap_rest(struct process *process) {
    sv39_destroy(process->root);
    kfree(process->learn);
    process->state = PROCESS_ENDED;
    nr_processes--;
    if (process->watcher != NULL) {
        notification_signal(process->watcher, process->watch_bits);
        watcher_forget(process);
    }
    process_uncharge(process, 1, 0); /* the root; the struct may be gone with it */
}

static bool process_reap(struct reap_item *item) {
    struct process *process = CONTAINER_OF(item, struct process, reap);
    if (process->state == PROCESS_ENDING && space_is_used(process)) {
        process->is_reaped = false; /* process_left() puts it back */
        return false;
    }
    if (reap_threads(process))
        return true;
    process->is_reaped = process->state == PROCESS_ENDING;
    if (process->state == PROCESS_ALIVE)
        return false;
    if (message_abandon_step(&process->abandoned_slots, process, NULL) ||
        mapping_reap(process) || reap_learn_blocks(process) ||
        handle_table_drain(&process->handles) || reap_children(process))
        return true;
    reap_rest(process);
    return false;
}

void process_discard(struct process *process) {
    process_end(process);
    while (reap_step())
        ;
    object_drop(process->object);
}

size_t process_count(void) {
    return nr_processes + !list_is_empty(&reap_list);
}

/* ---- calls ---- */

/* Names are printed: no control characters. */
static status_t name_get(user_in_t from, size_t nr_bytes, char *name) {
    if (nr_bytes == 0 || nr_bytes >= PROCESS_NAME_BYTES)
        return ERR_INVALID;
    status_t st = copy_from_user(caller_process(), name, (uaddr_t){from}, nr_bytes);
    if (st != OK)
        return st;
    name[nr_bytes] = '\0';
    for (size_t i = 0; i < nr_bytes; i++)
        if ((uint8_t)name[i] < ' ' || name[i] == 0x7f)
            return ERR_INVALID;
    return OK;
}

status_t sys_process_create(user_in_t name, size_t name_bytes, size_t max_frames,
                            size_t max_heap_bytes, uint64_t *handle) {
    char text[PROCESS_NAME_BYTES];
    struct process *process;
    status_t st = name_get(name, name_bytes, text);
    if (st == OK)
        st = process_create(text, caller_process(),
                            (struct quota){max_frames, max_heap_bytes}, &process);
    return st != OK ? st
                    : syscall_give_handle(process->object, RIGHTS_OF_PROCESS, handle);
}

status_t sys_process_exit(int64_t exit_code) {
    process_exit(caller_process(), exit_code);
    return OK;
}

status_t sys_process_kill(struct process *process) {
    process_kill(process, "by process_kill");
    return OK;
}

status_t sys_process_result(struct process *process, uint64_t *exit_code) {
    if (process->state != PROCESS_ENDED)
        return ERR_AGAIN;
    *exit_code = (uint64_t)process->exit_code;
    return process->was_killed ? ERR_KILLED : OK;
}
