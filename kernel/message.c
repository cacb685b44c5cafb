/* kernel/message.c - see message.h.  The ABI of the calls: kernel/abi/message.h.
 *
 * First all that may be refused is checked; from then on nothing fails.
 *
 * Invariant M1: the threads of an endpoint's queue all receive, or all send.
 * Invariant M2: thread->answerer is set exactly while a thread is THREAD_AWAITING_REPLY.
 * Invariant M3: no two calls have the same token, also not those of different threads. */
#include "kernel/message.h"
#include "kernel/abi/rights.h"
#include "kernel/fault.h"
#include "kernel/log.h"
#include "kernel/notification.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"
#include "lib/string.h"

LOG_MODULE("message");

#define ASSERT_PLACE(type, field, place)                                                 \
    _Static_assert(offsetof(type, field) == (place), "message_asm.h")
ASSERT_PLACE(struct process, handles.entries, PROCESS_ENTRIES);
ASSERT_PLACE(struct process, handles.nr_entries, PROCESS_NR_ENTRIES);
ASSERT_PLACE(struct handle_entry, handle, ENTRY_HANDLE);
ASSERT_PLACE(struct handle_entry, object, ENTRY_OBJECT);
ASSERT_PLACE(struct handle_entry, epoch, ENTRY_EPOCH);
ASSERT_PLACE(struct handle_entry, rights, ENTRY_RIGHTS);
ASSERT_PLACE(struct object, body, OBJECT_BODY);
ASSERT_PLACE(struct object, epoch, OBJECT_EPOCH);
ASSERT_PLACE(struct object, type, OBJECT_TYPE);
ASSERT_PLACE(struct endpoint, queue, ENDPOINT_QUEUE);
ASSERT_PLACE(struct endpoint, pending, ENDPOINT_PENDING);
ASSERT_PLACE(struct gate, endpoint, GATE_ENDPOINT);
ASSERT_PLACE(struct gate, badge, GATE_BADGE);
_Static_assert(sizeof(struct handle_entry) == 1 << ENTRY_BYTES_SHIFT, "message_asm.h");
_Static_assert(sizeof(struct object) == 1 << OBJECT_BYTES_SHIFT, "message_asm.h");
_Static_assert(HANDLES_MAX - 1 == INDEX_MASK, "message_asm.h");
_Static_assert(OBJECTS_MAX == TOKEN_SERIAL, "a token names a slot");
_Static_assert(OBJECT_THREAD == TYPE_THREAD, "message_asm.h");
_Static_assert(RIGHT_CALL == CALL_RIGHT && RIGHT_RECEIVE == RECEIVE_RIGHT, "as above");
/* fastpath.S takes who has these rights for a gate, an endpoint. */
#define RIGHTS_OF_OTHERS                                                                 \
    (RIGHTS_OF_INIT | RIGHTS_OF_PROCESS | RIGHTS_OF_THREAD | RIGHTS_OF_NOTIFICATION |    \
     RIGHTS_OF_MEMORY | RIGHT_WX | RIGHT_DMA)
_Static_assert(!((RIGHTS_OF_OTHERS | RIGHTS_OF_ENDPOINT) & RIGHT_CALL), "gates alone");
_Static_assert(!((RIGHTS_OF_OTHERS | RIGHTS_OF_GATE) & RIGHT_RECEIVE), "endpoints alone");

#define ABANDON_SLOTS 64 /* looked at in one step */

static const uint8_t word_registers[MESSAGE_WORDS] = {12, 13, 14, 15, 16, REGISTER_T0};

/* (k) kernel lock: the serial numbers of ended threads' calls are below */
static uint64_t first_token;

struct message {
    uint64_t tag;
    uint64_t words[MESSAGE_WORDS];
};

/* ---- what a thread says, and what it gets ---- */

