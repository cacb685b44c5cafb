/* user/lib/pager.c - see pager.h. */
#include "user/lib/pager.h"
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/message.h"
#include "user/lib/syscall.h"

/* The pager gets a handle to the process, we get a gate. */
static status_t ask_for_gate(handle_t pager, uint64_t label, size_t nr_bytes,
                             handle_t process, handle_t *gate) {
    struct message_buffer *buffer = message_buffer();
    struct message m = {.tag = tag_make((uint32_t)label, (uint32_t)nr_bytes, 1, 1)};
    uint64_t copy;
    *gate = 0;
    status_t st = handle_copy(process, RIGHTS_OF_PROCESS, &copy);
    if (st != OK)
        return st;
    buffer->handles[0] = (handle_t)copy;
    st = message_call(pager, &m);
    (void)!handle_close((handle_t)copy); /* unless it is the pager's now */
    if (st == OK)
        st = (status_t)(int64_t)m.words[0];
    if (st == OK && tag_handles(m.tag) == 1)
        *gate = buffer->handles[0];
    return st == OK && *gate == 0 ? ERR_FULL : st;
}

status_t pager_load(handle_t pager, const char *name, handle_t process, handle_t *gate) {
    size_t nr_bytes = strlen(name);
    if (nr_bytes > MESSAGE_BYTES_MAX)
        return ERR_INVALID;
    memcpy(message_buffer()->bytes, name, nr_bytes);
    return ask_for_gate(pager, PAGER_LOAD, nr_bytes, process, gate);
}

status_t pager_fork(handle_t own_gate, handle_t process, handle_t *gate) {
    return ask_for_gate(own_gate, PAGER_FORK, 0, process, gate);
}

status_t pager_add(handle_t own_gate, uint64_t va, size_t nr_bytes) {
    struct message m = {.tag = tag_make(PAGER_ADD, 0, 0, 0), .words = {va, nr_bytes}};
    status_t st = message_call(own_gate, &m);
    return st == OK ? (status_t)(int64_t)m.words[0] : st;
}
