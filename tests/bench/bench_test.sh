#!/bin/sh
# tests/bench/bench_test.sh - the test of tools/bench: that it can fail.  Prints TAP.
#
# Judges made-up console logs; no kernel and no QEMU is needed.
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
number=0
failed=0

cat >"$work/bounds" <<'END'
W1 alloc / free, mean | w1.alloc.mean w1.free.mean | 48 / 58 | 40 / - | 206 / 107
that fit, percent     | fit.percent                | 73      | 88     | 87.4
boot                  | boot instructions          | 1000
size                  | size bytes                 | -
END
cat >"$work/good" <<'END'
[    0.1] bench: buddy w1.alloc.mean 48.00
bench: buddy w1.free.mean 57.99
bench: buddy fit.percent 73.00
bench: kmalloc w1.alloc.mean 39.50
bench: kmalloc fit.percent 88.10
bench: boot instructions 1000.00
END

# expect STATUS TEXT NAME ARGUMENT... : run tools/bench, want that status and that text
expect() {
    want=$1 text=$2 name=$3
    shift 3
    number=$((number + 1))
    python3 "$root/tools/bench" "$@" >"$work/out" 2>&1
    got=$?
    if [ "$got" -eq "$want" ] && grep -q -e "$text" "$work/out"; then
        echo "ok $number - $name"
    else
        failed=1
        echo "not ok $number - $name"
        echo "# wanted status $want and '$text', got status $got and:"
        sed 's/^/# /' "$work/out"
    fi
}

# altered NAME SED : a copy of the good log, changed
altered() {
    sed "$2" "$work/good" >"$work/$1"
    echo "$work/$1"
}

b="--bounds $work/bounds"
# shellcheck disable=SC2086
{
    expect 0 "every bound holds" "figures at their bounds pass" $b --log "$work/good"
    expect 1 "buddy w1.alloc.mean: 48.1, at most 48" "a figure over its bound fails" \
        $b --log "$(altered over 's/48\.00/48.10/')"
    expect 1 "kmalloc fit.percent: 87.9, at least 88" "a percentage under it fails" \
        $b --log "$(altered under 's/88\.10/87.90/')"
    expect 1 "boot instructions: 1,001, at most" "a single figure over its bound fails" \
        $b --log "$(altered boot 's/1000\.00/1001.00/')"
    expect 1 "buddy w1.free.mean: not measured" "a missing figure fails" \
        $b --log "$(altered missing '/57\.99/d')"
    expect 1 "not measured" "an empty log fails" $b --log /dev/null
    # shellcheck disable=SC2016
    expect 1 "broken: buddy w1: lost" "a heap found broken fails" \
        $b --log "$(altered broken '$s/$/\nbench broken: buddy w1: lost/')"
    expect 0 "every bound holds" "only the subjects asked for are judged" \
        $b --subjects buddy --log "$(altered only '/kmalloc/d; /boot/d')"
    expect 2 "no subject 'heap'" "an unknown subject is refused" \
        $b --subjects heap --log "$work/good"
    expect 2 "unrecognized arguments" "an unknown option is refused" --fast
    expect 2 "--kernel or --log is needed" "no kernel is refused" $b
    expect 2 "No such file" "a log that is not there is refused" $b --log "$work/none"
    expect 2 "No such file" "a table that is not there is refused" \
        --bounds "$work/none" --log "$work/good"
    expect 2 "nonsense:1: want 3 or 5 columns" "a malformed table is refused" \
        --bounds "$(altered nonsense '1s/.*/a | b/')" --log "$work/good"
    expect 2 "word:1: could not convert" "a bound that is no number is refused" \
        --bounds "$(altered word '1s/.*/a | boot x | much/')" --log "$work/good"
    expect 2 "ended with status" "a run that fails is no verdict" \
        $b --qemu false --kernel "$work/good" --subjects buddy
    expect 2 "did not end within" "a run that hangs is ended" $b --timeout 1 \
        --qemu "sh -c 'exec sleep 20'" --kernel "$work/good" --subjects buddy
}
echo "1..$number"
exit $failed
