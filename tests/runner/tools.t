#!/bin/sh
# tools.t - the test of the small tools: setup, doctor, toolchain, initrd, help, soak and
# compile-commands, with hostile arguments and on machines that lack things.
# shellcheck disable=SC2016 # what the scripts expand is theirs
. "$(dirname "$0")/../lib.sh"

# A machine of our own: $bin is all that is on its PATH.
bin=$work/bin
mkdir "$bin"
for name in sh awk sed grep head basename dirname cat env tr echo; do
    ln -s "$(command -v "$name")" "$bin/$name"
done
# put COMMAND TEXT...: a command of that machine.
put() {
    name=$1
    shift
    make_script "bin/$name" "$@"
}

# toolchain
run_command env PATH="$bin" tools/toolchain
is "$status" 1 "toolchain: none there"
said "make setup" "toolchain: says how to get one"
for prefix in riscv64-unknown-linux-gnu- riscv-none-elf- riscv64-none-elf- riscv64-elf- \
    riscv64-linux-gnu- riscv64-unknown-elf-; do
    put "${prefix}gcc" 'echo "gcc (X 1-2.3) 12.2.0"'
    run_command env PATH="$bin" tools/toolchain
    unsaid "^$prefix" "toolchain: $prefix without its linker does not count"
    put "${prefix}ld" ':'
    run_command env PATH="$bin" tools/toolchain
    nth_line_is 1 "$prefix" "toolchain: finds $prefix"
done

# doctor
at_least() {
    run_command tools/doctor --at-least "$1" "$2"
    is "$status" "$3" "doctor: is $1 at least $2? status $3"
}
at_least 10.0 7.2 0
at_least 7.2 10.0 1
at_least 7.2.22 7.2 0
at_least 7.2 7.2.1 1
at_least 7.10 7.9 0
at_least 14 14.0.0 0
run_command env PATH="$bin" tools/doctor
is "$status" 1 "doctor: a poor machine is not well"
said 'MISSING +qemu-system-riscv64 .*package qemu-system' "doctor: names what is missing"
said 'ok +riscv-gcc +12.2.0' "doctor: reads gcc's version past the packager's"
said 'apt-get install .*qemu-system-misc' "doctor: says how to get it by hand"
said 'absent +chromium +for the group docs: make setup docs' "doctor: names the group docs"
unsaid 'apt-get install .*chromium' "doctor: which nobody must have"
put qemu-system-riscv64 'echo "QEMU emulator version 6.1.0 (Debian 1:6.1)"'
run_command env PATH="$bin" tools/doctor
said 'TOO OLD +qemu-system-riscv64 +6.1.0; at least 7.0' "doctor: an old QEMU is too old"
said 'needs a newer release' "doctor: says that make setup does not help there"
put qemu-system-riscv64 'echo "QEMU emulator version 10.0.2 (Debian 1:10.0.2)"'
run_command env PATH="$bin" tools/doctor
said 'ok +qemu-system-riscv64 +10.0.2' "doctor: QEMU 10 is not older than 7"
put qemu-system-riscv64 'echo unknown'
run_command env PATH="$bin" tools/doctor
said 'ok\? +qemu-system-riscv64' "doctor: a version that is not told is no fault"
for bad in --nonsense stray '--at-least 1' '--at-least 1 2 3'; do
    # shellcheck disable=SC2086
    run_command tools/doctor $bad
    is "$status" 2 "doctor $bad is refused"
done

