/* kernel/message.c - see message.h.  The ABI of the calls: kernel/abi/message.h.
 *
 * First all that may be refused is checked; from then on nothing fails.
 *
 * Invariant M1: the threads of an endpoint's queue all receive, or all send.
 * Invariant M2: thread->answerer is set exactly while a thread is THREAD_AWAITING_REPLY.
 * Invariant M3: no two calls have the same token, also not those of different threads.
 * Invariant M4: thread->gate is a reference exactly while a thread is SLOW_SENDER: so
 *               a gate's CLOSED comes after all that was sent through it. */
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
#include "kernel/trace.h"
#include "lib/string.h"

LOG_MODULE("message");

#define ABANDON_SLOTS 256 /* looked at in one step */
#define REFUSED_SLOTS 32  /* what it counts for to wake one up */

/* (k) kernel lock: the serial numbers of ended threads' calls are below */
static uint64_t first_token;

/* The call of the running thread is over. */
static void finish(struct thread *self, status_t status) {
    trace_thread(self, "done status %d", -status);
    self->x[REGISTER_A0] = (uint64_t)(int64_t)status;
    self->x[REGISTER_A1] = 0;
    self->saved = SAVED_NATIVE;
    self->slow &= SLOW_LASTING;
}

/* ---- what a message carries ---- */

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

