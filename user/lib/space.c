/* user/lib/space.c - see space.h. */
#include "user/lib/space.h"
#include "user/lib/syscall.h"

status_t space_map(handle_t process, handle_t memory, uint64_t va, uint64_t offset,
                   size_t nr_bytes, uint64_t flags) {
    status_t st = OK;
    uint64_t piece = 0;
    for (size_t done = 0; st == OK && done < nr_bytes; done += piece)
        st = process_map(process, memory, va + done, offset + done, nr_bytes - done,
                         flags, &piece);
    return st;
}

status_t space_protect(handle_t process, uint64_t va, size_t nr_bytes, uint64_t flags) {
    status_t st = OK;
    uint64_t piece = 0;
    for (size_t done = 0; st == OK && done < nr_bytes; done += piece)
        st = process_protect(process, va + done, nr_bytes - done, flags, &piece);
    return st;
}

status_t space_unmap(handle_t process, uint64_t va, size_t nr_bytes) {
    status_t st = OK;
    uint64_t piece = 0;
    for (size_t done = 0; st == OK && done < nr_bytes; done += piece)
        st = process_unmap(process, va + done, nr_bytes - done, &piece);
    return st;
}

status_t space_write(handle_t process, uint64_t va, const void *from, size_t nr_bytes) {
    status_t st = OK;
    uint64_t piece = 0;
    for (size_t done = 0; st == OK && done < nr_bytes; done += piece)
        st = process_write(process, va + done, (const char *)from + done, nr_bytes - done,
                           &piece);
    return st;
}

status_t space_add_shared(handle_t process, uint64_t va, size_t nr_bytes,
                          uint64_t *memory) {
    *memory = 0;
    status_t st = memory_create(process, nr_bytes, 0, memory);
    if (st == OK)
        st = space_map(process, (handle_t)*memory, va, 0, nr_bytes, MAP_READ | MAP_WRITE);
    return st;
}

status_t space_add(handle_t process, uint64_t va, size_t nr_bytes) {
    uint64_t memory;
    status_t st = space_add_shared(process, va, nr_bytes, &memory);
    (void)!handle_close((handle_t)memory);
    return st;
}

status_t space_unshare(handle_t memory, uint64_t offset, size_t nr_bytes) {
    status_t st = OK;
    uint64_t piece = 0;
    for (size_t done = 0; st == OK && done < nr_bytes; done += piece)
        st = memory_unshare(memory, offset + done, nr_bytes - done, &piece);
    return st;
}
