#!/bin/sh
# docs.t - the test of the book's rails: a part of the source or a command that is not what
# the page says fails, with a message that names page and part; the pages' switch and search.
#
# The pages are built in a tree of our own, with our own sources.
# shellcheck disable=SC2016 # what the pages say is theirs
. "$(dirname "$0")/../lib.sh"

python=/usr/bin/python3
tree=$work/tree
mkdir -p "$tree/mm" "$tree/docs/en" "$tree/docs/zh"
cp -r docs/conf.py docs/ext docs/_static docs/_templates "$tree/docs/"

cat >"$tree/mm/heap.c" <<'END'
/* mm/heap.c - a heap.
 *
 * Not here: anything. */
struct heap {
    int size;
};

typedef struct { int raw; } word_t;

static int declared(int x);

/* Twice what came in. */
static int declared(int x) {
    /* <lab heap/double> double it
     * by adding. */
    int y = x + x;
    /* </lab heap/double> otherwise: return 0; */
    return y;
}

/* <lab heap/twice> a */
int a;
/* </lab heap/twice> */
/* <lab heap/twice> b */
int b;
/* </lab heap/twice> */
/* <lab heap/open> never closed */

#if X
int two(void) {
}
#else
int two(void) {
}
#endif

#define LIMIT(x)                                                                         \
    ((x) + 1)
static const int table[] = {
    1,
    2,
};
END
printf '_start:\n    nop\n1:  nop\n    .data\nnext:\n    ret\n' >"$tree/mm/entry.S"
printf '#!/usr/bin/env python3\n"""a tool"""\nSIZE = 3\n\n\ndef run(x):\n    return x\n\n\nrun(1)\n' >"$tree/mm/tool"

# part PATH NAME [True]: what the book would show, in one line, or the complaint.
part() {
    PYTHONPATH=$tree/docs/ext $python - "$@" >"$output" 2>&1 <<'END'
import sys
import excerpt
try:
    part = excerpt.find(*sys.argv[1:])
    print(f"{part.first}-{part.last}", *part.text.split("\n"), sep="|")
except excerpt.NotFound as error:
    print("NotFound:", error)
END
    cat "$output"
}

is "$(part mm/heap.c heap)" '4-6|struct heap {|    int size;|};' "a struct"
is "$(part mm/heap.c word_t)" '8-8|typedef struct { int raw; } word_t;' "a typedef"
is "$(part mm/heap.c declared)" '13-19|static int declared(int x) {|    int y = x + x;|    return y;|}' \
    "a function, not its declaration, without the markers"
is "$(part mm/heap.c declared True)" \
    '12-19|/* Twice what came in. */|static int declared(int x) {|    int y = x + x;|    return y;|}' \
    "a function with its comment"
is "$(part mm/heap.c '<heap/double>')" '16-16|int y = x + x;' "what stands between markers"
is "$(part mm/heap.c '<head>')" '1-3|mm/heap.c - a heap.||Not here: anything.' "a file's head"
is "$(part mm/heap.c LIMIT | sed 's/  *\\/ \\/')" '37-38|#define LIMIT(x) \|    ((x) + 1)' "a macro"
is "$(part mm/heap.c table)" '39-42|static const int table[] = {|    1,|    2,|};' "a table"
is "$(part mm/entry.S _start)" '1-3|_start:|    nop|1:  nop' "a label, up to the next"
is "$(part mm/tool run)" '6-7|def run(x):|    return x' "a function of Python"
# not_found PATTERN NAME PATH PART
not_found() {
    pattern=$1
    name=$2
    shift 2
    part "$@" >/dev/null
    said "NotFound: .*$pattern" "$name"
}
not_found 'mm/heap.c has no gone' "a name that is gone" mm/heap.c gone
not_found 'mm/heap.c has two more than once: lines 30 and 33' "a name twice" mm/heap.c two
not_found '2 openings and 2 ends of the marker <heap/twice>' "a marker twice" mm/heap.c '<heap/twice>'
not_found '1 openings and 0 ends of the marker <heap/open>' "half a pair" mm/heap.c '<heap/open>'
not_found 'no marker <heap/none>' "no marker" mm/heap.c '<heap/none>'
not_found 'mm/none.c cannot be read: No such file' "no file" mm/none.c x
not_found '../secret.c is outside of the repository' "a path out of the tree" ../secret.c x
not_found '/etc/passwd is outside of the repository' "an absolute path" /etc/passwd root

