/* user/lib/server.c - see server.h. */
#include "user/lib/server.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define STACK_BYTES 16384

enum server_answer server_status(struct message *m, status_t status) {
    m->tag = 0;
    m->words[0] = (uint64_t)(int64_t)status;
    return SERVER_REPLY;
}

static void close_handles(uint32_t nr_handles) {
    for (uint32_t i = 0; i < nr_handles; i++)
        (void)!handle_close(message_buffer()->handles[i]);
}

static enum server_answer dispatch(const struct server_handler *table, void *context,
                                   struct message *m) {
    uint32_t nr_handles = tag_handles(m->tag);
    while (table->handle != NULL && table->label != tag_label(m->tag))
        table++;
    if (table->handle != NULL && table->nr_handles == nr_handles)
        return table->handle(context, m);
    close_handles(nr_handles);
    return server_status(m, table->handle == NULL ? ERR_NO_SYSCALL : ERR_INVALID);
}

/* Have the next message bring as many handles as any handler wants. */
static void take_handles(const struct server_handler *table, struct message *m) {
    uint32_t nr_takes = 0;
    for (; table->handle != NULL; table++)
        if (table->nr_handles > nr_takes)
            nr_takes = table->nr_handles;
    m->tag =
        tag_make(tag_label(m->tag), tag_bytes(m->tag), tag_handles(m->tag), nr_takes);
}

status_t server_run(handle_t endpoint, const struct server_handler *table,
                    void *context) {
    struct message m = {0};
    enum server_answer answer = SERVER_LATER;
    while (answer != SERVER_STOP) {
        uint64_t token = m.token;
        bool is_reply = answer == SERVER_REPLY && token != 0;
        if (!is_reply)
            m.tag = 0; /* of the last message */
        take_handles(table, &m);
        status_t st = is_reply ? message_reply_receive(endpoint, token, &m)
                               : message_receive(endpoint, &m);
        if (is_reply && st == ERR_NOT_FOUND) { /* the client is gone */
            answer = SERVER_LATER;
            continue;
        }
        if (st != OK)
            return st;
        answer = dispatch(table, context, &m);
    }
    return OK;
}

status_t thread_start(void (*function)(uint64_t argument), uint64_t argument) {
    uint64_t thread;
    char *stack = malloc(STACK_BYTES);
    if (stack == NULL)
        return ERR_NO_MEMORY;
    /* From here on it is the thread's, for good: nobody frees it. */
    status_t st = thread_create(own_process, (uintptr_t)function,
                                (uintptr_t)(stack + STACK_BYTES), argument, &thread);
    if (st != OK) {
        free(stack);
        return st;
    }
    st = thread_set_handlers((handle_t)thread, own_pager, 0);
    if (st == OK)
        st = thread_resume((handle_t)thread);
    if (st == OK)
        st = handle_close((handle_t)thread); /* it goes on without */
    return st;
}
