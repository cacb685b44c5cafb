#!/bin/sh
# heapview.t - the test of tools/heapview: every output, and hostile input: what is no trace
# is refused with one line, and nothing is overwritten.  The page itself is tested in a
# browser (tests/browser).
. "$(dirname "$0")/../lib.sh"

heapview=tools/heapview/heapview
heaptrace=build/host/plain/heaptrace
sample=tests/runner/heapview/sample.trace
lost=tests/runner/heapview/lost.trace
notes=tests/runner/heapview/notes.trace
judge=tests/runner/heapview/judge.py

# judged WHAT FILE NAME: judge.py finds nothing wrong with the output.
judged() {
    run_command "$judge" "$1" "$2" "$sample"
    is "$status" 0 "$3"
}

# ---- outputs ----

run_command $heapview html $sample -o "$work/page.html"
is "$status" 0 "html: is written"
judged page "$work/page.html" "html: one page, with nothing from elsewhere, that holds every event"
run_command $heapview html $sample $lost -o "$work/two.html"
is "$status" 0 "html: takes two traces"
run_command $heapview html $lost -o "$work/page.html"
is "$status" 0 "html: an earlier output is replaced"
is "$(grep -c '"lost":1234' "$work/page.html")" 1 "html: by the new one"

run_command $heapview chrome $sample -o "$work/chrome.json"
is "$status" 0 "chrome: is written"
judged chrome "$work/chrome.json" "chrome: has the documented fields, and every life has its end"

run_command $heapview stacks $sample
is "$status" 0 "stacks: are shown"
nth_line_is 1 "kernel;(no_stack) 8192" "stacks: the largest first"
said '^hello;loader_run;process_create 1024$' "stacks: outermost first, names from the trace"
is "$(awk '{ sum += $NF } END { print sum }' "$output")" 13376 "stacks: all that is in use"
run_command $heapview stacks $sample -o "$work/stacks"
is "$(wc -l <"$work/stacks")" 4 "stacks: go into a file too"

run_command $heapview stacks $sample --at 20
said '^hello;loader_run;process_create;thread_create ' "stacks: at another time"
run_command $heapview stacks $sample --at 72
is "$status" 1 "stacks: at a time behind the end is an error"

run_command $heapview cast $sample -o "$work/a.cast" --step 5
is "$status" 0 "cast: is written"
judged cast "$work/a.cast" "cast: asciinema version 2, its times rising"

run_command $heapview play $sample --step 10
is "$status" 0 "play: ends"
said 'event 70 of 71: free 4 KiB at 0xffffffff80402000' "play: tells the last event"
said 'heap: used 13.1 KiB \(asked 12.8 KiB\), free 50.9 KiB, fragmentation 37 %' "play: the figures"
unsaid "$(printf '\033')" "play: plain where there is no terminal"
is "$(awk 'length > 80' "$output" | wc -l)" 0 "play: fits into 80 columns"
run_command $heapview play $sample --space frames --range 20:24
is "$(grep -c '^event' "$output")" 6 "play: a range of events"
said 'frames: used 0 B .*free 256 KiB' "play: another space"
run_command $heapview play $lost
said 'unknown 39 KiB' "play: lost events leave unknown memory"
said '\?\?\?\?' "play: and it is marked"
# shellcheck disable=SC2016 # for the shell of script(1)
run_command script -qec "$heapview play $sample --speed 1000" /dev/null
said "$(printf '\033')\\[48;5;" "play: in colour in a terminal"
run_command env NO_COLOR=1 script -qec "$heapview play $sample --speed 1000" /dev/null
unsaid "$(printf '\033')\\[48;5;" "play: NO_COLOR is heeded"

run_command $heapview story $notes
is "$status" 0 "story: is told"
is "$(wc -l <"$output")" 42 "story: all notes, but of turns of who runs already"
said ' init 4 +runs on hart 0$' "story: threads by process and number"
said ' pingpong 8 +gets the message of pingpong 11, label 1$' "story: who gets whose message"
said ' pingpong 8 +gets a message of the kernel, label CLOSED$' "story: the kernel's labels by name"
said ' pingpong 11 +its call is done: ERR_TIMEOUT$' "story: statuses by name"
said ' init 4 +pingpong has one handle more to system 1: 0x400$' "story: whose handle it is"
said ' kernel +pingpong has closed its handle to endpoint 9: 0x402$' "story: what nobody does"
run_command $heapview lanes $notes -o "$work/lanes.html"
is "$status" 0 "lanes: is written"
run_command "$judge" lanes "$work/lanes.html" $notes
is "$status" 0 "lanes: one page, with nothing from elsewhere, that holds every thread and message"
is "$(grep -c '<b>' "$work/lanes.html")" 0 "lanes: a name that is HTML stays a name"
{
    grep -v '^trace 1 end' $sample
    grep '^trace 1 note' $notes
    echo 'trace 1 end events=71'
} >"$work/both.trace"
for command in html chrome cast stacks lanes story; do
    run_command $heapview $command "$work/both.trace" -o "$work/out"
    is "$status" 0 "$command: a trace of memory and messages"