# ---- docs-test ----

# page TEXT...: a page of these lines, and what docs-test says of it.
page() {
    printf '%s\n' "$@" >"$work/page.md"
    run_command tools/docs-test --in-place "$work/page.md"
}
page '# A' '```{command} printf "one\ntwo\n\033[31mthree\033[0m \n"' 'two' 'three' '```'
is "$status" 0 "docs-test: the lines are there, colours and blanks apart"
said '^ok 1 - .*page.md:2: printf' "docs-test: the verdict names page, line and command"
said '^1\.\.1' "docs-test: and there is a plan"
page '```{command} printf "a1b\nx\ny\nend\n"' 'a...b' '...' 'end' '```'
is "$status" 0 "docs-test: dots in a line, and dots for lines"
page '```{command} printf "one\nx\ntwo\n"' 'one' 'two' '```'
is "$status" 1 "docs-test: lines that are not neighbours"
said '^# it does not print, here: two' "docs-test: the line is told"
picture=$(printf '%064d' 0 | tr 0 .)
printf '%s\n' "\`\`\`{command} echo '|$picture|x'" "|$picture|y" '```' >"$work/page.md"
run_command timeout 60 tools/docs-test --in-place "$work/page.md"
is "$status" 1 "docs-test: many dots are no more work than three"
page '```{command} printf "onetwo\n"' 'one' '```'
is "$status" 1 "docs-test: a part of a line is not the line"
page '```{command} printf "a.b\n"' 'a+b' '```'
is "$status" 1 "docs-test: the text is no pattern"
page '```{command} false' '```'
is "$status" 1 "docs-test: a status that is not 0"
said 'status 1, not 0' "docs-test: is told"
page '```{command} exit 3' ':status: 3' '' '```'
is "$status" 0 "docs-test: unless that was to be"
page '```{command} sleep 20' ':timeout: 1' '```'
is "$status" 1 "docs-test: a command that does not end"
said 'did not end within 1 s' "docs-test: is ended, and told"
page '```{command} echo x >>'"$work/ran; cat $work/ran" 'x' '```' \
    '```{command} echo x >>'"$work/ran; cat $work/ran" 'x' '```'
is "$(wc -l <"$work/ran")" 1 "docs-test: the same command runs once"
said '^1\.\.2' "docs-test: and is judged twice"
page 'no command here'
is "$status" 1 "docs-test: a page without a command is no success"
page '```{command} true'
is "$status" 1 "docs-test: a block that does not end"
page '```{command} true' ':colour: 1' '```'
said 'an option is' "docs-test: an unknown option"
page '```{command}' '```'
said 'names no command' "docs-test: no command"
page '```{file} ../x' '```'
said 'outside of the repository' "docs-test: a file out of the tree"
page '```{command} cat' '(gdb) one' 'one' '(gdb) two' 'two' '```'
is "$status" 0 "docs-test: what follows the prompt is typed"
page '```{command} sed "s/^/huoban> /"' 'huoban> one' '```'
is "$status" 0 "docs-test: what follows the shell's is typed, and looked for"
page '```{command} cat' 'huoban> one' '```'
is "$status" 1 "docs-test: and must be there"
page '```{command} printf "(gdb) (gdb) 1\n"' '1' '```'
is "$status" 0 "docs-test: the prompt itself is no output"
page '```{command} cat '"$work/fifo" ":beside: mkfifo $work/fifo; echo waits for gdb; echo hi >$work/fifo" '' 'hi' '```'
is "$status" 0 "docs-test: a command beside is started first"
{
    printf '```{file} new/a.sh\necho one\n```\n```{file} new/a.sh\n:append:\n\necho two\n```\n'
    printf '```{command} sh new/a.sh\none\ntwo\n```\n'
} >"$work/page.md"
run_command tools/docs-test "$work/page.md"
is "$status" 0 "docs-test: a file is written, and appended to"
is "$([ -e new ] && echo there)" "" "docs-test: in the copy"
run_command tools/docs-test "$work/none.md"
is "$status" 1 "docs-test: no such page"
run_command tools/docs-test --nonsense
is "$status" 2 "docs-test: an unknown option of its own"
printf '```{command} pwd; ls -d kernel; touch left-behind\n/tmp/...\nkernel\n```\n' >"$work/page.md"
run_command env TMPDIR=/tmp tools/docs-test "$work/page.md"
is "$status" 0 "docs-test: works in a copy of the tree"
is "$([ -e left-behind ] && echo there)" "" "docs-test: and leaves nothing in the tree itself"

