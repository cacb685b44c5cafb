#!/bin/sh
# console-tap.t - the test of tools/console-tap, with shell scripts in place of machines.
# shellcheck disable=SC2016 # what the scripts print is theirs
. "$(dirname "$0")/../lib.sh"

log=$work/logs/console.log

# verdict NAME STATUS
verdict() {
    run_command tools/console-tap "$log" "$work/$1"
    is "$status" "$2" "$1: exit status $2"
}

make_script good 'echo "[kernel] hello"' 'echo 1..2' 'echo "ok 1 - heap"' \
    'echo "heap_test passed!"' 'echo "ok 2 - frame"'
verdict good 0
nth_line_is 1 'ok 1 - heap' "good: the verdicts come through"
nth_line_is 3 '1..2' "good: with their plan"
unsaid 'hello' "good: and nothing else"
is "$(grep -c 'heap_test passed' "$log")" 1 "good: the log has all"

make_script coloured 'printf "\033[32mok 1 - green\033[0m\r\n1..1\r\n"'
verdict coloured 0
nth_line_is 1 'ok 1 - green' "coloured: colours and carriage returns are taken off"

make_script not_ok 'echo 1..2' 'echo ok 1' 'echo "not ok 2 - x # file.c:3: what"' 'exit 1'
verdict not_ok 1
said '^not ok 2 - x # file.c:3: what' "not_ok: comes through"
said 'console, in full: .*console.log' "not_ok: the log is named"
nth_line_is 3 '1..2' "not_ok: the status it caused is not counted again"

make_script panics 'echo 1..2' 'echo ok 1' 'echo "[kernel] PANIC heap.c:3: broken"' 'exit 101'
verdict panics 1
said '^not ok 2 - the kernel does not panic # .*heap.c:3: broken' "panics: told"
said '^not ok 3 - all 2 planned tests ran # 1 did' "panics: and the plan cut short"

make_script no_plan 'echo "[kernel] power off"'
verdict no_plan 1
said '^not ok 1 - the kernel announces how many' "no_plan: told"

make_script empty_plan 'echo 1..0'
verdict empty_plan 1
said '^not ok 1 - the kernel runs at least one test' "empty_plan: told"

make_script short 'echo 1..3' 'echo ok 1'
verdict short 1
said 'all 3 planned tests ran # 1 did' "short: told"

make_script status 'echo 1..1' 'echo ok 1' 'exit 7'
verdict status 1
said 'ends with status 0 # it was 7' "status: told"

make_script hung 'echo 1..1' 'echo ok 1' 'exit 124'
verdict hung 1
said 'does not hang' "hung: told"

make_script silent ':'
verdict silent 1

make_script binary 'head -c 3000 /dev/urandom' 'printf "\nok 1\n1..1\n"'
verdict binary 0

run_command tools/tap "tools/console-tap $log $work/good"
nth_line_is '$' '2 passed, 0 failed' "tools/tap reads it: good"
run_command tools/tap "tools/console-tap $log $work/panics"
nth_line_is '$' '1 passed, 2 failed' "tools/tap reads it: a panic"

run_command tools/console-tap "$log" "$work/missing"
is "$status" 2 "a missing machine is an error"
run_command tools/console-tap
is "$status" 2 "no arguments are refused"
run_command tools/console-tap --help me
is "$status" 2 "an option is refused"
run_command tools/console-tap /dev/null/x true
is "$status" 2 "a log that cannot be written is an error"

finish
