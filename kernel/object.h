/* kernel/object.h - every kernel object has a slot in one table.
 *
 * The table is type-stable: a slot is always a slot, so a handle may point at it for
 * ever.  What it may not do for ever is believe it: the slot's epoch goes up when its
 * object ends, and a handle with another epoch names nothing.
 * Needs: kernel lock, all of it. */
#pragma once

#include "lib/status.h"

#define OBJECTS_MAX 2048

enum object_type {
    OBJECT_NONE,
    OBJECT_SYSTEM,
    OBJECT_PROCESS,
    OBJECT_THREAD,
    OBJECT_ENDPOINT,
    OBJECT_GATE,
    OBJECT_NOTIFICATION,
    OBJECT_MEMORY,
    OBJECT_IRQ,
};

struct object {             /* (k) kernel lock */
    void *body;             /* what the type says; NULL in a free slot           */
    uint32_t epoch;         /* goes up each time an object in this slot ends      */
    uint32_t nr_references; /* handles, and one for whoever in the kernel made it */
    uint32_t next_free;     /* slot number, while free                            */
    enum object_type type;
};

/* A slot for `body`, with one reference.  ERR_FULL. */
MUST_CHECK status_t object_create(enum object_type type, void *body, struct object **out);

void object_share(struct object *object);

/* Drop one reference.  The last one ends the object, then calls its type's destroy
 * function (object.c lists them): nobody can name the body any more.  True if it did. */
bool object_drop(struct object *object);

/* Turn every handle to the object invalid at once, and free the slot. */
void object_end(struct object *object);

/* The one system object, which needs no body: what is known of heap, frames and log. */
struct object *object_system(void);

uint32_t object_count(void); /* slots in use */
