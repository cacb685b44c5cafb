/* kernel/first.c - see first.h. */
#include "kernel/first.h"
#include "kernel/abi/addresses.h"
#include "kernel/abi/flat.h"
#include "kernel/abi/rights.h"
#include "kernel/abi/start.h"
#include "kernel/log.h"
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/object.h"
#include "kernel/options.h"
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

/* Pages for [from, to), filled with what the image has for them. */
static status_t part_load(uint64_t from, uint64_t to, uint32_t flags) {
    size_t nr_pages = (align_up(to, PAGE_SIZE) - from) >> PAGE_SHIFT;
    const char *contents = (const char *)&first_image + (from - first_image.start);
    struct memory *memory;
    status_t st = mapping_add_new(init, from, nr_pages, flags, &memory);
    for (size_t i = 0; st == OK && i < nr_pages && contents < first_image_end; i++) {
        size_t nr_left = (size_t)(first_image_end - contents);
        memcpy(memory_contents(memory, i), contents,
               nr_left < PAGE_SIZE ? nr_left : PAGE_SIZE);
        contents += PAGE_SIZE;
    }
    return st;
}

/* What stands at the top of its stack. */
struct stack_top {
    struct start_block block;
    uint64_t argv[4];
    char name[16], apps[OPTIONS_VALUE_MAX], script[OPTIONS_VALUE_MAX];
};
#define STACK_TOP_AT (USER_STACK_TOP - sizeof(struct stack_top))
_Static_assert(sizeof(struct stack_top) % 16 == 0, "sp is aligned to 16");

static status_t stack_load(struct start_block block, const char *apps) {
    struct memory *memory;
    size_t nr_pages = USER_STACK_BYTES / PAGE_SIZE;
    status_t st = mapping_add_new(init, USER_STACK_TOP - USER_STACK_BYTES, nr_pages,
                                  MAP_READ | MAP_WRITE, &memory);
    if (st != OK)
        return st;
    char *end = (char *)memory_contents(memory, nr_pages - 1) + PAGE_SIZE;
    struct stack_top *top = (void *)(end - sizeof(*top));
    block.argc = 3;
    block.argv = STACK_TOP_AT + offsetof(struct stack_top, argv);
    top->block = block;
    top->argv[0] = STACK_TOP_AT + offsetof(struct stack_top, name);
    top->argv[1] = STACK_TOP_AT + offsetof(struct stack_top, apps);
    top->argv[2] = STACK_TOP_AT + offsetof(struct stack_top, script);
    format_string(top->name, sizeof(top->name), "init");
    format_string(top->apps, sizeof(top->apps), "%s", apps);
    format_string(top->script, sizeof(top->script), "%s", options.script);
    return OK;
}

static status_t give(struct object *object, uint16_t rights, uint64_t *out) {
    handle_t handle;
    status_t st = handle_insert(&init->handles, object, rights, 0, &handle);
    *out = handle;
    return st;
}

/* The initrd, to be read; no handle if there is none. */
static status_t initrd_give(struct range initrd, struct start_block *block) {
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
    st = give(memory->object, RIGHT_COPY | RIGHT_MAP_READ, &block->initrd);
    object_drop(memory->object);
    return st;
}

/* Its memory, its handles, its thread. */
static status_t init_load(const char *apps, struct range initrd, struct thread **out) {
    struct start_block block = {0};
    status_t st =
        part_load(first_image.start, first_image.text_end, MAP_READ | MAP_EXECUTE);
    if (st == OK)
        st = part_load(first_image.rodata_start, first_image.rodata_end, MAP_READ);
    if (st == OK)
        st = part_load(first_image.data_start, first_image.bss_end, MAP_READ | MAP_WRITE);
    if (st == OK)
        st = give(object_system(), RIGHTS_OF_INIT, &block.system);
    if (st == OK)
        st = give(init->object, RIGHTS_OF_PROCESS, &block.process);
    if (st == OK)
        st = initrd_give(initrd, &block);
    if (st == OK)
        st = stack_load(block, apps);
    if (st == OK)
        st = thread_create(init, (uaddr_t){first_image.entry}, (uaddr_t){STACK_TOP_AT},
                           STACK_TOP_AT, out);
    return st;
}

void first_run(const char *apps, struct range initrd, bool has_failed) {
    struct thread *thread;
    struct frame_stats frames;
    has_failed_before = has_failed;
    (void)object_system(); /* made on first demand: before the count */
    holdings_before = holdings_count();
    frame_get_stats(&frames);
    struct quota all = {frames.free_frames, KERNEL_HEAP_SIZE};
    status_t st = process_create("init", NULL, all, &init);
    if (st == OK)
        st = init_load(apps, initrd, &thread);
    if (st != OK)
        PANIC("init cannot be started: %s", status_text(st));
    log_debug("init begins at %lu ns", timer_now_ns());
    object_drop(thread->object);
    thread->priority = PRIORITIES - 1; /* who gives priorities gives none above its own */
    sched_make_ready(thread);
    sched_start(end);
}
