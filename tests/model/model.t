#!/bin/sh
# model.t - spin proves tests/model/messages.pml and harts.pml, and finds each fault that
# is planted in them.
#
# The bounds of each search are as small as its question allows: each takes seconds.
# shellcheck disable=SC2086 # flags are lists of words
. "$(dirname "$0")/../lib.sh"

model=$PWD/tests/model/messages.pml # then harts.pml

# search SPIN_FLAGS CC_FLAGS PAN_FLAGS: what the checker says is in $output.
search() {
    (
        cd "$work" && spin $1 -a "$model" &&
            gcc -w -DVECTORSZ=1024 $2 -o pan pan.c && ./pan -m10000 $3
    ) >"$output" 2>&1 </dev/null
}

# proved NAME: the search was a whole one, and found nothing.
proved() {
    if grep -qE 'Search not completed|max search depth|assertion violated' "$output"; then
        fail "$1 (found something, or did not see all)"
    else
        said 'errors: 0$' "$1"
    fi
}

safe() {
    search "$1" '-O1 -DSAFETY' ''
    proved "safe: $1"
}

# What the assertion of each law looks like when the checker prints it.
m1='Q_has|running\[0\]!=running\[1\]'
m2='status\[i\]'
m3='delivered_to|its_call|state\[from\]|endpoint_ended'
m4='spins\[|state\[running'

# found FAULT LAW FLAGS: the fault breaks that law.
found() {
    search "-DFAULT=$1 ${3-}" '-O0 -DSAFETY' ''
    said "assertion violated.*($2)" "found: $1"
}

if ! command -v spin >/dev/null; then
    fail "spin is there (make setup)"
    finish
fi

for twins in 0 1; do
    safe "-DTWINS=$twins -DKILLS=1 -DCALLS=1 -DREPLAYS=0"
    safe "-DTWINS=$twins -DKILLS=0 -DCALLS=2 -DREPLAYS=0"
done
safe "-DTWINS=0 -DKILLS=0 -DCALLS=2 -DREPLAYS=1 -DDEFERS=0"
search '-DKILLS=1 -DCALLS=1 -DREPLAYS=0 -DDEFERS=0' '-O1 -DNP' '-l'
proved "every run ends"

calm='-DKILLS=0 -DCALLS=1 -DREPLAYS=0 -DDEFERS=0'
longer='-DKILLS=0 -DCALLS=2 -DREPLAYS=1 -DDEFERS=0'
killing='-DKILLS=1 -DCALLS=1 -DREPLAYS=0 -DDEFERS=0'
found LOOKS_UNLOCKED "$m4" "$calm"
found CLEARS_LATE "$m4" "$calm"
found BUSY_NOT_NUDGED "$m4" "$calm"
found KILLED_NOT_NUDGED "$m4" "$killing"
found ENDED_MAY_CALL "$m1|$m4" "$killing"
found QUEUE_NOT_LEFT "$m1" "$killing"
found TIMEOUT_IN_QUEUE "$m1" "$calm"
found TIMER_NOT_STOPPED "$m2" "$longer"
found TOKEN_NOT_CONSUMED "$m3" "$longer"
found TOKEN_FOR_ANYONE "$m3" "$longer"
found SERIAL_STANDS_STILL "$m3" "$longer"
found CALLERS_NOT_TOLD "$m4" "$killing"
found SENDERS_NOT_TOLD "$m4" "$killing"
found ASKERS_NOT_TOLD "$m3" "$killing"

model=$PWD/tests/model/harts.pml
h1='nr_inside==1'
h2='is_queued\[0\]!=|running\[0\]!=running\[1\]'
h3='sleeps\[0\]'
h4='state\[self\]==|state\[running\[h\]\]=='
h5='is_signalled|state\[running\[|at_lock\[0\]'
safe '-DACTS=3'
found LOCK_IN_TWO "$h1"
found LOCK_SLEEPS "$h5"
found FLAG_LATE "$h3"
found CLEARS_BLINDLY "$h3"
found IDLE_NOT_NUDGED "$h3"
found IDLE_OVERLOOKED "$h3"
found NOTHING_TAKEN "$h3"
found STOP_NOT_NUDGED "$h5"
found STOPPER_LEFT "$h5"
found GOES_ON_TWICE "$h2"
found NOT_CALLED_OFF "$h4"
finish
