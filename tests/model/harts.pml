/* tests/model/harts.pml - a model of the kernel lock and of the harts under it, for spin.
 *
 * messages.pml leaves to chance where a thread goes, and takes the lock for granted. Here
 * both are as the kernel does them: a lock that is tried, and waited for in a wfi that
 * does not wait; queues of each hart, and the rules by which kernel/sched.c chooses among
 * them; harts that sleep, nudges (IPIs) that wake them; and threads that are stopped
 * while another hart runs them, and go on before it has let go.
 *
 * Thread 0 is more urgent than the others, thread 2 computes and never calls. The first
 * two wait, signal, stop others, let them go on, and end, in any order. Between `lock`
 * and `unlock` a hart is alone, so all that it does there is one step; before and after
 * it others come in between. Names are those of sched.c.
 *
 * Proved, for each reachable state and each end:
 *   H1 One hart at a time has the lock.
 *   H2 A thread that is ready is in one queue, or on one hart, and nowhere else; one that
 *      moves is on the hart that it has to leave.
 *   H3 No hart sleeps, without a nudge under way, while somebody waits for a turn.
 *   H4 Who is stopped makes no call any more, and who stopped it goes on only when no
 *      hart has it.
 *   H5 When nothing can happen any more, nobody is ready but not running, no hart holds
 *      one who may not run, nobody waits for a bit that is set or for a hart to let go,
 *      and nobody stands before the lock.
 *
 * Not here: affinities, deadlines, and that a hart does ended processes' work.
 *
 * FAULT=n plants a fault, which spin must find: see tests/model/model.t. */

#ifndef FAULT
#define FAULT 0
#endif
#define LOCK_IN_TWO     1  /* the lock is tested, and then set */
#define LOCK_SLEEPS     2  /* who waits for it has no interrupt pending at its wfi */
#define FLAG_LATE       3  /* a hart says that it is idle after dropping the lock */
#define CLEARS_BLINDLY  4  /* a hart forgets its nudges between its look and its wfi */
#define IDLE_NOT_NUDGED 5  /* a thread is put into the queue of one that sleeps */
#define IDLE_OVERLOOKED 6  /* who is woken queues here, though another hart sleeps */
#define NOTHING_TAKEN   7  /* a hart with nothing to do looks at its own queue alone */
#define STOP_NOT_NUDGED 8  /* whose thread is stopped is not told */
#define STOPPER_LEFT    9  /* a hart that has let go does not tell who waits for it */
#define GOES_ON_TWICE   10 /* who goes on before its hart has let go is queued at once */
#define NOT_CALLED_OFF  11 /* who was stopped before the lock still calls */

#ifndef ACTS
#define ACTS 2 /* of each thread that calls */
#endif

#define HARTS   2
#define THREADS 3
#define NOBODY  THREADS
#define NO_HART HARTS

mtype = { READY, WAITING, STOPPING, MOVING, SUSPENDED, ENDED }; /* enum thread_state */
mtype = { CALL, CALLED_OFF, NUDGE, TICK, WAKES };               /* why into the kernel */

byte lock = NO_HART; /* who has it */
byte nr_inside;
mtype state[THREADS] = READY;
byte hart_of[THREADS];
bool is_queued[THREADS] = true; /* in the queue of its priority at hart_of[] */
byte acts_left[THREADS] = ACTS;
bool is_signalled; /* a notification */

byte running[HARTS] = NOBODY; /* hart->thread */
bool is_idle[HARTS];          /* its bit of sched_idle_harts */
bool is_nudged[HARTS];        /* sip.SSIP */
bool sleeps[HARTS];           /* it is at its wfi; for H3 alone */
bool at_lock[HARTS];         /* ... before the lock; for H5 alone */

byte target, t; /* 0 between steps */

/* ---- the queues ---- */

#define priority(t)     ((t) == 0 -> 2 : 1)
#define in_queue(h, t)  (is_queued[t] && hart_of[t] == h)
#define nr_ready(h)     (in_queue(h, 0) + in_queue(h, 1) + in_queue(h, 2))
#define other(h)        (1 - h)
#define is_running(t)   (running[hart_of[t]] == t)
#define is_urgent(h, t) (running[h] == NOBODY || priority(running[h]) < priority(t))

#define anybody_more_urgent(h) (in_queue(h, 0) && running[h] != 0)
#define anybody_waiting(h)     (nr_ready(h) > 0 && (running[h] != 0 || in_queue(h, 0)))

#define crowd_at(h, t) \
    (running[h] == NOBODY -> (nr_ready(h) == 0 -> 0 : 10 + nr_ready(h)) : \
     (priority(running[h]) < priority(t) -> 1 + priority(running[h]) : 11 + nr_ready(h)))

