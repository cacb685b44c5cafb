/* tests/model/kernel.pml - what the kernel does in one step, under the kernel lock.
 *
 * Part of messages.pml.  `h` is the hart, HARTS for the outsider, which is none; `self` or
 * `t` a thread.  Each name is the kernel's where the kernel has one. */

/* ---- scheduler: kernel/sched.c ---- */

#define is_queued(t)  (ready[0]??[eval(t)] || ready[1]??[eval(t)])
#define is_running(t) (running[0] == t || running[1] == t)

#define runs_without_tick(h) \
    (running[h] != NOBODY && !has_tick[h] && FAULT != BUSY_NOT_NUDGED)

/* Tickless: a hart that is idle, or whose thread runs alone, has no tick that would make
 * it look at its queue; so it is nudged. */
inline make_ready(h, t) {
    state[t] = READY;
    if
    :: target = 0
    :: target = 1
    fi;
    ready[target]!t;
    if
    :: target != h && (is_idle[target] || runs_without_tick(target)) ->
        ipi[target] = true
    :: else
    fi
}

inline leave_sleepers(t) {
    has_deadline[t] = has_deadline[t] && FAULT == TIMER_NOT_STOPPED;
    is_due[t] = is_due[t] && FAULT == TIMER_NOT_STOPPED
}

inline sched_wake(h, t, its_status) {
    leave_sleepers(t);
    status[t] = its_status;
    make_ready(h, t)
}

/* The running thread has blocked; `to` takes what is left of its turn, or is queued. */
inline sched_hand_over(h, to, its_status) {
    if
    :: leave_sleepers(to);
       status[to] = its_status;
       state[to] = READY;
       running[h] = to
    :: sched_wake(h, to, its_status)
    fi
}

inline sched_block(h, t, why) {
    state[t] = why;
    running[h] = NOBODY;
    if
    :: is_timed[t] ->
        has_deadline[t] = true;
        timer_of[t] = h
    :: else
    fi
}

inline leave_queue(t, is_left) {
    if
    :: state[t] == SENDING && (is_left) -> senders??eval(t)
    :: state[t] == RECEIVING && (is_left) -> receivers??eval(t)
    :: state[t] == READY && ready[0]??[eval(t)] -> ready[0]??eval(t)
    :: state[t] == READY && ready[1]??[eval(t)] -> ready[1]??eval(t)
    :: !(is_left) || state[t] == AWAITING_REPLY || is_running(t)
    fi
}

/* Whoever waits, for anything, goes on with `its_status`; its token is void. */
inline thread_cancel(h, t, its_status) {
    leave_queue(t, !(its_status == TIMEOUT && FAULT == TIMEOUT_IN_QUEUE));
    delivered_to[t] = NOBODY;
    sched_wake(h, t, its_status)
}

inline wake_sleepers(h) {
    i = 0;
    do
    :: i < THREADS ->
        if
        :: is_due[i] && timer_of[i] == h ->
            is_due[i] = false;
            has_deadline[i] = false;
            thread_cancel(h, i, TIMEOUT)
        :: else
        fi;
        i++
    :: else -> break
    od
}

/* The way out of the kernel, up to sret or to the wfi of idle(). */
inline sched_next(h) {
    if
    :: running[h] != NOBODY && state[running[h]] == ENDED -> running[h] = NOBODY
    :: else
    fi;
    if
    :: running[h] == NOBODY && len(ready[h]) > 0 -> ready[h]?running[h]
    :: else
    fi;
    is_idle[h] = running[h] == NOBODY && FAULT != LOOKS_UNLOCKED;
    has_tick[h] = running[h] != NOBODY && len(ready[h]) > 0;
    check()
}

/* Interrupts are cleared first: one that comes while the hart looks stays pending. */
inline interrupt(h) {
    ipi[h] = false;
    is_idle[h] = false;
    if
    :: timer[h] ->
        timer[h] = false;
        wake_sleepers(h)
    :: else
    fi
}

/* ---- messages: kernel/message.c ---- */