# ---- docs-serve ----

for bad in '' 'docs' 'docs 0' 'docs 70000' 'docs x' 'docs 1 2'; do
    # shellcheck disable=SC2086
    run_command tools/docs-serve $bad
    is "$status" 2 "docs-serve $bad is refused"
done
run_command tools/docs-serve "$work/none" 8000
is "$status" 1 "docs-serve: a folder that is not there"
said 'make docs' "docs-serve: and says how it comes to be"
port=$((20000 + $$ % 20000))
tools/docs-serve "$tree" $port >"$output" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
sleep 1
said "http://localhost:$port/" "docs-serve: prints where it is"
is "$($python -c "import urllib.request as u
print(u.urlopen('http://127.0.0.1:$port/mm/heap.c').read().decode().split(' ')[1])")" \
    mm/heap.c "docs-serve: serves the folder"
run_command tools/docs-serve "$tree" $port
is "$status" 1 "docs-serve: a port that is taken"
said 'PORT=8001' "docs-serve: and says what to do"
kill $server

run_command make docs SPHINX=false
is "$status" 2 "make docs: a machine without Sphinx"
said "run 'make setup docs'" "make docs: and says what to do"

# ---- pages: only where the packages of the group `docs` are ----

if ! $python -c 'import sphinx, myst_parser, furo' 2>/dev/null || ! command -v dot >/dev/null; then
    skip "pages" "no Sphinx here: make setup docs"
    finish
fi

# build LINES...: an English page of them.
build() {
    printf '%s\n' '# Page' "$@" >"$tree/docs/en/index.md"
    run_command $python -m sphinx -W --keep-going -q -E -b html -c "$tree/docs" -t en \
        -d "$work/cache" "$tree/docs/en" "$work/out"
}
# fails PATTERN NAME LINES...
fails() {
    pattern=$1
    name=$2
    shift 2
    build "$@"
    is "$((status != 0))" 1 "pages: $name fails the build"
    said "index.md:[0-9]+: .*$pattern" "pages: $name: says $pattern"
}
build '```{source} mm/heap.c declared' ':caption: doubles' '```' '```{command} make run' 'Hello' '```' \
    '```{blocks} Split' 'before | free 16' 'after | used 8:5 A | free 8' '```' \
    '```{graph}' 'a -> b' '```'
is "$status" 0 "pages: every directive builds"
output=$work/out/index.html
said 'href="source/mm/heap.c.html#line-13">mm/heap.c:13–19</a> <span>doubles' "pages: a part links to its lines"
unsaid 'lab heap/double' "pages: the markers are not shown"
said 'class="block used" style="width:50%"' "pages: a block is as wide as it is large"
said '<svg' "pages: the graph is part of the page"
unsaid 'stroke="black"' "pages: and has no colour of its own"
said 'href="./?../zh/index.html"' "pages: the switch leads to the same page"
output=$work/out/source/mm/heap.c.html
said 'name="line-13"' "pages: the whole file is there, with its lines"
said 'href="\.\./\.\./\.\./zh/source/mm/heap.c.html"' "pages: with a switch too"
output=$work/output

