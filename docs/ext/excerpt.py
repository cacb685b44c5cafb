"""docs/ext/excerpt.py - find a part of a source file by its name.

A part is what the book shows: a C function, struct, table or macro by its own name; a label
or macro of assembly; a function of Python or sh; what stands between a pair of marker
comments, by `<the/marker>`; and the comment at a file's head, by `<head>`.  Markers are never
shown.  Nothing here knows Sphinx.   Callers: docs/ext/source.py, reference.py.
"""
import dataclasses
import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Where a part called NAME begins, by kind of file: the first line of a C definition stands at
# the margin, and no `;` or brace comes between its name and its body.
DEFINITIONS = {
    ".c": [r"^[A-Za-z_][\w \t*(),]*?\bNAME\([^;{}]*\)\s*\{",                # a function
           r"^\w+\([^;{}]*?\bNAME\)\s*\{",                                  # SELFTEST(...) {
           r"^[A-Z]\w+\(-?\d+, NAME\b[^;{}]*?\)$",                          # SYSCALL2(...)
           r"^(?:\w+ )*(?:struct|union|enum) NAME\b[^;{}()*]*\{",
           r"^(?:\w+ )*(?:struct|union|enum)\b[^;{}]*\{[^{}]*\} NAME\b[^;{}]*[;{]",
           r"^[A-Za-z_][^;{}()=]*?\bNAME\b[^;{}()]*=\s*\{",                 # a table
           r"^[A-Za-z_][^;{}()=]*?\bNAME\b[^;{}=]*(?:=[^;{}]*)?;",          # any other name
           r"^#\s*define NAME\b"],
    ".S": [r"^NAME:", r"^\.macro NAME\b"],
    ".py": [r"^(?:def|class) NAME\b", r"^NAME = "],
    ".sh": [r"^NAME\(\) \{"],
}
KIND = {".h": ".c", ".def": ".c"}
MARKER = r"^[ \t]*(?:/\*|#|//) <(?:lab|book) NAME>"
MARKER_END = r"^[ \t]*(?:/\*|#|//) </(?:lab|book) NAME>"
ANY_NAME = r"[a-z0-9][\w./-]*"


class NotFound(Exception):
    """There is no such part, or no such file; the text says which."""


@dataclasses.dataclass
class Part:
    """Lines of a file: `first` to `last`, counted from 1, and their text."""
    path: str
    first: int
    last: int
    text: str


def read(path):
    """The text of a file of this repository."""
    file = (ROOT / path).resolve()
    if not file.is_relative_to(ROOT):
        raise NotFound(f"{path} is outside of the repository")
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from error


def kind_of(path, text):
    suffix = Path(path).suffix
    if not suffix and text.startswith("#!"):
        suffix = ".py" if "python" in text.split("\n", 1)[0] else ".sh"
    return KIND.get(suffix, suffix)


def starts(text, pattern, name):
    pattern = pattern.replace("NAME", re.escape(name))
    return list(re.finditer(pattern, text, re.MULTILINE))


def line_of(text, offset):
    return text.count("\n", 0, offset)


def end_of_c(lines, match_last, opens):
    """The last line of a definition whose header ends in line `match_last`."""
    if not opens:
        return match_last
    if "}" in lines[match_last].rpartition("{")[2]:
        return match_last
    return next(n for n in range(match_last + 1, len(lines)) if lines[n].startswith("}"))


def end_of_macro(lines, first):
    while lines[first].endswith("\\"):
        first += 1
    return first


def end_of_label(lines, first):
    """Up to the next label that is not a number, without what belongs to that one."""
    last = first
    for n in range(first + 1, len(lines)):
        if re.match(r"\w*[A-Za-z_]\w*:|\s*\.(?:data|section|macro)\b", lines[n]):
            break
        if re.match(r"\s+[a-z]|\d+:", lines[n]):
            last = n
    return last


