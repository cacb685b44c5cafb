"""labrails/spec.py - what a lab is: its folder and its lab.json, read and checked.

Every error names the file and the place in it.  Callers: all of labrails.
"""
import json
import os
import re

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
FOLDER = re.compile(r"(\d\d)-(" + NAME.pattern + ")")
KINDS = ("host", "kernel", "program", "command")
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")  # Gradescope's
TIMEOUT_MAX_S = 600


class LabError(Exception):
    """Something that whoever wrote a lab, or typed a command, can put right."""


class Lab:
    """One lab.  `folder` is from the root, as in labs/01-buddy."""

    def __init__(self, folder, fields):
        self.folder = folder
        self.name = FOLDER.fullmatch(os.path.basename(folder)).group(2)
        self.title = fields["title"]
        self.points = fields["points"]
        self.hours = fields["hours"]
        self.files = fields["files"]
        self.policy = fields.get("policy", "buddy")
        self.boots_with = fields.get("boots_with", self.policy)
        self.tests = [Test(entry) for entry in fields["tests"]]


class Test:
    """One entry of lab.json's `tests`."""

    def __init__(self, entry):
        self.name = entry["name"]
        self.points = entry["points"]
        self.parent = entry.get("parent")
        self.kind = next((kind for kind in KINDS if kind in entry), None)
        self.run = entry.get(self.kind)
        self.expect = entry.get("expect", [])
        self.reject = entry.get("reject", [])
        self.timeout_s = entry.get("timeout", 60)
        self.visibility = entry.get("visibility", "visible")
        self.hint = entry.get("hint", {})
        self.passes_in_starter = entry.get("starter") == "passes"


# ---- types of values: each says what is wrong with one, or None ----

def text(value):
    if not isinstance(value, str) or not value.strip():
        return "want a text that is not empty"
    return None


def number(least, most):
    def check(value):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or \
                not least <= value <= most:
            return f"want a number from {least} to {most}"
        return None
    return check


def whole(least, most):
    def check(value):
        if isinstance(value, float):
            return "want a whole number"
        return number(least, most)(value)
    return check


def one_of(*choices):
    def check(value):
        return None if value in choices else "want one of: " + ", ".join(choices)
    return check


def both_languages(value):
    if not isinstance(value, dict) or set(value) != {"zh", "en"}:
        return 'want {"zh": ..., "en": ...}'
    return text(value["zh"]) or text(value["en"])


def name(value):
    if not isinstance(value, str) or not NAME.fullmatch(value):
        return "want a name of small letters, digits and hyphens"
    return None


def list_of(check_one):
    def check(value):
        if not isinstance(value, list) or not value:
            return "want a list that is not empty"
        for index, item in enumerate(value):
            wrong = check_one(item)
            if wrong:
                return f"item {index + 1}: {wrong}"
        return None
    return check


def regex(value):
    if not isinstance(value, str) or not value:
        return "want a regular expression"
    try:
        re.compile(value.replace("{nonce}", "0"))
    except re.error as error:
        return f"{value!r} is no regular expression: {error}"
    return None


LAB_KEYS = {"title": both_languages, "points": whole(1, 1000), "hours": number(0.5, 200),
            "files": list_of(text), "policy": name, "boots_with": name,
            "tests": list_of(lambda value: None if isinstance(value, dict)
                             else "want an object")}
LAB_NEEDS = ("title", "points", "hours", "files", "tests")
TEST_KEYS = {"name": name, "points": whole(0, 1000), "parent": name, "host": name,
             "kernel": text, "program": text, "command": list_of(text),
             "expect": list_of(regex), "reject": list_of(regex),
             "timeout": whole(1, TIMEOUT_MAX_S), "visibility": one_of(*VISIBILITIES),
             "hint": both_languages, "starter": one_of("passes", "fails")}
TEST_NEEDS = ("name", "points")


def check_object(fields, keys, needs, where):
    """Every key is known, of its type, and those that are needed are there."""
    for key, value in fields.items():
        if key not in keys:
            raise LabError(f"{where}: unknown key {key!r}; there are: {', '.join(keys)}")
        wrong = keys[key](value)
        if wrong:
            raise LabError(f"{where}: {key}: {wrong}")
    for key in needs:
        if key not in fields:
            raise LabError(f"{where}: {key!r} is missing")


