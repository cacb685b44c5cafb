/* user/lib/loader.c - see loader.h.
 *
 * Invariant G1: no page is writable and executable at once: what is loaded is writable
 *               until it is protected as the segment wants, and no thread runs before. */
#include "user/lib/loader.h"
#include "kernel/abi/addresses.h"
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/pager.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"

#define SLICE_NS         10000000u
#define RIGHTS_OF_CLIENT (RIGHT_COPY | RIGHT_SEND | RIGHT_CALL)

/* A segment of which nothing is in the file. */
static const struct elf_segment stack = {
    .flags = ELF_R | ELF_W,
    .vaddr = USER_STACK_TOP - USER_STACK_BYTES,
    .memory_bytes = USER_STACK_BYTES,
};

static uint64_t map_flags(const struct elf_segment *segment) {
    uint64_t flags = MAP_READ;
    if (segment->flags & ELF_W)
        flags |= MAP_WRITE;
    if (segment->flags & ELF_X)
        flags |= MAP_EXECUTE;
    return flags;
}

static status_t segment_load(handle_t process, const struct elf_segment *segment,
                             const void *file) {
    uint64_t first_page = layout_first_page(segment);
    size_t nr_bytes = layout_pages_bytes(segment);
    status_t st = space_add(process, first_page, nr_bytes);
    if (st == OK)
        st = space_write(process, segment->vaddr,
                         (const char *)file + segment->file_offset, segment->file_bytes);
    if (st == OK)
        st = space_protect(process, first_page, nr_bytes, map_flags(segment));
    return st;
}

/* Everything that is to be in its memory but what stands on its stack; or the gate of who
 * will bring it. */
static status_t memory_load(handle_t process, const struct program *program,
                            const struct elf_image *image, handle_t *fault_gate) {
    *fault_gate = 0;
    if (program->pager != 0)
        return pager_load(program->pager, program->name, process, fault_gate);
    status_t st = segment_load(process, &stack, program->file);
    for (size_t i = 0; st == OK && i < image->nr_segments; i++)
        st = segment_load(process, &image->segments[i], program->file);
    return st;
}

/* Give it `handle` too, if there is one. */
static status_t give(handle_t process, handle_t handle, uint64_t rights,
                     uint64_t *given) {
    return handle == 0 ? OK : process_give(process, handle, rights, given);
}

/* All handles that it is born with, into its start block. */
static status_t handles_give(handle_t process, const struct program *program,
                             struct start_block *block) {
    status_t st = process_give(process, own_system,
                               RIGHTS_OF_SYSTEM | program->more_rights, &block->system);
    if (st == OK)
        st = process_give(process, process, RIGHTS_OF_PROCESS, &block->process);
    if (st == OK)
        st = give(process, program->console, RIGHTS_OF_CLIENT, &block->console);
    if (st == OK)
        st = give(process, program->endpoint, RIGHT_RECEIVE | RIGHT_GATE,
                  &block->endpoint);
    for (size_t i = 0; st == OK && i < ARRAY_SIZE(block->gates); i++)
        st = give(process, program->gates[i], RIGHTS_OF_CLIENT, &block->gates[i]);
    if (st != OK || !program->has_initrd)
        return st;
    block->initrd_offset = own_start->initrd_offset;
    block->initrd_bytes = own_start->initrd_bytes;
    return give(process, (handle_t)own_start->initrd, RIGHT_COPY | RIGHT_MAP_READ,
                &block->initrd);
}

/* Its handles, and the thread that finds them on its stack. */
static status_t process_begin(handle_t process, const struct program *program,
                              uint64_t entry, handle_t fault_gate,
                              struct layout_stack *top) {
    uint64_t thread;
    status_t st = handles_give(process, program, &top->block);
    if (st == OK)
        st = give(process, fault_gate, RIGHTS_OF_CLIENT, &top->block.pager);
    if (st == OK)
        st = space_write(process, top->address, top->bytes, top->nr_bytes);
    if (st == OK)
        st = thread_create(process, entry, top->address, top->address, &thread);
    if (st != OK)
        return st;
    st = thread_set_handlers((handle_t)thread, fault_gate, 0);
    if (st == OK && program->priority != 0)
        st = thread_set_schedule((handle_t)thread, program->priority, SLICE_NS,
                                 UINT64_MAX);
    if (st == OK)
        st = thread_resume((handle_t)thread);
    (void)!handle_close((handle_t)thread);
    return st;
}

status_t program_start(const struct program *program, handle_t *process,
                       const char **why) {
    struct elf_image image;
    static struct layout_stack top; /* too large for a stack of a few pages */
    status_t st = elf_parse(program->file, program->file_bytes, &image, why);
    if (st != OK)
        return st;
    *why = layout_fault(&image);
    if (*why != NULL)
        return ERR_INVALID;
    *why = "its arguments are too long";
    st = layout_stack(USER_STACK_TOP, program->nr_arguments, program->arguments, &top);
    if (st != OK)
        return st;

    *why = "there is not enough memory for a process";
    uint64_t made;
    st = process_create(program->name, strlen(program->name), program->max_frames,
                        program->max_heap_bytes, &made);
    if (st != OK)
        return st;
    *process = (handle_t)made;
    *why = "there is not enough memory for its pages";
    handle_t fault_gate;
    st = memory_load(*process, program, &image, &fault_gate);
    if (st == OK)
        st = process_begin(*process, program, image.entry, fault_gate, &top);
    if (fault_gate != 0)
        (void)!handle_close(fault_gate); /* the process has its own */
    if (st != OK)
        (void)!handle_close(*process); /* the last one: the process ends */
    return st;
}
