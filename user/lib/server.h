/* user/lib/server.h - what servers are made of: a loop that receives, and a table of what
 * to do for each label. */
#pragma once

#include "user/lib/message.h"

/* What becomes of the call after its handler has returned. */
enum server_answer {
    SERVER_REPLY, /* *m is the reply                                   */
    SERVER_LATER, /* none yet: the handler has kept m->token for later */
    SERVER_STOP,  /* server_run() returns, without a reply             */
};

typedef enum server_answer server_fn(void *context, struct message *m);

struct server_handler {
    uint32_t label;
    server_fn *handle;
    uint32_t nr_handles; /* that the message must bring: they are the handler's */
};

/* What many handlers end with: nothing but a status, in word 0, is the reply. */
enum server_answer server_status(struct message *m, status_t status);

/* Serve until a handler says stop (OK) or the endpoint is closed.  A label that is not in
 * the table, which a NULL handler ends, is answered with ERR_NO_SYSCALL in word 0, a
 * message with another number of handles than is wanted with ERR_INVALID; handles that
 * nobody wants are closed. */
status_t server_run(handle_t endpoint, const struct server_handler *table, void *context);

/* A thread of this program: function(argument), on a stack of its own from malloc(). */
MUST_CHECK status_t thread_start(void (*function)(uint64_t argument), uint64_t argument);
