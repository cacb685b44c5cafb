#!/bin/sh
# shell.t - the shell, as it is typed at: commands, jobs, Ctrl-C, scripts, and hostile input.
# shellcheck disable=SC2016,SC2059 # the backquotes are typed; texts are for printf
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/machine.sh"

# type_at NAME ARGUMENT...: boot into the shell, with standard input typed there.  Not behind
# a pipe: what it sets would be lost.
type_at() {
    output=$logs/shell-$1.log
    shift
    tools/run --shell --timeout 60 --limit 120 --cpu "$CPU_BASE" "$@" >"$output" 2>&1
    status=$?
}

mkfifo "$work/keys"

# shows PATTERN NAME: does the log of boot NAME show it?
shows() {
    grep -aqE "$1" "$logs/shell-$2.log"
}

# after PATTERN NAME TEXT: wait until it is shown, then type the text.
after() {
    tries=300
    until shows "$1" "$2" || [ $((tries -= 1)) = 0 ]; do
        sleep 0.2
    done
    printf "$3\n"
}

# interrupt PATTERN NAME: type Ctrl-C until it is shown: one that comes before there is
# something to end is forgotten.
interrupt() {
    tries=120
    until shows "$1" "$2" || [ $((tries -= 1)) = 0 ]; do
        printf '\003'
        sleep 0.5
    done
}

for harts in 1 4; do
    rm -f "$logs"/shell-*.log
    machine="--smp $harts --accel tcg,thread=multi"

    name=commands-$harts
    # shellcheck disable=SC2086 # a list of words
    type_at $name $machine <<'END'
help
hello 1 "2 3"; echo 'a  b' c\;d # a remark
frames
heap 10
time hello
nope
badaddr
badinst
time nope
ps
handles
irqs
echo before; log; echo behind
history
END
    healthy "$name"
    said '^  help +this list' "$name: help lists commands"
    said '^Programs:' "$name: and programs"
    said '^argument 2 is "2 3"' "$name: a program has its arguments"
    said '^a  b c;d' "$name: quotes hold words together"
    said 'frames of 4 KiB are free' "$name: frames"
    said '^heapmap: HEAP_SPACE' "$name: heap is drawn"
    said '^[0-9]+\.[0-9]{3} ms' "$name: time tells it"
    said '^shell: nope: no such command; `help`' "$name: an unknown command is told"
    said '^badaddr: killed: it wrote where it may not' "$name: a fault is told"
    said '^badinst: killed: an illegal instruction' "$name: its kind too"
    sed -n '/^before/,/^behind/p' "$output" | grep -aq '^\[ *[A-Z]*\] [a-z]*: '
    is $? 0 "$name: log has what the kernel has said"
    said '^ +2  hello 1 "2 3"; echo' "$name: history has the lines"
    said '^ *[0-9]+ +shell ' "$name: ps lists the shell"

    name=jobs-$harts
    {
        printf 'sleep 1 & sleep 2 &\njobs; wait %%1; echo first\nwait; echo all\n'
        printf 'jobs; sleep 600 &\nkill %%1\nwait\nfg; wait 7; kill 1\n'
        printf 'badaddr & wait\nsleep 1 &\nfg; echo back\nsleep 600 &\n'
    } >"$work/typed"
    # shellcheck disable=SC2086
    type_at $name $machine <"$work/typed"
    healthy "$name"
    said '^\[1\] sleep 1, pid [0-9]+: runs' "$name: jobs lists what runs"
    said '^\[1\] sleep 1: done' "$name: the end of a job is told"
    said '^\[2\] sleep 2: done' "$name: of each"
    said '^first' "$name: wait goes on"
    said '^all' "$name: wait for all goes on"
    said '^\[1\] sleep 600: killed' "$name: kill ends a job"
    said '^shell: there is no job in the background' "$name: fg without a job is told"
    said '^shell: 7: no such job' "$name: as is wait for none"
    said '^shell: 1: the shell has no handle' "$name: init cannot be killed"
    said '^\[1\] badaddr: killed: it wrote' "$name: a crash in the background is told"
    said '^back' "$name: fg waits"
    said 'sleep \(pid [0-9]+\) killed' "$name: what still runs ends with the shell"

    name=interrupt-$harts
    {
        printf 'hello; sleep 600; echo not this\n'
        after '^Hello' $name ''
        interrupt '^sleep 600: ended by Ctrl-C' $name
        printf 'echo alive\n'
        after '^alive' $name 'sleep 600 & wait; echo nor this'
        after '^\[1\] sleep 600, pid' $name ''
        interrupt '^shell: sleep 600 goes on' $name
        printf 'jobs\n'
        after '^\[1\] .*: runs' $name 'half a li\003echo new line'
    } >"$work/keys" &
    # shellcheck disable=SC2086
    type_at $name $machine <"$work/keys"
    wait
    healthy "$name"
    said '^sleep 600: ended by Ctrl-C' "$name: Ctrl-C ends what runs"
    said '^shell: sleep 600 goes on' "$name: Ctrl-C ends a wait"
    unsaid '^(not|nor) this' "$name: and what stands behind it in the line"
    said '^alive' "$name: the shell goes on"
    said '^new line' "$name: Ctrl-C forgets a half line"

    name=hostile-$harts
    {
        head -c 3000 /dev/zero | tr '\0' x
        printf '\n'
        printf 'echo "not closed\necho \\\n;\n&&\na | b\n%.250d\n' 0
        printf 'echo 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20\n'
        printf 'hello 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n'
        printf 'hello 123456789012345678901234567890123456789012345678901234567890\n'
        printf 'kill; exit 1 2; fg 1 2\n'
        # every byte but those that end the line or the input, or that the console takes
        LC_ALL=C awk 'BEGIN { for (i = 1; i < 256; i++) if (i !~ /^(3|4|10|13|20)$/) printf "%c", i }'
        printf '\n\025echo alive\n'
    } >"$work/typed"
    # shellcheck disable=SC2086
    type_at $name $machine <"$work/typed"
    healthy "$name"
    said 'A line has room for no more' "$name: a line of 3000 characters is refused"
    said 'not run: a " is not closed' "$name: unbalanced quotes are told"
    said 'not run: there is nothing behind the' "$name: a backslash at the end"
    said 'not run: there is no command before a ;' "$name: a command that is not there"
    said 'not run: there is no command before an &' "$name: nor here"
    said 'not run: \| < >' "$name: what has no meaning is refused"
    said '^1 2 3 .* 20' "$name: a builtin takes many words"
    said '^shell: hello: a program takes at most 15' "$name: a program does not"
    said '^usage: kill PID' "$name: too few arguments"
    said '^usage: exit \[STATUS\]' "$name: too many arguments"
    said '^alive' "$name: the shell survives all of it"
