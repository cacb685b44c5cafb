/* tests/model/messages.pml - a model of messages and of the scheduler, for spin.
 *
 * Two clients call and send through one endpoint; two threads serve it. At any moment
 * a deadline may pass, and an outsider may kill a process or revoke the endpoint. Spin
 * walks through every order in which that can happen on HARTS harts.
 *
 * A step of the model (`atomic`) is what the kernel does between taking its lock and
 * dropping it: from a trap to the way out, or from the end of wfi to the next wfi. What
 * a step does bears the name of the kernel's function; it is in kernel.pml, and what
 * users do in users.pml. Where the kernel decides by priorities, affinities and idle
 * harts, the model decides by chance (two options that are both executable): so what
 * holds here holds for every such policy.
 *
 * Proved, for each reachable state and each end:
 *   M1 A thread is in exactly one place: running on a hart, in a hart's ready queue,
 *       among the senders, among the receivers, or, awaiting a reply or ended, in
 *       none.
 *   M2 Only a call with a deadline times out.
 *   M3 A reply token is good once, for the call that it was given for, and only in the
 *       process that received the call, until the endpoint is revoked.
 *   M4 When nothing can happen any more, nobody waits but servers for a client, nobody
 *       is ready but not running, and no hart holds a thread that has ended.
 * With "every run ends", which spin proves separately, M4 says that no wake-up is lost
 * and that each call returns: with a reply, a timeout, or closed.
 *
 * Not here: what messages carry, gates and handles, memory being given back.
 *
 * FAULT=n plants a fault, which spin must find; see tests/model/model.t. TWINS=1
 * makes the two servers threads of one process; KILLS and the rest below bound the
 * search. */

#ifndef FAULT
#define FAULT 0
#endif
#define LOOKS_UNLOCKED      1  /* a hart says that it is idle after dropping the lock */
#define CLEARS_LATE         2  /* ... or throws away the nudges that came until then */
#define BUSY_NOT_NUDGED     3  /* a thread is queued behind one that runs without a tick */
#define KILLED_NOT_NUDGED   4  /* a killed thread is left running on another hart */
#define ENDED_MAY_CALL      5  /* who is killed while waiting for the lock still calls */
#define QUEUE_NOT_LEFT      6  /* a killed thread stays among the senders or receivers */
#define TIMEOUT_IN_QUEUE    7  /* so does one whose deadline has passed */
#define TIMER_NOT_STOPPED   8  /* a deadline outlives the wait that it was for */
#define TOKEN_NOT_CONSUMED  9  /* a token is good as long as its number fits */
#define TOKEN_FOR_ANYONE    10 /* ... or in any process */
#define SERIAL_STANDS_STILL 11 /* ... or for the caller's next call */
#define CALLERS_NOT_TOLD    12 /* who awaits a reply is forgotten when its server dies */
#define SENDERS_NOT_TOLD    13 /* who is queued is forgotten when the last server dies */

#define ASKERS_NOT_TOLD     14 /* who awaits a reply is forgotten by a revoke */

#ifndef TWINS
#define TWINS 0
#endif
#ifndef CALLS
#define CALLS               2  /* by client 0; client 1 makes one */
#endif
#ifndef KILLS
#define KILLS               1  /* of processes; a revoke counts as one */
#endif
#ifndef DEFERS
#define DEFERS              1  /* receives before the last message is replied to */
#endif
#ifndef REPLAYS
#define REPLAYS 1 /* replies with a token that is used, stale, or another's */
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
/* tokens */
chan held[PROCESSES] = [CALLS + 1] of { byte, byte, byte }; /* thread, serial, call */
bool is_known; /* a token that somebody wrote down: */
byte known_thread, known_serial, known_call;

/* ---- what the checker alone knows ---- */

byte nr_calls[THREADS];     /* a serial that is never wrong */
byte delivered_to[THREADS] = NOBODY; /* the process that holds a good token for its call */

/* 0 between steps: */
byte i, p, target, from, its_serial, its_call, nr_places;
mtype wanted = NONE;
byte victim = NOBODY;

#include "kernel.pml"
#include "users.pml"

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
            nr_places = nr_places + (is_queued(i) -> 1 : 0) +
                        (state[i] == SENDING || state[i] == RECEIVING -> 1 : 0);
            i++
        :: else -> break
        od;
        assert(nr_places ==
               len(senders) + len(receivers) + len(ready[0]) + len(ready[1]));
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
    atomic { \
        has_deadline[t] && !is_due[t] -> \
        is_due[t] = true; \
        timer[timer_of[t]] = true \
    }

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
            :: is_client(i) -> ready[0]!i
            :: else -> ready[1]!i
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
