/* tests/kernel/handle_test.c - handles and the objects that they name. */
#include "kernel/abi/rights.h"
#include "kernel/handle.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/frame.h"
#include "tests/kernel/selftest.h"

static int body;

static uint64_t index_of(handle_t handle) {
    return handle & (HANDLES_MAX - 1);
}

static void handle_table_destroy(struct handle_table *table) {
    while (handle_table_drain(table))
        ;
}

SELFTEST("handle_basic", handle_basic) {
    struct handle_table table;
    struct object *object;
    handle_t handle;
    handle_table_init(&table);
    CHECK_EQUAL(object_create(OBJECT_PROCESS, &body, &object), OK,
                "an object can be made");
    CHECK_EQUAL(handle_insert(&table, object, RIGHT_INFO, 7, &handle), OK,
                "a handle to it too");
    CHECK(handle != 0, "no handle is 0");
    CHECK_EQUAL(handle_check(&table, handle, OBJECT_PROCESS, RIGHT_INFO), OK,
                "it is good");
    CHECK_EQUAL(handle_check(&table, handle, OBJECT_NONE, 0), OK, "as any type too");
    CHECK(handle_object(&table, handle)->body == &body, "it leads to the object");
    CHECK_EQUAL(handle_find(&table, handle)->badge, 7, "it carries its badge");
    CHECK_EQUAL(handle_check(&table, handle, OBJECT_SYSTEM, RIGHT_COPY), ERR_TYPE,
                "the wrong type is told before the missing right");
    CHECK_EQUAL(handle_check(&table, handle, OBJECT_PROCESS, RIGHT_COPY), ERR_RIGHTS,
                "a missing right is told");
    object_end(object);
    handle_table_destroy(&table);
}

SELFTEST("handle_stale", handle_stale) {
    struct handle_table table;
    handle_t first, second;
    handle_table_init(&table);
    CHECK_EQUAL(handle_insert(&table, object_system(), RIGHT_LOG, 0, &first), OK, "one");
    CHECK_EQUAL(handle_close(&table, first), OK, "it can be closed");
    CHECK_EQUAL(handle_close(&table, first), ERR_HANDLE, "once");
    CHECK_EQUAL(handle_insert(&table, object_system(), RIGHT_LOG, 0, &second), OK,
                "next");
    CHECK_EQUAL(index_of(first), index_of(second), "the entry has a new tenant");
    CHECK(first != second, "under another name");
    CHECK_EQUAL(handle_check(&table, first, OBJECT_SYSTEM, 0), ERR_HANDLE,
                "the old name means nothing");
    CHECK_EQUAL(handle_check(&table, second | 1ull << 32, OBJECT_SYSTEM, 0), ERR_HANDLE,
                "more than 32 bits are no handle");
    handle_table_destroy(&table);
}

/* Whatever number it is: a free entry, or one that does not exist, is never found. */
SELFTEST("handle_guess", handle_guess) {
    struct handle_table table;
    handle_t handle;
    handle_table_init(&table);
    CHECK_EQUAL(handle_check(&table, 0, OBJECT_NONE, 0), ERR_HANDLE, "an empty table");
    CHECK_EQUAL(handle_insert(&table, object_system(), 0, 0, &handle), OK, "one handle");
    for (uint64_t guess = 0; guess < 8 * HANDLES_MAX; guess++)
        if (guess != handle)
            CHECK(handle_find(&table, guess) == NULL, "only the one handle is found");
    for (unsigned bit = 0; bit < 64; bit++)
        CHECK(handle_find(&table, handle ^ 1ull << bit) == NULL, "each bit counts");
    handle_table_destroy(&table);
}

/* The generation goes once around, and never gives the name 0. */
SELFTEST("handle_generations", handle_generations) {
    struct handle_table table;
    handle_t handle;
    handle_table_init(&table);
    CHECK_EQUAL(handle_insert(&table, object_system(), 0, 0, &handle), OK, "one handle");
    table.entries[index_of(handle)].handle |= ~(uint64_t)(HANDLES_MAX - 1) & UINT32_MAX;
    handle = (handle_t)table.entries[index_of(handle)].handle;
    CHECK_EQUAL(handle_close(&table, handle), OK, "the last generation can be closed");
    CHECK_EQUAL(handle_insert(&table, object_system(), 0, 0, &handle), OK, "and another");
    CHECK_EQUAL(handle >> HANDLE_INDEX_BITS, 1, "has the first generation again");
    handle_table_destroy(&table);
}

