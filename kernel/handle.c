/* kernel/handle.c - tables of handles.
 *
 * Invariant H1: an entry in use has its generation and index in entry->handle; a free
 *               one has the next generation there, and index bits that differ from its
 *               own, so that no number can match it.
 * Invariant H2: generations are 1 to 2^22 - 1, so no handle is 0. */
#include "kernel/handle.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/syscall.h"
#include "kernel/trace.h"
#include "lib/string.h"
#include "mm/heap.h"

#define ENTRIES_AT_FIRST 8
#define DRAIN_AT_ONCE    64
#define NO_ENTRY         UINT16_MAX
#define INDEX_MASK       (HANDLES_MAX - 1)
#define GENERATIONS      (1u << (32 - HANDLE_INDEX_BITS))

_Static_assert(HANDLES_MAX < NO_ENTRY, "an index fits its 16 bits");

void handle_table_init(struct handle_table *table) {
    *table = (struct handle_table){.first_free = NO_ENTRY};
}

/* Put the entry on the free list, with the generation of its next tenant. */
static void entry_release(struct handle_table *table, uint32_t index,
                          uint32_t generation) {
    struct handle_entry *entry = &table->entries[index];
    if (generation == GENERATIONS)
        generation = 1;
    entry->object = NULL;
    entry->handle = generation << HANDLE_INDEX_BITS | (index ^ INDEX_MASK);
    entry->next_free = table->first_free;
    table->first_free = (uint16_t)index;
}

static status_t table_grow(struct handle_table *table) {
    uint32_t nr_old = table->nr_entries;
    uint32_t nr_new = nr_old == 0 ? ENTRIES_AT_FIRST : nr_old * 2;
    if (nr_new > HANDLES_MAX)
        return ERR_FULL;
    size_t more_bytes = (nr_new - nr_old) * sizeof(struct handle_entry);
    status_t st = process_charge(table->owner, 0, more_bytes);
    if (st != OK)
        return st;
    struct handle_entry *entries = kmalloc(nr_new * sizeof(*entries));
    if (entries == NULL) {
        process_uncharge(table->owner, 0, more_bytes);
        return ERR_NO_MEMORY;
    }

    if (nr_old != 0)
        memcpy(entries, table->entries, nr_old * sizeof(*entries));
    kfree(table->entries);
    table->entries = entries;
    table->nr_entries = nr_new;
    for (uint32_t index = nr_new; index > nr_old; index--)
        entry_release(table, index - 1, 1);
    return OK;
}

status_t handle_reserve(struct handle_table *table) {
    return table->first_free == NO_ENTRY ? table_grow(table) : OK;
}

/* See struct handle_table: does the entry keep its object alive? */
static bool entry_counts(const struct handle_table *table,
                         const struct handle_entry *entry) {
    return table->owner == NULL || entry->object->body != table->owner;
}

status_t handle_insert(struct handle_table *table, struct object *object, uint16_t rights,
                       uint64_t badge, handle_t *out) {
    status_t st = handle_reserve(table);
    if (st != OK)
        return st;
    uint32_t index = table->first_free;
    struct handle_entry *entry = &table->entries[index];
    table->first_free = entry->next_free;
    entry->object = object;
    entry->epoch = object->epoch;
    entry->rights = rights;
    entry->badge = badge;
    entry->handle ^= INDEX_MASK; /* H1: now the index is its own */
    table->nr_used++;
    object->revoked_slots = 0; /* by this handle calls may be received */
    if (entry_counts(table, entry)) {
        object->nr_handles++;
        object_share(object);
    }
    *out = (handle_t)entry->handle;
    trace_handle(table->owner, "open", object, *out);
    return OK;
}

/* True if that was its object's end. */
static bool entry_close(struct handle_table *table, struct handle_entry *entry) {
    struct object *object = entry->object;
    trace_handle(table->owner, "close", object, entry->handle);
    bool counts = entry->epoch == object->epoch && entry_counts(table, entry);
    uint32_t generation = (uint32_t)(entry->handle >> HANDLE_INDEX_BITS);
    entry_release(table, (uint32_t)(entry - table->entries), generation + 1);
    table->nr_used--;
    if (!counts)
        return false;
    object->nr_handles--;
    return object_drop(object);
}

status_t handle_close(struct handle_table *table, uint64_t handle) {
    struct handle_entry *entry = handle_find(table, handle);
    if (entry == NULL)
        return ERR_HANDLE;
    entry_close(table, entry);
    return OK;
}

bool handle_table_drain(struct handle_table *table) {
    uint32_t nr_before = table->nr_entries;
    bool ended_one = false; /* that may be as long as a step can be */
    for (int i = 0; i < DRAIN_AT_ONCE && table->nr_entries > 0 && !ended_one; i++) {
        table->nr_entries--;
        if (table->entries[table->nr_entries].object != NULL)
            ended_one = entry_close(table, &table->entries[table->nr_entries]);
    }
    process_uncharge(table->owner, 0,
                     (nr_before - table->nr_entries) * sizeof(table->entries[0]));
    if (table->nr_entries > 0)
        return true;
    ASSERT_EQUAL(table->nr_used, 0, "nr_used counts the entries in use");
    kfree(table->entries);
    table->entries = NULL;
    table->first_free = NO_ENTRY;
    return false;
}

/* ---- calls ---- */

status_t sys_handle_close(uint64_t handle) {
    return handle_close(&caller_process()->handles, handle);
}

/* A handle like `entry`, with some of its rights, in another table or the same. */
static status_t entry_copy(const struct handle_entry *entry, uint64_t rights,
                           struct handle_table *to, uint64_t *out) {
    if ((rights & ~(uint64_t)entry->rights) != 0)
        return ERR_RIGHTS;
    return handle_insert(to, entry->object, (uint16_t)rights, entry->badge, out);
}

status_t sys_handle_copy(struct handle_entry *handle, uint64_t rights, uint64_t *copy) {
    return entry_copy(handle, rights, &caller_process()->handles, copy);
}

status_t sys_process_give(struct process *process, struct handle_entry *handle,
                          uint64_t rights, uint64_t *given) {
    return entry_copy(handle, rights, &process->handles, given);
}

status_t sys_handle_revoke(struct handle_entry *entry) {
    struct object *object = entry->object;
    uint32_t nr_kept = entry_counts(&caller_process()->handles, entry);
    trace_handle(caller_process(), "revoke", object, entry->handle);
    object_share(object);
    object->nr_references -= object->nr_handles - nr_kept;
    object->nr_handles = nr_kept;
    object->epoch++;
    entry->epoch = object->epoch;
    bool is_more = object_revoke_step(object);
    object_drop(object);
    return is_more ? ERR_AGAIN : OK;
}
