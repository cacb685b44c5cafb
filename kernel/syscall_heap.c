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

syscall_pair_t sys_heap_stats(handle_t system, user_out_t out) {
    struct heap_stats stats;
    (void)system;
    heap_get_stats(&stats);
    return syscall_give(out, &stats, sizeof(stats), 0);
}

syscall_pair_t sys_frame_stats(handle_t system, user_out_t out) {
    struct frame_stats stats;
    (void)system;
    frame_get_stats(&stats);
    return syscall_give(out, &stats, sizeof(stats), 0);
}

/* ---- the walk ---- */

struct walk_batch {
    size_t nr_blocks;
    size_t max_blocks; /* at least 1 */
    struct buddy_block blocks[HEAP_WALK_MAX];
};

static bool walk_visit(void *context, const struct buddy_block *block) {
    struct walk_batch *batch = context;
    batch->blocks[batch->nr_blocks] = *block;
    batch->nr_blocks++;
    return batch->nr_blocks < batch->max_blocks;
}

syscall_pair_t sys_heap_walk(handle_t system, uint64_t from, user_out_t blocks,
                             size_t max_blocks) {
    (void)system;
    if (max_blocks == 0)
        return REFUSE(ERR_INVALID, "room for 0 blocks: the walk would not end");
    struct walk_batch batch = {
        .max_blocks = max_blocks < HEAP_WALK_MAX ? max_blocks : HEAP_WALK_MAX,
    };
    heap_walk(from, walk_visit, &batch);
    return syscall_give(blocks, batch.blocks, batch.nr_blocks * sizeof(batch.blocks[0]),
                        batch.nr_blocks);
}

syscall_pair_t sys_heap_check(handle_t system) {
    (void)system;
    const char *broken = heap_check();
    if (broken == NULL)
        return syscall_value(0);
    log_error("the kernel heap is damaged: %s", broken);
    return syscall_value(1);
}

/* ---- for learning ---- */

#define LEARN_HINT "boot with learn=heap to take blocks of the kernel heap"

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

syscall_pair_t sys_heap_alloc(handle_t system, size_t nr_bytes, size_t align) {
    (void)system;
    if (!options.learn_heap)
        return REFUSE(ERR_DISABLED, LEARN_HINT);
    if (align != 0 && !bits_is_power_of_two(align))
        return REFUSE(ERR_INVALID, "align %zu is no power of two", align);
    struct process *process = caller_process();
    size_t cost = learn_cost(nr_bytes, align);
    if (process->nr_learn_blocks == LEARN_BLOCKS_MAX ||
        cost > LEARN_BYTES_MAX - process->learn_bytes)
        return REFUSE(ERR_QUOTA, "%zu bytes more than %zu in %zu blocks", nr_bytes,
                      process->learn_bytes, process->nr_learn_blocks);
    status_t st = learn_table_make(process);
    if (st != OK)
        return REFUSE(st, "no memory to remember the blocks");
    void *block =
        align <= HEAP_MIN_ALIGN ? kmalloc(nr_bytes) : kmalloc_aligned(nr_bytes, align);
    if (block == NULL)
        return REFUSE(ERR_NO_MEMORY, "no block of %zu bytes", nr_bytes);

    process->learn[process->nr_learn_blocks] = (struct learn_block){block, cost};
    process->nr_learn_blocks++;
    process->learn_bytes += cost;
    return syscall_value((uintptr_t)block);
}

/* At most LEARN_BLOCKS_MAX comparisons: about 2,000 instructions. */
static struct learn_block *learn_find(struct process *process, uint64_t address) {
    for (size_t i = 0; i < process->nr_learn_blocks; i++)
        if ((uintptr_t)process->learn[i].block == address)
            return &process->learn[i];
    return NULL;
}

syscall_pair_t sys_heap_free(handle_t system, uint64_t address) {
    (void)system;
    if (!options.learn_heap)
        return REFUSE(ERR_DISABLED, LEARN_HINT);
    struct process *process = caller_process();
    struct learn_block *found = learn_find(process, address);
    if (found == NULL)
        return REFUSE(ERR_NOT_FOUND, "%#lx is no block of yours, or not any more",
                      address);
    void *block = found->block;
    process->learn_bytes -= found->nr_bytes;
    process->nr_learn_blocks--;
    *found = process->learn[process->nr_learn_blocks];
    kfree(block);
    return syscall_status(OK);
}
