"""labrails/grade.py - grade a tree: build it in a folder of ours, run the tests, judge.

The graded tree is put together anew each time: everything as it was handed out, over it
the files that the lab says are the student's (lab.json: files), over them the hidden tests.
So a changed test, tool or Makefile of a student does not count, and is not overwritten.
"""
import os
import secrets
import tempfile
import time

from labrails import judge, report, run, spec, tree

BUILD_DIR = "build/grade"  # of the kernel, in the tree that is graded
BUILD_LIMIT_S = 600


class Results:
    """All results of one grading."""

    def __init__(self, lab, entries):
        self.lab = lab
        self.entries = entries

    def score(self):
        return sum(entry.score for entry in self.entries)

    def points(self):
        return sum(entry.test.points for entry in self.entries)

    def is_full(self):
        return all(entry.passed for entry in self.entries)

    def failed(self):
        return [entry.test.name for entry in self.entries if not entry.passed]


class Result:
    """How one test went."""

    def __init__(self, test, reasons, seconds, log):
        self.test = test
        self.reasons = reasons  # why it failed; none: it passed
        self.seconds = seconds
        self.log = log  # path of its console log, kept if it failed
        self.figures = []  # what it measured: its lines `lab: ...`
        self.passed = not reasons
        self.score = 0 if reasons else test.points


# ---- what is graded ----

def handed_out(root, name):
    """(the lab, the tree as it is handed out): here, or as a student's tree keeps it."""
    if not tree.is_students(root):
        return spec.find(root, name), tree.read(root)
    base = tree.unpack(os.path.join(root, tree.STARTER))
    with tempfile.TemporaryDirectory() as folder:
        tree.write(base, folder)
        return spec.find(folder, name or own_lab(folder)), base


def own_lab(folder):
    """The lab that a student's tree is of."""
    path = os.path.join(folder, "lab.mk")
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("LAB = "):
                return line[6:].strip()
    raise spec.LabError(f"{path}: no line `LAB = NAME`")


def hand_in(base, lab, student):
    """Lay the student's files over the tree; returns the other paths that were changed."""
    if not os.path.isdir(student):
        raise spec.LabError(f"there is no folder {student}")
    for path in lab.files:
        source = os.path.join(student, path)
        if not os.path.isfile(source):
            raise spec.LabError(f"{student}: {path} is missing, and is to be graded")
        base[path] = tree.read_file(source)
    return [path for path, file in base.items() if path != "lab.mk" and
            os.path.isfile(os.path.join(student, path)) and
            tree.read_file(os.path.join(student, path)).content != file.content]


def assemble(root, name, student, tests):
    """(the lab, the tree to grade, paths that the student changed and that do not count)."""
    lab, base = handed_out(root, name)
    ignored = []
    if tree.is_students(root):
        student = student or root
    elif student:
        base = tree.cut(base, lab)
    if student:
        ignored = hand_in(base, lab, student)
    if tests:
        if not os.path.isdir(tests):
            raise spec.LabError(f"--tests: there is no folder {tests}")
        base.update({f"{lab.folder}/{name}": file for name, file in tree.read(tests).items()})
    return lab, base, ignored


# ---- build ----

def build(work, lab):
    """Build what the tests need: {kind: what make said, if it failed}."""
    kinds = {test.kind for test in lab.tests}
    broken = {}
    for target, needed in (("lab-host", {"host"}), ("lab-kernel", {"kernel", "program"})):
        if not kinds & needed:
            continue
        command = ["make", "--no-print-directory", "-j2", "-C", work, f"LAB={lab.name}",
                   f"POLICY={lab.policy}", f"BUILD_DIR={BUILD_DIR}", target]
        done = run.run(command, work, BUILD_LIMIT_S)
        if done.status != 0 or done.timed_out:
            broken.update(dict.fromkeys(needed, done.text))
    return broken


# ---- run ----

def command_of(test, lab, nonce):
    if test.kind == "host":
        return [f"build/host/gcc-debug1/lab-{lab.name}", test.run]
    if test.kind == "command":
        return [word.replace("{nonce}", nonce) for word in test.run]
    boot = ["tools/run", "--icount", "--smp", "1", "--timeout", "0",
            "--kernel", f"{BUILD_DIR}/huoban.elf", "--initrd", f"{BUILD_DIR}/initrd.cpio"]
    words = test.run.replace("{nonce}", nonce)
    if test.kind == "kernel":
        return boot + ["--append", f"test={words} nonce={nonce}"]
    return boot + ["--app", words]


def run_tests(work, lab, only=(), on_result=None):
    """Run each test, or those in `only` and what they look at, in order."""
    broken = build(work, lab)
    nonce = secrets.token_hex(8)
    logs = os.path.join(work, "build", "logs")
    os.makedirs(logs, exist_ok=True)
    entries, outputs = [], {}
    parents = [test.parent for test in lab.tests if test.name in only]
    for test in lab.tests:
        if only and test.name not in only and test.name not in parents:
            continue
        result, outputs[test.name] = run_test(work, lab, test, nonce, broken, outputs)
        result.log = keep_log(logs, test, outputs[test.name], result)
        if test.kind == "kernel":
            result.figures = [line for line in outputs[test.name].text.split("\n")
                              if line.startswith("lab: ")]
        entries.append(result)
        if on_result:
            on_result(result)
    return Results(lab, entries)


def run_test(work, lab, test, nonce, broken, outputs):
    """(the result, what the test printed)."""
    if test.parent:
        done = outputs[test.parent]
        return Result(test, judge.judge_text(test, done, nonce), 0.0, None), done
    if test.kind in broken:
        done = run.Done(broken[test.kind], 1, False, 0.0)
        return Result(test, ["it does not build"], 0.0, None), done
    started = time.monotonic()
    done = run.run(command_of(test, lab, nonce), work, test.timeout_s,
                   {"LAB_NONCE": nonce, "CMOCKA_MESSAGE_OUTPUT": "TAP",
                    "ASAN_OPTIONS": "detect_leaks=0"})
    seconds = time.monotonic() - started
    return Result(test, judge.judge(test, done, nonce), seconds, None), done


def keep_log(logs, test, done, result):
    path = os.path.join(logs, f"{test.name}.log")
    if os.path.exists(path):
        os.remove(path)
    if result.passed:
        return None
    with open(path, "w", encoding="utf-8") as log:
        log.write(done.text)
    return path


# ---- the command ----

def grade_tree(root, arguments):
    lab, base, ignored = assemble(root, arguments.lab, arguments.dir, arguments.tests)
    work = os.path.join(root, "build", "labs", lab.name)
    tree.sync(base, work)
    lab = spec.load(work, lab.folder)  # with the hidden tests' lab.json, if there is one
    only = [word for word in arguments.only.split(",") if word]
    known = [test.name for test in lab.tests]
    for word in only:
        if word not in known:
            raise spec.LabError(f"--only: no test {word!r}; there are: {', '.join(known)}")
    writer = report.writer(arguments.format, arguments.language)
    writer.begin(lab, ignored)
    results = run_tests(work, lab, only, writer.add)
    writer.end(results)
    return results