done

for allocator in buddy crate firstfit pairbits; do
    $heaptrace --allocator $allocator --workload W4 --events 3000 >"$work/$allocator.trace"
    run_command $heapview stacks "$work/$allocator.trace"
    is "$status" 0 "heaptrace: heapview reads the trace of $allocator"
    # shellcheck disable=SC2016 # the fields are awk's
    run_command awk '$6 == "alloc" && $10 > 0 && $10 < $9' "$work/$allocator.trace"
    said ' alloc ' "heaptrace: $allocator serves requests smaller than its blocks"
done
run_command $judge steps "$work/buddy.trace" "$work/crate.trace"
is "$status" 0 "heaptrace: a free of the buddy looks at one state byte more than it merges"
for bad in '' '--allocator slab --workload W1' '--allocator buddy --workload W9' \
    '--allocator buddy --workload W1 --events 0' '--allocator buddy --workload W1 --events' \
    '--allocator buddy --workload W1 --arena 1'; do
    # shellcheck disable=SC2086 # a list of words
    run_command $heaptrace $bad
    is "$status" 2 "heaptrace $bad is refused"
done

# ---- traces at the edge ----

grep -v ' event ' $sample | sed 's/events=71/events=0/' >"$work/quiet.trace"
for command in html chrome cast stacks; do
    run_command $heapview $command "$work/quiet.trace" -o "$work/out"
    is "$status" 0 "$command: a trace without events can be shown"
done
run_command $heapview play "$work/quiet.trace"
said 'the trace begins' "play: so it can"
sed 's|process 1 hello|process 1 </script>/* scripts */<img src=x onerror=alert(1)>|' $sample \
    >"$work/names.trace"
run_command $heapview html "$work/names.trace" -o "$work/out"
is "$(grep -c '</script>' "$work/out") $(grep -c '<img' "$work/out")" "2 0" \
    "html: a name that is HTML stays a name"

# ---- what is no trace ----

# refused FILE PATTERN NAME: every command says why, in one line, and writes nothing.
refused() {
    for command in 'html -o' 'chrome -o' 'cast -o' 'stacks -o'; do
        echo precious >"$work/out"
        # shellcheck disable=SC2086 # a command and its option
        run_command $heapview $command "$work/out" "$1"
        is "$status $(wc -l <"$output") $(cat "$work/out")" "1 1 precious" \
            "${command% -o}: $3 is refused, nothing is overwritten"
    done
    said "^heapview: .*$2" "$3: says why"
}

# altered SED-SCRIPT: the sample, changed.
altered() {
    sed "$1" $sample >"$work/bad.trace"
}

refused "$work/none.trace" 'No such file' "no such file"
refused "$work" 'Is a directory' "a folder"
: >"$work/bad.trace"
refused "$work/bad.trace" 'there is no trace in it' "an empty file"
head -c 65536 /dev/urandom >"$work/bad.trace"
refused "$work/bad.trace" 'there is no trace in it' "noise"
head -n 40 $sample >"$work/bad.trace"
refused "$work/bad.trace" 'cut off: there are .* of its 71 events' "a trace without its end"
tail -n 40 $sample >"$work/bad.trace"
refused "$work/bad.trace" "start is cut off" "a trace without its beginning"
altered 's/^trace 1/trace 2/'
refused "$work/bad.trace" 'version 2; this program reads version 1' "another version"
altered 's/end events=71/end events=70/'
refused "$work/bad.trace" 'the counts differ' "a wrong count"
altered '/event 20 /d'
refused "$work/bad.trace" 'bad.trace:.*event 20 should be here' "a missing event"
altered '/space frames/d'
refused "$work/bad.trace" "no line says what the space 'frames' is" "a space that is not told"
altered 's/80400000 0xffffffff80410000 32/80400000 0xffffffff80410000 33/'
refused "$work/bad.trace" 'a power of two' "a smallest block of 33 bytes"
altered 's/80410000 32$/70410000 32/'
refused "$work/bad.trace" 'ends before it begins' "a space that ends before it begins"
altered 's/80410000 32$/ffffffff80410000 32/'
refused "$work/bad.trace" 'too large' "an address of more than 64 bits"
for change in 's/ alloc heap / grab heap /' 's/ 4096 4096 0 0 1 / 4096 -1 0 0 1 /' \
    's/\(event 20 .*\) [^ ]*$/\1/' 's/\(event 20 .*\)$/\1 more/' 's/event 20 [0-9]*/event 20 x/' \
    's/\(event 20 .* split heap 0x[0-9a-f]* \)[0-9]*/\10/' 's/ 0xf/ 0xg/g' 's/;/,/g'; do
    altered "$change"
    refused "$work/bad.trace" 'bad.trace:[0-9]+: ' "garbage in an event ($change)"
