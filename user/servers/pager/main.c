/* user/servers/pager/main.c - the pager: memory that comes when it is touched, under the
 * loop of user/lib/server.h.
 *
 * The protocol: user/lib/pager.h.  Who asks it to load a program has a gate from init;
 * each process that it looks after has one of its own, whose badge is its space's.
 * Not here: what is where (space.h), what a page holds (backing.h, image.h). */
#include "kernel/abi/info.h"
#include "user/lib/pager.h"
#include "user/lib/server.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include "user/servers/pager/space.h"

enum { TRY_AGAIN, KILL }; /* labels of the answer to a fault */

/* Answer with a gate of the space's own, which must not stay here: it would never be
 * closed.  If the client has no place for it, it ends with this, and the space too. */
static enum server_answer reply_with_gate(struct message *m, struct space *space) {
    uint64_t gate;
    status_t st = gate_create((handle_t)own_start->endpoint, space->badge, &gate);
    if (st != OK) {
        space_drop(space);
        return server_status(m, st);
    }
    struct message reply = {.tag = tag_make(0, 0, 1, 0), .words = {OK}};
    message_buffer()->handles[0] = (handle_t)gate;
    (void)!message_reply(m->token, &reply);
    (void)!handle_close((handle_t)gate);
    return SERVER_LATER;
}

static enum server_answer load(void *context, struct message *m) {
    const struct message_buffer *buffer = message_buffer();
    handle_t process = buffer->handles[0];
    struct image *image;
    struct space *space;
    (void)context;
    status_t st = ERR_RIGHTS; /* a process cannot have others */
    if (space_find(m->badge) == NULL)
        st = image_find((const char *)buffer->bytes, tag_bytes(m->tag), &image);
    if (st != OK) {
        (void)!handle_close(process);
        return server_status(m, st);
    }
    st = space_load(process, image, &space);
    return st == OK ? reply_with_gate(m, space) : server_status(m, st);
}

static enum server_answer fork(void *context, struct message *m) {
    handle_t process = message_buffer()->handles[0];
    struct space *parent = space_find(m->badge), *child;
    (void)context;
    if (parent == NULL) {
        (void)!handle_close(process);
        return server_status(m, ERR_NOT_FOUND);
    }
    status_t st = space_fork(parent, process, &child);
    return st == OK ? reply_with_gate(m, child) : server_status(m, st);
}

static enum server_answer add(void *context, struct message *m) {
    struct space *space = space_find(m->badge);
    (void)context;
    return server_status(
        m, space == NULL ? ERR_NOT_FOUND : space_extend(space, m->words[0], m->words[1]));
}

/* The kernel tells where it was; why it could not be mended only we know. */
static void tell_why(const struct space *space, uint64_t address, status_t st) {
    struct process_info info;
    if (process_inspect(space->process, &info) == OK)
        printf("[pager] %s (pid %lu): nothing for it at %#lx: %s\n", info.name, info.id,
               address, st == ERR_INVALID ? "it may not do that there" : status_text(st));
}

static enum server_answer fault(void *context, struct message *m) {
    struct space *space = space_find(m->badge);
    uint64_t address = m->words[1];
    (void)context;
    status_t st =
        space == NULL ? ERR_NOT_FOUND : space_fault(space, m->words[0], address);
    if (st != OK && st != ERR_CLOSED && space != NULL) /* unless it is dead already */
        tell_why(space, address, st);
    m->tag = tag_make(st == OK ? TRY_AGAIN : KILL, 0, 0, 0);
    return SERVER_REPLY;
}

static enum server_answer closed(void *context, struct message *m) {
    struct space *space = space_find(m->badge);
    (void)context;
    if (space != NULL)
        space_drop(space);
    return SERVER_LATER;
}

static const struct server_handler table[] = {
    {LABEL_FAULT, fault, 0}, /* the first, being the most frequent */
    {LABEL_CLOSED, closed, 0}, {PAGER_LOAD, load, 1}, {PAGER_FORK, fork, 1},
    {PAGER_ADD, add, 0},       {0, NULL, 0},
};

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    status_t st = image_init();
    if (st != OK) {
        printf("pager: the initrd cannot be mapped: %s\n", status_text(st));
        return 1;
    }
    return server_run((handle_t)own_start->endpoint, table, NULL) == ERR_CLOSED ? 0 : 1;
}
