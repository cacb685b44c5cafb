/* kernel/handle.h - what a process may name: its table of handles.
 *
 * A handle is 32 bits: the entry's index below, its generation above, so that a closed
 * handle does not come to name the entry's next tenant.  An entry holds the object's slot
 * and epoch, the rights and a badge.
 * Not here: what the rights mean (kernel/abi/rights.h).   Needs: kernel lock. */
#pragma once

#include "kernel/abi/syscall.h"
#include "kernel/object.h"

#define HANDLE_INDEX_BITS 10 /* a mask that fits one instruction */
#define HANDLES_MAX       (1u << HANDLE_INDEX_BITS)

struct handle_entry {
    uint64_t handle;       /* as the process writes it, 32 bits; see invariant H1 */
    struct object *object; /* NULL when free                                      */
    uint64_t badge;        /* told to whoever receives through this handle        */
    uint32_t epoch;        /* the object's when the handle was made               */
    uint16_t rights;       /* of enum rights                                      */
    uint16_t next_free;
};

struct process;

struct handle_table {
    /* Pays for the entries, unless NULL.  Its handles to itself are no references: it is
     * not kept alive by what it holds. */
    struct process *owner;
    struct handle_entry *entries; /* grows by doubling, from nothing to HANDLES_MAX */
    uint32_t nr_entries;
    uint32_t nr_used;
    uint16_t first_free;
};

void handle_table_init(struct handle_table *table);

/* Close some of the handles of a table that is not used any more (at most a few thousand
 * instructions) and in the end free it: false once that is done. */
bool handle_table_drain(struct handle_table *table);

/* A new handle to `object`, which gets one more reference.
 * ERR_FULL (HANDLES_MAX), ERR_QUOTA, ERR_NO_MEMORY; on error nothing changes. */
MUST_CHECK status_t handle_insert(struct handle_table *table, struct object *object,
                                  uint16_t rights, uint64_t badge, handle_t *out);

/* Make sure that the next handle_insert() succeeds.  Errors as above. */
MUST_CHECK status_t handle_reserve(struct handle_table *table);

/* ERR_HANDLE if it names nothing.  A handle whose object has ended can be closed. */
MUST_CHECK status_t handle_close(struct handle_table *table, uint64_t handle);

/* The entry of a handle in use, or NULL.  Its object may have ended: see
 * handle_check(). */
static inline struct handle_entry *handle_find(const struct handle_table *table,
                                               uint64_t handle) {
    uint64_t index = handle & (HANDLES_MAX - 1);
    if (UNLIKELY(index >= table->nr_entries))
        return NULL;
    struct handle_entry *entry = &table->entries[index];
    return LIKELY(entry->handle == handle) ? entry : NULL;
}

/* Does the handle name an object of the given type, with at least these rights?
 * ERR_HANDLE, ERR_TYPE, ERR_RIGHTS, in this order; OBJECT_NONE stands for any type. */
static inline status_t handle_check(const struct handle_table *table, uint64_t handle,
                                    enum object_type type, uint32_t rights) {
    const struct handle_entry *entry = handle_find(table, handle);
    if (UNLIKELY(entry == NULL || entry->epoch != entry->object->epoch))
        return ERR_HANDLE;
    if (UNLIKELY(type != OBJECT_NONE && entry->object->type != type))
        return ERR_TYPE;
    if (UNLIKELY((entry->rights & rights) != rights))
        return ERR_RIGHTS;
    return OK;
}

/* The entry of a handle that handle_check() has found good, and what it names. */
static inline struct handle_entry *handle_checked(const struct handle_table *table,
                                                  uint64_t handle) {
    return &table->entries[handle & (HANDLES_MAX - 1)];
}
static inline struct object *handle_object(const struct handle_table *table,
                                           uint64_t handle) {
    return handle_checked(table, handle)->object;
}
