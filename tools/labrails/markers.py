"""labrails/markers.py - the parts of labs in a source, and how they are cut out.

    /* <lab buddy/split> a hint for the student, one line or more */
    ... the solution ...
    /* </lab buddy/split> otherwise: return NULL; */

becomes the hint, `lab_todo("buddy/split");` and what stands behind `otherwise:`.  Parts do
not nest.  Callers: tree.py, check.py.
"""
import re

from labrails.spec import LabError

SOURCES = (".c", ".h", ".S")
PART_NAME = r"[a-z0-9-]+/[a-z0-9-]+"
BEGIN = re.compile(rf"^([ \t]*)/\*\s*<lab ({PART_NAME})>(.*?)\*/[ \t]*\n", re.M | re.S)
END = re.compile(rf"^[ \t]*/\*\s*</lab ({PART_NAME})>(?:\s*otherwise:\s*(.*?))?\s*\*/[ \t]*\n",
                 re.M | re.S)
ANY = re.compile(r"</?lab [^>\n]*>")
INCLUDE = re.compile(r"^#include .*\n", re.M)


class Part:
    """A part: text[begin:end] with its markers, text[inner:inner_end] without."""

    def __init__(self, path, text, begin, end):
        self.path = path
        self.indent, self.name, self.hint = begin.groups()
        self.otherwise = end.group(2)
        self.begin, self.inner = begin.span()
        self.inner_end, self.end = end.span()
        self.solution = text[self.inner:self.inner_end]

    def starter(self):
        """What stands in the student's tree."""
        lines = [f'{self.indent}lab_todo("{self.name}");']
        if self.otherwise:
            lines.append(self.indent + self.otherwise)
        hint = f"{self.indent}/* Lab {self.name}:{self.hint.rstrip()} */\n"
        return hint + "\n".join(lines) + "\n"


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def find_parts(path, text):
    """The parts of a source, in order."""
    parts, at = [], 0
    for begin in BEGIN.finditer(text):
        where = f"{path}:{line_of(text, begin.start())}: part {begin.group(2)}"
        if begin.start() < at:
            raise LabError(f"{where}: begins inside part {parts[-1].name}")
        end = END.search(text, begin.end())
        if end is None or end.group(1) != begin.group(2):
            raise LabError(f"{where}: no end, /* </lab {begin.group(2)}> */ on its own line")
        if any(part.name == begin.group(2) for part in parts):
            raise LabError(f"{where}: there are two parts of this name")
        parts.append(Part(path, text, begin, end))
        at = end.end()
    for mark in ANY.finditer(text):
        if not any(part.begin <= mark.start() < part.inner or
                   part.inner_end <= mark.start() < part.end for part in parts):
            raise LabError(f"{path}:{line_of(text, mark.start())}: {mark.group()} is no marker "
                           "of a part; one is a comment on lines of its own")
    return parts


def include_lab_h(text):
    """After the last #include, or where there is none, before the first line of code."""
    includes = list(INCLUDE.finditer(text))
    at = includes[-1].end() if includes else text.find("*/") + 3
    return text[:at] + '#include "lib/lab.h"\n' + text[at:]


def replace(path, text, lab_name, substitute):
    """`text` with each part of the lab replaced by substitute(part), and every other
    lab's markers gone."""
    pieces, at, was_cut = [], 0, False
    for part in find_parts(path, text):
        mine = part.name.split("/")[0] == lab_name
        new = substitute(part) if mine else part.solution
        was_cut = was_cut or "lab_todo(" in new
        pieces += [text[at:part.begin], new]
        at = part.end
    text = "".join(pieces) + text[at:]
    return include_lab_h(text) if was_cut else text


def parts_of_tree(tree, lab_name):
    """The parts of one lab in a tree of {path: File}."""
    found = []
    for path, file in sorted(tree.items()):
        if path.endswith(SOURCES) and b"<lab " in file.content:
            found += [part for part in find_parts(path, file.content.decode())
                      if part.name.split("/")[0] == lab_name]
    return found
