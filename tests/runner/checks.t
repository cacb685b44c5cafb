#!/bin/sh
# checks.t - the test of tools/check-*: each fault is found in a tree made for it, and a
# sound tree passes.
# shellcheck disable=SC2016 # what the scripts expand is theirs
. "$(dirname "$0")/../lib.sh"

tree=$work/tree
export GIT_CEILING_DIRECTORIES="$work" # the tree is no git repository

# put PATH TEXT...: a file of the tree, of these lines.  fresh: an empty tree.
put() {
    mkdir -p "$tree/$(dirname "$1")"
    file=$tree/$1
    shift
    printf '%s\n' "$@" >"$file"
}

fresh() {
    rm -rf "$tree"
    mkdir "$tree"
}

# finds CHECK PATTERN NAME; content CHECK NAME
finds() {
    run_command "tools/check-$1" "$tree"
    is "$status" 1 "check-$1: $3"
    said "$2" "check-$1: says $2"
}

content() {
    run_command "tools/check-$1" "$tree"
    is "$status" 0 "check-$1: $2"
}

# ---- layers ----

sound() {
    fresh
    put lib/list.h '/* lib/list.h */' '#include <stdint.h>'
    put lib/list.c '#include "lib/list.h"'
    put mm/buddy.h '#include "lib/list.h"'
    put kernel/abi/call.h '#include "lib/list.h"'
    put kernel/main.c '#include "mm/buddy.h"'
    put user/lib/start.h '#include "kernel/abi/call.h"' '#include "mm/buddy.h"'
    put user/apps/hello.c '#include "user/lib/start.h"'
    put tests/host/test_list.c '#include "lib/list.h"' '#include <stdio.h>'
}

sound
content layers "a sound tree"
put mm/heap.c '#include "kernel/main.h"'
put kernel/main.h ''
finds layers 'mm/heap.c: mm may not include "kernel/main.h"' "mm above itself"
sound
put lib/list.c '#include "lib/list.h"' '#include "mm/buddy.h"'
finds layers 'lib may not include' "lib above itself"
sound
put user/apps/hello.c '#include "kernel/secret.h"'
put kernel/secret.h ''
finds layers 'user may not include "kernel/secret.h"' "a program that looks into the kernel"
sound
put user/lib/start.h '#include "mm/frame.h"'
put mm/frame.h ''
finds layers 'user/lib may not include "mm/frame.h"' "user/lib takes only the buddy of mm"
sound
put kernel/main.c '#include "buddy.h"'
finds layers 'written from the root' "an include that is not written from the root"
sound
put kernel/main.c '#include <stdio.h>'
finds layers 'not there on bare metal' "the C library in the kernel"
sound
put lib/list.c '#include <stdint.h>' '#include "mm/none.h"' '#include "lib/list.h"'
finds layers 'its own header "lib/list.h" comes first' "a file whose own header is not first"
sound
put lib/a.h '#include "lib/b.h"'
put lib/b.h '#include "lib/c.h"'
put lib/c.h '  #  include  "lib/a.h"'
finds layers 'cycle of includes: lib/a.h -> lib/b.h -> lib/c.h -> lib/a.h' "a cycle"
sound
put elsewhere/x.c ''
finds layers 'belongs to no layer' "a file in no layer"
fresh
content layers "an empty tree"

# ---- text ----

fresh
put a/b.c '/* a/b.c - what it is */' 'int x;'
put Makefile "$(printf 'all:\n\techo')"
content text "a sound tree"
put a/b.c '/* a/b.c - what */' "$(printf 'int\tx;')"
finds text 'a/b.c:2: a tab' "a tab"
put a/b.c '/* a/b.c - what */' 'int x; '
finds text 'a/b.c:2: blanks at the end' "blanks at a line's end"
put a/b.c '/* a/b.c - what */' "/* $(printf 'TO''DO'): later */"
finds text 'a/b.c:2: an unfinished note' "an unfinished note"
put a/b.c '/* a/b.c - what */' "/* $(printf '%090d' 0) */"
finds text 'a/b.c:2: 96 columns' "a line too long"
put a/b.c 'int x;'
finds text 'does not name the file' "a file without a first line"
fresh
mkdir "$tree/a" && printf '/* a/b.c - x */' >"$tree/a/b.c"
finds text 'no newline at the end' "no newline at the end"
fresh
put README.md '# A' '## B' '```' '# no heading' '```' '| a |'
put README.zh.md '# 甲' '## 乙' '```' '```' '| 甲 |'
content text "pages with the same parts"
put README.zh.md '# 甲' '## 乙' '| 甲 |'
finds text 'part 3 is a code block here and a table row there' "pages that differ"
put README.zh.md '# 甲' '## 乙'
finds text 'has 4 parts, README.zh.md 2' "a page cut short"
put README.md '```{source} a.c one' '```' ':::{note}' ':::'
put README.zh.md '```{source} a.c two' '```' ':::{note}' ':::'
finds text 'part 1 is a {source} a.c one here and a {source} a.c two there' "another part shown"
put README.zh.md '```{source} a.c one' '```' ':::{tip}' ':::'
finds text 'part 2 is a {note} here and a {tip} there' "another directive"
rm "$tree/README.zh.md"
finds text 'README.zh.md: is missing' "a page without its pair"
fresh
put a.md 'See [b](b/c.md#part), [c](https://example.org/x) and [d](b).'
put b/c.md 'See [a](../a.md).'
content text "links that lead somewhere"
put b/c.md 'See [a](a.md).'
finds text 'b/c.md: a link to a.md, which is not there' "a link that leads nowhere"
fresh
put docs/zh/x.md '# 甲'
finds text 'docs/en/x.md: is missing' "a page in one language only"
fresh
mkdir "$tree/bin" && head -c 5000 /dev/urandom >"$tree/bin/noise"
content text "a file of noise is no text"