/* A message of the kernel's own. */
static void transfer_word(struct thread *to, uint32_t label, uint64_t word,
                          uint64_t badge) {
    trace_thread(to, "receive label %u", label);
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

/* The message of `from` to `to`, with the badge and the token that it is to see: what
 * could fail has been checked. */
static void transfer(struct thread *from, struct thread *to, uint64_t badge,
                     uint64_t token) {
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

/* Can the thread, which asks or answers, say what its tag announces? */
static status_t transfer_check(const struct thread *self) {
    uint32_t nr_handles = tag_handles(self->tag);
    if (tag_bytes(self->tag) > MESSAGE_BYTES_MAX || nr_handles > MESSAGE_HANDLES_MAX)
        return ERR_INVALID;
    for (uint32_t i = 0; i < nr_handles; i++)
        if (handle_check(&self->process->handles, self->buffer->handles[i], OBJECT_NONE,
                         0) != OK)
            return ERR_HANDLE;
    return OK;
}

/* ---- waiting ---- */

static void block(struct thread *self, enum thread_state why, uint64_t deadline_ns) {
    if (deadline_ns != TIMER_NEVER)
        self->slow |= SLOW_TIMED;
    if (why == THREAD_SENDING) {
        self->slow |= SLOW_SENDER;
        object_share(self->gate); /* M4: end_wait(), taken(), sched_disown() drop it */
    }
    sched_block(self, why, deadline_ns);
}

static void block_in_queue(struct thread *self, struct endpoint *endpoint,
                           enum thread_state why, uint64_t deadline_ns) {
    if (deadline_ns != TIMER_NEVER && deadline_ns <= timer_now_ns()) {
        finish(self, ERR_TIMEOUT);
        return;
    }
    sched_queue_insert(&endpoint->queue, self);
    block(self, why, deadline_ns);
}

/* Wake a thread that a message has reached, unless that was its end. */
static void go_on(struct thread *thread) {
    if (thread->state != THREAD_ENDED)
        sched_wake(thread);
}

/* The running thread has blocked: `next` goes on for what is left of its turn, unless a
 * more urgent one is ready, or it may not run here. */
static void hand_over(struct thread *next) {
    if (next->state != THREAD_ENDED && next->priority >= sched_best_ready() &&
        sched_may_run_on(next, hart_current()))
        sched_hand_over(next);
    else
        go_on(next);
}

/* The first in the queue, if it is there for that. */
static struct thread *first_waiting(const struct endpoint *endpoint,
                                    enum thread_state why) {
    if (list_is_empty(&endpoint->queue))
        return NULL;
    struct thread *first = LIST_ENTRY(endpoint->queue.next, struct thread, queue_link);
    return first->state == why ? first : NULL;
}

bool message_refuse(struct thread *thread) {
    if (thread->slow & ASK_FAULT) {
        fault_kill(thread);
    } else if (thread->slow & ASK_FOREIGN) {
        process_kill(thread->process, "nobody answers its system calls");
    } else {
        thread_cancel(thread, ERR_CLOSED);
        return false;
    }
    return true;
}

/* ---- asking ---- */

/* The message of `from` reaches `to`.  From then on `from` waits for an answer, or not.
 * If it moves the last handle to the process of `to` there, that is its end: go_on(). */
static void pass(struct thread *from, struct thread *to) {
    const struct gate *gate = from->gate->body;
    uint64_t token = 0;
    if (!(from->slow & ASK_SEND)) {
        from->token += OBJECTS_MAX; /* above the slot is the serial number */
        from->answerer = to->process;
        from->endpoint_id = gate->endpoint->id;
        token = from->token;
    }
    trace_message(to, "receive thread", from->object, from->tag);
    transfer(from, to, gate->badge, token);
}

void message_ask(struct thread *self, struct object *gate, enum ask what,
                 uint64_t deadline_ns) {
    struct endpoint *endpoint = ((const struct gate *)gate->body)->endpoint;
    struct thread *receiver = first_waiting(endpoint, THREAD_RECEIVING);
    self->slow |= what;
    self->gate = gate;
    trace_message(self, what == ASK_SEND ? "send gate" : "call gate", gate, self->tag);
    if (receiver == NULL) {
        block_in_queue(self, endpoint, THREAD_SENDING, deadline_ns);
        return;
    }
    pass(self, receiver);
    if (what == ASK_SEND) {
        finish(self, OK);
        go_on(receiver);
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
    if (st == OK)
        st = transfer_check(self);
    if (st != OK)
        return st;
    struct object *object = handle_object(handles, handle);
    const struct gate *gate = object->body;
    if (tag_label(self->tag) >= LABEL_CLOSED) /* the kernel's */
        return ERR_INVALID;
    if (gate->endpoint->object == NULL)
        return ERR_CLOSED;
    message_ask(self, object, what, deadline_ns);
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
        return ERR_NOT_FOUND;
    return OK;
}

/* False if the answer is that the asker must die. */
static bool answer(struct thread *self, struct thread *asker) {
    trace_message(self, "reply thread", asker->object, self->tag);
    if (asker->slow & ASK_FAULT && tag_label(self->tag) != 0) {
        fault_kill(asker);
        return false;
    }
    if (asker->slow & ASK_FOREIGN)
        asker->x[REGISTER_A0] = self->x[REGISTER_A2];
    else if (!(asker->slow & ASK_FAULT))
        transfer(self, asker, 0, 0);
    return true;
}

/* ---- receiving ---- */

/* What does not come from a thread: the end of a gate, or the bits of a notification.
 * False if there is nothing. */
static bool deliver_pending(struct thread *to, struct endpoint *endpoint) {
    if (endpoint->pending == 0)
        return false;
    if (list_is_empty(&endpoint->closed)) {
        transfer_word(to, LABEL_NOTIFIED, notification_take(endpoint->notification), 0);
        return true;
    }
    struct gate *gate = LIST_ENTRY(list_pop(&endpoint->closed), struct gate, closed_link);
    endpoint->pending--;
    transfer_word(to, LABEL_CLOSED, 0, gate->badge);
    gate_free(gate);
    return true;
}

void message_pending(struct endpoint *endpoint) {
    struct thread *receiver = first_waiting(endpoint, THREAD_RECEIVING);
    if (receiver != NULL && deliver_pending(receiver, endpoint))
        sched_wake(receiver);
}

/* A sender's message has been taken: it goes on, or waits for the answer, in no queue. */
static void taken(struct thread *sender) {
    if (sender->slow & ASK_SEND) {
        finish(sender, OK);
        sched_wake(sender);
        return;
    }
    list_remove(&sender->queue_link);
    sender->state = THREAD_AWAITING_REPLY;
    trace_thread(sender, "awaiting-reply object %lu", object_number(sender->gate));
    sender->slow &= (uint8_t)~SLOW_SENDER;
    object_drop(sender->gate);
}

static void receive(struct thread *self, struct endpoint *endpoint,
                    uint64_t deadline_ns) {
    struct thread *sender = first_waiting(endpoint, THREAD_SENDING);
    self->process->abandoned_slots = 0;
    if (deliver_pending(self, endpoint))
        return;
    if (sender == NULL) {
        self->gate = endpoint->object; /* told where it waits, and no more */
        block_in_queue(self, endpoint, THREAD_RECEIVING, deadline_ns);
        return;
    }
    pass(sender, self);
    taken(sender);
}

/* ---- the calls ---- */

/* What a server does: answer, or receive, or first the one and then the other. */
enum service { SERVE_REPLY = 1 << 0, SERVE_RECEIVE = 1 << 1, SERVE_BOTH = 3 };

static status_t serve(struct thread *self, enum service what, uint64_t deadline_ns) {
    const struct handle_table *handles = &self->process->handles;
    uint64_t handle = self->x[REGISTER_A0];
    struct thread *asker = NULL;
    status_t st = transfer_check(self);
    if (st == OK && what & SERVE_RECEIVE)
        st = handle_check(handles, handle, OBJECT_ENDPOINT, RIGHT_RECEIVE);
    if (st == OK && what & SERVE_REPLY)
        st = find_asker(self, self->x[REGISTER_T1], &asker);
    if (st != OK)
        return st;
    struct endpoint *endpoint =
        what & SERVE_RECEIVE ? handle_object(handles, handle)->body : NULL;
    bool goes_on = asker != NULL && answer(self, asker);
    if (endpoint == NULL)
        finish(self, OK);
    else if (self->state != THREAD_ENDED) /* it may be its own asker */
        receive(self, endpoint, deadline_ns);
    if (goes_on && self->state == THREAD_RECEIVING)
        hand_over(asker);
    else if (goes_on)
        go_on(asker);
    return OK;
}

void message_call(struct thread *self, int64_t number) {
    uint64_t handle = self->x[REGISTER_A0];
    uint64_t deadline_ns = number <= SYS_call_until ? self->x[REGISTER_T2] : TIMER_NEVER;
    status_t st = ERR_NO_SYSCALL;
    self->tag = self->x[REGISTER_A1];
    switch (number) {
    case SYS_call:
    case SYS_call_until: st = ask_by_handle(self, handle, ASK_CALL, deadline_ns); break;
    case SYS_send:
    case SYS_send_until: st = ask_by_handle(self, handle, ASK_SEND, deadline_ns); break;
    case SYS_reply: st = serve(self, SERVE_REPLY, TIMER_NEVER); break;
    case SYS_receive:
    case SYS_receive_until: st = serve(self, SERVE_RECEIVE, deadline_ns); break;
    case SYS_reply_receive:
    case SYS_reply_receive_until: st = serve(self, SERVE_BOTH, deadline_ns); break;
    }
    if (st != OK)
        finish(self, DENY(st, "%s: call %ld, handle %#lx, tag %#lx, token %#lx",
                          self->process->name, number, handle, self->tag,
                          self->x[REGISTER_T1]));
}

/* ---- beginnings and ends ---- */

/* Does the thread await an answer that is not to come: see message_abandon_step(). */
static bool is_abandoned(const struct thread *thread, const struct process *process,
                         const struct endpoint *endpoint) {
    if (endpoint == NULL || thread->answerer == NULL)
        return thread->answerer == process;
    return thread->answerer != process && thread->endpoint_id == endpoint->id;
}

bool message_abandon_step(uint32_t *slot, const struct process *process,
                          const struct endpoint *endpoint) {
    for (int left = ABANDON_SLOTS; left > 0 && *slot < object_nr_slots(); left--) {
        struct thread *thread = thread_in_slot((*slot)++);
        if (thread != NULL && is_abandoned(thread, process, endpoint))
            left -= message_refuse(thread) ? ABANDON_SLOTS : REFUSED_SLOTS;
    }
    return *slot < object_nr_slots();
}

void message_adopt(struct thread *thread) {
    thread->token = first_token | object_slot(thread->object);
    thread->slow |= trace_has_notes ? SLOW_ALWAYS : 0; /* the fast path takes none */
}

void message_disown(struct thread *thread) {
    uint64_t serial = thread->token & ~(uint64_t)(OBJECTS_MAX - 1);
    if (first_token < serial)
        first_token = serial;
    handler_set(&thread->fault_handler, NULL);
    handler_set(&thread->syscall_handler, NULL);
}
