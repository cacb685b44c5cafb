/* kernel/object.c - the table of kernel objects.
 *
 * Invariant O1: a slot is on the free list or above nr_touched exactly when its type is
 *               OBJECT_NONE; then its body is NULL.
 * Invariant O2: an epoch never goes down. */
#include "kernel/object.h"
#include "kernel/irq.h"
#include "kernel/notification.h"
#include "kernel/panic.h"

#define NO_SLOT UINT32_MAX

/* What becomes of a body when the last handle has gone; NULL: nothing. */
static void (*const destroy[])(void *body) = {
    [OBJECT_NOTIFICATION] = notification_destroy,
    [OBJECT_IRQ] = irq_destroy,
};

static struct object slots[OBJECTS_MAX]; /* (k) */
static uint32_t first_free = NO_SLOT;    /* (k) */
static uint32_t nr_touched;              /* (k) slots above were never used */
static uint32_t nr_used;                 /* (k) */
static struct object *system_object;     /* (k) made on first demand, never ended */

status_t object_create(enum object_type type, void *body, struct object **out) {
    uint32_t slot = first_free;
    if (slot != NO_SLOT)
        first_free = slots[slot].next_free;
    else if (nr_touched < OBJECTS_MAX)
        slot = nr_touched++;
    else
        return ERR_FULL;

    struct object *object = &slots[slot];
    object->type = type;
    object->body = body;
    object->nr_references = 1;
    nr_used++;
    *out = object;
    return OK;
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
    void (*destroy_body)(void *) = destroy[object->type];
    object_end(object);
    if (destroy_body != NULL)
        destroy_body(body);
    return true;
}

void object_end(struct object *object) {
    ASSERT(object->type != OBJECT_NONE, "an object ends once");
    object->type = OBJECT_NONE;
    object->body = NULL;
    object->epoch++;
    object->nr_references = 0;
    object->next_free = first_free;
    first_free = (uint32_t)(object - slots);
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
