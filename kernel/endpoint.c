/* kernel/endpoint.c - see endpoint.h; and the calls that make endpoints and gates. */
#include "kernel/endpoint.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/syscall.h"
#include "mm/heap.h"

LOG_MODULE("endpoint");

/* A body of zeroes with an object, for both of which the caller pays. */
static status_t create(enum object_type type, size_t nr_bytes, void **body,
                       struct object **object) {
    struct process *payer = caller_process();
    status_t st = process_charge(payer, 0, nr_bytes + OBJECT_SLOT_BYTES);
    if (st != OK)
        return DENY(st, "no quota for one more object");
    *body = kzalloc(nr_bytes);
    st = *body == NULL ? ERR_NO_MEMORY : object_create(type, *body, object);
    if (st == OK)
        return OK;
    kfree(*body);
    process_uncharge(payer, 0, nr_bytes + OBJECT_SLOT_BYTES);
    return DENY(st, "no memory or place for one more object");
}

static void destroy(void *body, size_t nr_bytes, struct process *payer) {
    kfree(body);
    process_uncharge(payer, 0, nr_bytes + OBJECT_SLOT_BYTES);
}

syscall_pair_t sys_endpoint_create(void) {
    struct endpoint *endpoint;
    struct object *object;
    status_t st =
        create(OBJECT_ENDPOINT, sizeof(*endpoint), (void **)&endpoint, &object);
    if (st != OK)
        return syscall_status(st);
    list_init(&endpoint->queue);
    list_init(&endpoint->closed);
    endpoint->is_open = true;
    endpoint->payer = caller_process();
    return syscall_give_handle(object, RIGHTS_OF_ENDPOINT);
}

syscall_pair_t sys_gate_create(handle_t handle, uint64_t badge) {
    struct endpoint *endpoint = syscall_object(handle);
    struct gate *gate;
    struct object *object;
    status_t st = create(OBJECT_GATE, sizeof(*gate), (void **)&gate, &object);
    if (st != OK)
        return syscall_status(st);
    *gate = (struct gate){.endpoint = endpoint, .badge = badge, .payer = caller_process()};
    endpoint->nr_gates++;
    return syscall_give_handle(object, RIGHTS_OF_GATE);
}

static void endpoint_free_unused(struct endpoint *endpoint) {
    if (!endpoint->is_open && endpoint->nr_gates == 0)
        destroy(endpoint, sizeof(*endpoint), endpoint->payer);
}

void gate_free(struct gate *gate) {
    struct endpoint *endpoint = gate->endpoint;
    destroy(gate, sizeof(*gate), gate->payer);
    endpoint->nr_gates--;
    endpoint_free_unused(endpoint);
}

void gate_forget(void *body) {
    struct gate *gate = body;
    if (gate->endpoint->is_open)
        message_gate_closed(gate);
    else
        gate_free(gate);
}

void endpoint_forget(void *body) {
    struct endpoint *endpoint = body;
    endpoint->is_open = false;
    endpoint->nr_gates++; /* so that it outlives the loops */
    while (!list_is_empty(&endpoint->queue))
        message_refuse(LIST_ENTRY(endpoint->queue.next, struct thread, queue_link));
    while (!list_is_empty(&endpoint->closed))
        gate_free(LIST_ENTRY(list_pop(&endpoint->closed), struct gate, closed_link));
    endpoint->nr_gates--;
    endpoint_free_unused(endpoint);
}
