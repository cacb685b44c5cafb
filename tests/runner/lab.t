#!/bin/sh
# lab.t - the test of tools/lab: cutting, grading, formats, bad labs and bad commands, on a
# small tree made for it; then a new lab in a copy of our own tree.
# shellcheck disable=SC2016 # what the scripts expand is theirs
. "$(dirname "$0")/../lib.sh"
unset LAB DIR NAME TESTS FORMAT LANG LC_ALL

# ---- a tree of our own ----

tree=$work/tree
here=$PWD

write() { # write FILE: standard input becomes that file of the tree
    mkdir -p "$tree/$(dirname "$1")"
    cat >"$tree/$1"
}

make_tree() {
    rm -rf "$tree"
    mkdir -p "$tree/tools"
    cp tools/lab "$tree/tools/"
    cp -r tools/labrails "$tree/tools/"
    write mm/x.c <<'END'
/* mm/x.c - a source with parts of two labs. */
#include "lib/bits.h"

int one(void) {
    /* <lab fake/one> Return 1,
     * no more. */
    return 1;
    /* </lab fake/one> otherwise: return 0; */
}

void two(void) {
    /* <lab fake/two> Do it. */
    do_it();
    /* </lab fake/two> */
}

int three(void) {
    /* <lab other/three> Return 3. */
    return 3;
    /* </lab other/three> otherwise: return 0; */
}
END
    write labs/07-fake/README.en.md </dev/null
    write labs/07-fake/README.zh.md </dev/null
    write labs/07-fake/wrong/one.part <<'END'
secret
END
    write build/left-over </dev/null
    write tests/say.sh <<'END'
echo "$@"
END
    write labs/07-fake/lab.json <<'END'
{
  "title": {"zh": "假的", "en": "Fake"},
  "points": 10,
  "hours": 1,
  "files": ["mm/x.c"],
  "tests": [
    {"name": "good", "points": 3, "command": ["sh", "tests/say.sh", "good", "{nonce}"],
     "expect": ["^good {nonce}$"]},
    {"name": "child", "points": 1, "parent": "good", "expect": ["^good {nonce}$"]},
    {"name": "stepchild", "points": 1, "parent": "good", "expect": ["^bad {nonce}$"]},
    {"name": "bad", "points": 1, "command": ["sh", "-c", "echo {nonce}; exit 3"],
     "expect": ["{nonce}"], "hint": {"zh": "三", "en": "three"}},
    {"name": "slow", "points": 1, "command": ["sh", "-c", "echo {nonce}; sleep 60 & wait"],
     "expect": ["{nonce}"], "timeout": 1},
    {"name": "printed", "points": 1, "command": ["echo", "good 0123456789abcdef"],
     "expect": ["^good {nonce}$"]},
    {"name": "rejected", "points": 1, "command": ["sh", "-c", "echo {nonce}; echo Oops"],
     "expect": ["{nonce}"], "reject": ["^Oops$"]},
    {"name": "secret", "points": 1, "command": ["sh", "-c", "exit 1"],
     "expect": ["{nonce}"], "visibility": "hidden", "hint": {"zh": "四", "en": "four"}}
  ]
}
END
}

lab() { # lab ARGUMENT...: that tree's tools/lab
    run_command "$tree/tools/lab" "$@"
}

# ---- cut ----

make_tree
lab make fake "$work/student"
is "$status" 0 "make: makes a tree"
said 'left out: fake/one, fake/two' "make: says what is left out"
cat >"$work/wanted.c" <<'END'
/* mm/x.c - a source with parts of two labs. */
#include "lib/bits.h"
#include "lib/lab.h"

int one(void) {
    /* Lab fake/one: Return 1,
     * no more. */
    lab_todo("fake/one");
    return 0;
}

void two(void) {
    /* Lab fake/two: Do it. */
    lab_todo("fake/two");
}