# ---- loc ----

fresh
put kernel/a.c '/* note */' 'int a(void) {' '    return 1;' '}'
put lib/b.c 'int b;'
content loc "a small tree"
said 'boot \+ mm \+ kernel +3 ' "check-loc: comments do not count"
seq 8251 | sed 's/.*/int x&;/' >"$tree/kernel/big.c"
finds loc 'the budget is 7,900' "a kernel too large"
said 'big.c: 8251 lines; 400 at most' "check-loc: a file too long"
rm "$tree/kernel/big.c"
{
    echo 'static int long_one(int x,'
    echo '                    int y) {'
    seq 70 | sed 's/.*/    x += y;/'
    echo '}'
} >"$tree/kernel/a.c"
finds loc 'kernel/a.c:1: a function of 73 lines' "a function too long"
put kernel/a.c 'int a;'
put README.md 'It has about 0 lines of code.'
content loc "a claim that is true"
put README.md 'It has about 3,100 lines of code.'
finds loc 'README.md: says 3,100 lines of code; it is about 0' "a claim that is not true"

# ---- the others, on single files ----

echo '#include "lib/list.h"
static inline foo_t f(void);' >"$work/bad.h"
run_command tools/check-headers "$work/bad.h"
is "$status" 1 "check-headers: a header that does not stand alone"
echo 'struct s { int x; };' >"$work/twice.h"
run_command tools/check-headers "$work/twice.h"
is "$status" 1 "check-headers: a header without #pragma once"
run_command tools/check-headers lib/list.h
is "$status" 0 "check-headers: a good one"
printf 'int f( void ){return 1;}\n' >"$work/bad.c"
run_command tools/check-format "$work/bad.c"
is "$status" 1 "check-format: a file that is not laid out"
run_command tools/check-format --fix "$work/bad.c"
run_command tools/check-format "$work/bad.c"
is "$status" 0 "check-format: --fix lays it out"
echo 'import numpy' >"$work/bad.py"
run_command tools/check-python "$work/bad.py"
is "$status" 1 "check-python: a module that is not in the standard library"
said 'numpy' "check-python: names it"
echo 'def f(:' >"$work/bad.py"
run_command tools/check-python "$work/bad.py"
is "$status" 1 "check-python: a file that does not compile"
printf '#!/bin/sh\necho $1\n' >"$work/bad.sh"
run_command tools/check-analysis shellcheck "$work/bad.sh"
is "$status" 1 "check-analysis: a finding of shellcheck"
printf 'int f(void) { int a[2]; a[2] = 1; return a[0]; }\n' >"$work/bad.c"
run_command tools/check-analysis cppcheck "$work/bad.c"
is "$status" 1 "check-analysis: a finding of cppcheck"
printf 'int *f(void);\nint *f(void) { return 0; }\n' >"$work/bad.c"
run_command tools/check-analysis sparse "$work/bad.c"
is "$status" 1 "check-analysis: a finding of sparse"

for check in layers text loc; do
    run_command tools/check-$check --nonsense
    is "$status" 2 "check-$check: an unknown option is refused"
    run_command tools/check-$check a b
    is "$status" 2 "check-$check: two trees are refused"
done
for check in headers format python; do
    run_command tools/check-$check --nonsense
    is "$status" 2 "check-$check: an unknown option is refused"
done
run_command tools/check-analysis
is "$status" 2 "check-analysis: no tool is refused"
run_command tools/check nonsense
is "$status" 2 "check: an unknown check is refused"
run_command tools/check python
nth_line_is '$' '1 passed, 0 failed' "check: the last line counts"

finish
