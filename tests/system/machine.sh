# shellcheck shell=sh disable=SC2154 # $work is of tests/lib.sh
# tests/system/machine.sh - boot the kernel from a test script; comes after tests/lib.sh.
#
# Each boot leaves its console in build/CONFIGURATION/logs/SCRIPT-NAME.log, and a failed test
# names it.  QEMU, BIOS and CPU_BASE in the environment choose another machine (make matrix).

CPU_BASE=${CPU_BASE-rv64}
logs=$BUILD_DIR/logs
mkdir -p "$logs"

# boot NAME ARGUMENT...: run the machine with these arguments of tools/run; sets $status and
# $output, as run_command does.
boot() {
    output=$logs/$(basename "$0" .t)-$1.log
    shift
    run_command tools/run --timeout 60 --limit 120 --cpu "$CPU_BASE" "$@"
    if grep -aq 'cannot set up guest memory\|Cannot allocate memory' "$output"; then
        status=no_memory
    fi
}

# ended_with STATUS NAME: the machine's status, told by both QEMU and the console.
ended_with() {
    is "$status" "$1" "$2: ends with status $1 ($output)"
    if [ "$1" != 101 ]; then
        said "^.?\[kernel\] power off, status $1" "$2: says so"
    fi
}

# healthy NAME: the last boot ended well and lost nothing.
healthy() {
    ended_with 0 "$1"
    said 'heap and frames: nothing missing' "$1: nothing is missing from heap and frames"
    unsaid 'PANIC' "$1: no panic"
}

# program NAME ARGUMENT...: the program of that boot judged the machine itself.
program() {
    boot "$@"
    healthy "$1"
    console=$output
    output=$work/verdicts
    run_command tools/console-tap "$work/console" cat "$console"
    is "$status" 0 "$1: every check of the program holds, and none is missing"
    unsaid '^not ok' "$1: no check fails"
}
