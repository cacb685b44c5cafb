/* kernel/endpoint.c - see endpoint.h; and the calls that make endpoints and gates. */
#include "kernel/endpoint.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/notification.h"
#include "kernel/syscall.h"
#include "mm/heap.h"

LOG_MODULE("endpoint");

/* The value of a call that makes something: the one handle to it.  Without, it is gone. */
static syscall_pair_t give_handle(enum object_type type, void *body, uint16_t rights) {
    struct object *object;
    handle_t handle;
    status_t st = object_create(type, body, &object);
    if (st != OK) {
        kfree(body);
        return REFUSE(st, "no place for one more object");
    }
    st = handle_insert(&caller_process()->handles, object, rights, 0, &handle);
    object_drop(object);
    if (st != OK)
        return REFUSE(st, "no place for one more handle");
    return syscall_value(handle);
}

syscall_pair_t sys_endpoint_create(void) {
    struct endpoint *endpoint = kzalloc(sizeof(*endpoint));
    if (endpoint == NULL)
        return REFUSE(ERR_NO_MEMORY, "no memory for an endpoint");
    list_init(&endpoint->queue);
    list_init(&endpoint->closed);
    endpoint->is_open = true;
    return give_handle(OBJECT_ENDPOINT, endpoint, RIGHTS_OF_ENDPOINT);
}

syscall_pair_t sys_gate_create(handle_t handle, uint64_t badge) {
    struct endpoint *endpoint = handle_object(&caller_process()->handles, handle)->body;
    struct gate *gate = kzalloc(sizeof(*gate));
    if (gate == NULL)
        return REFUSE(ERR_NO_MEMORY, "no memory for a gate");
    gate->endpoint = endpoint;
    gate->badge = badge;
    endpoint->nr_gates++;
    return give_handle(OBJECT_GATE, gate, RIGHTS_OF_GATE);
}

static void endpoint_free_unused(struct endpoint *endpoint) {
    if (!endpoint->is_open && endpoint->nr_gates == 0)
        kfree(endpoint);
}

void gate_free(struct gate *gate) {
    struct endpoint *endpoint = gate->endpoint;
    kfree(gate);
    endpoint->nr_gates--;
    endpoint_free_unused(endpoint);
}

void gate_destroy(void *body) {
    struct gate *gate = body;
    if (gate->endpoint->is_open)
        message_gate_closed(gate);
    else
        gate_free(gate);
}

void endpoint_destroy(void *body) {
    struct endpoint *endpoint = body;
    endpoint->is_open = false;
    endpoint->nr_gates++; /* so that it outlives the loops */
    if (endpoint->notification != NULL)
        notification_unbind(endpoint->notification);
    while (!list_is_empty(&endpoint->queue))
        message_refuse(LIST_ENTRY(endpoint->queue.next, struct thread, queue_link));
    while (!list_is_empty(&endpoint->closed))
        gate_free(LIST_ENTRY(list_pop(&endpoint->closed), struct gate, closed_link));
    endpoint->nr_gates--;
    endpoint_free_unused(endpoint);
}
