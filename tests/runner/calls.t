#!/bin/sh
# calls.t - the test of the reference of system calls: a list whose comments lack something, or
# a page that does, is told by the call's name and line; a good one makes a section a call.
#
# The list, the program and the pages are our own, in a tree of our own.
# shellcheck disable=SC2016 # what the comments say is theirs
. "$(dirname "$0")/../lib.sh"

python=/usr/bin/python3
tree=$work/tree
mkdir -p "$tree/kernel/abi" "$tree/lib" "$tree/user/apps" "$tree/docs/en" "$tree/docs/zh"
cp -r docs/conf.py docs/ext docs/_static docs/_templates "$tree/docs/"
printf 'STATUS(0, OK, "fine")\nSTATUS(-1, ERR_ROUND, "round")\nSTATUS(-2, ERR_FULL, "full")\n' \
    >"$tree/lib/status.def"
printf 'enum rights {\n    RIGHT_LOOK = 1,\n};\n' >"$tree/kernel/abi/rights.h"
cat >"$tree/user/apps/ball.c" <<'END'
/* user/apps/ball.c - throws. */
static int throw(void) {
    return ball_throw(own_ball, 3);
}

static int juggle(void) {
    throw();
    ball_look(own_ball, &where);
    return ball_throw(own_ball, 4);
}
END
{
    printf 'static void all(void) {\n'
    seq -f '    x = %g;' 44
    printf '    ball_throw(1, 2);\n}\n'
} >"$tree/user/apps/long.c"
sed 's/throw(void)/flung(void)/' "$tree/user/apps/ball.c" >"$tree/user/apps/badcalls.c"

# A list that is as it should be.
good='/* Throw the ball `far` metres.  ERR_ROUND (it is not), ERR_FULL.
 * Example: user/apps/ball.c throw */
SYSCALL2(-1, ball_throw, BALL(RIGHT_LOOK), ball, uint64_t, far)
'
look='/* The value is where the ball is.
 * Example: user/apps/ball.c juggle */
SYSCALL1_VALUE(-2, ball_look, where, BALL(RIGHT_LOOK),
               ball)
'
pause='/* Wait.  Always OK.
 * Example:
 *     while (ball_wait() == OK)
 *         count++; */
SYSCALL0(-3, ball_wait)
'

kick='/* Kick it.
 * Example: user/apps/kick.c kick */
SYSCALL_MESSAGE(-4, ball_kick, BALL(RIGHT_LOOK))
'
printf 'int kick(void) {\n    return message_ball_kick(own_ball, m);\n}\n' >"$tree/user/apps/kick.c"

# list TEXT: what calls.py says of a list with this text.
list() {
    printf '/* the head */\n\n%s\n' "$1" >"$tree/kernel/abi/syscalls.def"
    run_command $python "$tree/docs/ext/calls.py"
}
# lacks PATTERN NAME TEXT
lacks() {
    list "$3"
    is "$status" 1 "calls: $2"
    said "^kernel/abi/syscalls.def:[0-9]+: .*$1" "calls: $2: says $1"
}
# change TEXT SED: the text, changed; a change that changes nothing is our own fault.
change() {
    changed=$(printf '%s' "$1" | sed "$2")
    [ "$changed" = "$1" ] && echo "calls.t: '$2' changes nothing" >&2
    printf '%s' "$changed"
}

list "$good
$look
$pause
$kick"
is "$status" 0 "calls: a list that is whole"
is "$(cat "$output")" "" "calls: and nothing is said of it"

lacks 'ball_throw: no comment right above it' "a call without a comment" \
    'SYSCALL1(-1, ball_throw, int, far)'
lacks 'ball_throw: no comment right above it' "a headline is no comment" \
    '/* ---- balls ---- */
SYSCALL1(-1, ball_throw, int, far)'
lacks 'ball_throw: no comment right above it' "a comment further up is none of it" \
    "$(change "$good" 's/^SYSCALL/\n&/')"
lacks 'does not tell `far`' "an argument that is not told" "$(change "$good" 's/`far`/far/')"
lacks 'does not tell the value, `where`' "a value that is not told" \
    "$(change "$look" 's/The value/Here/')"
lacks 'ERR_FLAT is not in lib/status.def' "an unknown status" "$(change "$good" 's/ERR_FULL/ERR_FLAT/')"
lacks 'RIGHT_LOOP is not in kernel/abi/rights.h' "an unknown right" \
    "$(change "$good" 's/RIGHT_LOOK/RIGHT_LOOP/')"
lacks 'ball_wait: the comment tells no status' "no status at all" "$(change "$pause" 's/Always OK.//')"
lacks 'SYSCALL3 takes 3 times' "fewer arguments than the macro takes" "$(change "$good" 's/SYSCALL2/SYSCALL3/')"
lacks 'SYSCALL1 takes 1 times' "more arguments than the macro takes" "$(change "$good" 's/SYSCALL2/SYSCALL1/')"
lacks 'SYSCALL2 takes 2 times' "a type without a name" "$(change "$good" 's/, far//')"
lacks 'behind the name of the value' "a value without a name" \
    "$(change "$pause" 's/SYSCALL0/SYSCALL0_VALUE/')"
lacks 'CALL2 is no SYSCALLn' "another macro" "$(change "$good" 's/SYSCALL2/CALL2/')"
lacks 'SYSCALL_MESSAGE is no SYSCALLn' "a message with arguments" "$(change "$kick" 's/LOOK)/&, int, far/')"
lacks 'throw does not use message_ball_kick\(\)' "a message's example that sends none" \
    "$(change "$kick" 's/kick.c kick/ball.c throw/')"
