#!/bin/sh
# gdb.t - a debugger can stop the kernel at its first C function and look around.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

GDB_PORT=$((20000 + $$ % 20000))
export GDB_PORT
console=$logs/gdb-console.log
tools/run --gdb --smp 4 --append 'app=heapdemo learn=heap trace=heap' --limit 90 >"$console" 2>&1 </dev/null &
machine=$!
trap 'kill $machine 2>/dev/null; rm -rf "$work"' EXIT

cat >"$work/commands" <<'END'
heap map
pagetable 0x80200000
threads
run
break kernel_main
continue
handles
pagetable $pc
info registers pc
program hello
info address main
backtrace
heap map
heap trace
heap
delete
break *sys_heap_free
continue
delete
heap map
heap map 3
heap free-lists
heap check
heap check now
threads
threads now
handles
handles 1
handles x
handles 99
pagetable main
pagetable 0x1000
pagetable 0x4000000000
pagetable
pagetable nosuch
pagetable 'mm/heap.c'::HEAP_SPACE
heap block
heap block 5
heap block nosuch
heap block $a1
heap block $a1 + 100
heap block 'mm/heap.c'::HEAP_SPACE
heap trace x
heap trace 0
heap trace 2
set var 'mm/heap.c'::heap.buddy.orders[16].nr_free = 7
heap check
set var 'mm/heap.c'::heap.buddy.orders[16].nr_free = 1
set var *(char *)'mm/heap.c'::heap.buddy.regions[0].given_start = 8
heap check
set var *(void **)'mm/heap.c'::heap.buddy.regions[0].given_start = &'mm/heap.c'::heap.buddy.orders[16].blocks
heap check
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
said 'has no page table yet, or a program is running' "heap: too early, by an instruction"
said 'the heap is not there yet' "heap: too early"
said 'there is no trace: boot with trace=heap' "heap trace: too early"
said '^.*heap map, heap block ADDR' "heap alone: lists its commands"
said 'one sign is 4 KiB' "heap map: draws"
said '^  0x[0-9a-f]+ .*##.*ss' "heap map: slabs and blocks in use"
said 'heap map takes no argument' "heap map: refuses an argument"
said 'order 21 +2 MiB +1 free: 0x[0-9a-f]+' "heap free-lists: the largest block"
said 'every invariant holds: [0-9]+ blocks, [0-9]+ of them free, in 1 region$' "heap check: it is sound"
said 'heap check takes no argument' "heap check: refuses an argument"
said 'heap block ADDR: an address' "heap block: wants an address"
said '0x5 is not in the heap, which is' "heap block: an address elsewhere"
said 'nosuch: No symbol' "heap block: no expression"
said 'block  0x[0-9a-f]+  4 KiB .order 12., slab of small objects' "heap block: a slab"
said 'object 0x[0-9a-f]+, asked for (1|17) B' "heap block: and the object in it"
said 'buddy  0x[0-9a-f]+' "heap block: and its buddy"
said 'block  0x[0-9a-f]+  2 MiB .order 21., free' "heap block: a free block"
said 'heap trace .N.: a number' "heap trace: refuses what is no number"
said 'take +heap .* (16 B, 1|24 B, 17) B, process [0-9]+, sys_heap_alloc < [a-z_]+' "heap trace: the last record"
said 'broken: B5: nr_free counts the blocks of the list of order 21' "heap check: a wrong count"
said 'broken: B3: the list of order 21' "heap check: a damaged list"
said 'there is no page table yet' "pagetable: too early"
said 'there is no process yet' "handles: too early"
said 'process [0-9]+ [a-z]+, alive' "threads: the processes"
said '^  thread 0x[0-9a-f]+  priority +[0-9]+  running on hart [0-3]' "threads: one runs"
said 'threads takes no argument' "threads: refuses an argument"
said '^  0x[0-9a-f]+  system +rights 0x[0-9a-f]+  badge 0' "handles: the system"
said '^  0x[0-9a-f]+  process +rights 0x[0-9a-f]+  badge 0' "handles: a process"
said 'handles .PID.: a process' "handles: refuses what is no number"
said 'no process has number 99' "handles: no such process"
said 'level 2 .* V: the next table is at 0x' "pagetable: a table"
said 'level 0 .* VRXUAD: a page of 4 KiB at 0x' "pagetable: a page of the program"
said 'level 0 .* not valid: nothing is mapped' "pagetable: a hole"
said '0x4000000000 is no address of Sv39' "pagetable: no address"
said 'pagetable ADDR: an address' "pagetable: wants an address"
wait $machine
is $? 0 "and the machine goes on to its end"
output=$console
said 'power off, status 0' "the console says so"

finish
