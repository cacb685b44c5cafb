# shellcheck shell=sh disable=SC2034 # $status is for those who source this
# tests/lib.sh - what the test scripts of tests/runner and tests/system share: TAP from sh.
#
#     . tests/lib.sh
#     run_command tools/doctor --nonsense
#     is "$status" 2 "an unknown option is refused"
#     said 'usage:' "and the usage is told"
#     finish
#
# A script that dies on the way never prints a plan, and so fails.

cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
: "${BUILD_DIR:=build/release-gcc}"
export BUILD_DIR
# What make passes on to tools/run is not for the tests, and make's flags neither.
unset SMP MEM LOG APPEND APP CPU TIMEOUT ICOUNT TRACE_RAM LAB MAKEFLAGS MFLAGS MAKELEVEL NO_COLOR

nr_tests=0
any_failed=0
status=0
output=$work/output
: >"$output"

# pass NAME, fail NAME: the verdict; a failure shows what the last command said.
pass() {
    nr_tests=$((nr_tests + 1))
    echo "ok $nr_tests - $1"
}

fail() {
    nr_tests=$((nr_tests + 1))
    any_failed=1
    echo "not ok $nr_tests - $1"
    tail -n 12 "$output" | tr -d '\033\r' | awk '{ print "#   " $0 }'
}

skip() {
    nr_tests=$((nr_tests + 1))
    echo "ok $nr_tests - $1 # SKIP $2"
}

# is GOT WANTED NAME
is() {
    if [ "$1" = "$2" ]; then
        pass "$3"
    else
        fail "$3 (got '$1', wanted '$2')"
    fi
}

# run_command COMMAND...: sets $status; standard output and error are in the file $output.
run_command() {
    "$@" >"$output" 2>&1 </dev/null
    status=$?
}

# said PATTERN NAME: a line of the output matches (grep -E); unsaid: none does.
said() {
    if grep -aqE -e "$1" "$output"; then
        pass "$2"
    else
        fail "$2 (nothing like '$1')"
    fi
}

unsaid() {
    if grep -aqE -e "$1" "$output"; then
        fail "$2 (there is '$(grep -aE -m 1 -e "$1" "$output")')"
    else
        pass "$2"
    fi
}

# nth_line_is N TEXT NAME: the Nth line of the output, `$` for the last, is TEXT.
nth_line_is() {
    is "$(sed -n "${1}p" "$output")" "$2" "$3"
}

# make_script NAME TEXT...: an executable in $work that runs the lines.
make_script() {
    script=$work/$1
    shift
    rm -f "$script" # it may be a link to a command of the system: never write through it
    {
        echo '#!/bin/sh'
        printf '%s\n' "$@"
    } >"$script"
    chmod +x "$script"
}

finish() {
    echo "1..$nr_tests"
    exit $any_failed
}