lacks "no entry of the list's form" "no name" 'SYSCALL0(-1)'
lacks 'ball_look: -1 is ball_throw already' "a number twice" "$good
$(change "$look" 's/-2/-1/')"

lacks 'it is used in user/apps/ball.c throw, user/apps/ball.c juggle' "no example: told where one is" \
    "$(change "$good" '/Example/d; s/FULL\./FULL. *\//')"
unsaid 'badcalls' "calls: what is done to be refused is no example"
lacks 'nothing in user/ uses it yet' "no example, and no use" \
    "$(change "$pause" '/Example/,/count/d; s/OK\./OK. *\//')"
lacks 'user/apps/ball.c has no gone' "an example that is gone" "$(change "$good" 's/c throw/c gone/')"
lacks 'user/apps/none.c cannot be read' "an example's file that is gone" "$(change "$good" 's/ball.c/none.c/')"
lacks 'is not `Example: user/FILE FUNCTION`' "an example out of user/" "$(change "$good" 's|user/apps|kernel|')"
lacks 'is not `Example: user/FILE FUNCTION`' "an example that names no function" \
    "$(change "$good" 's/ball.c throw/ball.c/')"
lacks 'ball.c throw does not use ball_look\(\)' "an example of another call" \
    "$(change "$look" 's/juggle/throw/')"
lacks 'the example does not use ball_wait\(\)' "its own example of another call" \
    "$(change "$pause" 's/ball_wait()/ball_look()/')"
lacks 'user/apps/long.c all has more than 45 lines' "an example too long" \
    "$(change "$good" 's/ball.c throw/long.c all/')"
lacks 'outside of the repository' "an example outside of the tree" \
    "$(change "$good" 's|user/apps/ball|user/../../x|')"
rm "$tree/kernel/abi/syscalls.def"
run_command $python "$tree/docs/ext/calls.py"
is "$status" 1 "calls: no list at all"
said '^kernel/abi/syscalls.def cannot be read' "calls: is told"

# ---- pages: only where the packages of the group `docs` are ----

if ! $python -c 'import sphinx, myst_parser, furo' 2>/dev/null; then
    skip "pages" "no Sphinx here: make setup docs"
    finish
fi
printf '/* the head */\n%s\n%s\n%s\n' "$good" "$look" "$pause" >"$tree/kernel/abi/syscalls.def"

# build LANGUAGE LINES...: a page of them.
build() {
    language=$1
    shift
    printf '%s\n' '# Page' "$@" >"$tree/docs/$language/index.md"
    run_command $python -m sphinx -W --keep-going -q -E -b html -c "$tree/docs" -t "$language" \
        -d "$work/cache" "$tree/docs/$language" "$work/out"
}
# fails PATTERN NAME LANGUAGE LINES...
fails() {
    pattern=$1
    name=$2
    shift 2
    build "$@"
    is "$((status != 0))" 1 "pages: $name fails the build"
    said "$pattern" "pages: $name: says $pattern"
}

build en '{call}`ball_look`' '```{system-calls} ball_*' '```' '```{system-call-table}' '```'
is "$status" 0 "pages: a section for each call"
output=$work/out/index.html
said 'id="call-ball-throw"' "pages: with a place to link to"
said 'href="#call-ball-look"><code[^>]*><span class="pre">ball_look' "pages: the role links there"
said '<span class="pre">ball</span></code>: a handle to <code[^>]*><span class="pre">BALL' \
    "pages: says what the call needs"
said '<span class="pre">ERR_RIGHTS</span></code>, <code[^>]*><span class="pre">ERR_ROUND' \
    "pages: the errors of the handle and of the comment"
said 'href="source/user/apps/ball.c.html#line-2">user/apps/ball.c:2–4' "pages: the example leads to its file"
said 'count' "pages: the comment's own example"
output=$work/output

fails 'no call is called wall_' "names that no call has" en '```{system-calls} ball_* wall_*' '```'
fails 'ball_wait is on no page' "a call on no page" en '```{system-calls} ball_throw ball_look' '```'
fails 'ball_wait is on 2 pages' "a call on two" en '```{system-calls} ball_*' '```' \
    '```{system-calls} ball_wait' '```'
fails 'ball_gone' "a link to no call" en '{call}`ball_gone`' '```{system-calls} ball_*' '```'

build zh '```{system-calls} ball_*' 'ball_throw: 把球扔出' '    `far` 米。ERR_ROUND、ERR_FULL。' \
    'ball_look: 球在哪里。' 'ball_wait: 等。' '```'
is "$status" 0 "pages: a text for each call, in one line or more"
output=$work/out/index.html
unsaid 'Throw the ball' "pages: instead of the English"
output=$work/output
fails 'no text for ball_throw; no text for ball_look' "no texts" zh '```{system-calls} ball_*' '```'
fails 'a text for ball_old, which is not here' "a text too many" zh '```{system-calls} ball_wait' \
    'ball_wait: 等。' 'ball_old: 旧。' '```'
fails 'text for ball_throw does not name `far`, ERR_ROUND' "a text that lacks" zh \
    '```{system-calls} ball_throw' 'ball_throw: 扔。ERR_FULL。' '```'
fails 'ball_wait has two texts' "a text twice" zh '```{system-calls} ball_wait' 'ball_wait: 等。' \
    'ball_wait: 等。' '```'
fails 'is not `name: text`' "a text of no call" zh '```{system-calls} ball_wait' '等。' '```'
printf '%s\n' "$(change "$good" '/Example/d; s/FULL\./FULL. *\//')" >"$tree/kernel/abi/syscalls.def"
fails 'syscalls.def:2: ball_throw: no `Example:`' "a list that lacks something" en \
    '```{system-calls} ball_*' '```'

finish