def check_test(entry, earlier, where):
    """What must fit between the keys of one test; `earlier` are the tests before it."""
    kinds = [kind for kind in KINDS if kind in entry]
    if "parent" in entry:
        parent = earlier.get(entry["parent"])
        if parent is None or "parent" in parent:
            raise LabError(f"{where}: parent: no earlier test {entry['parent']!r} that runs "
                           "something")
        if kinds or "timeout" in entry:
            raise LabError(f"{where}: a test with a parent looks at what that one printed, "
                           "and runs nothing itself")
    elif len(kinds) != 1:
        raise LabError(f"{where}: want exactly one of: {', '.join(KINDS)}, parent")
    by_itself = kinds and kinds[0] in ("host", "kernel")  # these are asked for the nonce
    if not by_itself and not any("{nonce}" in item for item in entry.get("expect", [])):
        raise LabError(f"{where}: expect: want {{nonce}} in one of them, or else an answer "
                       "that is only printed would pass")


def check_tests(fields, path):
    earlier = {}
    for index, entry in enumerate(fields["tests"], 1):
        where = f"{path}: test {index}"
        if isinstance(entry.get("name"), str):
            where += f" ({entry['name']})"
        check_object(entry, TEST_KEYS, TEST_NEEDS, where)
        check_test(entry, earlier, where)
        if entry["name"] in earlier:
            raise LabError(f"{where}: another test has this name")
        earlier[entry["name"]] = entry
    total = sum(entry["points"] for entry in fields["tests"])
    if total != fields["points"]:
        raise LabError(f"{path}: the tests' points are {total} together, not "
                       f"{fields['points']} as `points` says")


def no_twice(pairs):
    """json keeps the last of two equal keys without a word."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        keys = [key for key, _ in pairs]
        raise LabError(f"the key {next(k for k in keys if keys.count(k) > 1)!r} is twice there")
    return fields


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            fields = json.load(file, object_pairs_hook=no_twice)
    except FileNotFoundError:
        raise LabError(f"{path}: there is no such file") from None
    except json.JSONDecodeError as error:
        raise LabError(f"{path}:{error.lineno}:{error.colno}: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise LabError(f"{path}: not UTF-8 at byte {error.start}") from None
    except ValueError as error:
        raise LabError(f"{path}: {error}") from None
    except RecursionError:
        raise LabError(f"{path}: nested too deeply") from None
    except LabError as error:
        raise LabError(f"{path}: {error}") from None
    if not isinstance(fields, dict):
        raise LabError(f"{path}: want an object")
    return fields


def load(root, folder):
    """The lab in root/folder, whose name is NN-name."""
    path = os.path.join(root, folder, "lab.json")
    fields = read_json(path)
    check_object(fields, LAB_KEYS, LAB_NEEDS, path)
    check_tests(fields, path)
    for file in fields["files"]:
        if file.startswith("/") or ".." in file.split("/"):
            raise LabError(f"{path}: files: {file}: want a path inside the tree")
        if not os.path.isfile(os.path.join(root, file)):
            raise LabError(f"{path}: files: there is no {file}")
    if any("host" in entry for entry in fields["tests"]) and \
            not os.path.isfile(os.path.join(root, folder, "tests", "host.c")):
        raise LabError(f"{path}: a test runs on the host, and there is no "
                       f"{folder}/tests/host.c")
    for language in ("zh", "en"):
        if not os.path.isfile(os.path.join(root, folder, f"README.{language}.md")):
            raise LabError(f"{folder}/README.{language}.md is missing")
    return Lab(folder, fields)


def list_folders(root):
    """The names of the labs' folders, in order."""
    labs = os.path.join(root, "labs")
    found = sorted(os.listdir(labs)) if os.path.isdir(labs) else []
    return [entry for entry in found if FOLDER.fullmatch(entry)]


def find_all(root):
    return [load(root, f"labs/{entry}") for entry in list_folders(root)]


def find(root, wanted):
    folders = {FOLDER.fullmatch(entry).group(2): entry for entry in list_folders(root)}
    if wanted not in folders:
        which = f"no lab {wanted!r}" if wanted else "which lab? LAB=NAME says"
        raise LabError(f"{which}; there are: {', '.join(folders) or 'none'}")
    return load(root, f"labs/{folders[wanted]}")
