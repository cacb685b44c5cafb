#!/bin/sh
# trace.t - the trace of the heap, of threads and messages: what a program prints is what the
# machine's memory holds, also when the machine hangs or panics.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

kernel=$BUILD_DIR/huoban.elf
memory=$work/memory
# traced HOW NAME: takes the trace of the last boot into $work/HOW.
traced() {
    file=$memory
    [ "$1" = console ] && file=$output
    tools/trace "$1" "$file" --kernel "$kernel" -o "$work/$1" >"$work/said" 2>&1
    is "$?" 0 "$2 ($(tail -n 1 "$work/said"))"
    output=$work/$1
}
events() {
    grep '^trace 1 event' "$work/$1"
}

export TRACE_RAM="$memory"
boot both --smp 4 --app heapdemo,trace --append 'learn=heap trace=heap,frames'
healthy both
traced console "both: the console holds a trace"
traced ram "both: so does the memory"
nr_events=$(events console | wc -l)
is "$((nr_events > 500))" 1 "both: of many events"
events console >"$work/console.events"
events ram | head -n "$nr_events" >"$work/ram.events"
output=$work/compared
run_command cmp "$work/console.events" "$work/ram.events"
is "$status" 0 "both: the two are the same, event by event"
output=$work/ram
said '^trace 1 begin .*lost=0' "both: none is lost"
said '^trace 1 process [0-9]+ heapdemo' "both: processes have names"
said '^trace 1 symbol .* sys_heap_alloc' "both: so have functions"
unsaid '^trace 1 symbol .* (kmalloc|buddy_alloc|cache_alloc|record)$' \
    "both: those of the allocator are left out"
for event in have-free have-used alloc free split merge take put; do
    said "^trace 1 event [0-9]+ [0-9]+ $event " "both: there is $event"
done

output=$work/output
boot none --app '!trace'
ended_with 0 none
said 'trace: there is none' "none: the program says so"
run_command tools/trace ram "$memory" --kernel "$kernel"
is "$status" 1 "none: the memory holds no ring"

# a ring of 1 MiB, run over several times
boot lost --append 'learn=heap trace=heap,1M app="heapstress 20000 1",trace' --limit 240
healthy lost
traced console "lost: what is left is a whole trace"
said '^trace 1 begin events=[0-9]+ lost=[1-9]' "lost: it says that older ones are gone"

boot hung --timeout 4 --append 'poweroff=off trace=heap learn=heap app=heapdemo'
is "$status" 124 "hung: the machine stays on, and is ended"
traced ram "hung: its memory has the trace"
boot panic --append 'trace=heap test=panic_*'
is "$status" 101 "panic: the machine panics"
traced ram "panic: its memory has the trace"

# threads and messages
for smp in 1 4; do
    boot "messages-$smp" --smp $smp --app pingpong,trace --append trace=messages
    healthy "messages-$smp"
    traced console "messages, $smp harts: the console holds a trace"
    traced ram "messages, $smp harts: so does the memory"
    grep ' note ' "$work/console" >"$work/console.notes"
    grep ' note ' "$work/ram" | head -n "$(wc -l <"$work/console.notes")" >"$work/ram.notes"
    run_command cmp "$work/console.notes" "$work/ram.notes"
    is "$status" 0 "messages, $smp harts: the two are the same, note by note"
    tools/heapview/heapview story "$work/console" >"$work/story"
    # Who says what to whom, and nothing else.
    client=$(sed -nE 's/.* pingpong ([0-9]+) +calls gate.*/\1/p' "$work/story" | sort -u)
    server=$(sed -nE 's/.* pingpong ([0-9]+) +gets the message.*/\1/p' "$work/story" | sort -u)
    is "$(sed -nE -e "s/.* pingpong $client +calls gate.*/call/p" \
        -e "s/.* pingpong $server +gets the message of pingpong $client, .*/receive/p" \
        -e "s/.* pingpong $server +answers pingpong $client, .*/reply/p" \
        -e "s/.* pingpong $server +gets a message of the kernel, label CLOSED/closed/p" \
        "$work/story" | tr '\n' ' ')" \
        'call receive reply call receive reply call receive reply closed ' \
        "messages, $smp harts: call, receive, reply, three times; then the gate is closed"
    output=$work/story
    for thread in "$client" "$server"; do
        for what in 'is made' 'runs on hart' 'ends'; do
            said " pingpong $thread +$what" "messages, $smp harts: thread $thread $what"
        done
    done
    said " pingpong $client +waits for the answer" "messages, $smp harts: what the client waits for"
    said " pingpong $server +waits for a message at endpoint" "messages, $smp harts: and the server"
    is "$(grep -c 'pingpong has one handle more' "$output")" \
        "$(grep -c 'pingpong has closed its handle' "$output")" \
        "messages, $smp harts: every handle is closed in the end"
done
boot quiet --app pingpong --append trace=heap
traced ram "quiet: a trace of the heap"
is "$(grep -c note "$work/ram")" 0 "quiet: without trace=messages there are no notes"

name=${BUILD_DIR#build/} # release-gcc and the like
output=$work/output
run_command make heap-trace BUILD="${name%%-*}" CC="${name#*-}" WERROR="${WERROR:-0}"
is "$status" 0 "make heap-trace"
unsaid '^  (CC|LD) ' "make heap-trace: builds nothing anew, as other tests run what is there"
said 'heap.trace$' "make heap-trace: says where it is"
run_command cat "$BUILD_DIR/heap.trace"
nth_line_is \$ "trace 1 end events=$(grep -c '^trace 1 event' "$output")" \
    "make heap-trace: the trace is whole"
is "$(ls "$BUILD_DIR"/*.ram 2>/dev/null)" "" "make heap-trace: leaves no memory behind"

finish