static struct message message_of(const struct thread *from) {
    struct message m = {.tag = from->tag};
    for (size_t i = 0; i < MESSAGE_WORDS; i++)
        m.words[i] =
            from->x[from->ask == ASK_FOREIGN ? REGISTER_A0 + i : word_registers[i]];
    if (from->ask == ASK_FOREIGN)
        m.tag = tag_make((uint32_t)from->x[REGISTER_A7], 0, 0, 0);
    else if (from->ask == ASK_FAULT)
        m = (struct message){
            tag_make(LABEL_FAULT, 0, 0, 0),
            {from->fault_kind, from->fault_address, from->x[REGISTER_PC]}};
    return m;
}

static void deliver(struct thread *to, const struct message *m, uint64_t badge,
                    uint64_t token) {
    to->x[REGISTER_A0] = OK;
    to->x[REGISTER_A1] = m->tag;
    for (size_t i = 0; i < MESSAGE_WORDS; i++)
        to->x[word_registers[i]] = m->words[i];
    to->x[REGISTER_T1] = badge;
    to->x[REGISTER_T2] = token;
    to->saved = SAVED_MESSAGE;
}

static void finish(struct thread *self, status_t status) {
    self->x[REGISTER_A0] = (uint64_t)(int64_t)status;
    self->x[REGISTER_A1] = 0;
    self->saved = SAVED_NATIVE;
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

static void transfer(struct thread *from, struct thread *to, uint64_t badge,
                     uint64_t token) {
    struct message m = message_of(from);
    uint32_t nr_bytes = tag_bytes(m.tag), nr_handles = tag_handles(m.tag);
    if (nr_bytes + nr_handles != 0 && to->buffer == NULL) {
        m.tag = tag_make(tag_label(m.tag), 0, 0, tag_takes(m.tag));
    } else if (nr_bytes + nr_handles != 0) {
        memcpy(to->buffer->bytes, from->buffer->bytes, nr_bytes);
        nr_handles = move_handles(from, to, nr_handles);
        m.tag = tag_make(tag_label(m.tag), nr_bytes, nr_handles, tag_takes(m.tag));
    }
    deliver(to, &m, badge, token);
}

/* Can a thread say what its tag announces? */
static status_t check_tag(const struct thread *self) {
    uint32_t nr_bytes = tag_bytes(self->tag), nr_handles = tag_handles(self->tag);
    if (nr_bytes > MESSAGE_BYTES_MAX || nr_handles > MESSAGE_HANDLES_MAX)
        return DENY(ERR_INVALID, "%u bytes and %u handles are too many for a message",
                    nr_bytes, nr_handles);
    if (self->buffer == NULL && nr_bytes + nr_handles != 0)
        return DENY(ERR_INVALID, "the thread has no message buffer");
    for (uint32_t i = 0; i < nr_handles; i++)
        if (handle_check(&self->process->handles, self->buffer->handles[i], OBJECT_NONE,
                         0) != OK)
            return DENY(ERR_HANDLE, "handle %#x in the message names nothing",
                        self->buffer->handles[i]);
    return OK;
}

/* ---- waiting ---- */

static void block(struct thread *self, enum thread_state why, uint64_t deadline_ns) {
    self->slow &= SLOW_ALWAYS;
    if (deadline_ns != TIMER_NEVER)
        self->slow |= SLOW_TIMED;
    if (why == THREAD_SENDING)
        self->slow |= SLOW_SENDER;
    if (why != THREAD_RECEIVING && self->ask != ASK_CALL)
        self->slow |= SLOW_ASK;
    sched_block(self, why, deadline_ns);
}

static void block_in_queue(struct thread *self, struct endpoint *endpoint,
                           enum thread_state why, uint64_t deadline_ns) {
    if (deadline_ns != TIMER_NEVER && deadline_ns <= timer_now_ns()) {
        self->ask = ASK_CALL;
        finish(self, ERR_TIMEOUT);
        return;
    }
    sched_queue_insert(&endpoint->queue, self);
    block(self, why, deadline_ns);
}

/* The running thread has blocked: `next` goes on for what is left of its turn, unless a
 * more urgent one is ready. */
static void hand_over(struct thread *next) {
    if (next->priority >= sched_best_ready())
        sched_hand_over(next);
    else
        sched_wake(next);
}

/* The first in the queue, if it is there for that. */
static struct thread *first_waiting(const struct endpoint *endpoint,
                                    enum thread_state why) {
    if (list_is_empty(&endpoint->queue))
        return NULL;
    struct thread *first = LIST_ENTRY(endpoint->queue.next, struct thread, queue_link);
    return first->state == why ? first : NULL;
}

void message_refuse(struct thread *thread) {
    enum ask ask = thread->ask;
    if (ask == ASK_FAULT)
        fault_kill(thread);
    else if (ask == ASK_FOREIGN)
        process_kill(thread->process, "nobody answers its system calls");
    else
        thread_cancel(thread, ERR_CLOSED);
}

/* ---- asking ---- */

/* The message of `from` reaches `to`.  From then on `from` waits for an answer, or not. */
static void pass(struct thread *from, struct thread *to) {
    uint64_t token = 0;
    if (from->ask != ASK_SEND) {
        from->token += TOKEN_SERIAL;
        from->answerer = to->process;
        token = from->token;
    }
    transfer(from, to, from->badge, token);
}

static void ask(struct thread *self, const struct gate *gate, enum ask what,
                uint64_t deadline_ns) {
    struct endpoint *endpoint = gate->endpoint;
    struct thread *receiver = first_waiting(endpoint, THREAD_RECEIVING);
    self->ask = what;
    self->badge = gate->badge;
    if (receiver == NULL) {
        block_in_queue(self, endpoint, THREAD_SENDING, deadline_ns);
        return;
    }
    pass(self, receiver);
    if (what == ASK_SEND) {
        self->ask = ASK_CALL;
        finish(self, OK);
        sched_wake(receiver);
        return;
    }
    block(self, THREAD_AWAITING_REPLY, deadline_ns);
    hand_over(receiver);
}

static status_t ask_by_handle(struct thread *self, uint64_t handle, enum ask what,
                              uint64_t deadline_ns) {
    const struct handle_table *handles = &self->process->handles;
    status_t st = handle_check(handles, handle, OBJECT_GATE,
                               what == ASK_SEND ? RIGHT_SEND : RIGHT_CALL);
    if (st != OK)
        return DENY(st, "handle %#lx is no gate to %s through", handle,
                    what == ASK_SEND ? "send" : "call");
    st = check_tag(self);
    if (st != OK)
        return st;
    if (tag_label(self->tag) >= LABEL_CLOSED)
        return DENY(ERR_INVALID, "label %#x is the kernel's", tag_label(self->tag));
    const struct gate *gate = handle_object(handles, handle)->body;
    if (!gate->endpoint->is_open)
        return DENY(ERR_CLOSED, "the endpoint of gate %#lx is closed", handle);
    ask(self, gate, what, deadline_ns);
    return OK;
}

status_t message_ask_handler(struct thread *self, const struct handler *handler,
                             enum ask what) {
    if (handler->gate == NULL || handler->gate->epoch != handler->epoch)
        return ERR_NO_SYSCALL;
    const struct gate *gate = handler->gate->body;
    if (!gate->endpoint->is_open)
        return ERR_NO_SYSCALL;
    ask(self, gate, what, TIMER_NEVER);
    return OK;
}

/* ---- answering ---- */

static struct thread *thread_in_slot(uint64_t slot) {
    const struct object *object = &object_slots[slot];
    return object->type == OBJECT_THREAD ? object->body : NULL;
}

/* Whom a reply with this token would answer.  ERR_NOT_FOUND also if it was answered, has
 * given up, or was killed. */
static status_t find_asker(const struct thread *self, uint64_t token,
                           struct thread **asker) {
    *asker = thread_in_slot(token % OBJECTS_MAX);
    if (*asker == NULL || (*asker)->token != token || (*asker)->answerer != self->process)
        return DENY(ERR_NOT_FOUND, "nobody waits for an answer to %#lx", token);
    return check_tag(self);
}

/* False if the answer is that the asker must die. */
static bool answer(struct thread *self, struct thread *asker) {
    if (asker->ask == ASK_FAULT && tag_label(self->tag) != 0) {
        fault_kill(asker);
        return false;
    }
    if (asker->ask == ASK_FOREIGN)
        asker->x[REGISTER_A0] = self->x[REGISTER_A2];
    else if (asker->ask == ASK_CALL)
        transfer(self, asker, 0, 0);
    return true;
}

static status_t reply(struct thread *self, uint64_t token) {
    struct thread *asker;
    status_t st = find_asker(self, token, &asker);
    if (st != OK)
        return st;
    finish(self, OK);
    if (answer(self, asker))
        sched_wake(asker);
    return OK;
}

/* ---- receiving ---- */

static void deliver_closed(struct thread *to, struct gate *gate) {
    struct message m = {.tag = tag_make(LABEL_CLOSED, 0, 0, 0)};
    deliver(to, &m, gate->badge, 0);
    gate_free(gate);
}

void message_gate_closed(struct gate *gate) {
    struct endpoint *endpoint = gate->endpoint;
    struct thread *receiver = first_waiting(endpoint, THREAD_RECEIVING);
    if (receiver == NULL) {
        list_append(&endpoint->closed, &gate->closed_link);
        endpoint->pending++;
        return;
    }
    deliver_closed(receiver, gate);
    sched_wake(receiver);
}

static void deliver_bits(struct thread *to, struct notification *notification) {
    struct message m = {.tag = tag_make(LABEL_NOTIFIED, 0, 0, 0)};
    m.words[0] = notification_take(notification);
    deliver(to, &m, 0, 0);
}

void message_notified(struct endpoint *endpoint) {
    struct thread *receiver = first_waiting(endpoint, THREAD_RECEIVING);
    if (receiver == NULL)
        return;
    deliver_bits(receiver, endpoint->notification);
    sched_wake(receiver);
}

/* A sender's message has been taken: it goes on, or waits for the answer, in no queue. */
static void taken(struct thread *sender) {
    if (sender->ask == ASK_SEND) {
        finish(sender, OK);
        sched_wake(sender);
        return;
    }
    list_remove(&sender->queue_link);
    sender->state = THREAD_AWAITING_REPLY;
    sender->slow &= (uint8_t)~SLOW_SENDER;
}

static void receive(struct thread *self, struct endpoint *endpoint,
                    uint64_t deadline_ns) {
    struct thread *sender = first_waiting(endpoint, THREAD_SENDING);
    self->process->has_received = true;
    if (!list_is_empty(&endpoint->closed)) {
        endpoint->pending--;
        deliver_closed(self,
                       LIST_ENTRY(list_pop(&endpoint->closed), struct gate, closed_link));
    } else if (endpoint->pending != 0) {
        deliver_bits(self, endpoint->notification);
    } else if (sender != NULL) {
        pass(sender, self);
        taken(sender);
    } else {
        block_in_queue(self, endpoint, THREAD_RECEIVING, deadline_ns);
    }
}

static status_t find_endpoint(struct thread *self, uint64_t handle,
                              struct endpoint **endpoint) {
    const struct handle_table *handles = &self->process->handles;
    status_t st = handle_check(handles, handle, OBJECT_ENDPOINT, RIGHT_RECEIVE);
    if (st != OK)
        return DENY(st, "handle %#lx is no endpoint to receive from", handle);
    *endpoint = handle_object(handles, handle)->body;
    return OK;
}

static status_t receive_by_handle(struct thread *self, uint64_t handle,
                                  uint64_t deadline_ns) {
    struct endpoint *endpoint;
    status_t st = find_endpoint(self, handle, &endpoint);
    if (st == OK)
        st = check_tag(self);
    if (st == OK)
        receive(self, endpoint, deadline_ns);
    return st;
}

static status_t reply_receive(struct thread *self, uint64_t handle, uint64_t token,
                              uint64_t deadline_ns) {
    struct endpoint *endpoint;
    struct thread *asker;
    status_t st = find_endpoint(self, handle, &endpoint);
    if (st == OK)
        st = find_asker(self, token, &asker);
    if (st != OK)
        return st;
    bool goes_on = answer(self, asker);
    if (self->state == THREAD_ENDED) /* it was its own asker's process */
        return OK;
    receive(self, endpoint, deadline_ns);
    if (goes_on && self->state == THREAD_RECEIVING)
        hand_over(asker);
    else if (goes_on)
        sched_wake(asker);
    return OK;
}

void message_call(struct thread *self, int64_t number) {
    uint64_t handle = self->x[REGISTER_A0], token = self->x[REGISTER_T1];
    uint64_t deadline_ns = number <= SYS_call_until ? self->x[REGISTER_T2] : TIMER_NEVER;
    status_t st = ERR_NO_SYSCALL;
    self->tag = self->x[REGISTER_A1];
    switch (number) {
    case SYS_call:
    case SYS_call_until: st = ask_by_handle(self, handle, ASK_CALL, deadline_ns); break;
    case SYS_send:
    case SYS_send_until: st = ask_by_handle(self, handle, ASK_SEND, deadline_ns); break;
    case SYS_reply: st = reply(self, token); break;
    case SYS_receive:
    case SYS_receive_until: st = receive_by_handle(self, handle, deadline_ns); break;
    case SYS_reply_receive:
    case SYS_reply_receive_until:
        st = reply_receive(self, handle, token, deadline_ns);
        break;
    }
    if (st != OK)
        finish(self, st);
}

/* ---- beginnings and ends ---- */

bool message_abandon_step(struct process *dead) {
    uint32_t end = dead->abandoned_slots + ABANDON_SLOTS;
    if (end > object_nr_slots())
        end = object_nr_slots();
    if (!dead->has_received || dead->abandoned_slots >= end)
        return false;
    for (; dead->abandoned_slots < end; dead->abandoned_slots++) {
        struct thread *thread = thread_in_slot(dead->abandoned_slots);
        if (thread != NULL && thread->answerer == dead)
            message_refuse(thread);
    }
    return true;
}

void message_adopt(struct thread *thread) {
    thread->token = first_token | object_slot(thread->object);
}

static void handler_set(struct handler *handler, struct object *gate) {
    if (gate != NULL)
        object_share(gate);
    if (handler->gate != NULL && handler->gate->epoch == handler->epoch)
        object_drop(handler->gate);
    *handler = (struct handler){gate, gate == NULL ? 0 : gate->epoch};
}

void message_disown(struct thread *thread) {
    uint64_t serial = thread->token & ~(uint64_t)(OBJECTS_MAX - 1);
    if (first_token < serial)
        first_token = serial;
    handler_set(&thread->fault_handler, NULL);
    handler_set(&thread->syscall_handler, NULL);
}

static status_t find_handler(handle_t handle, struct object **gate) {
    const struct handle_table *handles = &caller_process()->handles;
    *gate = NULL;
    if (handle == 0)
        return OK;
    status_t st = handle_check(handles, handle, OBJECT_GATE, RIGHT_CALL);
    if (st != OK)
        return DENY(st, "handle %#x is no gate to call through", handle);
    *gate = handle_object(handles, handle);
    return OK;
}

syscall_pair_t sys_thread_set_handlers(handle_t handle, handle_t fault_gate,
                                       handle_t syscall_gate) {
    struct thread *thread = syscall_object(handle);
    struct object *fault, *syscall;
    status_t st = find_handler(fault_gate, &fault);
    if (st == OK)
        st = find_handler(syscall_gate, &syscall);
    if (st != OK)
        return syscall_status(st);
    handler_set(&thread->fault_handler, fault);
    handler_set(&thread->syscall_handler, syscall);
    return syscall_status(OK);
}
