/* user/servers/pager/backing.c - see backing.h. */
#include "user/servers/pager/backing.h"
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define WINDOW_AT ((uint64_t)1 << 33) /* a page that is being filled */

static size_t bitmap_bytes(const struct backing *backing) {
    return (backing->nr_pages + 7) / 8;
}

static size_t page_of(const struct backing *backing, uint64_t va) {
    return (va - backing->va) / USER_PAGE_BYTES;
}

status_t backing_init(struct backing *backing, handle_t payer, uint64_t va,
                      size_t nr_pages) {
    uint64_t memory, read_only = 0;
    status_t st = memory_create(payer, nr_pages * USER_PAGE_BYTES, 0, &memory);
    if (st != OK)
        return st;
    *backing = (struct backing){.va = va, .nr_pages = nr_pages};
    backing->memory = (handle_t)memory;
    backing->filled = calloc(bitmap_bytes(backing), 1);
    if (backing->filled == NULL)
        st = ERR_NO_MEMORY;
    if (st == OK)
        st = handle_copy(backing->memory, RIGHT_MAP_READ | RIGHT_MAP_EXECUTE, &read_only);
    backing->read_only = (handle_t)read_only;
    if (st != OK)
        backing_free(backing);
    return st;
}

void backing_free(struct backing *backing) {
    (void)!handle_close(backing->memory); /* mapped pages stay where they are */
    (void)!handle_close(backing->read_only);
    free(backing->filled);
}

bool backing_is_filled(const struct backing *backing, uint64_t va) {
    size_t page = page_of(backing, va);
    return (backing->filled[page / 8] & 1u << page % 8) != 0;
}

/* Write what of the contents belongs on the page at `va`, in a window of our own.  A page
 * of zeroes needs no window: each new frame is one. */
static status_t contents_write(const struct backing *backing, uint64_t va) {
    uint64_t start = backing->bytes_va, end = start + backing->nr_bytes;
    uint64_t from = start > va ? start : va;
    uint64_t to = end < va + USER_PAGE_BYTES ? end : va + USER_PAGE_BYTES;
    if (from >= to)
        return OK;
    status_t st = space_map(own_process, backing->memory, WINDOW_AT, va - backing->va,
                            USER_PAGE_BYTES, MAP_READ | MAP_WRITE);
    if (st != OK)
        return st;
    memcpy((char *)WINDOW_AT + (from - va), backing->bytes + (from - start), to - from);
    return space_unmap(own_process, WINDOW_AT, USER_PAGE_BYTES);
}

status_t backing_fill(struct backing *backing, uint64_t va) {
    if (backing_is_filled(backing, va))
        return OK;
    status_t st = contents_write(backing, va);
    size_t page = page_of(backing, va);
    if (st == OK)
        backing->filled[page / 8] |= (uint8_t)(1u << page % 8);
    return st;
}

status_t backing_map(const struct backing *backing, uint64_t va, handle_t process,
                     handle_t memory, uint64_t flags) {
    status_t st =
        space_map(process, memory, va, va - backing->va, USER_PAGE_BYTES, flags);
    return st == ERR_OVERLAP ? OK : st; /* two threads wanted it */
}

status_t backing_lend(const struct backing *backing, struct backing *copy) {
    copy->bytes_va = backing->bytes_va;
    copy->bytes = backing->bytes;
    copy->nr_bytes = backing->nr_bytes;
    memcpy(copy->filled, backing->filled, bitmap_bytes(backing));
    size_t nr_bytes = backing->nr_pages * USER_PAGE_BYTES;
    status_t st = OK;
    uint64_t piece = 0;
    for (size_t done = 0; st == OK && done < nr_bytes; done += piece)
        st = memory_share(copy->memory, done, backing->memory, done, nr_bytes - done,
                          &piece);
    return st;
}