int three(void) {
    return 3;
}
END
run_command diff "$work/wanted.c" "$work/student/mm/x.c"
is "$status" 0 "make: cuts this lab's parts, and takes the marks of others away"
is "$(ls -d "$work/student/build" "$work/student/labs/07-fake/wrong" 2>/dev/null)" "" \
    "make: neither build/ nor the wrong solutions are in it"
is "$(sed -n 's/^LAB = //p' "$work/student/lab.mk")" fake "make: lab.mk names the lab"
is "$([ -x "$work/student/tools/lab" ] && echo yes)" yes "make: what was executable still is"
lab make fake "$work/again"
run_command cmp "$work/student/.lab/starter.tar.gz" "$work/again/.lab/starter.tar.gz"
is "$status" 0 "make: the same tree each time, to the byte"
lab make fake "$work/a blank"
is "$status" 0 "make: into a folder with a blank in its name"
said "^  cd '$work/a blank' && make run" "make: which is told so that a shell takes it"

before=$(find "$work/student" | sort | cksum)
lab make fake "$work/student"
is "$status" 2 "make: a folder that is not empty is refused"
said 'not empty; nothing was written' "make: and says so"
is "$(find "$work/student" | sort | cksum)" "$before" "make: and leaves it alone"
mkdir "$work/empty"
lab make fake "$work/empty"
is "$status" 0 "make: an empty folder will do"
echo precious >"$work/file"
lab make fake "$work/file"
is "$status $(cat "$work/file")" "2 precious" "make: a file in the place is refused, and stays"
lab make fake "$work/no/such/place"
is "$status" 2 "make: a place that is not there is refused"
lab make nonsense "$work/x"
is "$status" 2 "make: an unknown lab is refused"
said "no lab 'nonsense'; there are: fake" "make: and says which there are"
lab make
said 'which lab' "make: no lab is refused"
run_command "$work/student/tools/lab" make fake "$work/x"
said "student's tree already" "make: not from a student's tree"
run_command "$work/student/tools/lab" todo
said 'left out, and yours to write: fake/one, fake/two' "todo: says what is left"
sed -i '/lab_todo/d' "$work/student/mm/x.c"
run_command "$work/student/tools/lab" todo
said 'no part is left out' "todo: until nothing is"
is "$(find "$work" -maxdepth 1 -name '.huoban-lab-*')" "" "make: nothing is left lying about"

# bad_marks WHAT SED-SCRIPT PATTERN: the source is refused, with file and place.
bad_marks() {
    make_tree
    sed -i "$2" "$tree/mm/x.c"
    lab make fake "$work/bad"
    is "$status $(ls -d "$work/bad" 2>/dev/null)" "2 " "marks: $1: is refused"
    said "$3" "marks: $1: says where"
}
bad_marks "no end" '/<.lab fake.one>/d' 'mm/x.c:5: part fake/one: no end'
bad_marks "another's end" 's/<.lab fake.one>/<\/lab fake\/two>/' 'mm/x.c:5: part fake/one: no end'
bad_marks "two of one name" 's/fake.two/fake\/one/' 'mm/x.c:12: part fake/one: there are two'
bad_marks "an end alone" '/<lab fake.two>/d' 'mm/x.c:13: </lab fake/two> is no marker'
bad_marks "not on its own line" 's/int one.*/int one(void) { \/* <lab fake\/x> *\//' \
    'mm/x.c:4: <lab fake/x> is no marker'
bad_marks "a bad name" 's/lab other.three>/lab Other three>/' '> is no marker'
bad_marks "no part at all" 's/lab fake/lab other/' 'no source has a part of it'
make_tree
cp "$tree/mm/x.c" "$tree/mm/y.c"
sed -i 's/fake.one/fake\/four/; s/fake.two/fake\/five/' "$tree/mm/y.c"
lab make fake "$work/bad"
said 'files: mm/y.c is missing, part fake/four is in it' "marks: a part in a file not handed in"

# ---- grade ----

