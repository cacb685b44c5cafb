/* kernel/object.h - every kernel object has a slot in one table.
 *
 * The table is type-stable: a slot is always a slot, so a handle may point at it for
 * ever.  What it may not do for ever is believe it: the slot's epoch goes up when its
 * object ends, and a handle with another epoch names nothing.
 * Needs: kernel lock, all of it. */
#pragma once

#include "kernel/abi/info.h"
#include "lib/status.h"

#define OBJECTS_MAX 4096

/* What a slot counts for in a quota of kernel heap: with that, whoever shares out the
 * heap has shared out the slots too. */
#define OBJECT_SLOT_BYTES 768

struct process;

struct object {             /* (k) kernel lock */
    void *body;             /* what the type says; NULL in a free slot           */
    uint32_t epoch;         /* goes up each time an object in this slot ends      */
    uint32_t nr_references; /* handles, and whoever in the kernel keeps it         */
    uint32_t nr_handles;    /* those that handle_revoke() ends                    */
    uint32_t next_free;     /* slot number, while free                            */
    enum object_type type;
    uint32_t revoked_slots; /* below, nobody else has a call from this endpoint   */
};

/* A slot for `body`, with one reference, to be dropped when it has its first handle.
 * ERR_FULL. */
MUST_CHECK status_t object_create(enum object_type type, void *body, struct object **out);

/* The same with a new body of zeroes, `nr_bytes` long.  For both pays `payer`, until the
 * owner of the body gives it back.  ERR_QUOTA, ERR_NO_MEMORY, ERR_FULL. */
MUST_CHECK status_t object_make(enum object_type type, size_t nr_bytes,
                                struct process *payer, void **body,
                                struct object **object);
void object_unmake(void *body, size_t nr_bytes, struct process *payer);

void object_share(struct object *object);

/* Drop one reference.  The last one ends the object, then calls its type's forget
 * function (object.c lists them): nobody can name the body any more.  True if it did. */
bool object_drop(struct object *object);

/* Do a piece of ending what handles have brought about; false when nothing is left. */
bool object_revoke_step(struct object *object);

/* Turn every handle to the object invalid at once, and free the slot. */
void object_end(struct object *object);

/* The one system object, which needs no body: what is known of heap, frames and log. */
struct object *object_system(void);

uint32_t object_count(void); /* slots in use */

/* All slots, for those whom a number names one: reply tokens do.  Those above the
 * highest that was ever used are OBJECT_NONE. */
extern struct object object_slots[OBJECTS_MAX];
uint32_t object_nr_slots(void); /* that were ever used */
static inline uint32_t object_slot(const struct object *object) {
    return (uint32_t)(object - object_slots);
}

/* What programs call it; 0: none. */
static inline uint64_t object_number(const struct object *object) {
    return object == NULL ? 0 : object_slot(object) + 1;
}
