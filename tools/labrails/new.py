"""labrails/new.py - begin a lab: copy labs/template, with the names filled in.

What it makes is a whole lab already: a program user/apps/lab_NAME.c with one part, tests,
texts in both languages, three wrong solutions.  `make check-labs LAB=NAME` passes.
"""
import os
import re

from labrails.spec import FOLDER, NAME, LabError, list_folders

TEMPLATE = "labs/template"
PROGRAM = "program.c.in"


def next_number(folders):
    """One more than the largest; a free number below is left free for whoever planned it."""
    return max((int(FOLDER.fullmatch(entry).group(1)) for entry in folders), default=0) + 1


def make(root, name):
    """Returns what to tell the one who asked."""
    if not NAME.fullmatch(name) or len(name) > 30:
        raise LabError(f"NAME={name}: a lab's name is small letters, digits and hyphens, "
                       "as in NAME=page-faults")
    folders = list_folders(root)
    if any(FOLDER.fullmatch(entry).group(2) == name for entry in folders):
        raise LabError(f"there is a lab {name} already")
    identifier = re.sub("-", "_", name)
    program = f"user/apps/lab_{identifier}.c"
    if os.path.exists(os.path.join(root, program)):
        raise LabError(f"{program} is there already")
    number = next_number(folders)
    if number > 99:
        raise LabError("labs are numbered 01 to 99, and 99 is taken")
    folder = f"labs/{number:02}-{name}"
    template = os.path.join(root, TEMPLATE)
    for at, _, files in os.walk(template):
        for file in sorted(files):
            source = os.path.join(at, file)
            relative = os.path.relpath(source, template)
            target = program if relative == PROGRAM else f"{folder}/{relative}"
            with open(source, encoding="utf-8") as text:
                filled = fill(text.read(), folder, name, identifier)
            os.makedirs(os.path.dirname(os.path.join(root, target)), exist_ok=True)
            with open(os.path.join(root, target), "x", encoding="utf-8") as out:
                out.write(filled)
    return (f"{folder}: its text, tests and wrong solutions\n{program}: its part\n"
            f"prove it with: make check-labs LAB={name}")


def fill(text, folder, name, identifier):
    return text.replace("@FOLDER@", folder).replace("@NAME@", name) \
               .replace("@IDENTIFIER@", identifier)
