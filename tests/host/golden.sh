#!/bin/sh
# tests/host/golden.sh - make the files that the host tests read, in the folder $1.
#
# Device trees as QEMU itself makes them and from trees/*.dts, cpio archives as cpio makes
# them, RISC-V programs as the compiler makes them.  $2... is that compiler with its flags.
set -eu

here=$(dirname "$0")
out=$1
shift
mkdir -p "$out"
QEMU=${QEMU:-qemu-system-riscv64}

# ---- programs ----

cat > "$out/program.c" << 'END'
static volatile int zeroed[3000];
static volatile int filled[50] = {1, 2, 3};
static const volatile char text[] = "read only";
void _start(void);
void _start(void) {
    for (;;)
        zeroed[filled[0]] += text[filled[1] % 5];
}
END
"$@" -nostdlib -static -O1 -Wl,--build-id=none -Wl,-Ttext=0x10000 \
    -Wl,-z,max-page-size=4096 -o "$out/program.elf" "$out/program.c"
"$@" -c -O1 -o "$out/object.elf" "$out/program.c"
printf 'some\ninitrd\n' > "$out/initrd"

# ---- device trees ----

# tree NAME QEMU-OPTIONS...: NAME.dtb as it is (1 MiB, mostly room), NAME.packed.dtb
tree() {
    name=$1
    shift
    timeout 30 "$QEMU" -display none -machine "virt,dumpdtb=$out/$name.dtb" "$@" \
        > "$out/$name.log" 2>&1 || {
        cat "$out/$name.log" >&2
        exit 1
    }
    dtc -q -I dtb -O dtb -o "$out/$name.packed.dtb" "$out/$name.dtb"
}
tree one -smp 1 -m 128M
tree four -smp 4 -m 256M -kernel "$out/program.elf" -append 'test=buddy* log=mm:debug' \
    -initrd "$out/initrd"
tree eight -smp 8 -m 8G -cpu rv64,sstc=off
tree numa -smp 4 -m 1G -numa node,mem=512M,cpus=0-1 -numa node,mem=512M,cpus=2-3
for source in "$here"/trees/*.dts; do
    dtc -q -I dts -O dtb -o "$out/$(basename "$source" .dts).dtb" "$source"
done

# ---- archives ----

files=$out/files
rm -rf "$files"
mkdir -p "$files/folder"
printf 'hello, world\n' > "$files/hello"
: > "$files/empty"
printf 'x' > "$files/one"
head -c 5000 "$out/program.c" > "$files/folder/nested"
head -c 4096 /dev/zero > "$files/zeroes"
ln -s hello "$files/link"
(cd "$files" && find . | LC_ALL=C sort | cpio -o -H newc --quiet) > "$out/all.cpio"
(cd "$files" && printf 'hello\none\n' | cpio -o -H newc --quiet) > "$out/two.cpio"
(cd "$files" && printf 'hello\none\n' | cpio -o -H crc --quiet) > "$out/crc.cpio"
(cd "$files" && printf 'hello\n' | cpio -o -H odc --quiet) > "$out/odc.cpio"
: | cpio -o -H newc --quiet > "$out/none.cpio"

# ---- what the fuzz targets start from ----

mkdir -p "$out/seeds/fdt" "$out/seeds/elf" "$out/seeds/cpio" "$out/seeds/buddy"
cp "$out"/*.packed.dtb "$out"/holes.dtb "$out"/many.dtb "$out"/bad-*.dtb "$out/seeds/fdt/"
cp "$out/program.elf" "$out/object.elf" "$out/seeds/elf/"
cp "$out"/two.cpio "$out"/crc.cpio "$out"/none.cpio "$out"/odc.cpio "$out/seeds/cpio/"
