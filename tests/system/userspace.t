#!/bin/sh
# userspace.t - the programs that test from user mode: their TAP must be whole and good.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

# program NAME ARGUMENT...: the program of that boot judged the machine itself.
program() {
    boot "$@"
    healthy "$1"
    console=$output
    output=$work/verdicts
    run_command tools/console-tap "$work/console" cat "$console"
    is "$status" 0 "$1: every check of the program holds, and none is missing"
    unsaid '^not ok' "$1: no check fails"
}

program badcalls --append 'app=badcalls'
program badcalls-learning --append 'app=badcalls learn=heap'
program badcalls-traced --append 'app=badcalls learn=heap trace=heap,frames'
program storm --icount --append 'app="callstorm 20000 1 count"'
program storm-learning --icount --append 'learn=heap app="callstorm 20000 2 count"'
boot storms --smp 4 --accel tcg,thread=multi \
    --append 'learn=heap app="callstorm 5000 3"+"callstorm 5000 4"+"!leaker crash"'
healthy storms
program registers --append 'app=regtest'
program registers-shared --smp 4 --accel tcg,thread=multi --append 'app=regtest+"spinner x"'
program processes --append 'app=makeproc'
program malloc --append 'app=malloctest'
boot stress --smp 4 --accel tcg,thread=multi \
    --append 'learn=heap app="heapstress 2000 1"+"heapstress 2000 2"+"heapstress 2000 3"'
healthy stress

program given-back --append 'app=reaptest+leaker'
program share --icount --append 'app=sharetest+"sharetest greedy"'
program sleepers --smp 4 --accel tcg,thread=multi --append 'app=sleeptest+"spinner x"'
boot leaker --append 'learn=heap app=leaker,"!leaker crash",leaker+"!leaker crash"'
healthy leaker

finish