SELFTEST("handle_full", handle_full) {
    struct handle_table table;
    handle_t handle;
    handle_table_init(&table);
    uint32_t references = object_system()->nr_references;
    for (unsigned i = 0; i < HANDLES_MAX; i++)
        CHECK_EQUAL(handle_insert(&table, object_system(), 0, i, &handle), OK, "room");
    CHECK_EQUAL(handle_insert(&table, object_system(), 0, 0, &handle), ERR_FULL,
                "no room");
    CHECK_EQUAL(object_system()->nr_references, references + HANDLES_MAX,
                "each handle is a reference, a refused one is not");
    handle_table_destroy(&table);
    CHECK_EQUAL(object_system()->nr_references, references, "all are given back");
}

SELFTEST("handle_ended_object", handle_ended_object) {
    struct handle_table table;
    struct object *object, *next;
    handle_t handle, other;
    handle_table_init(&table);
    CHECK_EQUAL(object_create(OBJECT_PROCESS, &body, &object), OK, "an object");
    CHECK_EQUAL(handle_insert(&table, object, RIGHT_INFO, 0, &handle), OK, "a handle");
    CHECK_EQUAL(handle_insert(&table, object, RIGHT_INFO, 0, &other), OK, "another");
    object_end(object);
    CHECK_EQUAL(handle_check(&table, handle, OBJECT_NONE, 0), ERR_HANDLE,
                "when the object ends every handle to it means nothing");
    CHECK_EQUAL(object_create(OBJECT_SYSTEM, &body, &next), OK, "the slot is used again");
    CHECK(next == object, "at once");
    CHECK_EQUAL(handle_check(&table, handle, OBJECT_PROCESS, 0), ERR_HANDLE,
                "and old handles do not name its next tenant");
    CHECK_EQUAL(handle_close(&table, handle), OK, "they can be closed");
    CHECK_EQUAL(next->nr_references, 1, "without touching the next tenant");
    handle_table_destroy(&table);
    object_drop(next);
}

SELFTEST("object_table_full", object_table_full) {
    static struct object *objects[OBJECTS_MAX];
    uint32_t nr_before = object_count();
    uint32_t nr_made = 0;
    status_t st = OK;
    while (nr_made < OBJECTS_MAX && st == OK) {
        st = object_create(OBJECT_SYSTEM, &body, &objects[nr_made]);
        if (st == OK)
            nr_made++;
    }
    CHECK_EQUAL(st, ERR_FULL, "the table has an end");
    CHECK_EQUAL(nr_made, OBJECTS_MAX - nr_before, "every slot can be used");
    while (nr_made > 0)
        object_drop(objects[--nr_made]);
    CHECK_EQUAL(object_count(), nr_before, "and given back");
}

/* Take everything that the heap has, without its rescue, chained through first words. */
static void **heap_drain(void) {
    void **chain = NULL;
    heap_set_rescue(NULL, NULL);
    for (size_t size = KERNEL_HEAP_SIZE; size > 0; size /= 2)
        for (void **block; (block = kmalloc(size)) != NULL; chain = block)
            *block = chain;
    return chain;
}

static void heap_refill(void **chain) {
    while (chain != NULL) {
        void **block = chain;
        chain = *block;
        kfree(block);
    }
    heap_set_rescue(rescue_with_frames, rescue_give_back);
}

/* Fail the Nth: at every size that the table grows from, there is no memory to do so. */
SELFTEST("handle_no_memory", handle_no_memory) {
    struct handle_table table, before;
    handle_t handle, last = 0;
    unsigned nr_failed = 0;
    handle_table_init(&table);
    while (table.nr_used < HANDLES_MAX) {
        if (table.nr_used == table.nr_entries) {
            uint32_t nr_references = object_system()->nr_references;
            before = table;
            void **chain = heap_drain();
            status_t st = handle_insert(&table, object_system(), 0, 0, &handle);
            heap_refill(chain);
            CHECK_EQUAL(st, ERR_NO_MEMORY, "there is no memory for a larger table");
            CHECK(memcmp(&table, &before, sizeof(table)) == 0, "the table is as before");
            CHECK_EQUAL(object_system()->nr_references, nr_references,
                        "no reference is taken");
            CHECK(last == 0 || handle_check(&table, last, OBJECT_SYSTEM, 0) == OK,
                  "the handles are good");
            nr_failed++;
        }
        CHECK_EQUAL(handle_insert(&table, object_system(), 0, 0, &last), OK,
                    "with memory it grows");
    }
    CHECK_EQUAL(nr_failed, 8, "8, 16, ... 1024 entries");
    handle_table_destroy(&table);
}
