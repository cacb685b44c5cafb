"""docs/ext/calls.py - the list of system calls as the reference needs it, and what it lacks.

usage: calls.py      prints what the comments of kernel/abi/syscalls.def lack; 1 if they do

That file's head says how an entry's comment is written.  Of each call it must tell every
argument and the value, and which statuses come back; statuses and rights that it names must
be there; and its example must be there too and use the call.  Nothing here knows Sphinx.
Callers: docs/ext/callpages.py, tools/check.
"""
import dataclasses
import re
import sys

import excerpt

PATH = "kernel/abi/syscalls.def"
EXAMPLE_LINES_MAX = 45
CANDIDATES_MAX = 3
HOSTILE = ("bad", "callfuzz")  # what these programs do with a call is no example

ENTRY = re.compile(r"^[A-Z]\w*\(-?\d[^;{}#]*?\)$", re.MULTILINE)
PARTS = re.compile(r"(\w+)\((-?\d+),\s*(\w+)(?:,(.*))?\)$", re.DOTALL)
OBJECT = re.compile(r"([A-Z]+)(?:_[A-Z_]+)?\(([\w |]+)\)")
COMMENT = re.compile(r"/\*(?P<text>(?:(?!\*/).)*)\*/\n\Z", re.DOTALL)
EXAMPLE = re.compile(r"^Example:(.*)\Z", re.MULTILINE | re.DOTALL)
FUNCTION = re.compile(r"^\w[^;{}=]*?\b(\w+)\([^;{}]*\)\s*\{$(.*?)^\}$", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass
class Call:
    """An entry of the list: what its macro says, and what its comment says."""
    line: int
    number: int
    name: str
    needs: str            # of the first argument: NOTHING, ANY, or the type of object
    rights: str           # that its handle must have
    arguments: list       # of (type, name)
    value: str            # the name of what comes back in a1, or ""
    is_message: bool = False  # it has the registers of kernel/abi/message.h
    text: str = ""
    example: excerpt.Part = None
    complaints: list = dataclasses.field(default_factory=list)

    def told(self):
        """What the text must name: the handle that the entry itself asks for apart."""
        skipped = 0 if self.needs == "NOTHING" else 1
        return [name for _, name in self.arguments[skipped:]]

    def stub(self):
        """The C function by which programs use it."""
        return f"message_{self.name}" if self.is_message else self.name

    def statuses(self):
        """Those of the check of the handle, then those that the text names, each once."""
        of_handle = {"NOTHING": [], "ANY": ["ERR_HANDLE", "ERR_RIGHTS"]}.get(
            self.needs, ["ERR_HANDLE", "ERR_TYPE", "ERR_RIGHTS"])
        return list(dict.fromkeys([*of_handle, *re.findall(r"\bERR_\w+", self.text)]))


def comment_above(text, start):
    """The lines of the comment that ends right above `start`, without stars; "" if none does."""
    above = text[text.rfind("/*", 0, start):start] if "/*" in text[:start] else ""
    match = COMMENT.match(above)
    if not match or match["text"].lstrip().startswith("--"):
        return ""
    return "\n".join(re.sub(r"^\s*\* ?", "", line, count=1)
                     for line in match["text"].split("\n")).strip()


def need(call, kind):
    """What the first argument must be: TYPE(rights), or TYPE_MORE(rights)."""
    match = OBJECT.fullmatch(kind)
    if match:
        call.needs, call.rights = match.groups()


def split_arguments(call, macro, rest):
    """The arguments of the entry into `call`: pairs of type and name, after the value."""
    words = [word.strip() for word in rest.split(",") if word.strip()]
    call.is_message = macro == "SYSCALL_MESSAGE" and len(words) == 1
    if call.is_message:
        need(call, words[0])
        return
    shape = re.fullmatch(r"SYSCALL(\d)(_VALUE)?", macro)
    if not shape:
        call.complaints.append(f"{macro} is no SYSCALLn or SYSCALLn_VALUE, nor a "
                               "SYSCALL_MESSAGE with what it needs alone")
        return
    if shape[2]:
        call.value = words.pop(0) if words else ""
    kinds = [re.sub(r"\s+", " ", word) for word in words[::2]]
    call.arguments = [("handle_t" if OBJECT.fullmatch(kind) else kind, name)
                      for kind, name in zip(kinds, words[1::2])]
    need(call, kinds[0] if kinds else "")
    if len(words) != 2 * int(shape[1]) or shape[2] and not call.value:
        call.complaints.append(f"{macro} takes {shape[1]} times a type and a name"
                               f"{', behind the name of the value' if shape[2] else ''}; "
                               f"it has {', '.join(words) or 'none'}")


def defined(path, pattern):
    return set(re.findall(pattern, excerpt.read(path), re.MULTILINE))


def candidates(name):
    """Functions of user/ that use the call, the shortest first."""
    found = []
    for file in sorted((excerpt.ROOT / "user").glob("**/*.c")):
        if file.name.startswith(HOSTILE):
            continue
        for match in FUNCTION.finditer(file.read_text(encoding="utf-8")):
            if re.search(rf"\b{name}\(", match[2]):
                path = file.relative_to(excerpt.ROOT)
                found.append((match[2].count("\n"), f"{path} {match[1]}"))
    return [where for _, where in sorted(found)[:CANDIDATES_MAX]]


def find_example(call, wanted):
    """The example that the comment names, or has itself; ValueError says what is wrong."""
    words = wanted.split()
    if "\n" in wanted:
        lines = wanted.strip("\n").split("\n")
        indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        example = excerpt.Part("", 0, len(lines), "\n".join(line[indent:] for line in lines))
        where = "the example"
    elif len(words) == 2 and words[0].startswith("user/"):
        example = excerpt.find(*words)
        where = " ".join(words)
    else:
        raise ValueError(f"`Example:{wanted}` is not `Example: user/FILE FUNCTION`, nor "
                         "`Example:` and lines of code below")
    if not re.search(rf"\b(?:{call.stub()}\(|SYS_{call.name}\b)", example.text):
        raise ValueError(f"{where} does not use {call.stub()}()")
    if example.text.count("\n") >= EXAMPLE_LINES_MAX:
        raise ValueError(f"{where} has more than {EXAMPLE_LINES_MAX} lines; "
                         "name a shorter one, or a part between <book ...> markers")
    return example


def read_example(call, comment):
    match = EXAMPLE.search(comment)
    if not match:
        uses = candidates(call.stub())
        hint = f"it is used in {', '.join(uses)}" if uses else "nothing in user/ uses it yet"
        call.complaints.append(f"no `Example:` line at the comment's end; {hint}")
        return
    try:
        call.example = find_example(call, match[1].rstrip())
    except (excerpt.NotFound, ValueError) as error:
        call.complaints.append(str(error))


def check_text(call, statuses, rights):
    for name in call.told():
        if f"`{name}`" not in call.text:
            call.complaints.append(f"the comment does not tell `{name}`")
    if call.value and f"`{call.value}`" not in call.text and "value" not in call.text:
        call.complaints.append(f"the comment does not tell the value, `{call.value}`")
    for name in re.findall(r"\bERR_\w+", call.text):
        if name not in statuses:
            call.complaints.append(f"{name} is not in lib/status.def")
    for name in re.findall(r"\bRIGHT_\w+", f"{call.text} {call.rights}"):
        if name not in rights:
            call.complaints.append(f"{name} is not in kernel/abi/rights.h")
    if not call.statuses() and not re.search(r"\bOK\b|not return", call.text):
        call.complaints.append("the comment tells no status: name the errors, or say "
                               "`Always OK.`")


def read_call(text, match):
    line = text.count("\n", 0, match.start()) + 1
    parts = PARTS.match(match.group())
    if not parts:
        call = Call(line, 0, match.group().split("\n", 1)[0], "NOTHING", "", [], "")
        call.complaints.append("no entry of the list's form")
        return call
    macro, number, name, rest = parts.groups()
    call = Call(line, int(number), name, "NOTHING", "", [], "")
    split_arguments(call, macro, rest or "")
    return call


def read_calls():
    """Every call of the list, in its order, each with its complaints."""
    text = excerpt.read(PATH)
    statuses = defined("lib/status.def", r"^STATUS\(-?\d+, (\w+)")
    rights = defined("kernel/abi/rights.h", r"^\s*(RIGHT_\w+)")
    calls, numbers = [], {}
    for match in ENTRY.finditer(text):
        call = read_call(text, match)
        calls.append(call)
        if numbers.setdefault(call.number, call.name) != call.name:
            call.complaints.append(f"{call.number} is {numbers[call.number]} already")
        comment = comment_above(text, match.start())
        if not comment:
            call.complaints.append("no comment right above it")
            continue
        call.text = EXAMPLE.sub("", comment).strip()
        check_text(call, statuses, rights)
        read_example(call, comment)
    return calls


def complaints(calls):
    return [f"{PATH}:{call.line}: {call.name}: {complaint}"
            for call in calls for complaint in call.complaints]


def main():
    try:
        wrong = complaints(read_calls())
    except excerpt.NotFound as error:
        wrong = [str(error)]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
