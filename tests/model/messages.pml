/* tests/model/messages.pml - a model of messages and of the scheduler, for spin.
 *
 * Two clients call and send through one endpoint; two threads serve it.  At any moment a
 * deadline may pass, and an outsider may kill a process or revoke the endpoint.  Spin walks
 * through every order in which that can happen on HARTS harts.
 *
 * A step of the model (`atomic`) is what the kernel does between taking its lock and dropping
 * it: from a trap to the way out, or from the end of wfi to the next wfi.  What a step does
 * bears the name of the kernel's function.  Where the kernel decides by priorities,
 * affinities and idle harts, the model decides by chance (two options that are both
 * executable): so what holds here holds for every such policy.
 *
 * Proved, for each reachable state and each end:
 *   M1  A thread is in exactly one place: running on a hart, in a hart's ready queue, among
 *       the senders, among the receivers, or, awaiting a reply or ended, in none.
 *   M2  Only a call with a deadline times out.
 *   M3  A reply token is good once, for the call that it was given for, and only in the
 *       process that received the call.
 *   M4  When nothing can happen any more, nobody waits but servers for a client, nobody is
 *       ready but not running, and no hart holds a thread that has ended.
 * With "every run ends", which spin proves separately, M4 says that no wake-up is lost and
 * that each call returns: with a reply, a timeout, or closed.
 *
 * Not here: what messages carry, gates and handles, memory being given back.
 *
 * FAULT=n plants a fault, which spin must find; see tests/model/model.t.  TWINS=1 makes the
 * two servers threads of one process; KILLS and the rest below bound the search. */

#ifndef FAULT
#define FAULT 0
#endif
#define LOOKS_UNLOCKED       1  /* a hart says that it is idle after dropping the lock    */
#define CLEARS_LATE          2  /* ... or throws away the nudges that came until then     */
#define BUSY_NOT_NUDGED      3  /* a thread is queued behind one that runs without a tick */
#define KILLED_NOT_NUDGED    4  /* a killed thread is left running on another hart        */
#define ENDED_MAY_CALL       5  /* who is killed while waiting for the lock still calls   */
#define QUEUE_NOT_LEFT       6  /* a killed thread stays among the senders or receivers   */
#define TIMEOUT_IN_QUEUE     7  /* so does one whose deadline has passed                  */
#define TIMER_NOT_STOPPED    8  /* a deadline outlives the wait that it was for           */
#define TOKEN_NOT_CONSUMED   9  /* a token is good as long as its number fits             */
#define TOKEN_FOR_ANYONE     10 /* ... or in any process                                  */
#define SERIAL_STANDS_STILL  11 /* ... or for the caller's next call                      */
#define CALLERS_NOT_TOLD     12 /* who awaits a reply is forgotten when its server dies   */
#define SENDERS_NOT_TOLD     13 /* who is queued is forgotten when the last server dies   */

#ifndef TWINS
#define TWINS 0
#endif
#ifndef CALLS
#define CALLS 2 /* by client 0; client 1 makes one */
#endif
#ifndef KILLS
#define KILLS 1 /* of processes; a revoke counts as one */
#endif
#ifndef DEFERS
#define DEFERS 1 /* receives before the last message is replied to */
#endif
#ifndef REPLAYS
#define REPLAYS 1 /* replies with a token that may be used, stale, or another's */
#endif

#define HARTS        2
#define THREADS      4
#define NOBODY       THREADS
#define FIRST_SERVER 2 /* 0 and 1 are clients, each a process of its own */
#define PROCESSES    4
#define process_of(t) ((TWINS && t == 3) -> 2 : t)

mtype = { READY, SENDING, AWAITING_REPLY, RECEIVING, ENDED }; /* enum thread_state */
mtype = { NONE, OK, TIMEOUT, CLOSED };                        /* what a0 will be    */
mtype = { SEND, RECEIVE, REPLY, REPLY_RECEIVE, EXIT };        /* what a7 says       */

/* ---- the kernel's state: under the kernel lock ---- */

mtype state[THREADS] = READY;
mtype status[THREADS] = NONE;
bool is_call[THREADS];      /* among the senders: it wants a reply                   */
byte serial[THREADS];       /* of its calls: half of the token, the thread the other */
byte answerer[THREADS] = NOBODY; /* the process that must reply                           */
bool has_deadline[THREADS]; /* it is among the sleepers of hart timer_of[]           */
bool is_due[THREADS];
byte timer_of[THREADS];

bool endpoint_ended;
chan senders   = [THREADS] of { byte };
chan receivers = [THREADS] of { byte };

byte running[HARTS] = NOBODY; /* hart->thread */
chan ready[HARTS] = [THREADS] of { byte };
bool is_idle[HARTS];
bool has_tick[HARTS]; /* the timer will end the running thread's turn */
bool ipi[HARTS];      /* pending interrupts: they stay until they are cleared */
bool timer[HARTS];
bool at_door[HARTS]; /* a system call waits for the lock */

