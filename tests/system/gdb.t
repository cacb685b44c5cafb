#!/bin/sh
# gdb.t - a debugger can stop the kernel at its first C function and look around.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

GDB_PORT=$((20000 + $$ % 20000))
export GDB_PORT
console=$logs/gdb-console.log
tools/run --gdb --smp 4 --append 'app=hello' --limit 60 >"$console" 2>&1 </dev/null &
machine=$!
trap 'kill $machine 2>/dev/null; rm -rf "$work"' EXIT

cat >"$work/commands" <<'END'
run
break kernel_main
continue
info registers pc
program hello
info address main
backtrace
delete
continue
END
# The machine listens a little after it is started.
output=$work/gdb-says
tries=0
while [ $tries -lt 50 ]; do
    timeout 60 tools/gdb "$BUILD_DIR/huoban.elf" <"$work/commands" >"$output" 2>&1
    grep -q 'no machine waits' "$output" || break
    sleep 0.2
    tries=$((tries + 1))
done
said 'already there, stopped' "run, typed by habit, gets a hint"
said 'Breakpoint 1, .*kernel_main' "a breakpoint is met"
said '#0 .*kernel_main' "the stack has names"
said 'Symbol "main" is' "a program's symbols can be added"
wait $machine
is $? 0 "and the machine goes on to its end"
output=$console
said 'power off, status 0' "the console says so"

finish
