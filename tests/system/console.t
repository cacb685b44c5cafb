#!/bin/sh
# console.t - the console server, at a terminal: editing, several clients, keys, hostile and
# dying clients; and that it, and another server, can be ended under their clients.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

# at_console NAME STEP... -- ARGUMENT...: as boot does, with somebody who types.
at_console() {
    output=$logs/$(basename "$0" .t)-$1.log
    shift
    run_command tests/system/typist.py "$@" --limit 120 --cpu "$CPU_BASE"
    tr -d '\r' <"$output" >"$output.new" && mv "$output.new" "$output"
}

for harts in 1 4; do
    machine="--smp $harts --accel tcg,thread=multi"

    # shellcheck disable=SC2086 # words
    at_console edit-$harts 'see A> ' 'type helo\x1b[Dl\r' 'see A has read: hello' \
        'type wrong\x15right\r' 'see A has read: right' 'type \x1b[A\r' 'see A has read: right' \
        'type no newline\x04' 'see A has read: no newline' 'type \x04' \
        -- $machine --append 'app="conecho A <console"'
    healthy edit-$harts
    said 'A: the end' "edit-$harts: Ctrl-D on an empty line is the end of the input"

    # shellcheck disable=SC2086
    at_console two-$harts 'see > ' 'type one\r' 'see has read: one' 'type two\r' \
        'see has read: two' 'type \x04' 'see : the end' 'type \x04' \
        -- $machine --append 'app="conecho A <console"+"conecho B <console"'
    healthy two-$harts
    said 'A has read: (one|two)' "two-$harts: one client gets a line"
    said 'B has read: (one|two)' "two-$harts: and the other the next"

    # shellcheck disable=SC2086
    at_console keys-$harts 'see waits for Ctrl-C' 'see A> ' 'type half\x14' \
        'see what it waits for' 'see A> half' 'type \x03' 'see interrupted' 'type \x04' \
        -- $machine --append 'app="consoletest interrupt <console"+"conecho A <console"'
    healthy keys-$harts
    said 'conecho .*calls .*console \(pid [0-9]+\) is to answer' \
        "keys-$harts: Ctrl-T tells who waits, and for whom"
    said 'init .*receives +at endpoint [0-9]+' "keys-$harts: and for what"
    said 'half.*\^C' "keys-$harts: Ctrl-C takes the half line away"
    said 'interrupted, bits 0x1' "keys-$harts: and tells the program in the foreground"

    # 64 lines of 64 bytes, before anybody reads: more than the port can hold.
    lines=$(seq 64 | awk '{ printf "%02d%061d\\r", $1, $1 }')
    # shellcheck disable=SC2086
    at_console paste-$harts 'see harts online' "type $lines" 'see A: the end' \
        -- $machine --append 'app=sleeptest,"conecho A 64 <console"'
    healthy paste-$harts
    is "$(grep -c '^A has read: [0-9]*$' "$output")" 64 "paste-$harts: 4 KiB arrive, line by line"
    is "$(sed -n 's/^A has read: \([0-9]*\)$/\1/p' "$output" | awk '$0 != sprintf("%02d%061d", NR, NR)')" "" \
        "paste-$harts: each as it was typed, in order"

    # shellcheck disable=SC2086
    at_console die-$harts 'see dies' 'see exited' 'type for B\r' 'see B has read: for B' \
        -- $machine --append 'app="consoletest die <console"+"conecho B 1 <console"'
    healthy die-$harts

    boot mixed-$harts --smp $harts --accel tcg,thread=multi --append \
        'app="consoletest write 60 <console"+"consoletest write 60 <console"+"consoletest write 60 <console"'
    healthy mixed-$harts
    # On several harts the kernel's three lines may come into the midst of another.
    nr_whole=$(tr -d '\r' <"$output" | grep -c '^line [0-9]* of 60$')
    is "$((nr_whole >= 180 - 3 * (harts - 1)))" 1 \
        "mixed-$harts: the lines of three clients are whole: $nr_whole of 180"

    boot hostile-$harts --smp $harts --accel tcg,thread=multi --append \
        'app="consoletest <console","consoletest write 3 <console"'
    healthy hostile-$harts
    said 'ok 12 ' "hostile-$harts: all of them are answered"
    unsaid 'not ok' "hostile-$harts: as they deserve"
    said '3 of 3 lines are written' "hostile-$harts: and the next client is served"
done

# ---- servers that die ----

# with_list NAME TEXT: an initrd whose init.list says this.
with_list() {
    mkdir -p "$work/$1"
    printf '%s\n' "$2" >"$work/$1/init.list"
    tools/initrd "$work/$1.cpio" "$BUILD_DIR"/initrd/[a-z]* "$work/$1/init.list"
}

with_list servers 'console: @console 0x10000000 10
adder: adder
bad: badaddr'
for harts in 1 4; do
    at_console restarts-$harts 'see restarter: 40 times' 'type a line\r' \
        'see B has read: a line' 'type \x04' \
        -- --smp $harts --accel tcg,thread=multi --initrd "$work/servers.cpio" --append \
        'app="restarter 20 console adder <init"+"adder 400 <adder"+"consoletest write 400 <console"+"conecho B <console"'
    healthy restarts-$harts
    # Each of them ends with 0 only if it was told that all went well.
    if [ "$harts" = 1 ]; then # on more, the kernel's lines and theirs may mix
        is "$(grep -c 'console has ended (it was killed): started again' "$output")" 20 \
            "restarts: the console was ended 20 times, and started again"
        is "$(grep -c 'adder has ended (it was killed): started again' "$output")" 20 \
            "restarts: and so was another server"
        said 'adder: 400 of 400 sums are right' "restarts: its client goes on with its gate"
        said 'consoletest: 400 of 400 lines are written' "restarts: so do those who write"
    fi
done

boot storm --initrd "$work/servers.cpio" --append 'app="adder 3 <bad"'
ended_with 1 storm
is "$(grep -c 'bad has ended (it was killed): started again' "$output")" 4 \
    "storm: a server that dies at once is started again"
said 'bad has ended .it was killed.: at once, 5 times in a row: given up' "storm: but not for ever"
said 'adder: 0 of 3 sums are right' "storm: its client hears that it is closed"

boot unknown --append 'app="hello <nosuch"'
ended_with 1 unknown
said 'hello: no gate to nosuch' "unknown: a server that is not in the list is told"

with_list bad ': @console
console: @console 0x10000000 10
console: again
missing: nosuchprogram'
boot bad-list --initrd "$work/bad.cpio" --append 'app=hello,"hello <missing"'
ended_with 1 bad-list
is "$(grep -c 'init.list: .*: no such name, or there is one already' "$output")" 2 \
    "bad-list: lines that cannot be are told"
said 'nosuchprogram: no such program' "bad-list: so is a server without a program"

with_list no-port 'console: @console 0x10000000 1023'
boot no-port --initrd "$work/no-port.cpio" --append 'app="hello <console"'
said 'console: no serial port at 0x10000000: ' "no-port: a console without its interrupt says so"
said 'Hello, world!' "no-port: what a program prints then goes to the log"

at_console busy 'see A> ' 'type now\r' 'see A has read: now' \
    -- --append 'app="spinner A"+"spinner B"+"conecho A 1 <console"'
healthy busy
finish
