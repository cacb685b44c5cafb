#!/bin/sh
# firmware.t - the kernel on a firmware that has next to nothing (firmware.S): it draws lots
# for the hart that boots, speaks and keeps time by the calls of SBI 0.1, and does without
# the other harts.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

firmware=$work/firmware.elf
run_command "$(tools/toolchain)gcc" -march=rv64imac -mabi=lp64 -misa-spec=2.2 -nostdlib \
    -static -Wl,--build-id=none -Wl,-Ttext=0x80000000 -o "$firmware" tests/system/firmware.S
is "$status" 0 "the firmware can be built"

for harts in 1 4; do
    boot "$harts" --bios "$firmware" --smp $harts --accel tcg,thread=multi \
        --append 'app=hello,spinner+spinner,sleeptest test=sbi*,timer*'
    healthy "$harts"
    said '^Hello' "$harts: the program is heard"
    said 'SBI 0\.1, .*console by the legacy call' "$harts: the console is the legacy one"
    said '^ok .*sbi_fences' "$harts: the kernel's tests of it pass"
    said 'timer by SBI' "$harts: the timer is the firmware's"
    said "1 of $harts harts online" "$harts: the others cannot be started"
done
said 'does not start: SBI error -2' "4: which is said"
unsaid 'free +\[ 0x80000000' "memory below the kernel is taken to be the firmware's"

finish