def end_of_indented(lines, first):
    """Up to the next line at the margin."""
    last = first
    for n in range(first + 1, len(lines)):
        if lines[n] and not lines[n][0].isspace() and lines[n][0] not in ")]":
            break
        last = n if lines[n] else last
    return last


def end_of(lines, kind, text, match):
    first = line_of(text, match.start())
    last = line_of(text, match.end() - 1)
    header = match.group()
    if header.startswith("#"):
        return end_of_macro(lines, first)
    if kind == ".c":
        return end_of_c(lines, last, header.endswith("{"))
    if kind == ".py":
        return end_of_indented(lines, first)
    if kind == ".sh":
        return end_of_c(lines, first, True)
    if header.startswith(".macro"):
        return next(n for n in range(first, len(lines)) if lines[n].startswith(".endm"))
    return end_of_label(lines, first)


def find_definition(path, text, lines, name):
    kind = kind_of(path, text)
    found = {line_of(text, match.start()): match
             for pattern in DEFINITIONS.get(kind, []) for match in starts(text, pattern, name)}
    with_body = {first: match for first, match in found.items()
                 if not match.group().endswith(";")}
    found = with_body or found  # a declaration gives way to the definition
    if not found:
        raise NotFound(f"{path} has no {name}")
    if len(found) > 1:
        numbers = " and ".join(str(first + 1) for first in sorted(found))
        raise NotFound(f"{path} has {name} more than once: lines {numbers}")
    first, match = found.popitem()
    return first, end_of(lines, kind, text, match)


def find_marked(path, text, lines, name):
    """The lines between two marker comments; the first of them may have several lines."""
    opening = starts(text, MARKER, name)
    closing = starts(text, MARKER_END, name)
    if len(opening) != 1 or len(closing) != 1:
        how = "no marker" if not opening and not closing else \
            f"{len(opening)} openings and {len(closing)} ends of the marker"
        raise NotFound(f"{path} has {how} <{name}>; a pair is wanted")
    first = end_of_comment(lines, line_of(text, opening[0].start())) + 1
    last = line_of(text, closing[0].start()) - 1
    if last < first:
        raise NotFound(f"{path}: nothing stands between the markers <{name}>")
    return first, last


def end_of_comment(lines, first):
    if lines[first].lstrip().startswith("/*"):
        while "*/" not in lines[first]:
            first += 1
    return first


def without_markers(lines):
    """The lines, but for marker comments."""
    kept, n = [], 0
    while n < len(lines):
        if re.match(r"[ \t]*(?:/\*|#|//) </?(?:lab|book) " + ANY_NAME + ">", lines[n]):
            n = end_of_comment(lines, n) + 1
        else:
            kept.append(lines[n])
            n += 1
    return kept


def start_of_comment(lines, first):
    """Where the comment right above line `first` begins; `first` if there is none."""
    above = first - 1
    if above < 0 or not lines[above].endswith("*/"):
        return first
    while above > 0 and not lines[above].startswith("/*"):
        above -= 1
    return above


def head_comment(text):
    """The comment that a file begins with, without its stars."""
    match = re.match(r"/\*\s?(.*?)\s*\*/", text, re.DOTALL)
    if not match:
        return None
    return "\n".join(re.sub(r"^ \* ?", "", line) for line in match[1].split("\n"))


def find(path, name, with_comment=False):
    """The part of `path` that is called `name`, as a Part."""
    text = read(path)
    lines = text.split("\n")
    if name == "<head>":
        head = head_comment(text)
        if head is None:
            raise NotFound(f"{path} does not begin with a comment")
        return Part(path, 1, head.count("\n") + 1, head)
    if name.startswith("<") and name.endswith(">"):
        first, last = find_marked(path, text, lines, name[1:-1])
    else:
        first, last = find_definition(path, text, lines, name)
    if with_comment:
        first = start_of_comment(lines, first)
    shown = without_markers(lines[first:last + 1])
    return Part(path, first + 1, last + 1, textwrap.dedent("\n".join(shown)))
