#!/bin/sh
# tests/host/fuzz.sh - run one fuzz target: fuzz.sh PROGRAM SEEDS WORK LIMITS...
#
# PROGRAM is a libFuzzer binary, SEEDS a folder of real inputs that is not written to, WORK
# where the inputs that were found go, LIMITS its options (-runs=..., -max_total_time=...).
# Prints TAP.
set -u

program=$1
seeds=$2
work=$3
shift 3
name=$(basename "$program")
mkdir -p "$work" "$seeds"
echo 1..1
if timeout 3000 "$program" -seed=1 -max_len=8192 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$work/" "$@" "$work" "$seeds" > "$work/../$name.log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/../$name.log")
    echo "ok 1 - $name: $runs inputs"
    exit 0
fi
echo "not ok 1 - $name"
grep -a -v '^#[0-9]' "$work/../$name.log" | tail -n 40 | sed 's/^/# /'
exit 1
