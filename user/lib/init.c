/* user/lib/init.c - see init.h. */
#include "user/lib/init.h"
#include "lib/string.h"

status_t init_restart(handle_t init, const char *server) {
    size_t nr_bytes = strlen(server);
    if (nr_bytes > MESSAGE_BYTES_MAX)
        return ERR_NOT_FOUND;
    struct message m = {.tag = tag_make(INIT_RESTART, (uint32_t)nr_bytes, 0, 0)};
    memcpy(message_buffer()->bytes, server, nr_bytes);
    status_t st = message_call(init, &m);
    return st == OK ? (status_t)m.words[0] : st;
}
