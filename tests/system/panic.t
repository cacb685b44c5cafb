#!/bin/sh
# panic.t - each kind of bug in the kernel ends the machine with status 101, and says where.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

# panics TEST PATTERN: the self-test of that name panics and says something like it.
panics() {
    boot "$1" --smp "${3:-1}" --append "test=$1 app=hello"
    ended_with 101 "$1"
    said 'PANIC' "$1: says that it is a panic"
    said "$2" "$1: says $2"
    unsaid '^Hello' "$1: and no program runs any more"
}

panics panic_assert '[a-z]+/[a-z_]+\.c:[0-9]+'
said 'panic_assert|kernel_main|selftest_run' "panic_assert: the backtrace names functions"
said '^ +ra ffffffff80[0-9a-f]+ +sp ffffff' "panic_assert: shows the registers of the caller"
panics panic_null '0x0|NULL'
panics panic_text 'store'
said '^ +ra ffffffff80[0-9a-f]+ +sp ffffff' "panic_text: shows the registers of the trap"
panics panic_execute 'execute|fetch|instruction'
panics panic_stack_overflow 'stack'
panics panic_other_hart 'hart' 4
panics panic_twice 'cannot say it'
said 'PANIC within the panic' "panic_twice: says why it does not say more"
panics panic_all_harts 'hart [0-3] panics too' 4
is "$(grep -ac 'panics too' "$output")" 1 "panic_all_harts: one of them tells it, the others are still"
panics panic_double_free 'free'
panics panic_alloc_error 'largest free'

# What only a debug build notices; a release build says that it did not.
case $BUILD_DIR in
*debug*)
    panics panic_heap_overflow 'heap overflow: byte 40 of the 40-byte block'
    panics panic_use_after_free 'bad address (stval )?0xdddddddddddddddd'
    ;;
*)
    boot unnoticed --append 'test=panic_heap_overflow,panic_use_after_free'
    ended_with 1 "unnoticed faults"
    said '^not ok 2 .* nobody noticed' "unnoticed faults: says that nobody noticed"
    ;;
esac

boot write_after_free --append test=fail_write_after_free
ended_with 1 "a write into a free block"
said 'heap_check\(\) says: B3' "a write into a free block: heap_check() names the invariant"

finish