make_tree
lab grade fake
is "$status" 1 "grade: below full marks is status 1"
said '^== Test good == OK \([0-9.]*s\)$' "grade: one passes"
said '^== Test   child == OK$' "grade: and its child"
said '^== Test   stepchild == FAIL$' "grade: not the other child"
said '^== Test bad == FAIL \(' "grade: a bad status fails"
said '^    ended with status 3$' "grade: and is told"
said '^    hint: three$' "grade: with a hint"
said '^== Test slow == FAIL \(1\.' "grade: what runs too long fails, and costs its second"
said '^    it did not end within 1 s$' "grade: and is told"
said '^== Test printed == FAIL' "grade: an answer without the nonce fails"
said '^    rejected: Oops$' "grade: what is rejected fails"
said '^== Test secret == FAIL' "grade: a hidden test is named"
unsaid 'four' "grade: but not explained"
nth_line_is '$' 'Score: 4/10' "grade: the score comes last"
log=$(sed -n 's/^    log: \(.*bad.log\)$/\1/p' "$output")
is "$(grep -cE '^[0-9a-f]{16}$' "$log")" 1 "grade: the log of a failed test is kept"
is "$(ls "$(dirname "$log")/good.log" 2>/dev/null)" "" "grade: that of a passed one is not"
lab grade fake --only good
is "$status" 0 "grade: one test alone, with full marks"
nth_line_is '$' 'Score: 3/3' "grade: of its points"
lab grade fake --only stepchild
nth_line_is '$' 'Score: 3/4' "grade: a child alone brings its parent along"
lab grade fake --only nonsense
is "$status" 2 "grade: --only an unknown test is refused"
run_command env LANG=zh_CN.UTF-8 "$tree/tools/lab" grade fake --only bad
said 'hint: 三' "grade: hints in the reader's language"

lab grade fake --tap
said '^ok 1 - good \(3/3 points\)$' "tap: passes"
said '^not ok 4 - bad \(0/1 points\)$' "tap: fails"
nth_line_is '$' '1..8' "tap: the plan"
reads() { # reads PYTHON NAME: the output as JSON holds this
    if python3 -c "import json, sys; r = json.load(sys.stdin); t = {x['name']: x for x in r['tests']}
assert $1" <"$output" 2>"$work/why"; then
        pass "$2"
    else
        cat "$work/why" >>"$output"
        fail "$2"
    fi
}
lab grade fake --json
is "$status" 1 "json: the status says it too"
reads "r['score'] == 4 and len(t) == 8" "json: the score"
reads "t['good']['score'] == t['good']['max_score'] == 3 and t['good']['status'] == 'passed'" \
    "json: a test that passes"
reads "t['bad']['score'] == 0 and 'status 3' in t['bad']['output']" "json: one that fails, and why"
reads "t['secret']['visibility'] == 'hidden'" "json: visibility"
lab grade fake --classroom
is "$(wc -l <"$output")" 1 "classroom: one line"
base64 -d "$output" >"$work/decoded" && cp "$work/decoded" "$output"
reads "r['status'] == 'fail' and r['max_score'] == 10 and r['version'] == 1" "classroom: the head"
reads "t['good']['status'] == 'pass' and t['good']['score'] == 3" "classroom: a test"
reads "t['secret']['message'] == ''" "classroom: a hidden test is not explained"

