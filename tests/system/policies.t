#!/bin/sh
# policies.t - the kernel, its own tests and a program with each policy of the allocator
# but the first, which all other tests use.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

configuration=${BUILD_DIR#build/}
for policy in firstfit pairbits; do
    run_command make -s BUILD="${configuration%%-*}" CC="${configuration#*-}" \
        WERROR="${WERROR:-0}" POLICY=$policy all
    is "$status" 0 "$policy: is built"
    boot $policy --kernel "$BUILD_DIR-$policy/huoban.elf" \
        --initrd "$BUILD_DIR-$policy/initrd.cpio" --append 'test=* learn=heap app=heapdemo'
    healthy $policy
    said '^.?# [0-9]+ passed, 0 failed' "$policy: every test of the kernel passes"
done
finish
