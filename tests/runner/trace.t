#!/bin/sh
# trace.t - the test of tools/trace: good traces, and files that hold none.
. "$(dirname "$0")/../lib.sh"

# A kernel with two functions, and a machine's memory with a ring: what the tool reads, made
# here without a compiler.
cat >"$work/make.py" <<'END'
"""Make kernel.elf, and memory with a ring of 8 records that got NR_EVENTS events, the third
of which is the NOTE, if there is one."""
import struct
import sys

folder, nr_events, note = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()
names = b"\0alloc_page\0main\0"
symbols = bytes(24) + struct.pack("<IBBHQQ", 1, 2, 0, 1, 0x1000, 0x40) \
    + struct.pack("<IBBHQQ", 12, 2, 0, 1, 0x1040, 0x20)
def section(kind, flags, offset, size, link):
    return struct.pack("<2I4Q2I2Q", 0, kind, flags, 0, offset, size, link, 0, 8, 24)
body = 64 + 4 * 64
with open(folder + "/kernel.elf", "wb") as file:
    file.write(b"\x7fELF\x02\x01\x01" + bytes(9)
               + struct.pack("<HHIQQQIHHHHHH", 2, 243, 1, 0, 0, 64, 0, 64, 0, 0, 64, 4, 0)
               + section(0, 0, 0, 0, 0) + section(1, 6, 0, 0, 0)
               + section(2, 0, body, len(symbols), 3)
               + section(3, 0, body + len(symbols), len(names), 0) + symbols + names)
records = [bytes(128)] * 8
for n in range(nr_events):
    records[n % 8] = struct.pack("<11Q32sI4B", n, n + 100, 0x40000 + n * 32, 32, 20, 0x1010,
                                 0x1060, 0, 0, 0, 0, b"demo", 3, 1, 0, 0, 0)
if note:
    records[2] = struct.pack("<5Q48s32sI4B", 2, 102, 7, len(note), 0, note, b"say", 4, 1, 8, 2, 0)
magic = b"huoban trace 1\n\0"
with open(folder + "/memory", "wb") as file:
    file.write(bytes(8192 + 16) + magic + bytes(4096 - 32)  # the kernel's own constant
               + struct.pack("<16s5Q", magic, 0xffffffc040003000 , 128, 8, nr_events, 1)
               + b"".join(records) + bytes(4096))
END
made() {
    python3 "$work/make.py" "$work" "$1" "${2-}"
}
made 5
cp "$work/memory" "$work/five"
trace() {
    run_command tools/trace "$@" --kernel "$work/kernel.elf"
}

trace ram "$work/five"
is "$status" 0 "ram: a ring is found"
nth_line_is 1 'trace 1 begin events=5 lost=0' "ram: it tells how many events"
nth_line_is 2 'trace 1 space heap 0x40000 0x400a0 32' "ram: and where"
said '^trace 1 process 3 demo$' "ram: and whose"
said '^trace 1 symbol 0x1000 0x1040 alloc_page$' "ram: functions have names"
said '^trace 1 symbol 0x1040 0x1060 main$' "ram: one whose last instruction is the call, too"
said '^trace 1 event 4 104 alloc heap 0x40080 32 20 3 1 0 0x1010;0x1060$' "ram: events"
nth_line_is \$ 'trace 1 end events=5' "ram: and its end"
cp "$output" "$work/good"

made 21
trace ram "$work/memory"
nth_line_is 1 'trace 1 begin events=8 lost=13' "ram: a ring that went round has the last ones"
said '^trace 1 event 0 113 alloc heap 0x401a0 ' "ram: from the oldest that is there"
said '^trace 1 event 7 120 ' "ram: to the newest"

made 5 'call gate 9 label 1'
trace ram "$work/memory"
is "$status" 0 "ram: a note among the events"
nth_line_is 1 'trace 1 begin events=4 lost=0' "ram: it is no event"
said '^trace 1 process 4 say$' "ram: its process has a name"
said '^trace 1 notes 1$' "ram: it is announced"
said '^trace 1 note 0 102 4 7 1 call gate 9 label 1$' "ram: it is told"
said '^trace 1 event 2 103 ' "ram: events are numbered without it"
nth_line_is 12 'trace 1 note 0 102 4 7 1 call gate 9 label 1' "ram: it stands where it happened"
cp "$output" "$work/notes"
tools/trace console "$work/notes" --kernel "$work/kernel.elf" >"$work/again" 2>&1
run_command cmp "$work/again" "$work/notes"
is "$status" 0 "console: a trace with notes is the same again"
for note in 'call Gate 9' 'call gate' 'call gate -1' '' '9' 'run run' \
    'awaiting-reply object 1234567 object 1234567 obj'; do
    made 5 "${note:- }"
    trace ram "$work/memory"
    is "$status" 1 "ram: the note '$note' is refused"
    said 'note 2 in the ring is damaged' "ram: says why"
done

{
    echo 'Huoban (release).'
    sed 's/$/\r/' "$work/good"
    echo '[kernel] power off'
} >"$work/log"
sed -i '3i some program says something' "$work/log"
trace console "$work/log"
is "$status" 0 "console: a trace among other lines is found"
run_command diff "$output" "$work/good"
tools/trace console "$work/log" --kernel "$work/kernel.elf" >"$work/again" 2>&1
run_command cmp "$work/again" "$work/good"
is "$status" 0 "console: it is the same trace"
cat "$work/log" "$work/log" >"$work/twice"
trace console "$work/twice"
is "$(grep -c begin "$output")" 1 "console: of two traces the last one counts"