# What a student changed beside the files to hand in does not count, and is not lost.
lab make fake "$work/cheat"
echo 'exit 1' >"$work/cheat/tests/say.sh"
run_command "$work/cheat/tools/lab" grade --only good
is "$status" 0 "protected: a test that a student broke is as it was"
said 'note: tests/say.sh is not yours to change' "protected: and that is told"
is "$(cat "$work/cheat/tests/say.sh")" 'exit 1' "protected: the student's copy stays"
sed -i 's/"points": 3/"points": 9/' "$work/cheat/labs/07-fake/lab.json"
run_command "$work/cheat/tools/lab" grade --only good --tap
said '^ok 1 - good \(3/3 points\)$' "protected: nor do a student's own points count"
lab grade fake "$work/cheat" --only good
is "$status" 0 "grade: a student's tree, from here"
said '^== Test good == OK' "grade: by our tests"
unsaid '9' "grade: and our points"
cp "$work/cheat/.lab/starter.tar.gz" "$work/starter"
head -c 300 "$work/starter" >"$work/cheat/.lab/starter.tar.gz"
run_command "$work/cheat/tools/lab" grade
is "$status" 2 "grade: a tree whose pristine copy is cut short is refused"
said 'starter.tar.gz: cannot be read' "grade: and says so"
{ # its checksum is another one
    head -c -8 "$work/starter"
    printf '\001\002\003\004'
    tail -c 4 "$work/starter"
} >"$work/cheat/.lab/starter.tar.gz"
run_command "$work/cheat/tools/lab" grade
said 'starter.tar.gz: cannot be read' "grade: one with a damaged pristine copy, too"
rm "$work/cheat/mm/x.c"
lab grade fake "$work/cheat"
is "$status" 2 "grade: a tree without what is to be handed in is refused"
said 'mm/x.c is missing' "grade: and says what"
lab grade fake "$work/nowhere"
is "$status" 2 "grade: no such tree"

mkdir "$work/hidden"
sed 's/"points": 3/"points": 2/; s/"points": 10/"points": 9/' "$tree/labs/07-fake/lab.json" \
    >"$work/hidden/lab.json"
lab grade fake --tests "$work/hidden" --tap --only good
said '^ok 1 - good \(2/2 points\)$' "hidden tests: theirs count"
lab grade fake --tests "$work/nowhere"
is "$status" 2 "hidden tests: no such folder"
echo '{' >"$work/hidden/lab.json"
lab grade fake --tests "$work/hidden"
is "$status" 2 "hidden tests: a broken lab.json is refused"
lab grade fake --format nonsense
is "$status" 2 "grade: an unknown format is refused"
lab nonsense
is "$status" 2 "an unknown command is refused"

# ---- a lab.json with errors ----

# bad_json WHAT SED-SCRIPT PATTERN
bad_json() {
    make_tree
    sed -i "$2" "$tree/labs/07-fake/lab.json"
    lab grade fake
    is "$status" 2 "lab.json: $1: is refused"
    said "labs/07-fake/lab.json[:0-9]*:.* $3" "lab.json: $1: says where"
}
bad_json "no JSON" '1d' 'Extra data'
bad_json "cut short" '$d' "Expecting ',' delimiter"
bad_json "an unknown key" 's/"hours"/"hour"/' "unknown key 'hour'"
bad_json "a missing key" '/"hours"/d' "'hours' is missing"
bad_json "a key twice" 's/"hours": 1/"points": 1/' "the key 'points' is twice there"
bad_json "hours that are no number" 's/"hours": 1/"hours": "1"/' 'hours: want a number'
bad_json "one language only" 's/"zh": "假的", //' 'title: want .*zh'
bad_json "points that do not sum" 's/"points": 3/"points": 4/' \
    "the tests' points are 11 together, not 10"
bad_json "points that are true" 's/"points": 3/"points": true/' 'test 1 \(good\): points: want'
bad_json "negative points" 's/"points": 3/"points": -3/' 'test 1 \(good\): points: want a number'
bad_json "no tests" 's/"tests": \[/"tests": [], "x": [/' 'tests: want a list'
bad_json "an unknown key of a test" 's/"timeout"/"time"/' "test 5 \(slow\): unknown key 'time'"
bad_json "a timeout of 0" 's/"timeout": 1/"timeout": 0/' 'test 5 \(slow\): timeout: want'
bad_json "a bad regular expression" 's/.good {nonce}\$/(good/' \
    'test 1 \(good\): expect: item 1: .* is no regular expression'
bad_json "an unknown visibility" 's/"hidden"/"secret"/' 'visibility: want one of'
bad_json "an unknown parent" 's/"parent": "good"/"parent": "god"/' \
    "test 2 \(child\): parent: no earlier test 'god'"
