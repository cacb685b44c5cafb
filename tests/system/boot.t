#!/bin/sh
# boot.t - the kernel boots on small and large machines, and refuses one that is too small.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

threads='tcg,thread=multi' # harts that really run at the same time

# hello NAME ARGUMENT...: a boot that runs one program.
hello() {
    name=$1
    shift
    boot "$name" --append 'app=hello' "$@"
    if [ "$status" = no_memory ]; then
        skip "$name" "this machine has not that much memory"
        return
    fi
    healthy "$name"
    said '[Hh]ello' "$name: the program is heard"
}

hello 1-hart --smp 1
said 'HEAP_SPACE \[0x[0-9a-f]+, 0x[0-9a-f]+\).*in \.bss' "1-hart: tells where the heap is"
said 'memory map, from the device tree' "1-hart: tells the memory map"
hello 4-harts --smp 4 --accel $threads
said '4 harts' "4-harts: sees them all"
hello 8-harts --smp 8 --accel $threads
said '8 harts' "8-harts: sees them all"
hello icount --smp 4 --icount
hello 32M --smp 2 --mem 32M
hello 4G --mem 4G
hello 8G --mem 8G

# The timer without Sstc is the firmware's.
case $CPU_BASE in
rv64)
    boot no-sstc --cpu rv64,sstc=off --append 'app=hello,spinner+spinner log=debug'
    healthy no-sstc
    said 'timer by .*SBI' "no-sstc: the timer is the firmware's"
    boot sstc --append 'app=hello log=debug'
    said 'timer by .*[Ss]stc' "sstc: the timer is the hart's own, where there is one"
    ;;
*)
    skip "no-sstc" "this machine's processor is $CPU_BASE"
    ;;
esac

boot 16M --mem 16M --append 'app=hello'
is "$([ "$status" = 0 ] && echo 0)" "" "16M: a machine too small does not end with 0"
said 'too little memory|32M' "16M: and is told what it lacks"
unsaid '[Hh]ello from' "16M: and runs no program"

finish
