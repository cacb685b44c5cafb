#!/bin/sh
# tap.t - the test of tools/tap: each way a test can fail is reported as a failure.
# shellcheck disable=SC2016 # what the scripts expand is theirs
. "$(dirname "$0")/../lib.sh"

# verdict NAME STATUS LAST: tools/tap on the script of that name.
verdict() {
    run_command tools/tap --timeout 1 "$work/$1"
    is "$status" "$2" "$1: exit status $2"
    nth_line_is '$' "$3" "$1: the last line is '$3'"
}

make_script good 'echo 1..2' 'echo ok 1 - one' 'echo ok 2 - two'
verdict good 0 '2 passed, 0 failed'

make_script plan_last 'echo ok 1 - one' 'echo 1..1'
verdict plan_last 0 '1 passed, 0 failed'

make_script skipped 'echo 1..1' 'echo "ok 1 - one # SKIP not here"'
verdict skipped 0 '1 passed, 0 failed'

make_script not_ok 'echo 1..2' 'echo ok 1 - one' 'echo not ok 2 - two' 'echo "# because"'
verdict not_ok 1 '1 passed, 1 failed'
said 'not ok 2 - two' "not_ok: the failed line is shown"
said '# because' "not_ok: and the remark after it"

excuse=$(printf 'TO%s' DO)
make_script todo 'echo 1..1' "echo 'not ok 1 - one # $excuse later'"
verdict todo 1 '0 passed, 1 failed'

make_script bad_status 'echo 1..1' 'echo ok 1' 'exit 3'
verdict bad_status 1 '1 passed, 1 failed'
said 'ended with status 3' "bad_status: the status is told"

make_script killed 'echo 1..1' 'echo ok 1' 'kill -9 $$'
verdict killed 1 '1 passed, 1 failed'

make_script no_plan 'echo ok 1' 'echo ok 2'
verdict no_plan 1 '2 passed, 1 failed'
said 'No plan' "no_plan: told"

make_script short_plan 'echo 1..3' 'echo ok 1' 'echo ok 2'
verdict short_plan 1 '2 passed, 1 failed'
said 'planned 3 tests but ran 2' "short_plan: told"

make_script empty_plan 'echo 1..0'
verdict empty_plan 1 '0 passed, 1 failed'
said 'it tested nothing' "empty_plan: told"
run_command tools/tap "$work/empty_plan" "$work/good"
nth_line_is '$' '2 passed, 1 failed' "empty_plan: a failure among good ones too"
make_script all_skipped 'echo "1..0 # SKIP not here"'
verdict all_skipped 1 '0 passed, 1 failed'

make_script long_plan 'echo 1..1' 'echo ok 1' 'echo ok 2'
verdict long_plan 1 '2 passed, 1 failed'

make_script silent ':'
verdict silent 1 '0 passed, 1 failed'

make_script nonsense 'echo hello' 'echo world'
verdict nonsense 1 '0 passed, 1 failed'

make_script hangs 'echo 1..2' 'echo ok 1' 'sleep 20'
verdict hangs 1 '1 passed, 1 failed'
said 'did not end within 1 s' "hangs: told"

make_script bails_out 'echo 1..2' 'echo ok 1' 'echo "Bail out! no disk"'
run_command tools/tap "$work/bails_out"
is "$status" 1 "bails_out: exit status 1"
said '^0 passed, [1-9] failed$|^1 passed, [1-9] failed$' "bails_out: counted as a failure"

verdict missing 1 '0 passed, 1 failed'
said 'missing: cannot be run: there is no such file' "missing: told"

echo 'echo 1..1' >"$work/not_executable"
verdict not_executable 1 '0 passed, 1 failed'

mkdir "$work/folder"
verdict folder 1 '0 passed, 1 failed'

printf 'not a program' >"$work/garbage"
chmod +x "$work/garbage"
verdict garbage 1 '0 passed, 1 failed'

# One bad test among good ones; arguments; the same test twice.
run_command tools/tap "$work/good" "$work/missing" "$work/not_ok" "$work/plan_last"
is "$status" 1 "one bad test spoils the run"
nth_line_is '$' '4 passed, 2 failed' "and the rest is counted"

make_script argument 'echo 1..1' 'echo "ok 1 - $1"' '[ "$1" = 4 ]'
run_command tools/tap "$work/argument 4"
is "$status" 0 "a test may have arguments"
run_command tools/tap "$work/good" "$work/good"
nth_line_is '$' '2 passed, 0 failed' "the same test is run once"

# Two at a time give the same count.
run_command tools/tap -j 2 "$work/good" "$work/not_ok" "$work/plan_last"
nth_line_is '$' '4 passed, 1 failed' "two at a time give the same count"

# Hostile arguments.
run_command tools/tap
is "$status" 1 "no test at all is a failure"
nth_line_is '$' '0 passed, 0 failed' "and counted as nothing"
for bad in '--nonsense' '-j 0' '-j x' '-j' '--timeout 0' '--timeout -5' '--timeout'; do
    # shellcheck disable=SC2086
    run_command tools/tap $bad
    is "$status" 2 "tap $bad is refused"
    said 'usage:' "tap $bad: usage"
done
run_command tools/tap ''
is "$status" 1 "an empty name fails"
run_command tools/tap "$work/;echo hacked"
is "$status" 1 "a name is no shell command"
unsaid '^hacked' "and is not run as one"

finish