# setup, on that machine; what apt-get is told is in $work/apt
run_command tools/setup --nonsense
is "$status" 2 "setup: an argument is refused"
run_command env PATH="$bin" tools/setup
is "$status" 1 "setup: a machine without apt-get is refused"
said 'no Debian' "setup: and says why"
put apt-get "echo \"\$*\" >>$work/apt"
put apt-cache 'case $2 in qemu-system-riscv) ;; *) echo "$2 | 1.0" ;; esac'
put id 'echo 0'
rm "$bin/qemu-system-riscv64"
run_command env PATH="$bin" tools/setup
is "$status" 1 "setup: what is not there afterwards is an error"
said 'missing:.*qemu-system-riscv' "setup: says what is missing"
said 'installing.* qemu-system-misc ' "setup: of two names, takes the one that is there"
is "$(grep -c '^update' "$work/apt")" 1 "setup: fetches the lists"
is "$(grep -c 'install .*--no-install-recommends' "$work/apt")" 1 "setup: installs"
put id 'echo 1000'
run_command env PATH="$bin" tools/setup
is "$status" 1 "setup: neither root nor sudo is refused"
said 'as root, or install sudo' "setup: and says what to do"
put sudo 'echo "sudo $1" >>'"$work/sudo" 'exec "$@"'
run_command env PATH="$bin" tools/setup
is "$(sort -u "$work/sudo" | tr '\n' ' ')" "sudo apt-get sudo env " "setup: goes through sudo"
rm -f "$work/apt"
mkdir "$work/tools"
cp tools/setup tools/packages.sh "$work/tools/"
echo 'sh - dash run' >"$work/tools/packages"
run_command env PATH="$bin" "$work/tools/setup"
is "$status" 0 "setup: nothing missing is fine"
is "$([ -e "$work/apt" ] && echo called)" "" "setup: and nothing is done"
echo 'nosuch-browser - a-browser docs' >>"$work/tools/packages"
run_command env PATH="$bin" "$work/tools/setup"
is "$([ -e "$work/apt" ] && echo called)" "" "setup: the group docs is not for everyone"
run_command env PATH="$bin" "$work/tools/setup" docs
is "$(grep -c 'install .* a-browser$' "$work/apt")" 1 "setup docs: installs it"
run_command env PATH="$bin" "$work/tools/setup" docs docs
is "$status" 2 "setup: two groups are refused"

# initrd
echo one >"$work/b.elf"
echo two >"$work/a.elf"
run_command tools/initrd "$work/1.cpio" "$work/a.elf" "$work/b.elf"
is "$status" 0 "initrd: packs"
touch -d '2001-01-01' "$work/a.elf"
run_command tools/initrd "$work/2.cpio" "$work/b.elf" "$work/a.elf"
run_command cmp "$work/1.cpio" "$work/2.cpio"
is "$status" 0 "initrd: the same programs give the same bytes"
run_command cpio --quiet -t -F "$work/1.cpio"
is "$(tr '\n' ' ' <"$output")" "a b " "initrd: programs lose their .elf"
run_command tools/initrd "$work/3.cpio"
is "$status" 0 "initrd: an empty archive can be"
run_command tools/initrd
is "$status" 2 "initrd: no archive is refused"
run_command tools/initrd "$work/4.cpio" "$work/none.elf"
is "$((status != 0))" 1 "initrd: a missing program is an error"

# help, compile-commands, soak, gdb
run_command tools/help Makefile
said '^  run  ' "help: lists run"
said '^  heapview  ' "help: lists the targets that stand further down"
missing=$(for target in setup run demo debug gdb test test-host test-kernel test-system bench \
    coverage check fuzz soak asm size loc doctor matrix host-lib heap-trace compile_commands.json \
    lab grade new-lab check-labs docs docs-serve docs-test format clean; do
    grep -q "^  $target " "$output" || echo "$target"
done)
is "$missing" "" "help: lists every target"
said '^  SMP=4 +harts' "help: lists a variable, with its default"
said '^  BUILD= +' "help: but no default that is an expression"
run_command tools/help
is "$status" 2 "help: no makefile is refused"
run_command tools/compile-commands 'gcc  -I.' a.c b.c -- 'clang' c.c
is "$(grep -c '"file"' "$output")" 3 "compile-commands: one entry a file"
said '"command": "gcc -I. -c a.c"' "compile-commands: with its command"
run_command tools/compile-commands
is "$status" 2 "compile-commands: nothing is refused"
run_command tools/gdb
is "$status" 2 "gdb: no kernel is refused"
run_command tools/gdb "$work/kernel"
is "$status" 1 "gdb: a kernel that is not there is an error"
said 'make debug' "gdb: and says what to do"
: >"$work/kernel"
run_command env GDB_PORT=1 timeout 5 tools/gdb "$work/kernel"
is "$status" 1 "gdb: no machine that waits is an error, at once"
said "port 1: start 'make debug'" "gdb: and says what to do"
run_command env GDB_PORT=x tools/gdb "$work/kernel"
is "$status" 1 "gdb: a port that is none is an error"
run_command env PATH="$bin" tools/gdb "$work/kernel"
is "$status" 1 "gdb: no gdb is an error"
said 'make setup' "gdb: and says what to do"
for bad in x 0 -1; do
    run_command tools/soak "$bad"
    is "$status" 2 "soak $bad is refused"
done
run_command tools/matrix --nonsense
is "$status" 2 "matrix: an unknown option is refused"
run_command .ci/run --nonsense
is "$status" 2 ".ci/run: an argument is refused"

finish
