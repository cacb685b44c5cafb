/* kernel/syscall_heap.c - native calls that let a program watch the kernel's memory, and
 * (for learning) take part in it.
 *
 * Arguments, rights and errors of each call are told in kernel/abi/syscalls.def. */
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/syscall.h"
#include "lib/bits.h"
#include "mm/frame.h"
#include "mm/heap.h"

LOG_MODULE("syscall");

status_t sys_heap_stats(UNUSED void *system, user_out_t out) {
    struct heap_stats stats;
    heap_get_stats(&stats);
    return syscall_give(out, &stats, sizeof(stats));
}

status_t sys_frame_stats(UNUSED void *system, user_out_t out) {
    struct frame_stats stats;
    frame_get_stats(&stats);
    return syscall_give(out, &stats, sizeof(stats));
}

/* ---- the walk ---- */

static bool take_first(void *context, const struct buddy_block *block) {
    *(struct buddy_block *)context = *block;
    return false;
}

status_t sys_heap_walk(UNUSED void *system, uint64_t from, user_out_t out) {
    struct buddy_block block = {.block_bytes = 0};
    heap_walk(from, take_first, &block);
    if (block.block_bytes == 0)
        return ERR_NOT_FOUND;
    return syscall_give(out, &block, sizeof(block));
}

status_t sys_heap_check(UNUSED void *system, uint64_t *is_broken) {
    const char *broken = heap_check();
    if (broken != NULL)
        log_error("the kernel heap is damaged: %s", broken);
    *is_broken = broken != NULL;
    return OK;
}

/* ---- for learning ---- */

/* What a request can cost the heap: its block is a power of two, and at least `align`. */
static size_t learn_cost(size_t nr_bytes, size_t align) {
    size_t cost = nr_bytes < align ? align : nr_bytes;
    return cost > LEARN_BYTES_MAX ? SIZE_MAX : (size_t)1 << bits_log2_ceil(cost);
}

static status_t learn_table_make(struct process *process) {
    if (process->learn != NULL)
        return OK;
    process->learn = kmalloc(LEARN_BLOCKS_MAX * sizeof(process->learn[0]));
    return process->learn == NULL ? ERR_NO_MEMORY : OK;
}

status_t sys_heap_alloc(UNUSED void *system, size_t nr_bytes, size_t align,
                        uint64_t *address) {
    struct process *process = caller_process();
    if (!options.learn_heap)
        return ERR_DISABLED;
    if (align != 0 && !bits_is_power_of_two(align))
        return ERR_INVALID;
    size_t cost = learn_cost(nr_bytes, align);
    if (process->nr_learn_blocks == LEARN_BLOCKS_MAX ||
        cost > LEARN_BYTES_MAX - process->learn_bytes)
        return ERR_QUOTA;
    status_t st = learn_table_make(process);
    if (st != OK)
        return st;
    void *block =
        align <= HEAP_MIN_ALIGN ? kmalloc(nr_bytes) : kmalloc_aligned(nr_bytes, align);
    if (block == NULL)
        return ERR_NO_MEMORY;

    process->learn[process->nr_learn_blocks] = (struct learn_block){block, cost};
    process->nr_learn_blocks++;
    process->learn_bytes += cost;
    *address = (uintptr_t)block;
    return OK;
}

/* At most LEARN_BLOCKS_MAX comparisons: about 2,000 instructions. */
static struct learn_block *learn_find(struct process *process, uint64_t address) {
    for (size_t i = 0; i < process->nr_learn_blocks; i++)
        if ((uintptr_t)process->learn[i].block == address)
            return &process->learn[i];
    return NULL;
}

status_t sys_heap_free(UNUSED void *system, uint64_t address) {
    if (!options.learn_heap)
        return ERR_DISABLED;
    struct process *process = caller_process();
    struct learn_block *found = learn_find(process, address);
    if (found == NULL) /* or not any more */
        return ERR_NOT_FOUND;
    void *block = found->block;
    process->learn_bytes -= found->nr_bytes;
    process->nr_learn_blocks--;
    *found = process->learn[process->nr_learn_blocks];
    kfree(block);
    return OK;
}