bad_json "two kinds" 's/"points": 3/"points": 3, "program": "x"/' 'want exactly one of'
bad_json "a child that runs" 's/"parent": "good", /"parent": "good", "host": "x", /' 'runs nothing'
bad_json "a name twice" 's/"name": "bad"/"name": "good"/' 'another test has this name'
bad_json "no nonce" 's/"expect": \["{nonce}"\], "reject"/"expect": ["x"], "reject"/' \
    'test 7 \(rejected\): expect: want \{nonce\}'
bad_json "a file that is not there" 's/mm.x.c/mm\/z.c/' 'files: there is no mm/z.c'
bad_json "a path that leads out" 's/mm.x.c/..\/x.c/' 'files: ../x.c: want a path inside'
bad_json "a host test without a program" 's/"command": \["echo", .*\]/"host": "x"/' \
    'there is no labs/07-fake/tests/host.c'
make_tree
printf '[1]' >"$tree/labs/07-fake/lab.json"
lab grade fake
said 'want an object' "lab.json: a list is refused"
printf '\377\n' >"$tree/labs/07-fake/lab.json"
lab grade fake
said 'not UTF-8 at byte 0' "lab.json: bytes that are no text are refused"
head -c 5000 /dev/zero | tr '\0' '1' >"$tree/labs/07-fake/lab.json"
lab grade fake
is "$status" 2 "lab.json: a number of 5000 digits is refused"
head -c 200000 /dev/zero | tr '\0' '[' >"$tree/labs/07-fake/lab.json"
lab grade fake
said 'nested too deeply' "lab.json: an abyss is refused"
rm "$tree/labs/07-fake/lab.json"
lab grade fake
said 'there is no such file' "lab.json: a missing one is told"
make_tree
rm "$tree/labs/07-fake/README.zh.md"
lab grade fake
said 'README.zh.md is missing' "a lab without its text in both languages is refused"

# ---- wrong solutions: what `check` wants of them ----

bad_wrong() { # bad_wrong WHAT PATTERN HEAD: the head of one.part
    make_tree
    printf '%b---\n' "$3" | write labs/07-fake/wrong/one.part
    for name in two three; do
        printf 'part: fake/one\nloses: good\nwhy: x\n---\nreturn 2;\n' \
            >"$tree/labs/07-fake/wrong/$name.part"
    done
    lab check fake
    is "$status" 1 "wrong: $1: is not proven"
    said "$2" "wrong: $1: says why"
}
bad_wrong "no why" 'one.part: want lines part:' 'part: fake/one\nloses: good\n'
bad_wrong "no such part" 'no part fake/six' 'part: fake/six\nloses: good\nwhy: x\n'
bad_wrong "no such test" "no test 'god'" 'part: fake/one\nloses: god\nwhy: x\n'
bad_wrong "loses nothing" 'loses something' 'part: fake/one\nloses:\nwhy: x\n'
make_tree
printf 'part: fake/one\nloses: good\nwhy: x\n---\n' >"$tree/labs/07-fake/wrong/one.part"
lab check fake
said '1 wrong solutions; 3 at least' "wrong: one is too few"

# ---- a new lab, in a copy of our tree ----

rm -rf "$tree"
mkdir "$tree"
git ls-files -z -co --exclude-standard | xargs -0 cp --parents -t "$tree" 2>/dev/null
cd "$tree" || exit 1
for bad in '' Upper 'a b' ../x -x 1st a--b; do
    lab new -- "$bad"
    is "$status" 2 "new: the name '$bad' is refused"
done
lab new buddy
said 'there is a lab buddy already' "new: a name that is taken is refused"
lab new sum-up
is "$status" 0 "new: begins a lab"
lab check sum-up
is "$status" 0 "new: and it passes its own check"
nth_line_is '$' '6 passed, 0 failed' "new: starter, solution, three wrong solutions"
rm -rf build
run_command tools/check-text
is "$status" 0 "new: and the checks of texts"
run_command tools/check-layers
is "$status" 0 "new: and of layers"
cd "$here" || exit 1
finish