done

# script STATUS TEXT: run it; it ends with that status.
script() {
    boot "script" --append "script=\"$2\""
    is "$status" "$1" "script: $2: ends with status $1"
}
script 0 'echo a; hello; echo b'
said '^b' "all of it has run"
script 127 'echo a; nope'
script 126 'hello 1 & wait; init.list'
said 'init.list: cannot start it: ' "what is no program is refused"
script 139 'badaddr'
script 0 'nope; echo c'
script 7 'exit 7; echo d'
unsaid '^d' "exit ends it"
script 2 "echo 'e"
script 0 ''
script 0 'sleep 600 &'
said 'sleep \(pid [0-9]+\) killed' "a script's jobs end with it"

# Input of every kind, and its end.
printf 'echo no newline' >"$work/typed"
type_at cut <"$work/typed"
healthy "a file without a last newline"
said '^no newline' "and its line is run"
printf 'nope\n' >"$work/typed"
type_at failed <"$work/typed"
healthy "the end of input is status 0, whatever was before"
: >"$work/typed"
type_at empty <"$work/typed"
healthy "an empty file"
said '^huoban> ' "there was a prompt"
mkfifo "$work/pipe"
(sleep 1 && echo 'echo from a pipe') >"$work/pipe" &
type_at pipe <"$work/pipe"
healthy "a pipe"
said '^from a pipe' "what comes late is typed, too"
type_at null </dev/null
healthy "no input"
unsaid 'huoban> ' "there was no prompt"
type_at closed <&-
healthy "a closed input"
printf 'hello\n' >"$work/typed"
type_at app --app hello <"$work/typed"
healthy "programs take the shell's place"
unsaid 'huoban> ' "and there is no prompt"
printf 'hello\n' >"$work/typed"
type_at without --initrd none <"$work/typed"
healthy "without an initrd there is no shell"

# As many jobs as there are places, and more than there is memory for.
{
    i=0
    while [ $((i += 1)) -lt 10 ]; do echo 'sleep 600 &'; done
    echo 'echo alive'
} >"$work/typed"
type_at many <"$work/typed"
healthy "many jobs"
said '^shell: sleep: there are 8 jobs already' "the 9th is refused"
said '^alive' "and the shell goes on"
type_at full --mem 32M <"$work/typed"
healthy "little memory"
said '^shell: sleep: cannot start it: there is not enough memory' "what has no room is refused"
said '^alive' "and the shell goes on"

finish