/* `callee` has the message of `caller`; it is woken by the caller of this. */
inline pass(caller, callee) {
    if
    :: is_call[caller] ->
        state[caller] = AWAITING_REPLY;
        serial[caller] = serial[caller] + (FAULT != SERIAL_STANDS_STILL -> 1 : 0);
        nr_calls[caller]++;
        answerer[caller] = process_of(callee);
        held[process_of(callee)]!caller, serial[caller], nr_calls[caller];
        delivered_to[caller] = process_of(callee);
        if
        :: !is_known && replays_left > 0 ->
            is_known = true;
            known_thread = caller;
            known_serial = serial[caller];
            known_call = nr_calls[caller]
        :: true
        fi
    :: else
    fi
}

/* call and send, with and without a deadline. */
inline message_send(h, self) {
    if
    :: endpoint_ended -> status[self] = CLOSED
    :: !endpoint_ended && len(receivers) > 0 ->
        receivers?from;
        if
        :: is_call[self] ->
            sched_block(h, self, AWAITING_REPLY);
            pass(self, from);
            sched_hand_over(h, from, OK)
        :: else ->
            status[self] = OK;
            sched_wake(h, from, OK)
        fi
    :: else ->
        senders!self;
        sched_block(h, self, SENDING)
    fi
}

inline message_receive(h, self) {
    if
    :: endpoint_ended -> status[self] = CLOSED
    :: !endpoint_ended && len(senders) > 0 ->
        senders?from;
        pass(from, self);
        if
        :: !is_call[from] -> sched_wake(h, from, OK)
        :: else
        fi;
        status[self] = OK
    :: else ->
        receivers!self;
        sched_block(h, self, RECEIVING)
    fi
}

#define would_answer(self) \
    ((state[from] == AWAITING_REPLY || FAULT == TOKEN_NOT_CONSUMED) && \
     serial[from] == its_serial && \
     (answerer[from] == process_of(self) || FAULT == TOKEN_FOR_ANYONE))

inline check_reply(self) { /* M3 */
    assert(state[from] == AWAITING_REPLY);
    assert(delivered_to[from] == process_of(self));
    assert(nr_calls[from] == its_call);
    assert(!endpoint_ended);
    delivered_to[from] = NOBODY
}

/* `is_last`: the replier blocks until there is a message; the caller runs in its place. */
inline message_reply(h, self, is_last) {
    if
    :: would_answer(self) ->
        check_reply(self);
        if
        :: is_last && len(senders) == 0 && !endpoint_ended ->
            receivers!self;
            sched_block(h, self, RECEIVING);
            sched_hand_over(h, from, OK)
        :: else -> sched_wake(h, from, OK)
        fi
    :: else
    fi
}

/* The endpoint is gone: by revoke, or with the last process that could receive. */
inline endpoint_end(h) {
    endpoint_ended = true;
    p = 0;
    do
    :: p < THREADS ->
        if
        :: (state[p] == SENDING && FAULT != SENDERS_NOT_TOLD) || state[p] == RECEIVING ||
           (state[p] == AWAITING_REPLY && FAULT != ASKERS_NOT_TOLD) ->
            thread_cancel(h, p, CLOSED)
        :: else
        fi;
        p++
    :: else -> p = 0; break
    od
}

/* ---- the end of a process: kernel/process.c ---- */

/* A thread that another hart runs is told to leave; its hart sees to the rest. */
inline sched_stop(h, t) {
    leave_queue(t, FAULT != QUEUE_NOT_LEFT);
    leave_sleepers(t);
    state[t] = ENDED;
    delivered_to[t] = NOBODY;
    i = 0;
    do
    :: i < HARTS ->
        if
        :: running[i] == t && i != h && FAULT != KILLED_NOT_NUDGED -> ipi[i] = true
        :: else
        fi;
        i++
    :: else -> i = 0; break
    od
}

#define is_alive(q)          (state[q] != ENDED)
#define can_anybody_receive  (is_alive(2) || is_alive(3))

inline process_end(h, q) {
    p = 0;
    do
    :: p < THREADS ->
        if
        :: process_of(p) == q && state[p] != ENDED -> sched_stop(h, p)
        :: process_of(p) != q && state[p] == AWAITING_REPLY && answerer[p] == q &&
           FAULT != CALLERS_NOT_TOLD -> thread_cancel(h, p, CLOSED)
        :: else
        fi;
        p++
    :: else -> p = 0; break
    od;
    do
    :: len(held[q]) > 0 -> held[q]?from, its_serial, its_call
    :: else -> break
    od;
    if
    :: !can_anybody_receive && !endpoint_ended -> endpoint_end(h)
    :: else
    fi
}
