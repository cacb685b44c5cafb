#!/bin/sh
# options.t - boot options: the unknown are reported by name, and none can harm.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

boot none
ended_with 0 none
unsaid '^ok ' "none: no test runs unless asked for"

boot unknown --append 'frobnicate=1 app=hello lern=heap quiet'
healthy unknown
for word in frobnicate=1 lern=heap quiet; do
    said "option ignored: $word \(unknown\)" "unknown: $word is reported by name"
done

boot bad-values --append 'color=pink poweroff=maybe learn= log=loud app=hello'
healthy bad-values
said 'color=pink' "bad-values: color=pink is reported"
said 'loud' "bad-values: log=loud is reported"

for value in foo heap,0M heap,65M heap,64K foo,heap 4M heap,99999999999999999999M; do
    boot "trace-${value#*,}" --append "app=hello trace=$value"
    healthy "trace=$value"
    said "WARN.*trace=$value: no trace" "trace=$value: is refused, and says why"
done
boot trace-frames --mem 32M --append 'app=hello trace=frames,64M'
healthy trace-frames
said 'trace=frames,64M: no trace; .*if there is so much memory' "trace: a ring larger than memory is refused"

boot quotes --append 'app="hello one'
unsaid PANIC "quotes: an open quote does no harm"
boot long --append "app=hello $(head -c 3000 /dev/zero | tr '\0' x)"
unsaid PANIC "long: a command line of 3000 characters does no harm"
said 'cut to|too long' "long: and it is told"

boot one-test --append 'test=heap_test'
ended_with 0 one-test
said '^1\.\.1' "one-test: a name chooses one test"
boot nonce --append 'test=heap_basic,nosuchtest nonce=5eed'
said '^ok 1 - heap_basic # 5eed.?$' "nonce: it stands behind a test that passes"
unsaid '^not ok .*5eed' "nonce: and not behind one that fails"
boot no-such-test --append 'test=nosuchtest'
ended_with 1 no-such-test
said 'not ok .*nosuchtest' "no-such-test: a pattern that fits nothing fails"

boot panic --append 'test=panic_*'
ended_with 101 panic
said 'PANIC' "panic: is told"
said '[a-z]+/[a-z_]+\.c:[0-9]+' "panic: with file and line"
said 'kernel_main' "panic: with a backtrace that names functions"

boot log-debug --append 'app=hello log=debug'
healthy log-debug
debug_lines=$(wc -l <"$output")
boot log-error --append 'app=hello log=error'
healthy log-error
error_lines=$(wc -l <"$output")
is "$((debug_lines > error_lines))" 1 "log=debug tells more than log=error"

boot color --append 'color=on app=hello'
is "$(grep -ac "$(printf '\033')\[" "$output" | grep -cv '^0$')" 1 "color=on: colours come"
boot no-color --append 'app=hello'
is "$(grep -ac "$(printf '\033')\[[0-9;]*m" "$output")" 0 "no colours unless asked for"

boot no-asids --smp 2 --append 'asid=off test=asid*,message* app=pingpong+prodcons'
healthy no-asids

boot idle --timeout 4 --append 'poweroff=off app=hello'
is "$status" 124 "poweroff=off: the machine stays on"
said '\[init\] idle, status 0' "poweroff=off: and tells what the status would have been"

finish
