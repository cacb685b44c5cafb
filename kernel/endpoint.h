/* kernel/endpoint.h - endpoints, where a call meets a receive, and gates, their sending
 * side.
 *
 * An endpoint is closed when its last handle goes: who waits in it gets ERR_CLOSED, and
 * so does who comes later; the struct stays until its last gate has gone.  A gate whose
 * last handle goes becomes a message itself, LABEL_CLOSED with its badge.
 * Not here: how messages travel (message.c).   Needs: kernel lock, all of it. */
#pragma once

#include "kernel/abi/message.h"
#include "kernel/reap.h"
#include "lib/list.h"

struct object;

struct endpoint {
    struct list queue;     /* threads: all of them receive, or all of them send       */
    uint32_t pending;      /* what else a receive would find: closed gates, bits      */
    uint32_t nr_gates;     /* that point here, closed ones included                   */
    struct list closed;    /* gates whose end nobody has been told yet                */
    struct object *object; /* of which it is the body; NULL: it is closed             */
    struct process *payer;
    uint64_t id;                       /* no other has had, or will have */
    struct notification *notification; /* bound to it, or NULL: notification.c, N2 */
    struct reap_item reap;             /* once it is closed */
};

struct gate {
    struct endpoint *endpoint;
    uint64_t badge;
    struct list closed_link; /* in endpoint->closed */
    struct process *payer;
};

/* The last handle has gone: for object.c. */
void endpoint_forget(void *endpoint);
void gate_forget(void *gate);

/* Free a gate that nobody can name any more, and an endpoint that had only that. */
void gate_free(struct gate *gate);
