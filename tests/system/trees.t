#!/bin/sh
# trees.t - device trees that a careless or hostile firmware might hand over: the machine
# boots and takes what is sound, or is refused with a word; it never panics.
. "$(dirname "$0")/../lib.sh"
. tests/system/machine.sh

: "${QEMU:=qemu-system-riscv64}"
archive=$BUILD_DIR/initrd.cpio
# shellcheck disable=SC2086 # QEMU may carry options
$QEMU -machine "virt,dumpdtb=$work/virt.dtb" -m 128M -smp 2 -display none >"$output" 2>&1
dtc -q -I dtb -O dts -o "$work/virt.dts" "$work/virt.dtb"

# changed NAME SED-SCRIPT ARGUMENT...: boot with QEMU's own tree, changed by the script.
changed() {
    name=$1
    sed "$2" "$work/virt.dts" >"$work/$name.dts"
    shift 2
    dtc -q -f -I dts -O dtb -o "$work/$name.dtb" "$work/$name.dts" 2>"$output"
    boot "$name" --smp 2 --qemu "$QEMU -dtb $work/$name.dtb" --append 'app=hello' "$@"
    unsaid PANIC "$name: no panic"
}

# booted NAME PATTERN; turned_away NAME PATTERN: how it went, and a line that says so.
booted() {
    healthy "$1"
    said "$2" "$1: says $2"
}

turned_away() {
    ended_with 1 "$1"
    said "$2" "$1: says $2"
}

# Scripts for sed: memory REG, reserved REG, and an initrd at START that is not QEMU's.
memory() {
    echo "/memory@80000000/,/};/s/reg = <.*>/reg = <$1>/"
}

reserved() {
    printf '%s%s%s\n' 's/\tchosen {/reserved-memory { #address-cells = <2>; #size-cells = <2>; ' \
        "ranges; r@0 { reg = <$1>; }; };" '\n&/'
}

initrd_at() {
    printf 's/\tchosen {/&linux,initrd-start = <%#x>; linux,initrd-end = <%#x>;/\n' "$1" \
        $(($1 + $(wc -c <"$archive")))
}

loaded_at() {
    echo "$QEMU -device loader,file=$archive,addr=$1,force-raw=on"
}

# ---- memory ----

changed far "$(memory '0 0x80000000 0 0x8000000 0x100 0 0 0x40000000')"
booted far 'memory \[0x10000000000, .* is left unused: the direct map'
changed odd "$(memory '0 0x80000123 0 0x7fff000')"
booted odd 'RAM +\[ 0x80000123'
changed elsewhere "$(memory '0 0x84000000 0 0x4000000')"
turned_away elsewhere 'no memory where the kernel is'
changed taken "$(reserved '0 0x80000000 0 0x8000000')"
turned_away taken 'too little of the memory is free'
changed device 's/reg = <0x00 0x100000 0x00 0x1000>/reg = <0x00 0x84000000 0x00 0x1000>/' \
    --timeout 5 # the firmware cannot power off without it
said "device's registers lie in memory" "device: registers in memory are refused"

# ---- the initrd ----

QEMU_AS_IT_WAS=$QEMU
QEMU=$(loaded_at 0x84000000)
changed sound "$(initrd_at 0x84000000)" --initrd none
booted sound '^Hello'
changed in-reserved "$(reserved '0 0x84000000 0 0x1000')
$(initrd_at 0x84000000)" --initrd none
turned_away in-reserved 'initrd .* is not in free memory'
QEMU=$(QEMU=$QEMU_AS_IT_WAS loaded_at 0x84000123)
changed unaligned "$(initrd_at 0x84000123)" --initrd none
booted unaligned '^Hello'
QEMU=$(QEMU=$QEMU_AS_IT_WAS loaded_at 0x84000000)
# Its last page is only in part memory, so the kernel does not map that page.  (An archive
# is a multiple of 512 bytes.)
changed past-the-end "$(memory "0 0x80000000 0 $(($(wc -c <"$archive") + 0x4000100))")
$(initrd_at 0x84000100)" --initrd none --append 'app=nosuch'
turned_away past-the-end 'initrd .* is not in free memory'
QEMU=$QEMU_AS_IT_WAS
changed in-kernel "$(initrd_at 0x80200000)" --initrd none
turned_away in-kernel 'initrd .* is not in free memory'

# ---- harts ----

make_script qemu-11 "exec $QEMU \"\$@\" -smp 11" # tools/run gives 8 at most
boot many-harts --smp 8 --qemu "$work/qemu-11" --append 'app=hello'
healthy many-harts
said '11 harts are more than 8' "many-harts: says that some stay off"

finish