run_command grep -rnE '(src|href)="(https?:/)?/|url\((https?:/)?/|@import "?(https?:/)?/' "$work/out" \
    --include '*.html' --include '*.css'
grep -vE 'sphinx-doc.org|pradyun|github.com/pradyunsg' "$output" >"$work/left"
is "$(cat "$work/left")" "" "pages: take nothing from the network or a server's root"

fails 'mm/heap.c has no gone' "a name that is gone" '```{source} mm/heap.c gone' '```'
fails 'mm/none.c cannot be read' "a file that is gone" '```{source} mm/none.c x' '```'
fails 'outside of the repository' "a path out of the tree" '```{source} ../x.c x' '```'
fails 'pair is wanted' "a marker twice" '```{source} mm/heap.c <heap/twice>' '```'
fails '2 argument' "a part without a name" '```{source} mm/heap.c' '```'
fails "no block" "a block of no kind" '```{blocks}' 'a | blue 3' '```'
fails 'asked for' "a block too small" '```{blocks}' 'a | used 3:4' '```'
fails 'syntax error' "a graph that is none" '```{graph}' 'a -> ->' '```'
fails 'no list nothing' "an unknown list" '```{reference} nothing' '```'

mkdir "$tree/lib"
printf 'STATUS(0, OK, "fine")\nSTATUS(-1, ERR, "bad")\n' >"$tree/lib/status.def"
build '```{reference} status' '```'
is "$status" 0 "pages: a table from the source"
is "$(grep -c '<td><p>fine\|<td><p>bad' "$work/out/index.html")" 2 "pages: with a row each"
fails 'no text for ERR' "a text that is missing" '```{reference} status' 'OK: gut' '```'
fails 'a text for OLD, which is not there' "a text too many" \
    '```{reference} status' 'OK: gut' 'ERR: schlecht' 'OLD: alt' '```'
fails 'status.def cannot be read' "a source that is gone" '```{reference} status' '```' \
    "$(rm "$tree/lib/status.def")"

# ---- search, in a browser ----

if ! command -v chromium >/dev/null; then
    skip "search" "no browser here: make setup docs"
    finish
fi
printf '%s\n' '# 甲' '内部碎片和外部碎片：空闲内存被切得零零碎碎。' >"$tree/docs/zh/index.md"
printf '%s\n' '---' 'orphan: true' '---' '# 乙' '伙伴算法把块一分为二。Splitting blocks.' >"$tree/docs/zh/b.md"
run_command $python -m sphinx -W -q -E -b html -c "$tree/docs" -t zh -d "$work/cache" \
    "$tree/docs/zh" "$work/out"
is "$status" 0 "pages: Chinese ones build"
# browse PAGE OPTION...
browse() {
    page=$1
    shift
    run_command chromium --no-sandbox --headless --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --user-data-dir="$work/browser" \
        --virtual-time-budget=5000 --dump-dom "$@" "file://$page"
}
# finds QUERY PAGES NAME: which pages the search shows.
finds() {
    browse "$work/out/search.html?q=$1"
    is "$(grep -o '<a href="[a-z]*.html[^"]*" data-score' "$output" |
        sed 's/.*"\([a-z]*\).html.*/\1/' | sort -u | tr '\n' ' ')" "$2" "search: $3"
}
browse "$work/out/index.html" --enable-logging=stderr
unsaid 'CONSOLE' "browser: no page complains"
finds '%E5%A4%96%E9%83%A8%E7%A2%8E%E7%89%87' 'index ' "外部碎片, a compound"
finds '%E4%BC%99%E4%BC%B4' 'b ' "伙伴, a word"
finds '%E5%9D%97' 'b ' "块, a single character"
finds '%E9%9B%B6%E5%A4%96' '' "零外, which stands nowhere"
finds 'split' 'b ' "split, for Splitting"

finish
