"""labrails/check.py - prove the labs: what `make check-labs` does.

For each lab: the starter builds, boots and fails exactly the tests that lab.json does not
mark as passing there; the solution gets full marks; each wrong solution in wrong/ loses
exactly the tests that it says.  All of it in one folder, so that only what changes is built.
"""
import os
import re

from labrails import grade, markers, run, spec, tree

WRONG_LEAST = 3
BOOT_LIMIT_S = 120


class Wrong:
    """A planted wrong solution, wrong/NAME.part: a head of `key: value` lines (part, loses,
    why), a line `---`, and what replaces the part."""

    def __init__(self, path, text):
        head, separator, self.body = text.partition("\n---\n")
        fields = dict(re.findall(r"^(\w+): *(.*)$", head, re.M))
        if not separator or set(fields) != {"part", "loses", "why"}:
            raise spec.LabError(f"{path}: want lines part:, loses:, why:, then --- and the code")
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.path = path
        self.part = fields["part"]
        self.loses = fields["loses"].replace(",", " ").split()


def read_wrong(files, lab):
    """The wrong solutions of a lab, each checked against its tests and parts."""
    folder = f"{lab.folder}/wrong/"
    found = [Wrong(path, file.content.decode()) for path, file in sorted(files.items())
             if path.startswith(folder) and path.endswith(".part")]
    if len(found) < WRONG_LEAST:
        raise spec.LabError(f"{folder}: {len(found)} wrong solutions; {WRONG_LEAST} at least")
    parts = [part.name for part in markers.parts_of_tree(files, lab.name)]
    tests = [test.name for test in lab.tests]
    for wrong in found:
        if wrong.part not in parts:
            raise spec.LabError(f"{wrong.path}: part: no part {wrong.part}; there are: "
                                f"{', '.join(parts)}")
        for test in wrong.loses:
            if test not in tests:
                raise spec.LabError(f"{wrong.path}: loses: no test {test!r}")
        if not wrong.loses:
            raise spec.LabError(f"{wrong.path}: loses: a wrong solution loses something")
    return found


class Verdicts:
    """TAP, and the closing line of all our runs."""

    def __init__(self):
        self.nr_passed = self.nr_failed = 0

    def tell(self, passed, name, remarks=()):
        self.nr_passed += passed
        self.nr_failed += not passed
        number = self.nr_passed + self.nr_failed
        print(f"{'' if passed else 'not '}ok {number} - {name}", flush=True)
        for line in remarks if not passed else ():
            print(f"#   {line}", flush=True)


def boots(work, lab):
    """Why the tree does not build or run with its own POLICY, as lines; none if it does."""
    done = run.run(["make", "--no-print-directory", "-j2", "-C", work, f"LAB={lab.name}",
                    f"POLICY={lab.boots_with}", "BUILD_DIR=build/boot", "all"], work,
                   grade.BUILD_LIMIT_S)
    if done.status != 0 or done.timed_out:
        return ["it does not build"] + done.text.split("\n")[-12:]
    if "warning:" in done.text:
        return ["it builds with warnings"] + \
            [line for line in done.text.split("\n") if "warning:" in line]
    done = run.run(["tools/run", "--kernel", "build/boot/huoban.elf", "--initrd",
                    "build/boot/initrd.cpio", "--append", "test=*",
                    "--app", "hello,heapdemo"], work, BOOT_LIMIT_S)
    if done.status != 0 or "nothing missing" not in done.text:
        return [f"it ends with status {done.status}"] + done.text.split("\n")[-12:]
    return []


def check_failing(verdicts, results, wanted, name):
    """The tests that failed are those that should, and what they test was built."""
    got = results.failed()
    lines = [f"lost: {', '.join(got) or 'nothing'}; should lose: {', '.join(wanted) or 'nothing'}"]
    unbuilt = [entry for entry in results.entries if entry.reasons == ["it does not build"]]
    for entry in results.entries:
        if entry in unbuilt or (entry.test.name in got) != (entry.test.name in wanted):
            lines.append(f"{entry.test.name}: {'; '.join(entry.reasons) or 'passed'}"
                         f"{' (' + entry.log + ')' if entry.log else ''}")
    verdicts.tell(got == wanted and not unbuilt, name, lines)


def in_order(lab, names):
    return [test.name for test in lab.tests if test.name in names]


def check_lab(root, lab, files, verdicts):
    work = os.path.join(root, "build", "labs", "check")
    wrongs = read_wrong(files, lab)

    starter = tree.cut(files, lab)
    tree.sync(starter, work)
    why = boots(work, lab)
    verdicts.tell(not why, f"{lab.name}: the starter builds and boots", why)
    failing = [test.name for test in lab.tests if not test.passes_in_starter]
    check_failing(verdicts, grade.run_tests(work, lab), failing,
                  f"{lab.name}: the starter fails {len(failing)} of {len(lab.tests)} tests")

    for wrong in wrongs:
        def substitute(part, wrong=wrong):
            return wrong.body if part.name == wrong.part else part.solution
        tree.sync(tree.cut(files, lab, substitute), work)
        check_failing(verdicts, grade.run_tests(work, lab), in_order(lab, wrong.loses),
                      f"{lab.name}: {wrong.name} loses {', '.join(wrong.loses)}")

    tree.sync(tree.cut(files, lab, lambda part: part.solution), work)
    check_failing(verdicts, grade.run_tests(work, lab), [],
                  f"{lab.name}: the solution gets {lab.points}/{lab.points}")


def check_labs(root, labs):
    if tree.is_students(root):
        raise spec.LabError("this is a student's tree; labs are proven in the full one")
    files, verdicts = tree.read(root), Verdicts()
    if not labs:
        raise spec.LabError("there are no labs")
    for lab in labs:
        try:
            check_lab(root, lab, files, verdicts)
        except spec.LabError as error:
            verdicts.tell(False, f"{lab.name}: is a lab", [str(error)])
    print(f"1..{verdicts.nr_passed + verdicts.nr_failed}")
    print(f"{verdicts.nr_passed} passed, {verdicts.nr_failed} failed")
    return 1 if verdicts.nr_failed else 0