inline stand_back(h) {
    is_queued[running[h]] = true;
    running[h] = NOBODY
}

inline enter_here(h, th) {
    if
    :: running[h] != NOBODY && is_urgent(h, th) ->
        stand_back(h);
        running[h] = th
    :: else -> is_queued[th] = true
    fi
}

inline choose_hart(h, th) {
    if
    :: crowd_at(h, th) == 0 -> target = h
    :: else ->
        target = (crowd_at(hart_of[th], th) <= crowd_at(other(hart_of[th]), th) ->
                  hart_of[th] : other(hart_of[th]))
    fi
}

inline enter_anywhere(h, th) {
    if
    :: is_running(th) && FAULT != GOES_ON_TWICE -> state[th] = MOVING
    :: else ->
        choose_hart(h, th);
        hart_of[th] = target;
        if
        :: target == h -> enter_here(h, th)
        :: else ->
            is_queued[th] = true;
            is_nudged[target] = is_nudged[target] ||
                                (is_urgent(target, th) && FAULT != IDLE_NOT_NUDGED)
        fi;
        target = 0
    fi
}

#define nobody_idle (!is_idle[0] && !is_idle[1] || FAULT == IDLE_OVERLOOKED)

inline make_ready(h, th) {
    state[th] = READY;
    if
    :: nobody_idle && hart_of[th] == h -> enter_here(h, th)
    :: else -> enter_anywhere(h, th)
    fi
}

/* The most urgent; of those who are equal, any. */
inline run_first(h) {
    target = (nr_ready(h) > 0 -> h : other(h)); /* take_from_others() */
    if
    :: in_queue(target, 0) -> running[h] = 0
    :: !in_queue(target, 0) && in_queue(target, 1) -> running[h] = 1
    :: !in_queue(target, 0) && in_queue(target, 2) -> running[h] = 2
    fi;
    target = 0;
    is_queued[running[h]] = false;
    hart_of[running[h]] = h
}

/* ---- stopping ---- */

inline sched_stop(h, th, why) {
    if
    :: is_running(th) && hart_of[th] == h -> running[h] = NOBODY
    :: is_running(th) && hart_of[th] != h ->
        is_nudged[hart_of[th]] = is_nudged[hart_of[th]] || FAULT != STOP_NOT_NUDGED
    :: else -> is_queued[th] = false
    fi;
    state[th] = why
}

inline thread_suspend(h, self, th) {
    if
    :: state[th] == WAITING || state[th] == STOPPING -> make_ready(h, th)
    :: else
    fi;
    if
    :: state[th] != ENDED -> sched_stop(h, th, SUSPENDED)
    :: else
    fi;
    if
    :: state[th] == SUSPENDED && is_running(th) -> /* sched_await_stop() */
        assert(running[h] == self);
        state[self] = STOPPING;
        running[h] = NOBODY
    :: else
    fi
}

inline sched_let_go(h, th) {
    running[h] = NOBODY;
    if
    :: state[th] != ENDED ->
        choose_hart(h, th);
        hart_of[th] = target;
        target = 0
    :: else
    fi;
    if
    :: state[th] == MOVING -> make_ready(h, th)
    :: else
    fi
}

/* Two harts, so who waits for one to let go waits for the other than its own. */
inline sched_nudged(h) {
    is_nudged[h] = false;
    assert(running[h] == NOBODY || state[running[h]] == READY); /* H4 */
    t = 0;
    do
    :: t < THREADS ->
        if
        :: state[t] == STOPPING && hart_of[t] != h && FAULT != STOPPER_LEFT ->
            make_ready(h, t)
        :: else
        fi;
        t++
    :: else -> t = 0; break
    od;
    if
    :: running[h] != NOBODY && anybody_more_urgent(h) -> stand_back(h)
    :: else
    fi
}

inline sched_tick(h, self) {
    if
    :: running[h] == self && anybody_waiting(h) ->
        running[h] = NOBODY;
        enter_anywhere(h, self)
    :: else
    fi
}

/* ---- what users want ---- */

inline signal(h) {
    if
    :: state[0] == WAITING -> make_ready(h, 0)
    :: state[0] != WAITING && state[1] == WAITING -> make_ready(h, 1)
    :: else -> is_signalled = true
    fi
}

inline wait(h, self) {
    if
    :: is_signalled -> is_signalled = false
    :: else ->
        state[self] = WAITING;
        running[h] = NOBODY
    fi
}

