/* kernel/object.c - the table of kernel objects.
 *
 * Invariant O1: a slot is on the free list or above nr_touched exactly when its type is
 *               OBJECT_NONE; then its body is NULL.
 * Invariant O2: an epoch never goes down. */
#include "kernel/object.h"
#include "kernel/endpoint.h"
#include "kernel/irq.h"
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/message.h"
#include "kernel/notification.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/thread.h"
#include "mm/heap.h"

#define NO_SLOT UINT32_MAX

_Static_assert(OBJECTS_MAX *OBJECT_SLOT_BYTES >= KERNEL_HEAP_SIZE, "heap for the slots");

/* What becomes of a body when the last handle has gone; NULL: nothing. */
static void (*const forget[])(void *body) = {
    [OBJECT_PROCESS] = process_forget,
    [OBJECT_ENDPOINT] = endpoint_forget,
    [OBJECT_GATE] = gate_forget,
    [OBJECT_MEMORY] = memory_forget,
    [OBJECT_NOTIFICATION] = notification_forget,
    [OBJECT_IRQ] = irq_forget,
};

struct object object_slots[OBJECTS_MAX]; /* (k) */
static uint32_t first_free = NO_SLOT;    /* (k) */
static uint32_t nr_touched;              /* (k) slots above were never used */
static uint32_t nr_used;                 /* (k) */
static struct object *system_object;     /* (k) made on first demand, never ended */

status_t object_create(enum object_type type, void *body, struct object **out) {
    uint32_t slot = first_free;
    if (slot != NO_SLOT)
        first_free = object_slots[slot].next_free;
    else if (nr_touched < OBJECTS_MAX)
        slot = nr_touched++;
    else
        return ERR_FULL;

    struct object *object = &object_slots[slot];
    object->type = type;
    object->body = body;
    object->nr_references = 1;
    object->nr_handles = 0;
    nr_used++;
    *out = object;
    return OK;
}

status_t object_make(enum object_type type, size_t nr_bytes, struct process *payer,
                     void **body, struct object **object) {
    status_t st = process_charge(payer, 0, nr_bytes + OBJECT_SLOT_BYTES);
    if (st != OK)
        return st;
    *body = kzalloc(nr_bytes);
    st = *body == NULL ? ERR_NO_MEMORY : object_create(type, *body, object);
    if (st != OK)
        object_unmake(*body, nr_bytes, payer);
    return st;
}

void object_unmake(void *body, size_t nr_bytes, struct process *payer) {
    kfree(body);
    process_uncharge(payer, 0, nr_bytes + OBJECT_SLOT_BYTES);
}

void object_share(struct object *object) {
    object->nr_references++;
}

bool object_drop(struct object *object) {
    ASSERT(object->nr_references > 0, "who drops a reference has one");
    object->nr_references--;
    if (object->nr_references > 0)
        return false;
    void *body = object->body;
    void (*forget_body)(void *) = forget[object->type];
    object_end(object);
    if (forget_body != NULL)
        forget_body(body);
    return true;
}

/* End the wait of one whose handle is no more: it sends through the gate, or without one,
 * it waits for something else, and is not of the process that revokes. */
static bool revoke_wait(const struct list *queue, const struct object *gate) {
    LIST_FOR_EACH(thread, queue, struct thread, queue_link)
        if (thread->state == THREAD_SENDING
                ? thread->gate == gate
                : gate == NULL && thread->process != caller_process()) {
            (void)message_refuse(thread);
            return true;
        }
    return false;
}

bool object_revoke_step(struct object *object) {
    const struct gate *gate = object->body;
    const struct endpoint *endpoint = object->body;
    const struct notification *notification = object->body;
    switch (object->type) {
    case OBJECT_GATE: return revoke_wait(&gate->endpoint->queue, object);
    case OBJECT_MEMORY: return mapping_revoke(object->body);
    case OBJECT_ENDPOINT: /* calls come last: who waits may receive more of them */
        return revoke_wait(&endpoint->queue, NULL) ||
               message_abandon_step(&object->revoked_slots, caller_process(), endpoint);
    case OBJECT_NOTIFICATION: return revoke_wait(&notification->waiters, NULL);
    default: return false;
    }
}

void object_end(struct object *object) {
    ASSERT(object->type != OBJECT_NONE, "an object ends once");
    object->type = OBJECT_NONE;
    object->body = NULL;
    object->epoch++;
    object->nr_references = 0;
    object->next_free = first_free;
    first_free = object_slot(object);
    nr_used--;
}

struct object *object_system(void) {
    if (system_object == NULL) {
        status_t st = object_create(OBJECT_SYSTEM, NULL, &system_object);
        ASSERT_EQUAL(st, OK, "the system object is among the first");
    }
    return system_object;
}

uint32_t object_count(void) {
    return nr_used;
}

uint32_t object_nr_slots(void) {
    return nr_touched;
}