/* ---- the users' state ---- */

byte calls_left[THREADS];
bool is_timed[THREADS]; /* the call under way has a deadline */
bool spins[THREADS];    /* it computes, and calls the kernel no more */
byte defers_left = DEFERS;
byte replays_left = REPLAYS;
chan held[PROCESSES] = [CALLS + 1] of { byte, byte, byte }; /* tokens: thread, serial, nr_calls */
bool is_known; /* a token that somebody wrote down: */
byte known_thread, known_serial, known_call;

/* ---- what the checker alone knows ---- */

byte nr_calls[THREADS];     /* a serial that is never wrong */
byte delivered_to[THREADS] = NOBODY; /* the process that holds a good token for its call */

byte i, p, target, from, its_serial, its_call, nr_places; /* 0 between steps */
mtype wanted = NONE;
byte victim = NOBODY;

/* ---- scheduler: kernel/sched.c ---- */

#define is_queued(t)  (ready[0]??[eval(t)] || ready[1]??[eval(t)])
#define is_running(t) (running[0] == t || running[1] == t)

#define runs_without_tick(h) \
    (running[h] != NOBODY && !has_tick[h] && FAULT != BUSY_NOT_NUDGED)

/* Tickless: a hart that is idle, or whose thread runs alone, has no tick that would make it
 * look at its queue; so it is nudged. */
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

/* The running thread has blocked, and `to` takes what is left of its turn; or it is queued. */
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
    delivered_to[from] = NOBODY
}

/* `is_last`: the replier blocks until there is a message, and the caller runs in its place. */
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
           state[p] == AWAITING_REPLY -> thread_cancel(h, p, CLOSED)
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

/* ---- what users ask for when they have the hart ---- */

#define is_client(t) (t < FIRST_SERVER)

inline client_step(self) {
    if
    :: calls_left[self] > 0 && status[self] != CLOSED ->
        calls_left[self]--;
        wanted = SEND;
        if
        :: self == 0 -> is_call[self] = true; is_timed[self] = true
        :: is_call[self] = true
        :: self == 1 -> is_call[self] = false
        fi
    :: calls_left[self] == 0 || status[self] == CLOSED -> wanted = EXIT
    :: calls_left[self] == 0 && self == 1 -> spins[self] = true
    fi;
    status[self] = NONE
}

inline take_a_token(self) {
    held[process_of(self)]?from, its_serial, its_call;
    if
    :: len(held[process_of(self)]) > 0 -> /* the younger one first */
        held[process_of(self)]!from, its_serial, its_call;
        held[process_of(self)]?from, its_serial, its_call
    :: true
    fi
}

/* An honest server: while it holds a token it waits only up to a deadline. */
inline server_step(self) {
    is_timed[self] = false;
    if
    :: status[self] == CLOSED -> wanted = EXIT
    :: status[self] != CLOSED && len(held[process_of(self)]) == 0 -> wanted = RECEIVE
    :: status[self] != CLOSED && len(held[process_of(self)]) > 0 ->
        take_a_token(self);
        if
        :: wanted = REPLY
        :: wanted = REPLY_RECEIVE;
           is_timed[self] = len(held[process_of(self)]) > 0
        fi
    :: status[self] != CLOSED && len(held[process_of(self)]) > 0 && defers_left > 0 ->
        defers_left--;
        wanted = RECEIVE;
        is_timed[self] = true
    :: status[self] != CLOSED && is_known && replays_left > 0 -> /* not so honest */
        replays_left--;
        wanted = REPLY;
        from = known_thread;
        its_serial = known_serial;
        its_call = known_call
    fi;
    status[self] = NONE
}

inline system_call(h, self) {
    if
    :: wanted == EXIT ->
        victim = process_of(self);
        process_end(h, victim);
        victim = NOBODY
    :: wanted == SEND -> message_send(h, self)
    :: wanted == REPLY || wanted == REPLY_RECEIVE ->
        message_reply(h, self, wanted == REPLY_RECEIVE)
    :: else
    fi;
    if
    :: wanted == RECEIVE || (wanted == REPLY_RECEIVE && state[self] == READY) ->
        message_receive(h, self)
    :: else
    fi;
    wanted = NONE
}

/* ---- M1 and M2 ---- */

/* What does not matter any more: equal states are to look equal. */
inline forget(t) {
    if
    :: state[t] == READY || state[t] == ENDED ->
        is_timed[t] = false;
        is_call[t] = false;
        answerer[t] = (FAULT == TOKEN_NOT_CONSUMED -> answerer[t] : NOBODY);
        if
        :: status[t] != CLOSED || state[t] == ENDED -> status[t] = NONE
        :: else
        fi
    :: else
    fi;
    if
    :: !has_deadline[t] -> timer_of[t] = 0
    :: else
    fi;
    if
    :: state[t] == ENDED -> calls_left[t] = 0
    :: else
    fi
}

