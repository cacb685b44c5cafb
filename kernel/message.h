/* kernel/message.h - how messages travel between threads, and who waits for whom.
 *
 * One that calls, faults or makes a foreign call asks: its message waits in the
 * endpoint's queue (THREAD_SENDING) or is taken at once, then it waits for the answer
 * (THREAD_AWAITING_REPLY) in no queue: it is known by its token alone.  fastpath.S is a
 * short cut for the common calls and replies; message.c can do them too.
 * Needs: kernel lock, all of it. */
#pragma once

#include "kernel/endpoint.h"
#include "kernel/thread.h"

/* thread->slow: reasons for message.c to deal with a thread that waits. */
enum slow {
    SLOW_TIMED = 1 << 0,  /* its wait has a deadline                      */
    SLOW_SENDER = 1 << 1, /* it sends                                     */
    SLOW_ALWAYS = 1 << 2, /* message.c does all: for tests, and the trace */
    SLOW_BOUND = 1 << 6,  /* not every hart may run it                    */
    SLOW_LASTING = SLOW_ALWAYS | SLOW_BOUND, /* not for this one wait     */
};

/* And in the same place, what one waits for that sends or awaits a reply. */
enum ask {
    ASK_CALL = 0,         /* a message as answer                          */
    ASK_SEND = 1 << 3,    /* that it is taken                             */
    ASK_FAULT = 1 << 4,   /* that its fault has been mended               */
    ASK_FOREIGN = 1 << 5, /* what the call returns                        */
};

/* One of the calls from `call` to `send_until`; trap.S has stored all registers that
 * count in self->x.  On return either self goes on or hart->thread is another or NULL. */
void message_call(struct thread *self, int64_t number);

/* The running thread asks through a gate whose endpoint is open: its message is what it
 * has in its registers, all of which are stored. */
void message_ask(struct thread *self, struct object *gate, enum ask ask,
                 uint64_t deadline_ns);

/* Nobody will ever take or answer the message of this thread, or send it one.  True if
 * that has ended its process: long enough for one step. */
bool message_refuse(struct thread *thread);

/* One more thing is pending: tell the endpoint's receiver, if it waits. */
void message_pending(struct endpoint *endpoint);

/* Refuse those who await an answer of `process`, which has ended; or with an `endpoint`,
 * an answer to what any other process has received there.  It looks at the next object
 * slots from `*slot` on; false when none are left. */
bool message_abandon_step(uint32_t *slot, const struct process *process,
                          const struct endpoint *endpoint);

/* At the beginning and the end of a thread. */
void message_adopt(struct thread *thread);
void message_disown(struct thread *thread);
