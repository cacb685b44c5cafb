/* kernel/syscall_memory.c - native calls about memory objects and address spaces.
 *
 * Each does a bounded piece and says how much that was.  Arguments, rights and errors are
 * told in kernel/abi/syscalls.def. */
#include "kernel/log.h"
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/syscall.h"
#include "kernel/uaccess.h"
#include "lib/bits.h"
#include "mm/frame.h"

LOG_MODULE("syscall");

#define PHYSICAL_END ((uint64_t)1 << 56) /* Sv39: 44 bits of page number */

_Static_assert(RIGHT_MAP_READ >> 2 == MAP_READ && RIGHT_MAP_WRITE >> 2 == MAP_WRITE &&
                   RIGHT_MAP_EXECUTE >> 2 == MAP_EXECUTE,
               "rights to a memory are flags, moved");

/* What was done of a piece, in bytes, if it went well. */
static syscall_pair_t done_pages(status_t st, size_t nr_pages) {
    return st == OK ? syscall_value(nr_pages * PAGE_SIZE) : syscall_status(st);
}

/* Are these whole pages in [first, end)? */
static FRAMELESS status_t check_pages(uint64_t start, size_t nr_bytes, uint64_t first,
                                      uint64_t end) {
    if (!is_aligned(start | nr_bytes, PAGE_SIZE))
        return DENY(ERR_MISALIGNED, "%zu bytes at %#lx are no whole pages", nr_bytes,
                    start);
    if (nr_bytes == 0 || start < first || start > end || nr_bytes > end - start)
        return DENY(ERR_INVALID, "%zu bytes at %#lx are not in [%#lx, %#lx)", nr_bytes,
                    start, first, end);
    return OK;
}

/* The process that a handle names, if it is alive and the range is its to map. */
static status_t check_space(handle_t handle, uint64_t va, size_t nr_bytes,
                            struct process **out) {
    status_t st = syscall_process(handle, out);
    return st == OK ? check_pages(va, nr_bytes, USER_START, USER_BUFFERS) : st;
}

/* ---- address spaces ---- */

syscall_pair_t sys_process_map(handle_t process, handle_t memory, uint64_t va,
                               uint64_t offset, size_t nr_bytes, uint64_t flags) {
    struct process *into;
    const struct handle_table *handles = &caller_process()->handles;
    status_t st = check_space(process, va, nr_bytes, &into);
    if (st != OK)
        return syscall_status(st);
    st = handle_check(handles, memory, OBJECT_MEMORY, 0);
    if (st != OK)
        return REFUSE(st, "handle %#lx is not MEMORY", memory);
    const struct handle_entry *entry = handle_find(handles, memory);
    struct mapping wanted = {.process = into,
                             .memory = entry->object->body,
                             .va = va,
                             .nr_pages = nr_bytes / PAGE_SIZE,
                             .first = offset / PAGE_SIZE,
                             .flags = (uint32_t)flags,
                             .allowed = entry->rights >> 2 & MAP_ALLOWED_BITS};
    st = check_pages(offset, nr_bytes, 0, wanted.memory->nr_pages * PAGE_SIZE);
    if (st != OK)
        return syscall_status(st);
    st = mapping_check_flags(flags, wanted.allowed);
    if (st != OK)
        return REFUSE(st, "flags %#lx, allowed are %#x", flags, wanted.allowed);
    size_t nr_done = 0;
    st = mapping_add(&wanted, &nr_done);
    return done_pages(st, nr_done);
}

syscall_pair_t sys_process_unmap(handle_t handle, uint64_t va, size_t nr_bytes) {
    struct process *process;
    size_t nr_done = 0;
    status_t st = check_space(handle, va, nr_bytes, &process);
    if (st == OK)
        st = mapping_remove(process, va, nr_bytes / PAGE_SIZE, &nr_done);
    return done_pages(st, nr_done);
}

syscall_pair_t sys_process_protect(handle_t handle, uint64_t va, size_t nr_bytes,
                                   uint64_t flags) {
    struct process *process;
    size_t nr_done = 0;
    status_t st = check_space(handle, va, nr_bytes, &process);
    if (st == OK)
        st = mapping_protect(process, va, nr_bytes / PAGE_SIZE, flags, &nr_done);
    return done_pages(st, nr_done);
}

/* Copy, and say how much, also when it ends in an error. */
static syscall_pair_t copy(const struct process *to_process, uint64_t to,
                           const struct process *from_process, uint64_t from,
                           size_t nr_bytes) {
    size_t done_bytes = 0;
    status_t st = copy_between(to_process, (uaddr_t){to}, from_process, (uaddr_t){from},
                               nr_bytes, &done_bytes);
    return syscall_value(done_bytes) | (uint64_t)(int64_t)st;
}

syscall_pair_t sys_process_read(handle_t handle, uint64_t va, user_out_t to,
                                size_t nr_bytes) {
    struct process *process;
    status_t st = syscall_process(handle, &process);
    if (st != OK)
        return syscall_status(st);
    return copy(caller_process(), to, process, va, nr_bytes);
}