sed 's/^trace 1 process 3 .*/trace 1 process 3 h\xc3\xa9llo/' "$work/good" >"$work/accent"
trace console "$work/accent" -o "$work/again"
is "$status" 0 "console: a name may hold any bytes"
is "$(grep -c '^trace 1 process 3 h??llo$' "$work/again")" 1 "console: it stays one word of ASCII"

# refused STATUS SAYS NAME ARGUMENT...: and the output file stays as it was.
echo precious >"$work/out"
refused() {
    wanted=$1
    says=$2
    name=$3
    shift 3
    run_command tools/trace "$@" -o "$work/out"
    is "$status" "$wanted" "$name: refused"
    said "$says" "$name: says why"
    is "$(cat "$work/out")" precious "$name: nothing is overwritten"
}
: >"$work/empty"
echo 'hello' >"$work/none"
head -n 6 "$work/good" >"$work/cut"
sed 's/^trace 1/trace 2/' "$work/good" >"$work/version2"
sed 's/event 2 /event 3 /' "$work/good" >"$work/gap"
sed 's/begin events=5/begin events=6/' "$work/good" >"$work/count"
sed 's/ 0x40080 / 0x4zz /' "$work/good" >"$work/damaged"
elf="--kernel $work/kernel.elf"
# shellcheck disable=SC2086 # $elf is two words
{
    refused 1 'No such file' "console: no file" console "$work/nothing" $elf
    refused 1 'is empty' "console: an empty file" console "$work/empty" $elf
    refused 1 'no trace in it.*trace=heap' "console: no trace" console "$work/none" $elf
    refused 1 'is cut' "console: a cut trace" console "$work/cut" $elf
    refused 1 'version 2' "console: another version" console "$work/version2" $elf
    refused 1 'not the next event' "console: a gap" console "$work/gap" $elf
    refused 1 '6 events announced, 5' "console: a wrong count" console "$work/count" $elf
    refused 1 'damaged' "console: a damaged line" console "$work/damaged" $elf
    sed 's/notes 1$/notes 2/' "$work/notes" >"$work/count"
    refused 1 '2 notes announced, 1 there' "console: a wrong count of notes" console "$work/count" $elf
    sed 's/notes 1$/notes x/' "$work/notes" >"$work/damaged"
    refused 1 'damaged: notes x' "console: a damaged count" console "$work/damaged" $elf
    sed 's/note 0 /note 1 /' "$work/notes" >"$work/gap"
    refused 1 'not the next note' "console: a gap in the notes" console "$work/gap" $elf
    sed 's/label 1$/label/' "$work/notes" >"$work/damaged"
    refused 1 'damaged, or not the next note' "console: half a pair" console "$work/damaged" $elf
    sed 's/space heap 0x/space heap /' "$work/good" >"$work/damaged"
    refused 1 'damaged: space heap' "console: a damaged space" console "$work/damaged" $elf
    sed 's/process 3 demo/process 3/' "$work/good" >"$work/damaged"
    refused 1 'damaged: process 3' "console: a process without a name" console "$work/damaged" $elf
    refused 1 'is empty' "ram: an empty file" ram "$work/empty" $elf
    refused 1 'no ring' "ram: no ring" ram "$work/good" $elf
    head -c 12400 "$work/five" >"$work/cut"
    refused 1 'is cut' "ram: a cut image" ram "$work/cut" $elf
    sed 's/huoban trace 1/huoban trace 9/' "$work/five" >"$work/version9"
    refused 1 'version 9' "ram: another version" ram "$work/version9" $elf
    refused 1 'Is a directory' "ram: a folder" ram "$work" $elf
    refused 1 'not the kernel that ran' "another kernel" ram "$work/five" \
        --kernel "$BUILD_DIR/user/hello.elf"
    refused 1 'no 64-bit' "no kernel" ram "$work/five" --kernel "$work/none"
    head -c 300 "$work/kernel.elf" >"$work/cut"
    refused 1 'is cut, or damaged' "a cut kernel" ram "$work/five" --kernel "$work/cut"
    head -c -1 "$work/kernel.elf" >"$work/cut"
    refused 1 'is cut, or damaged' "a kernel whose last name does not end" ram "$work/five" \
        --kernel "$work/cut"
    refused 2 'usage' "no source" "$work/five"
    refused 2 'usage' "an unknown source" disk "$work/five"
}
trace ram "$work/five" -o "$work/out"
run_command cmp "$work/out" "$work/good"
is "$status" 0 "-o writes the file"
trace ram "$work/five" -o "$work/none/out"
is "$status" 1 "-o into a folder that is not there is an error"

trace ram "$work/five" -o "$work"
is "$status" 1 "-o names a folder: an error"
said 'is a folder' "-o names a folder: it says so"
is "$(ls "$work.partial" 2>/dev/null)" "" "-o names a folder: nothing is left beside it"

# tools/run, which makes the image
run_command tools/run --ram "$work/none" --app hello
is "$status" 2 "run: what is no memory of a machine is not overwritten"
said 'no memory of a machine' "run: says why"
is "$(cat "$work/none")" hello "run: it is still there"

finish
