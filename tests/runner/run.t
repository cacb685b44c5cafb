#!/bin/sh
# run.t - the test of tools/run, with a shell script in QEMU's place.
# shellcheck disable=SC2016 # what the scripts print is theirs
. "$(dirname "$0")/../lib.sh"

: >"$work/kernel"
: >"$work/initrd"
make_script qemu 'for word; do echo "<$word>"; done'

# with_qemu SCRIPT ARGUMENT...
with_qemu() {
    qemu=$work/$1
    shift
    run_command tools/run --qemu "$qemu" --kernel "$work/kernel" --initrd "$work/initrd" "$@"
}

with_qemu qemu --smp 3 --mem 64M
is "$status" 0 "the machine's status comes back: 0"
said '^<3>$' "--smp is passed on"
said '^<64M>$' "--mem is passed on"
said "^<$work/initrd>\$" "the initrd is passed on"
unsaid 'color=on' "no colour where there is no terminal"

with_qemu qemu --append 'app="a b" x=$(id) ;`id`'
said '^<app="a b" x=\$\(id\) ;`id`>$' "--append arrives as it was given"
with_qemu qemu --app hello --log mm:debug
said '^<app=hello log=mm:debug>$' "--app and --log become boot options"
with_qemu qemu --smp 1
said '^<app=,>$' "without --shell or programs nothing is run, and so nothing waited for"
with_qemu qemu --shell
said '^<learn=heap app=,>$' "--shell: nothing either, when nobody can type"
with_qemu qemu --shell --app hello
said '^<learn=heap app=hello>$' "--shell: programs take its place"
with_qemu qemu --shell --append 'script="ps; heap"'
said '^<learn=heap script="ps; heap">$' "--shell: a script needs nobody"
with_qemu qemu --show --app hello
said 'test=\*.*app=hello>$' "--app takes the place of the show's programs"
unsaid 'heapdemo' "and the show's are gone"
with_qemu qemu --initrd none
unsaid '-initrd' "--initrd none gives none"
with_qemu qemu --icount --cpu rv64,sstc=off
said '^<shift=0,sleep=off>$' "--icount is passed on"
said '^<rv64,sstc=off>$' "--cpu is passed on"
with_qemu qemu --gdb --gdb-port 4321
said '^<tcp:127.0.0.1:4321>$' "--gdb waits at the port"
said 'make gdb' "and says what to type"

run_command env SMP=7 MEM=96M APPEND='test=buddy*' tools/run --qemu "$work/qemu" \
    --kernel "$work/kernel" --initrd "$work/initrd"
said '^<7>$' "SMP from the environment"
said '^<app=, test=buddy\*>$' "APPEND from the environment"

make_script ends_with_101 'echo PANIC' 'exit 101'
with_qemu ends_with_101
is "$status" 101 "the machine's status comes back: 101"
make_script killed 'kill -9 $$'
with_qemu killed
is "$status" 137 "a machine killed by a signal: 128 + signal"
make_script silent 'sleep 30'
with_qemu silent --timeout 1
is "$status" 124 "a silent machine is ended"
said 'hung: nothing came from the machine for 1 s' "and the reason told"
said "QEMU's monitor: No such file" "a QEMU that cannot say where its harts are: told"
run_command tools/run --qemu 'qemu-system-riscv64 -S' --kernel "$BUILD_DIR/huoban.elf" \
    --initrd none --smp 2 --limit 5
is "$status" 124 "a machine that hangs in QEMU is ended"
said 'run: hart 1: pc [0-9a-f]{16}, ra ' "and where its harts stand is told"
make_script chatty 'while :; do echo x; sleep 0.2; done'
with_qemu chatty --limit 1
is "$status" 124 "a machine that chatters for ever is ended by --limit"

# types BYTES TEXT: what a machine gets that reads so much after its prompt.
types() {
    make_script types 'timeout 0.5 head -c 1 && echo "typed too early"' 'printf "huoban> "' \
        "head -c $1 | tr '\\004\\n' D."
    printf "%s" "$2" | tools/run --shell --qemu "$work/types" --kernel "$work/kernel" \
        --initrd none --timeout 5 >"$output" 2>&1
    unsaid 'too early' "nothing is typed before there is a prompt"
}
types 9 'one
two
'
said '^huoban> one.two.D$' "standard input is typed, and then Ctrl-D"
types 5 'cut'
said '^huoban> cutDD$' "Ctrl-D comes again, when a line or a program took the first"
types 1 ''
said '^huoban> D$' "of nothing, the end is typed"
types 20001 "$(head -c 20000 /dev/zero | tr '\0' x)"
said '^huoban> x{20000}D$' "much is typed whole"

with_qemu missing
is "$status" 2 "a missing QEMU is refused"
said 'make setup' "and says how to get one"
printf 'garbage' >"$work/garbage" && chmod +x "$work/garbage"
with_qemu garbage
is "$status" 126 "a QEMU that is no program is told apart"

# refused PATTERN ARGUMENT...: exit status 2 with that message, before anything starts.
refused() {
    pattern=$1
    shift
    with_qemu qemu "$@"
    is "$status" 2 "refused: $*"
    said "$pattern" "and says: $pattern"
}

for bad in 0 9 -1 x '' 1.5 ' 1' 1000000 '1;id'; do
    refused '1 to 8|expected one argument' "--smp=$bad"
done
for bad in 0 0M 128 128K M x '' -1M '1G;id' 1.5G; do
    refused 'a number and M or G|expected one argument' "--mem=$bad"
done
for bad in x -1 '' 1.5 99999999; do
    refused 'number of seconds|expected one argument' "--timeout=$bad"
    refused 'number of seconds|expected one argument' "--limit=$bad"
done
with_qemu qemu --app 'hello 1  2,b+ c'
said '^<app="hello 1  2",b\+c>$' "--app: an item with arguments is quoted for the kernel"
for bad in 'a"b' '"' "$(printf 'a\tb')" "$(printf 'a\033b')"; do
    refused 'quotes are not needed' "--app=$bad"
done
for bad in 'a b' 'a"b' "$(printf 'a\tb')"; do
    refused 'no blanks or quotes' "--log=$bad"
done
for bad in x 0 -1 65536 99999 '' 1.5; do
    refused "a port's number|expected one argument" --gdb "--gdb-port=$bad"
done
refused 'QEMU=.*No closing quotation' --qemu "$work/qemu'"
refused 'no firmware none' --bios none
run_command env ICOUNT=1 QEMU="$work/qemu" tools/run --kernel "$work/kernel" --initrd none
said 'icount' "ICOUNT=1 counts instructions"
refused 'no firmware .*BIOS=' --bios "$work/none"
refused 'no kernel' --kernel "$work/none"
refused 'no initrd' --initrd "$work/none"
refused 'unrecognized' --nonsense
refused 'unrecognized' stray

finish
