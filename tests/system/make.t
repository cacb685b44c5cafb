#!/bin/sh
# make.t - the Makefile: what changed is built again and nothing else; bad values are refused.
#
# Works on a copy, so that nobody's build is touched.
# shellcheck disable=SC2016 # what the scripts expand is theirs
. "$(dirname "$0")/../lib.sh"

git ls-files -co --exclude-standard >"$work/files" 2>/dev/null || find . -type f >"$work/files"
mkdir "$work/copy"
while read -r file; do
    [ -e "$file" ] && echo "$file"
done <"$work/files" | cpio --quiet -pdm "$work/copy"
cd "$work/copy" || exit 1
unset BUILD_DIR CC

object=build/release-gcc/kernel/lib/range.c.o

# built WANTED NAME ARGUMENT...: does make compile lib/range.c now?
built() {
    wanted=$1
    name=$2
    shift 2
    run_command make "$@" $object
    is "$(grep -c 'lib/range.c' "$output")" "$wanted" "$name"
}

built 1 "the first make compiles"
built 0 "the second has nothing to do"
sleep 0.01
touch lib/range.c
built 1 "a changed source is compiled again"
sleep 0.01
touch lib/compiler.h
built 1 "so is one whose header changed"
touch lib/items.h
built 0 "another header is no reason"
built 1 "a changed flag is a reason" WERROR=1
built 0 "once" WERROR=1
built 1 "and back" WERROR=0
run_command make V=1 WERROR=1 $object
said 'gcc .*-c lib/range.c' "V=1 shows the command"

make_script fakegcc 'case "$*" in *--version*) echo "fake 1.0" ;; *) exec '"$(tools/toolchain)"'gcc "$@" ;; esac'
run_command make CC=gcc $object
mkdir "$work/bin"
cp "$work/fakegcc" "$work/bin/fake-gcc"
ln -s "$(command -v "$(tools/toolchain)ld")" "$work/bin/fake-ld"
PATH=$work/bin:$PATH
built 1 "another compiler is a reason" PREFIX=fake-

echo 'int added_function(void);
int added_function(void) { return 1; }' >lib/added.c
run_command make -n all
said 'lib/added.c' "a new source needs no edit of the Makefile"
rm lib/added.c

run_command make build/debug-gcc/kernel/lib/range.c.o BUILD=debug V=1
said 'DEBUG=1' "BUILD=debug defines DEBUG as 1, in a folder of its own"

# Bad values: an error that names the variable, at once.
refused() {
    run_command make "$@"
    is "$((status != 0))" 1 "make $* is refused"
    said "${1%%=*}=" "make $*: names the variable"
}
refused BUILD=fast help
refused BUILD= help
refused CC=tcc help
refused V=2 help
refused WERROR=maybe help
refused ICOUNT=2 help
refused POLICY=slab help
refused BUILD=% help
refused 'BUILD=release debug' help
refused 'CC=gcc clang' help
refused 'V=0 1' help
run_command make PREFIX=nosuch- $object
is "$((status != 0))" 1 "a compiler that is not there is an error"

# A machine without a toolchain: what needs none works, and the rest says what to do.
mkdir "$work/poor"
for name in sh make awk sed grep head basename dirname cat printf mkdir cmp env rm find uname; do
    ln -s "$(command -v $name)" "$work/poor/$name" 2>/dev/null
done
run_command env PATH="$work/poor" make help
is "$status" 0 "make help needs no toolchain"
run_command env PATH="$work/poor" make build/release-gcc/kernel/lib/bits.c.o
is "$((status != 0))" 1 "building does"
said "make setup" "and says: make setup"

# setup comes first, and the rest only after it has gone well.
printf '#!/bin/sh\necho setup-ran; exit "${SETUP_STATUS:-0}"\n' >tools/setup
run_command make setup help
nth_line_is 1 'setup-ran' "make setup help: setup comes first"
said '^  run ' "make setup help: then help"
run_command env SETUP_STATUS=1 make setup help
unsaid '^  run ' "a setup that fails ends it"
run_command make -n setup docs-test
said 'tools/setup docs' "make setup docs-test: setup gets the group docs"
run_command make -n setup help
unsaid 'tools/setup docs' "make setup help: it does not"
run_command make -j2 setup help size.x
nth_line_is 1 'setup-ran' "also with -j"

finish