#define is_in(q, t) (q??[eval(t)] != 0)

inline check() {
    d_step {
        i = 0;
        nr_places = 0;
        do
        :: i < THREADS ->
            assert(is_in(senders, i) == (state[i] == SENDING));
            assert(is_in(receivers, i) == (state[i] == RECEIVING));
            assert(state[i] == READY || !is_queued(i));
            assert(state[i] == READY || state[i] == ENDED || !is_running(i));
            assert(state[i] != READY || is_queued(i) != is_running(i));
            assert(status[i] != TIMEOUT || is_timed[i]);
            forget(i);
            nr_places = nr_places + (is_queued(i) -> 1 : 0) + (state[i] == SENDING -> 1 : 0) +
                        (state[i] == RECEIVING -> 1 : 0);
            i++
        :: else -> break
        od;
        assert(nr_places == len(senders) + len(receivers) + len(ready[0]) + len(ready[1]));
        assert(running[0] != running[1] || running[0] == NOBODY);
        i = 0;
        nr_places = 0;
        from = 0; its_serial = 0; its_call = 0; target = 0
    }
}

/* ---- who acts ---- */

#define is_interrupted(h) (ipi[h] || timer[h])
#define in_user(h)        (running[h] != NOBODY && !at_door[h])

#define is_called_off(t)  (state[t] == ENDED && FAULT != ENDED_MAY_CALL)

/* The end of a turn matters to a thread that spins alone: others soon call. */
proctype hart(byte h) {
    byte self;
end:
    do
    :: in_user(h) && !is_interrupted(h) && !spins[running[h]] -> at_door[h] = true
    :: atomic {
        if
        :: in_user(h) && is_interrupted(h) -> interrupt(h)
        :: in_user(h) && has_tick[h] && spins[running[h]] ->
            if
            :: state[running[h]] == READY -> ready[h]!running[h]
            :: else /* it was killed, and the nudge is under way */
            fi;
            running[h] = NOBODY
        :: at_door[h] ->
            at_door[h] = false;
            self = running[h];
            if
            :: is_called_off(self)
            :: !is_called_off(self) && is_client(self) -> client_step(self)
            :: !is_called_off(self) && !is_client(self) -> server_step(self)
            fi;
            system_call(h, self);
            self = 0
        :: is_idle[h] && is_interrupted(h) -> interrupt(h)
        fi;
        sched_next(h)
    }
    :: running[h] == NOBODY && !is_idle[h] -> is_idle[h] = true /* LOOKS_UNLOCKED */
    :: FAULT == CLEARS_LATE && is_idle[h] && ipi[h] -> ipi[h] = false
    od
}

#define deadline_passes(t) \
    atomic { has_deadline[t] && !is_due[t] -> is_due[t] = true; timer[timer_of[t]] = true }

proctype clock() {
end:
    do
    :: deadline_passes(0)
    :: deadline_passes(1)
    :: deadline_passes(2)
    :: deadline_passes(3)
    od
}

/* It does all that it may, some of it, or nothing. */
proctype outsider() {
    byte kills_left = KILLS;
    do
    :: atomic {
        kills_left > 0 ->
        kills_left--;
        if
        :: !endpoint_ended -> endpoint_end(HARTS)
        :: is_alive(0) -> victim = 0
        :: is_alive(1) -> victim = 1
        :: is_alive(2) -> victim = 2
        :: is_alive(3) && process_of(3) == 3 -> victim = 3
        :: true
        fi;
        if
        :: victim != NOBODY -> process_end(HARTS, victim)
        :: else
        fi;
        victim = NOBODY;
        check()
    }
    :: break
    od
}

/* M4 */
#define is_at_rest(t) \
    (state[t] == ENDED || (state[t] == RECEIVING && !endpoint_ended) || \
     (is_running(t) && spins[t]))
#define runs_the_living(h) (running[h] == NOBODY || state[running[h]] == READY)

proctype finale() {
    timeout; /* true when nobody else can do anything */
    assert(is_at_rest(0) && is_at_rest(1) && is_at_rest(2) && is_at_rest(3));
    assert(runs_the_living(0) && runs_the_living(1))
}

init {
    atomic {
        i = 0;
        do
        :: i < THREADS ->
            if
            :: ready[0]!i
            :: ready[1]!i
            fi;
            i++
        :: else -> i = 0; break
        od;
        sched_next(0);
        sched_next(1);
        calls_left[0] = CALLS;
        calls_left[1] = 1;
        run hart(0);
        run hart(1);
        run clock();
        run outsider();
        run finale()
    }
}
