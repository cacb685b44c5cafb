/* kernel/first.c - see first.h. */
#include "kernel/first.h"
#include "kernel/abi/flat.h"
#include "kernel/abi/rights.h"
#include "kernel/log.h"
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/object.h"
#include "kernel/panic.h"
#include "kernel/power.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"

LOG_MODULE("first");

extern const struct flat_header first_image; /* first_image.S */
extern const char first_image_end[];

/* (c) after first_run() */
static struct process *init;
static struct holdings holdings_before;
static bool has_failed_before;

/* ---- the end ---- */

struct holdings holdings_count(void) {
    struct heap_stats heap;
    struct frame_stats frames;
    heap_trim();
    heap_get_stats(&heap);
    frame_get_stats(&frames);
    return (struct holdings){heap.buddy.used_bytes, frames.free_frames, object_count()};
}

static bool holdings_are_whole(void) {
    struct holdings before = holdings_before, now = holdings_count();
    if (memcmp(&now, &before, sizeof(now)) == 0) {
        console_printf("[kernel] heap and frames: nothing missing\n");
        return true;
    }
    console_printf(
        "[kernel] MISSING: before and after: heap bytes %zu %zu, free frames %zu "
        "%zu, objects %zu %zu\n",
        before.heap_bytes, now.heap_bytes, before.free_frames, now.free_frames,
        before.nr_objects, now.nr_objects);
    return false;
}

/* sched.c calls this when no process is left. */
static void end(void) {
    bool has_failed = has_failed_before || init->was_killed;
    unsigned status = init->exit_code & 0xff;
    object_drop(init->object);
    has_failed |= !holdings_are_whole();
    power_finish(status == 0 && has_failed ? 1 : status);
}

/* ---- the beginning ---- */

/* Pages for one of the parts, filled with what the image has for them. */
static status_t part_load(size_t part) {
    uint64_t from = first_image.parts[part].start;
    size_t nr_bytes = align_up(first_image.parts[part].end, PAGE_SIZE) - from;
    size_t image_bytes = (size_t)(first_image_end - (const char *)&first_image);
    struct memory *memory;
    status_t st = mapping_add_new(init, from, nr_bytes >> PAGE_SHIFT,
                                  (uint32_t)first_image.parts[part].flags, &memory);
    for (size_t i = 0; st == OK && i < memory->nr_pages; i++) {
        uint64_t at = from - first_image.start + i * PAGE_SIZE;
        if (at < image_bytes)
            memcpy(memory_contents(memory, i), (const char *)&first_image + at,
                   image_bytes - at < PAGE_SIZE ? image_bytes - at : PAGE_SIZE);
    }
    return st;
}

/* The initrd, to be read; no handle if there is none. */
static status_t initrd_give(struct range initrd, struct first_block *block) {
    if (initrd.start == initrd.end)
        return OK;
    struct memory *memory;
    uint64_t first_page = align_down(initrd.start, PAGE_SIZE);
    size_t nr_pages = (align_up(initrd.end, PAGE_SIZE) - first_page) >> PAGE_SHIFT;
    block->initrd_offset = initrd.start - first_page;
    block->initrd_bytes = initrd.end - initrd.start;
    status_t st = memory_create_physical(init, paddr(first_page), nr_pages, &memory);
    if (st != OK)
        return st;
    st = handle_insert(&init->handles, memory->object, RIGHT_COPY | RIGHT_MAP_READ, 0,
                       &block->initrd);
    object_drop(memory->object);
    return st;
}

/* Its memory, its thread, and in that one's message buffer all that it is to know. */
static status_t init_load(const char *bootargs, struct range initrd,
                          struct thread **out) {
    status_t st = OK;
    for (size_t part = 0; st == OK && part < FLAT_PARTS; part++)
        st = part_load(part);
    if (st == OK)
        st = thread_create(init, (uaddr_t){first_image.entry},
                           (uaddr_t){first_image.parts[FLAT_STACK].end}, 0, out);
    if (st != OK)
        return st;
    struct first_block *block = (void *)(*out)->buffer;
    format_string(block->bootargs, PAGE_SIZE - sizeof(*block), "%s", bootargs);
    st =
        handle_insert(&init->handles, object_system(), RIGHTS_OF_INIT, 0, &block->system);
    if (st == OK)
        st = handle_insert(&init->handles, init->object, RIGHTS_OF_PROCESS, 0,
                           &block->process);
    return st == OK ? initrd_give(initrd, block) : st;
}

void first_run(const char *bootargs, struct range initrd, bool has_failed) {
    struct thread *thread;
    has_failed_before = has_failed;
    (void)object_system(); /* made on first demand: before the count */
    holdings_before = holdings_count();
    struct quota all = {holdings_before.free_frames, KERNEL_HEAP_SIZE};
    status_t st = process_create("init", NULL, all, &init);
    if (st == OK)
        st = init_load(bootargs, initrd, &thread);
    if (st != OK)
        PANIC("init cannot be started: %s", status_text(st));
    log_debug("init begins at %lu ns", timer_now_ns());
    object_drop(thread->object);
    thread->priority = PRIORITIES - 1; /* who gives priorities gives none above its own */
    sched_make_ready(thread);
    sched_start(end);
}
