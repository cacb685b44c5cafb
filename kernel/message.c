/* kernel/message.c - see message.h.  The ABI of the calls: kernel/abi/message.h.
 *
 * First all that may be refused is checked; from then on nothing fails.
 *
 * Invariant M1: the threads of an endpoint's queue all receive, or all send.
 * Invariant M2: thread->answerer is set exactly while a thread is THREAD_AWAITING_REPLY.
 * Invariant M3: no two calls have the same token, also not those of different threads.
 * Invariant M4: thread->gate is a reference exactly while a thread is THREAD_SENDING: so
 *               a gate's CLOSED comes after all that was sent through it. */
#include "kernel/message.h"
#include "kernel/abi/rights.h"
#include "kernel/fault.h"
#include "kernel/handler.h"
#include "kernel/log.h"
#include "kernel/notification.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"
#include "kernel/transfer.h"

LOG_MODULE("message");

#define ABANDON_SLOTS 64 /* looked at in one step */

/* (k) kernel lock: the serial numbers of ended threads' calls are below */
static uint64_t first_token;

static void finish(struct thread *self, status_t status) {
    self->x[REGISTER_A0] = (uint64_t)(int64_t)status;
    self->x[REGISTER_A1] = 0;
    self->saved = SAVED_NATIVE;
}

/* ---- waiting ---- */

static void block(struct thread *self, enum thread_state why, uint64_t deadline_ns) {
    self->slow &= SLOW_LASTING;
    if (deadline_ns != TIMER_NEVER)
        self->slow |= SLOW_TIMED;
    if (why == THREAD_SENDING) {
        self->slow |= SLOW_SENDER;
        object_share(self->gate); /* M4: end_wait() and taken() drop it */
    }
    if (why != THREAD_RECEIVING && self->ask == ASK_FAULT)
        self->slow |= SLOW_FAULT;
    if (why != THREAD_RECEIVING && self->ask == ASK_FOREIGN)
        self->slow |= SLOW_FOREIGN;
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
    enum ask ask = thread->ask;
    if (ask == ASK_FAULT)
        fault_kill(thread);
    else if (ask == ASK_FOREIGN)
        process_kill(thread->process, "nobody answers its system calls");
    else
        thread_cancel(thread, ERR_CLOSED);
    return ask == ASK_FAULT || ask == ASK_FOREIGN;
}

/* ---- asking ---- */

/* The message of `from` reaches `to`.  From then on `from` waits for an answer, or not.
 * If it moves the last handle to the process of `to` there, that is its end: go_on(). */
static void pass(struct thread *from, struct thread *to) {
    uint64_t token = 0;
    if (from->ask != ASK_SEND) {
        from->token += TOKEN_SERIAL;
        from->answerer = to->process;
        token = from->token;
    }
    const struct gate *gate = from->gate->body;
    transfer(from, to, gate->badge, token);
}

void message_ask(struct thread *self, struct object *gate, enum ask what,
                 uint64_t deadline_ns) {
    struct endpoint *endpoint = ((const struct gate *)gate->body)->endpoint;
    struct thread *receiver = first_waiting(endpoint, THREAD_RECEIVING);
    self->ask = what;
    self->gate = gate;
    if (receiver == NULL) {
        block_in_queue(self, endpoint, THREAD_SENDING, deadline_ns);
        return;
    }
    pass(self, receiver);
    if (what == ASK_SEND) {
        self->ask = ASK_CALL;
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
    if (st != OK)
        return DENY(st, "handle %#lx is no gate to %s through", handle,
                    what == ASK_SEND ? "send" : "call");
    st = transfer_check(self);
    if (st != OK)
        return st;
    if (tag_label(self->tag) >= LABEL_CLOSED)
        return DENY(ERR_INVALID, "label %#x is the kernel's", tag_label(self->tag));
    struct object *object = handle_object(handles, handle);
    const struct gate *gate = object->body;
    if (!gate->endpoint->is_open)
        return DENY(ERR_CLOSED, "the endpoint of gate %#lx is closed", handle);
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
        return DENY(ERR_NOT_FOUND, "nobody waits for an answer to %#lx", token);
    return transfer_check(self);
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
        go_on(asker);
    return OK;
}

/* ---- receiving ---- */

static void deliver_closed(struct thread *to, struct gate *gate) {
    transfer_word(to, LABEL_CLOSED, 0, gate->badge);
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
    transfer_word(to, LABEL_NOTIFIED, notification_take(notification), 0);
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
    object_drop(sender->gate);
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
        st = transfer_check(self);
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
        go_on(asker);
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
    bool is_long = false;
    for (; dead->abandoned_slots < end && !is_long; dead->abandoned_slots++) {
        struct thread *thread = thread_in_slot(dead->abandoned_slots);
        if (thread != NULL && thread->answerer == dead)
            is_long = message_refuse(thread);
    }
    return true;
}

void message_adopt(struct thread *thread) {
    thread->token = first_token | object_slot(thread->object);
}

void message_disown(struct thread *thread) {
    uint64_t serial = thread->token & ~(uint64_t)(OBJECTS_MAX - 1);
    if (first_token < serial)
        first_token = serial;
    handler_set(&thread->fault_handler, NULL);
    handler_set(&thread->syscall_handler, NULL);
}
