/* user/lib/child.c - see child.h. */
#include "user/lib/child.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "user/lib/clock.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"

#define PAGE        4096
#define STEP_NS     100000
#define PATIENCE_NS 2000000000
#define ALL_BACK_NS 10000000000

extern char _start[], etext[], srodata[], erodata[], sdata[], ebss[]; /* user.ld */

static uint8_t stack[PAGE] __attribute__((aligned(16)));

status_t child_create(const char *name, size_t max_frames, size_t max_heap_bytes,
                      uint64_t *child) {
    return process_create(name, strlen(name), max_frames, max_heap_bytes, child);
}

static status_t part_copy(handle_t process, const char *start, const char *end,
                          uint64_t flags) {
    size_t nr_bytes = align_up((size_t)(end - start), PAGE);
    status_t st = space_add(process, (uintptr_t)start, nr_bytes);
    if (st == OK)
        st = space_write(process, (uintptr_t)start, start, nr_bytes);
    if (st == OK)
        st = space_protect(process, (uintptr_t)start, nr_bytes, flags);
    return st;
}

status_t child_copy(uint64_t child) {
    handle_t process = (handle_t)child;
    status_t st = part_copy(process, _start, etext, MAP_READ | MAP_EXECUTE);
    if (st == OK)
        st = part_copy(process, srodata, erodata, MAP_READ);
    if (st == OK)
        st = part_copy(process, sdata, ebss, MAP_READ | MAP_WRITE);
    return st;
}

status_t child_thread(uint64_t child, void (*function)(uint64_t argument),
                      uint64_t argument, uint64_t *thread) {
    return thread_create((handle_t)child, (uintptr_t)function,
                         (uintptr_t)stack + sizeof(stack), argument, thread);
}

status_t child_start(uint64_t child, void (*function)(uint64_t argument),
                     uint64_t argument) {
    uint64_t thread;
    status_t st = child_copy(child);
    if (st == OK)
        st = child_thread(child, function, argument, &thread);
    if (st != OK)
        return st;
    st = thread_resume((handle_t)thread);
    (void)!handle_close((handle_t)thread); /* it goes on without */
    return st;
}

status_t child_wait(uint64_t child, uint64_t *exit_code) {
    status_t st = process_result((handle_t)child, exit_code);
    uint64_t end_ns = clock_now_ns() + PATIENCE_NS;
    while (st == ERR_AGAIN && clock_now_ns() < end_ns) {
        clock_pause(STEP_NS);
        st = process_result((handle_t)child, exit_code);
    }
    return st == ERR_AGAIN ? ERR_TIMEOUT : st;
}

bool child_all_is_back(const struct process_info *before) {
    struct process_info now = {0};
    uint64_t end_ns = clock_now_ns() + ALL_BACK_NS;
    do {
        if (process_inspect(own_process, &now) == OK &&
            now.nr_frames == before->nr_frames && now.heap_bytes <= before->heap_bytes)
            return true;
        clock_pause(1000000);
    } while (clock_now_ns() < end_ns);
    return false;
}

void child_kill(uint64_t child) {
    (void)!process_kill((handle_t)child);
    (void)!handle_close((handle_t)child);
}
