#!/bin/sh
# userspace.t - the programs that test from user mode: their TAP must be whole and good.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

program badcalls --append 'app=badcalls'
program badcalls-learning --append 'app=badcalls learn=heap'
program badcalls-traced --append 'app=badcalls learn=heap trace=heap,frames'
program fuzz-counted --icount --append 'app="callfuzz 20000 1 count"'
program fuzz-counted-learning --icount --append 'learn=heap app="callfuzz 20000 2000 count"'
program fuzz --append 'learn=heap app="callfuzz 40000 2000000"'
program fuzz-shared --smp 4 --accel tcg,thread=multi \
    --append 'learn=heap app="@callfuzz 40000 3000"'
boot fuzzers --smp 4 --accel tcg,thread=multi \
    --append 'learn=heap app="callfuzz 20000 4000"+"callfuzz 20000 5000"+"!leaker crash"'
healthy fuzzers
program kill-anything --icount --append 'app="killany 1000 1"'
program kill-anything-2 --smp 2 --accel tcg,thread=multi --append 'app="killany 500 2"'
program kill-anything-4 --smp 4 --accel tcg,thread=multi --append 'app="killany 100 3"'
program exhaust --icount --append 'app=exhaust'
program exhaust-4 --smp 4 --accel tcg,thread=multi --append 'app=exhaust'
boot orphans --smp 4 --accel tcg,thread=multi --append 'app=orphans'
healthy orphans
said 'orphan \(pid [0-9]+\) killed: init has ended' 'orphans: end with init'
program isolation --icount --append 'app=isolation'
program registers --append 'app=regtest'
program registers-shared --smp 4 --accel tcg,thread=multi --append 'app=regtest+"spinner x"'
program floats --append 'app=fptest'
boot floats-3 --icount --append 'app=fptest+fptest+"spinner x"'
healthy floats-3
boot floats-4 --smp 4 --accel tcg,thread=multi --append 'app=fptest+fptest,fptest'
healthy floats-4
program processes --append 'app=makeproc'
boot pingpong --append 'app=pingpong'
healthy pingpong
said 'client: pong 13' 'pingpong: the third answer'
said 'server: my client has closed its gate' 'pingpong: the server hears of the end'
boot badges --smp 4 --accel tcg,thread=multi --append 'app=badges'
healthy badges
said 'client 0 has gone, its account is 55' 'badges: one account'
said 'client 1 has gone, its account is 55' 'badges: and the other'
boot deferred --append 'app=deferred'
healthy deferred
said 'waiter 3 was answered as number 1' 'deferred: the last is answered first'
said 'waiter 1 was answered as number 3' 'deferred: and the first last'
program wx-allowed --append 'app="@wxtest allowed"'
program wx-refused --append 'app="wxtest refused"'
program loader --append 'app=loadtest'
program badobjects --append 'app=badobjects'
program malloc --append 'app=malloctest'
boot stress --smp 4 --accel tcg,thread=multi \
    --append 'learn=heap app="heapstress 2000 1"+"heapstress 2000 2"+"heapstress 2000 3"'
healthy stress

for harts in 1 2 4 8; do
    program harts-$harts --smp $harts --accel tcg,thread=multi --append "app=\"hartstest $harts\""
done
program harts-shares --smp 4 --accel tcg,thread=multi --append 'app="hartstest 4 shares"'
program harts-charges --smp 1 --icount --append 'app="hartstest 1 charges"'
program given-back --append 'app=reaptest+leaker'
program share --icount --smp 1 --append 'app=sharetest+"sharetest greedy"'
program sleepers --smp 4 --accel tcg,thread=multi --append 'app=sleeptest+"spinner x"'
program interrupts --append 'app=@irqtest'
program interrupts-4 --smp 4 --accel tcg,thread=multi --append 'app=@irqtest+"spinner x"'
boot no-device --append 'app=irqtest,rtc'
ended_with 1 no-device
said 'rtc: .*right' "no-device: a driver without the right says so"
for harts in 1 4; do
    boot "clock-$harts" --smp $harts --accel tcg,thread=multi --append 'app=@rtc+"spinner x"' \
        --qemu "${QEMU:-qemu-system-riscv64} -rtc base=2028-02-29T12:34:56"
    healthy "clock-$harts"
    said 'rtc: 2028-02-29 12:3[45]:[0-5][0-9] UTC' "clock-$harts: the driver reads the date"
    said 'rtc: alarm 3 after [1-9][0-9]{5,} us' "clock-$harts: three alarms interrupt"
done
program bad-notifications --append 'app=badnotify'
boot goods --smp 4 --accel tcg,thread=multi --append 'app=prodcons+"spinner x",prodcons'
healthy goods
said '1000 of 1000 goods have come' "goods: producer and consumer wait for each other"
boot leaker --append 'learn=heap app=leaker,"!leaker crash",leaker+"!leaker crash"'
healthy leaker

finish