done

# refused_note SED-SCRIPT PATTERN NAME: the notes, changed, are refused by all.
refused_note() {
    sed "$1" $notes >"$work/bad.trace"
    refused "$work/bad.trace" "$2" "$3"
    for command in lanes story; do
        echo precious >"$work/out"
        run_command $heapview $command "$work/bad.trace" -o "$work/out"
        is "$status $(wc -l <"$output") $(cat "$work/out")" "1 1 precious" \
            "$command: $3 is refused, nothing is overwritten"
    done
}
refused_note '/note 7 /d' 'note 7 should be here' "a missing note"
refused_note 's/notes 43/notes 44/' '44 notes promised, 43 there' "a wrong count of notes"
refused_note '/trace 1 notes/d' '0 notes promised' "notes without their count"
refused_note 's/ made$/ born/' "'born' is no note" "an unknown note"
refused_note 's/ call gate/ call goat/' 'is no note' "a note with an unknown key"
refused_note 's/ handle [0-9]*$//' 'is no note' "a note that lacks a key"
refused_note 's/ label 1$/ label/' 'a note has 5 fields' "a note that lacks a value"
refused_note 's/ label 1$/ label -1/' "'-1' is no number" "a negative label"
refused_note 's/ label 1$/ label 18446744073709551616/' 'too large' "a label of more than 64 bits"
refused_note 's/ notes 43/ notes many/' "'many' is no number" "a count that is none"
refused "$notes" 'it tells of messages alone' "a trace without memory"
run_command $heapview story $sample
is "$status" 1 "story: a trace without notes is refused"
said 'boot with trace=messages' "story: and says how to get one"
sed 's/^\(trace 1 note [0-9]* [0-9]*\) [0-9]* [0-9]* [0-9]* \(run\|made\|reply\|receive\)/\1 0 0 9 \2/' \
    $notes >"$work/nobody.trace"
run_command $heapview story "$work/nobody.trace"
is "$status" 0 "story: notes of nobody are no reason to stumble"
run_command $heapview lanes "$work/nobody.trace" -o "$work/out"
is "$status" 0 "lanes: neither"

# ---- where nothing can be written ----

cp $sample "$work/own.trace"
run_command $heapview html "$work/own.trace" -o "$work/own.trace"
is "$status" 1 "the trace itself as output is refused"
said 'is the trace itself' "and says why"
ln -s own.trace "$work/link"
run_command $heapview chrome "$work/own.trace" -o "$work/link"
is "$status" 1 "so is a link to it"
run_command cmp $sample "$work/own.trace"
is "$status" 0 "and it is as it was"
run_command $heapview html $sample -o "$work/no/such/folder.html"
is "$status" 1 "a folder that is not there is an error"
said 'No such file' "and says why"
run_command $heapview html $sample -o "$work"
is "$status" 1 "a folder as output is an error"
said 'is a folder' "and says why"
is "$(find "$work" -name '.heapview-*' | wc -l)" 0 "no half file is left behind"
run_command $heapview html $sample -o /dev/full
is "$status $(wc -l <"$output")" "1 1" "a full device is an error of one line"
run_command sh -c "$heapview stacks $sample >/dev/full"
is "$status $(wc -l <"$output")" "1 1" "so is one that standard output leads to"
run_command sh -c "$heapview play $sample --step 1 | head -n 1"
unsaid 'Traceback' "a reader that goes away is no reason to shout"

# ---- bad usage ----

for bad in '' nonsense 'play' "html $sample" "html -o x" "html $sample $sample $sample -o x" \
    "play $sample --speed 0" "play $sample --step 0" "play $sample --range 5" \
    "play $sample --range 9:3" "play $sample --speed fast" "chrome $sample $sample -o x"; do
    # shellcheck disable=SC2086 # a list of words
    run_command $heapview $bad
    is "$status" 2 "heapview $bad: bad usage"
done
run_command $heapview play $sample --space disk
is "$status" 1 "a space that is not there is an error"
said 'there are: frames, heap' "and says which are"
run_command $heapview play $sample --range 1000:
is "$status" 1 "a range behind the end is an error"
run_command $heapview --help
is "$status" 0 "--help is no error"
run_command tools/heapview/pictures
is "$status" 2 "pictures: nothing is refused"

finish
