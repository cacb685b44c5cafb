/* kernel/transfer.c - see transfer.h. */
#include "kernel/transfer.h"
#include "kernel/message.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "lib/string.h"

static const uint8_t word_registers[MESSAGE_WORDS] = {12, 13, 14, 15, 16, REGISTER_T0};

static uint64_t word_of(const struct thread *from, size_t i) {
    const uint64_t fault[MESSAGE_WORDS] = {from->fault_kind, from->fault_address,
                                           from->x[REGISTER_PC]};
    if (from->slow & ASK_FAULT)
        return fault[i];
    return from->x[from->slow & ASK_FOREIGN ? REGISTER_A0 + i : word_registers[i]];
}

static void deliver(struct thread *to, uint64_t tag, uint64_t badge, uint64_t token) {
    to->x[REGISTER_A0] = OK;
    to->x[REGISTER_A1] = tag;
    to->x[REGISTER_T1] = badge;
    to->x[REGISTER_T2] = token;
    to->saved = SAVED_MESSAGE;
}

void transfer_word(struct thread *to, uint32_t label, uint64_t word, uint64_t badge) {
    for (size_t i = 0; i < MESSAGE_WORDS; i++)
        to->x[word_registers[i]] = i == 0 ? word : 0;
    deliver(to, tag_make(label, 0, 0, 0), badge, 0);
}

/* Move as many of the handles as the receiver takes; those stay behind that its table has
 * no place for, and it finds a 0. */
static uint32_t move_handles(struct thread *from, struct thread *to, uint32_t nr) {
    if (nr > tag_takes(to->tag))
        nr = tag_takes(to->tag);
    for (uint32_t i = 0; i < nr; i++) {
        handle_t handle = from->buffer->handles[i], moved = 0;
        struct handle_table *table = &from->process->handles;
        const struct handle_entry *entry = handle_find(table, handle);
        if (handle_check(table, handle, OBJECT_NONE, 0) == OK &&
            handle_insert(&to->process->handles, entry->object, entry->rights,
                          entry->badge, &moved) == OK) {
            status_t st = handle_close(table, handle);
            ASSERT_EQUAL(st, OK, "a handle that has been checked can be closed");
        }
        to->buffer->handles[i] = moved;
    }
    return nr;
}

void transfer(struct thread *from, struct thread *to, uint64_t badge, uint64_t token) {
    uint64_t tag = from->tag;
    uint32_t nr_bytes = tag_bytes(tag), nr_handles = tag_handles(tag);
    for (size_t i = 0; i < MESSAGE_WORDS; i++)
        to->x[word_registers[i]] = word_of(from, i);
    if (nr_bytes + nr_handles != 0) {
        memcpy(to->buffer->bytes, from->buffer->bytes, nr_bytes);
        nr_handles = move_handles(from, to, nr_handles);
        tag = tag_make(tag_label(tag), nr_bytes, nr_handles, tag_takes(tag));
    }
    deliver(to, tag, badge, token);
}

status_t transfer_check(const struct thread *self) {
    uint32_t nr_handles = tag_handles(self->tag);
    if (tag_bytes(self->tag) > MESSAGE_BYTES_MAX || nr_handles > MESSAGE_HANDLES_MAX)
        return ERR_INVALID;
    for (uint32_t i = 0; i < nr_handles; i++)
        if (handle_check(&self->process->handles, self->buffer->handles[i], OBJECT_NONE,
                         0) != OK)
            return ERR_HANDLE;
    return OK;
}
