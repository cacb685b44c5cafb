#!/bin/sh
# harts4.t - the self-tests inside the kernel, on a machine with 4 harts.
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD_DIR:=build/release-gcc}"
export BUILD_DIR
exec tools/console-tap "$BUILD_DIR/logs/kernel-harts4.log" tools/run --smp 4 \
    --accel tcg,thread=multi --append 'test=*' --cpu "${CPU_BASE-rv64}" --app '' --limit 240
