#!/bin/sh
# programs.t - good programs end well, bad ones are killed with rCore's words, and whatever
# they did, heap and frames are whole afterwards.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

for harts in 1 4; do
    boot "show-$harts" --show --smp $harts --accel tcg,thread=multi
    healthy "show-$harts"
    said 'heap_test passed!' "show-$harts: heap_test passed!"
    said 'frame_allocator_test passed!' "show-$harts: frame_allocator_test passed!"
    said 'remap_test passed!' "show-$harts: remap_test passed!"
    unsaid '^not ok' "show-$harts: every kernel test passes"
    said '[Ff]ragment' "show-$harts: the heap's picture tells the fragmentation"
    said '[Ll]argest free' "show-$harts: and the largest free block"
done

boot badaddr --append 'app=badaddr'
ended_with 1 badaddr
said 'PageFault in application, bad addr = 0x[0-9a-f]+, bad instruction = 0x[0-9a-f]+, kernel killed it' \
    "badaddr: the reason is told in rCore's words"
said 'nothing missing' "badaddr: nothing is missing afterwards"

boot badinst --append 'app=badinst'
ended_with 1 badinst
said 'IllegalInstruction in application, kernel killed it' "badinst: the reason is told"
said 'nothing missing' "badinst: nothing is missing afterwards"

# Vectors are off, whatever the hart has and the firmware left on.  Floating point is there
# if the hart has it, and what is illegal beside it stays so.
boot registers --cpu rv64,v=true --append 'app="!badinst float","!badinst vector"'
healthy registers
said 'badinst: floating point is on' "registers: floating point is allowed"
zfa= # a newer QEMU has it, and refuses it without f
echo quit | ${QEMU:-qemu-system-riscv64} -machine virt -cpu rv64,zfa=off -S -display none \
    -monitor stdio >/dev/null 2>&1 && zfa=,zfa=off
for isa in d=off d=off,f=off$zfa; do
    boot "no-float-$isa" --cpu "rv64,$isa" --append 'app="!badinst float"'
    healthy "no-float-$isa"
    unsaid 'badinst: floating point is on' "no-float-$isa: a hart without doubles has none"
done

boot expected --append 'app=!badaddr,!badinst'
healthy expected
boot unexpected --append 'app=!hello'
ended_with 1 unexpected
said 'was expected to fail, and did not' "unexpected: a program that should fail must"

boot goes-on --append 'app=badaddr,hello'
ended_with 1 goes-on
said '[Hh]ello' "goes-on: the next program runs after one that was killed"

boot together --smp 4 --accel tcg,thread=multi --append 'app=spinner+spinner+hello'
healthy together

boot arguments --append 'app="hello one  two",hello'
healthy arguments
said 'argument 2 is "two"' "arguments: arrive"
boot 15-arguments --append "app=\"hello $(seq -s' ' 15)\""
healthy 15-arguments
said 'argument 15 is "15"' "15-arguments: all arrive"
boot 16-arguments --append "app=\"hello $(seq -s' ' 16)\""
ended_with 1 16-arguments
said 'hello: more than 15 arguments' "16-arguments: are refused, not cut"

boot no-learning --append 'app=heapdemo'
healthy no-learning
said 'learn=heap' "no-learning: the learning calls are refused unless asked for, and it says so"

# No page of a program is writable and executable, and below its stack there is none.
for way in text rodata stack heap guard; do
    boot "wx-$way" --append "app=\"!wxtest $way\""
    healthy "wx-$way"
    said 'PageFault in application' "wx-$way: killed for the access"
done

boot missing --append 'app=nosuchprogram'
ended_with 1 missing
said 'nosuchprogram: no such program' "missing: the program's name is told"

boot empty-item --append 'app=""'
unsaid PANIC "empty-item: no panic"
boot many --append "app=$(seq -s+ 30 | sed 's/[0-9][0-9]*/hello/g')"
ended_with 1 many
said 'more than [0-9]+ programs at once' "many: too many at once are refused"

boot no-initrd --initrd none --append 'app=hello'
ended_with 1 no-initrd
said 'no initrd' "no-initrd: told"

head -c 100000 /dev/urandom >"$work/garbage"
boot garbage --initrd "$work/garbage" --append 'app=hello'
ended_with 1 garbage
said 'malformed' "garbage: an initrd of noise is told apart"

head -c 3000 "$BUILD_DIR/initrd.cpio" >"$work/cut"
boot cut --initrd "$work/cut" --append 'app=spinner'
ended_with 1 cut

mkdir "$work/root"
head -c 20000 /dev/urandom >"$work/root/noise"
: >"$work/root/empty"
{
    printf '\177ELF\002\001\001'
    head -c 500 /dev/zero
} >"$work/root/half"
run_command tools/initrd "$work/bad.cpio" "$work/root/noise" "$work/root/empty" "$work/root/half"
boot bad-elf --initrd "$work/bad.cpio" --append 'app=noise,empty,half'
ended_with 1 bad-elf
said 'noise: refused' "bad-elf: noise is no program"
said 'empty: refused' "bad-elf: an empty file is no program"
said 'half: refused' "bad-elf: half a header is no program"
unsaid PANIC "bad-elf: and nothing panics"

finish