syscall_pair_t sys_process_write(handle_t handle, uint64_t va, user_in_t from,
                                 size_t nr_bytes) {
    struct process *process;
    status_t st = syscall_process(handle, &process);
    if (st != OK)
        return syscall_status(st);
    return copy(process, va, caller_process(), from, nr_bytes);
}

/* ---- memory ---- */

syscall_pair_t sys_memory_create(handle_t payer, size_t nr_bytes, uint64_t flags) {
    struct process *process;
    struct memory *memory;
    status_t st = syscall_process(payer, &process);
    if (st == OK)
        st = check_pages(0, nr_bytes, 0, UINT64_MAX);
    if (st != OK)
        return syscall_status(st);
    if ((flags & ~(uint64_t)MEMORY_CONTIGUOUS) != 0)
        return REFUSE(ERR_INVALID, "flags %#lx", flags);
    st = (flags & MEMORY_CONTIGUOUS ? memory_create_contiguous : memory_create)(
        process, nr_bytes / PAGE_SIZE, &memory);
    if (st != OK)
        return REFUSE(st, "no memory of %zu bytes", nr_bytes);
    return syscall_give_handle(memory->object, RIGHTS_OF_MEMORY);
}

typedef status_t pages_fn(struct memory *memory, size_t first_page, size_t nr_pages,
                          size_t *nr_done);

/* Do `act` to the pages of that part of the memory. */
static syscall_pair_t on_pages(handle_t handle, uint64_t offset, size_t nr_bytes,
                               pages_fn *act) {
    struct memory *memory = syscall_object(handle);
    size_t nr_done = 0;
    status_t st = check_pages(offset, nr_bytes, 0, memory->nr_pages * PAGE_SIZE);
    if (st == OK)
        st = act(memory, offset / PAGE_SIZE, nr_bytes / PAGE_SIZE, &nr_done);
    return done_pages(st, nr_done);
}

syscall_pair_t sys_memory_commit(handle_t handle, uint64_t offset, size_t nr_bytes) {
    return on_pages(handle, offset, nr_bytes, memory_commit);
}

syscall_pair_t sys_memory_physical(handle_t system, uint64_t start, size_t nr_bytes) {
    (void)system;
    struct memory *memory;
    status_t st = check_pages(start, nr_bytes, 0, PHYSICAL_END);
    if (st != OK)
        return syscall_status(st);
    if (frame_is_ram((struct range){start, start + nr_bytes}))
        return REFUSE(ERR_INVALID, "there is RAM in %zu bytes at %#lx", nr_bytes, start);
    st = memory_create_physical(caller_process(), paddr(start), nr_bytes / PAGE_SIZE,
                                &memory);
    if (st != OK)
        return REFUSE(st, "no object for %zu bytes at %#lx", nr_bytes, start);
    return syscall_give_handle(memory->object, RIGHTS_OF_MEMORY | RIGHT_DMA);
}

syscall_pair_t sys_memory_allow_wx(handle_t system, handle_t memory) {
    (void)system;
    struct handle_table *handles = &caller_process()->handles;
    handle_t allowed;
    status_t st = handle_check(handles, memory, OBJECT_MEMORY, RIGHT_COPY);
    if (st != OK)
        return REFUSE(st, "handle %#lx is not MEMORY(RIGHT_COPY)", memory);
    st = handle_insert(handles, handle_object(handles, memory),
                       handle_find(handles, memory)->rights | RIGHT_WX, 0, &allowed);
    if (st != OK)
        return REFUSE(st, "no place for one more handle");
    return syscall_value(allowed);
}

syscall_pair_t sys_memory_share(handle_t to, uint64_t to_offset, handle_t from,
                                uint64_t from_offset, size_t nr_bytes) {
    struct memory *borrower = syscall_object(to);
    status_t st = handle_check(&caller_process()->handles, from, OBJECT_MEMORY,
                               RIGHT_MAP_READ | RIGHT_MAP_WRITE);
    if (st != OK)
        return REFUSE(st, "handle %#lx is not MEMORY to read and write", from);
    struct memory *lender = syscall_object(from);
    st = check_pages(to_offset, nr_bytes, 0, borrower->nr_pages * PAGE_SIZE);
    if (st == OK)
        st = check_pages(from_offset, nr_bytes, 0, lender->nr_pages * PAGE_SIZE);
    size_t nr_done = 0;
    if (st == OK)
        st = memory_share(borrower, to_offset / PAGE_SIZE, lender,
                          from_offset / PAGE_SIZE, nr_bytes / PAGE_SIZE, &nr_done);
    return done_pages(st, nr_done);
}

syscall_pair_t sys_memory_unshare(handle_t handle, uint64_t offset, size_t nr_bytes) {
    return on_pages(handle, offset, nr_bytes, memory_unshare);
}