inline system_call(h, self) {
    assert(state[self] == READY); /* H4 */
    if
    :: acts_left[self] == 0 -> sched_stop(h, self, ENDED)
    :: acts_left[self] > 0 ->
        acts_left[self]--;
        if
        :: true -> wait(h, self)
        :: true -> signal(h)
        :: true -> thread_suspend(h, self, 1 - self)
        :: true -> thread_suspend(h, self, 2)
        :: state[1 - self] == SUSPENDED -> make_ready(h, 1 - self)
        :: state[2] == SUSPENDED -> make_ready(h, 2)
        fi
    fi
}

/* ---- laws ---- */

#define is_placed(t) \
    (state[t] == READY -> is_queued[t] != is_running(t) : \
     (state[t] == MOVING -> is_running(t) && !is_queued[t] : \
      !is_queued[t] && ((state[t] != WAITING && state[t] != STOPPING) || !is_running(t))))
#define anybody_queued (is_queued[0] || is_queued[1] || is_queued[2])
#define is_lazy(h)     (sleeps[h] && !is_nudged[h] && anybody_queued)

inline check() {
    assert(is_placed(0) && is_placed(1) && is_placed(2)); /* H2 */
    assert(running[0] == NOBODY || running[0] != running[1]);
    assert(!is_lazy(0) && !is_lazy(1)) /* H3 */
}

/* ---- harts ---- */

inline kernel_lock(h) {
    do
    :: atomic { lock == NO_HART && FAULT != LOCK_IN_TWO -> lock = h; break }
    :: FAULT == LOCK_IN_TWO && lock == NO_HART -> lock = h; break
    :: atomic { lock != NO_HART -> is_nudged[h] = is_nudged[h] || FAULT != LOCK_SLEEPS };
       is_nudged[h] /* wfi */
    od;
    nr_inside++;
    assert(nr_inside == 1) /* H1 */
}

/* The way out of the kernel, to sret or to wfi: sched_next(). */
inline leave(h) {
    if
    :: running[h] == NOBODY &&
       (nr_ready(h) > 0 || nr_ready(other(h)) > 0 && FAULT != NOTHING_TAKEN) ->
        run_first(h)
    :: else
    fi;
    is_idle[h] = running[h] == NOBODY && FAULT != FLAG_LATE;
    sleeps[h] = is_idle[h] && FAULT != CLEARS_BLINDLY;
    nr_inside--;
    check();
    lock = NO_HART
}

#define was_stopped(th) (state[th] != READY && FAULT != NOT_CALLED_OFF)

/* trap_handler(), and what trap.S does in its place. */
inline trap_handler(h, self, why) {
    if
    :: why != CALL && why != WAKES && state[self] != READY -> sched_let_go(h, self)
    :: else
    fi;
    if
    :: why == NUDGE -> sched_nudged(h)
    :: why == TICK -> sched_tick(h, self)
    :: why == CALL -> system_call(h, self)
    :: why == WAKES ->
        is_idle[h] = false;
        if
        :: is_nudged[h] -> sched_nudged(h)
        :: else
        fi
    :: else
    fi
}

proctype hart(byte h) {
    mtype why = WAKES;
    byte self;
    do
    :: atomic { at_lock[h] = true; sleeps[h] = false; self = running[h] };
       kernel_lock(h);
       atomic {
           at_lock[h] = false;
           if
           :: why == CALL && was_stopped(self) -> /* T5: once more, by save_all */
               why = CALLED_OFF;
               nr_inside--;
               lock = NO_HART
           :: else ->
               trap_handler(h, self, why);
               why = WAKES;
               self = 0;
               leave(h)
           fi
       };
       if
       :: FAULT == FLAG_LATE && running[h] == NOBODY ->
           atomic { is_idle[h] = true; sleeps[h] = true; check() }
       :: FAULT == CLEARS_BLINDLY && running[h] == NOBODY ->
           atomic { is_nudged[h] = false; sleeps[h] = true; check() }
       :: else
       fi;
end:   if
       :: why == CALLED_OFF
       :: why != CALLED_OFF && is_nudged[h] ->
           why = (running[h] == NOBODY -> WAKES : NUDGE)
       :: running[h] == 2 && nr_ready(h) > 0 -> why = TICK
       :: why != CALLED_OFF && running[h] < 2 -> why = CALL
       fi
    od
}

#define is_at_rest(t) \
    (state[t] == ENDED || state[t] == SUSPENDED || \
     (state[t] == WAITING && !is_signalled) || (t == 2 && is_running(t)))
#define runs_the_living(h) (running[h] == NOBODY || state[running[h]] == READY)

proctype finale() {
    timeout; /* true when nobody else can do anything */
    assert(is_at_rest(0) && is_at_rest(1) && is_at_rest(2)); /* H5 */
    assert(runs_the_living(0) && runs_the_living(1));
    assert(lock == NO_HART && !at_lock[0] && !at_lock[1])
}

init {
    atomic {
        run hart(0);
        run hart(1);
        run finale()
    }
}
