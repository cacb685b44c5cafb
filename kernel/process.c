/* kernel/process.c - processes: made, ended, and taken apart.
 *
 * Not here: what is loaded into them (program.c), who runs (sched.c).
 * Invariant P1: every leaf below USER_END in its table is a 4 KiB frame that the process
 *               holds one reference to; nr_frames counts them.
 * Invariant P2: a process on `process_ending` has no thread in any queue or on any hart,
 *               and no hart uses its page table: what is freed may be walked by none. */
#include "kernel/process.h"
#include "kernel/abi/rights.h"
#include "kernel/kspace.h"
#include "kernel/log.h"
#include "kernel/notification.h"
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/sv39.h"

LOG_MODULE("process");

/* Given back in one step; of entries, pages and holes alike, looked at. */
#define REAP_ENTRIES 16
#define REAP_BLOCKS  16

#define ROOT_ENTRY_BYTES ((uint64_t)1 << 30) /* of addresses, in Sv39's root table */

/* (k) kernel lock */
static uint64_t last_id;
static size_t nr_processes;
struct list process_ending = {&process_ending, &process_ending};

status_t process_create(const char *name, handle_t *self, handle_t *system,
                        struct process **out) {
    struct process *process = kzalloc(sizeof(*process));
    if (process == NULL)
        return ERR_NO_MEMORY;
    handle_table_init(&process->handles);
    list_init(&process->threads);
    format_string(process->name, sizeof(process->name), "%s", name);

    status_t st = sv39_create(&process->root);
    if (st != OK)
        goto free_struct;
    st = object_create(OBJECT_PROCESS, process, &process->object);
    if (st != OK)
        goto free_root;
    st = handle_insert(&process->handles, object_system(), RIGHTS_OF_SYSTEM, 0, system);
    if (st != OK)
        goto end_object;
    st = handle_insert(&process->handles, process->object, RIGHTS_OF_PROCESS, 0, self);
    if (st != OK)
        goto free_handles;

    kspace_share(process->root);
    process->satp = sv39_satp(process->root, 0);
    process->reap_va = 0;
    process->id = ++last_id;
    nr_processes++;
    *out = process;
    return OK;

free_handles:
    handle_table_destroy(&process->handles);
end_object:
    object_end(process->object);
free_root:
    sv39_destroy(process->root);
free_struct:
    kfree(process);
    return st;
}

status_t process_map_frame(struct process *process, uaddr_t va, uint32_t flags,
                           void **contents) {
    if (process->nr_frames >= PROCESS_FRAMES_MAX)
        return ERR_QUOTA;
    paddr_t frame;
    status_t st = frame_alloc(&frame);
    if (st != OK)
        return st;
    st = sv39_map(process->root, va.raw, frame, PAGE_SIZE, flags | SV39_U, SV39_4K);
    if (st != OK) {
        frame_dealloc(frame);
        return st;
    }
    frame_zero(frame);
    process->nr_frames++;
    *contents = phys_to_virt(frame);
    return OK;
}

/* ---- the end ---- */

static void watcher_forget(struct process *process) {
    struct object *object = process->watcher->object;
    process->watcher = NULL;
    object_drop(object);
}

status_t process_watch(struct process *process, struct notification *notification,
                       uint64_t bits) {
    if (process->watcher != NULL && process->watcher != notification)
        return ERR_BUSY;
    if (process->watcher != NULL)
        watcher_forget(process);
    if (bits == 0)
        return OK;
    if (process->state != PROCESS_ALIVE) {
        notification_signal(notification, bits);
        return OK;
    }
    object_share(notification->object);
    process->watcher = notification;
    process->watch_bits = bits;
    return OK;
}

static void process_end(struct process *process) {
    ASSERT(process->state == PROCESS_ALIVE, "a process ends once");
    process->state = PROCESS_ENDING;
    LIST_FOR_EACH(thread, &process->threads, struct thread, process_link)
        sched_stop(thread, THREAD_ENDED);
    sched_leave_address_space(process);
    list_append(&process_ending, &process->reap_link);
    if (process->watcher == NULL)
        return;
    notification_signal(process->watcher, process->watch_bits);
    watcher_forget(process);
}

void process_exit(struct process *process, int64_t exit_code) {
    process->exit_code = exit_code;
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

/* ---- giving everything back ---- */

/* The entry stays as it is: nothing of the process runs, and tables go as a whole. */
static bool reap_page(void *context, uint64_t va, const struct sv39_mapping *mapping) {
    struct process *process = context;
    (void)va;
    frame_dealloc(mapping->frame);
    process->nr_frames--;
    return true;
}

/* Free some of the pages, and the tables of what lies behind.  False when there is no
 * more. */
static bool reap_pages(struct process *process) {
    uint64_t from = process->reap_va;
    process->reap_va +=
        sv39_walk(process->root, from, USER_END - from, REAP_ENTRIES, reap_page, process);
    sv39_clear(process->root, from / ROOT_ENTRY_BYTES,
               process->reap_va / ROOT_ENTRY_BYTES);
    return process->reap_va < USER_END;
}

static bool reap_learn_blocks(struct process *process) {
    size_t nr_left = process->nr_learn_blocks;
    for (size_t i = 0; i < REAP_BLOCKS && nr_left > 0; i++) {
        nr_left--;
        kfree(process->learn[nr_left].block);
    }
    bool did_something = nr_left != process->nr_learn_blocks;
    process->nr_learn_blocks = nr_left;
    return did_something;
}

static void reap_rest(struct process *process) {
    ASSERT_EQUAL(process->nr_frames, 0, "nr_frames counts the pages mapped");
    sv39_destroy(process->root);
    kfree(process->learn);
    object_end(process->object);
    while (!list_is_empty(&process->threads))
        thread_destroy(LIST_ENTRY(process->threads.next, struct thread, process_link));
    process->state = PROCESS_ENDED;
    nr_processes--;
}

static void process_reap(struct process *process) {
    if (reap_learn_blocks(process) || reap_pages(process) ||
        handle_table_drain(&process->handles))
        return;
    list_remove(&process->reap_link);
    reap_rest(process);
}

void process_reap_first(void) {
    process_reap(LIST_ENTRY(process_ending.next, struct process, reap_link));
}

void process_discard(struct process *process) {
    process_end(process);
    while (process->state != PROCESS_ENDED)
        process_reap(process);
    process_destroy(process);
}

void process_destroy(struct process *process) {
    ASSERT(process->state == PROCESS_ENDED, "only what has ended wholly is freed");
    kfree(process);
}

size_t process_count(void) {
    return nr_processes;
}
