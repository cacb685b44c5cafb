/* user/lib/server.c - see server.h. */
#include "user/lib/server.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define STACK_BYTES 16384

static enum server_answer dispatch(const struct server_handler *table, void *context,
                                   struct message *m) {
    for (; table->handle != NULL; table++)
        if (table->label == tag_label(m->tag))
            return table->handle(context, m);
    *m = (struct message){.words = {(uint64_t)ERR_NO_SYSCALL}, .token = m->token};
    return SERVER_REPLY;
}

status_t server_run(handle_t endpoint, const struct server_handler *table,
                    void *context) {
    struct message m = {0};
    status_t st = message_receive(endpoint, &m);
    while (st == OK) {
        uint64_t token = m.token;
        enum server_answer answer = dispatch(table, context, &m);
        if (answer == SERVER_STOP)
            return OK;
        if (answer == SERVER_REPLY && token != 0)
            st = message_reply_receive(endpoint, token, &m);
        if (answer == SERVER_LATER || token == 0 || st == ERR_NOT_FOUND)
            st = message_receive(endpoint, &m); /* or the client is gone */
    }
    return st;
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
    st = thread_resume((handle_t)thread);
    if (st == OK)
        st = handle_close((handle_t)thread); /* it goes on without */
    return st;
}
