/* tests/model/users.pml - what a thread asks of the kernel when it has the hart.
 *
 * Part of messages.pml.  Sets `wanted`, and for a reply the token: `from`, `its_serial`. */

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
