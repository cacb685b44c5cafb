/* kernel/endpoint.c - see endpoint.h; and the calls that make endpoints and gates. */
#include "kernel/endpoint.h"
#include "kernel/message.h"
#include "kernel/notification.h"
#include "kernel/syscall.h"
#include "mm/heap.h"

#define END_AT_ONCE 8 /* of each in one step */

static uint64_t last_id; /* (k) kernel lock */

status_t sys_endpoint_create(uint64_t *handle) {
    struct endpoint *endpoint;
    struct object *object;
    status_t st = object_make(OBJECT_ENDPOINT, sizeof(*endpoint), caller_process(),
                              (void **)&endpoint, &object);
    if (st != OK)
        return st;
    list_init(&endpoint->queue);
    list_init(&endpoint->closed);
    endpoint->id = ++last_id;
    endpoint->object = object;
    endpoint->payer = caller_process();
    return syscall_give_handle(object, RIGHTS_OF_ENDPOINT, handle);
}

status_t sys_gate_create(struct endpoint *endpoint, uint64_t badge, uint64_t *handle) {
    struct gate *gate;
    struct object *object;
    status_t st = object_make(OBJECT_GATE, sizeof(*gate), caller_process(),
                              (void **)&gate, &object);
    if (st != OK)
        return st;
    *gate =
        (struct gate){.endpoint = endpoint, .badge = badge, .payer = caller_process()};
    endpoint->nr_gates++;
    return syscall_give_handle(object, RIGHTS_OF_GATE, handle);
}

static void endpoint_free_unused(struct endpoint *endpoint) {
    if (endpoint->object == NULL && endpoint->nr_gates == 0)
        object_unmake(endpoint, sizeof(*endpoint), endpoint->payer);
}

void gate_free(struct gate *gate) {
    struct endpoint *endpoint = gate->endpoint;
    object_unmake(gate, sizeof(*gate), gate->payer);
    endpoint->nr_gates--;
    endpoint_free_unused(endpoint);
}

void gate_forget(void *body) {
    struct gate *gate = body;
    struct endpoint *endpoint = gate->endpoint;
    if (endpoint->object == NULL) {
        gate_free(gate);
        return;
    }
    list_append(&endpoint->closed, &gate->closed_link);
    endpoint->pending++;
    message_pending(endpoint);
}

static bool endpoint_reap(struct reap_item *item) {
    struct endpoint *endpoint = CONTAINER_OF(item, struct endpoint, reap);
    bool is_long = false;
    for (int i = 0; i < END_AT_ONCE && !list_is_empty(&endpoint->queue) && !is_long; i++)
        is_long =
            message_refuse(LIST_ENTRY(endpoint->queue.next, struct thread, queue_link));
    for (int i = 0; i < END_AT_ONCE && !list_is_empty(&endpoint->closed); i++)
        gate_free(LIST_ENTRY(list_pop(&endpoint->closed), struct gate, closed_link));
    if (!list_is_empty(&endpoint->queue) || !list_is_empty(&endpoint->closed))
        return true;
    endpoint->nr_gates--;
    endpoint_free_unused(endpoint);
    return false;
}

void endpoint_forget(void *body) {
    struct endpoint *endpoint = body;
    endpoint->object = NULL;
    endpoint->nr_gates++; /* so that it outlives the loops */
    if (endpoint->notification != NULL)
        notification_unbind(endpoint->notification);
    if (endpoint_reap(&endpoint->reap))
        reap_begin(&endpoint->reap, endpoint_reap);
}
