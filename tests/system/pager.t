#!/bin/sh
# pager.t - pagers in user space: what they give, whom they end, and that nothing is lost.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

for harts in 1 4; do
    boot "pattern-$harts" --smp $harts --accel tcg,thread=multi --append 'app=patternpager'
    healthy "pattern-$harts"
    said 'client: 8192 of 8192 words are right' "pattern-$harts: every word came on demand"
    is "$(grep -ac '^pager: fault' "$output")" 17 "pattern-$harts: by a fault a page"
    said 'client \(pid [0-9]+\) killed: load .*0x40010000' \
        "pattern-$harts: outside of the range the client is killed, and why is told"
    said 'pager: the client has ended: it was killed; 16 pages were filled' \
        "pattern-$harts: the pager goes on, and hears of it"
done

# What `~` starts is loaded by the pager of user/servers.
for harts in 1 4; do
    program "paged-$harts" --smp $harts --accel tcg,thread=multi --append 'app=~pagertest'
    output=$console
    said 'nothing for it at .*: the quota is used up' "paged-$harts: who uses too much is told"
    program "paged-race-$harts" --smp $harts --accel tcg,thread=multi --append 'app=~pagerrace'
    boot "paged-many-$harts" --smp $harts --accel tcg,thread=multi \
        --append 'app=~pagertest+~pagertest+"spinner x"+!~badaddr,~hello,~heapstress+~prodcons'
    healthy "paged-many-$harts"
    unsaid '^not ok' "paged-many-$harts: they do not disturb each other"
done

run_command tools/initrd "$work/alone.cpio" "$BUILD_DIR/initrd/hello"
boot alone --initrd "$work/alone.cpio" --append 'app=~hello'
ended_with 1 alone
said 'hello: no gate to the pager' "alone: without a pager nothing is loaded by it"

finish
