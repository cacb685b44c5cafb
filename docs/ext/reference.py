"""docs/ext/reference.py - tables made from the sources when the book is built.

    ```{reference} options
    test: 运行名字匹配的内核自测
    ```

What can be listed is in LISTS below; the system calls have callpages.py.  The sources speak
English; a page in another language brings its own text for each entry, `name: text` a
line.  If it brings any it must bring all and no other: what is new in the sources and not in
the page fails the build.
"""
import re

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

import excerpt


def unwrap(text):
    return re.sub(r"\s*\n[ *]*", " ", text).strip()


def list_options():
    """The rows of the tables in kernel/options.c, each with its comment."""
    text = excerpt.read("kernel/options.c")
    rows = re.findall(r'/\* ((?:(?!: |\*/).)+): ((?:(?!\*/).)+?) \*/\n +\{"(\w+)"', text, re.DOTALL)
    nr_rows = len(re.findall(r"^ +\{\"\w+\", .*\},$", text, re.MULTILINE))
    if len(rows) != nr_rows:
        raise excerpt.NotFound(f"kernel/options.c has {nr_rows} options, "
                               f"{len(rows)} with a comment `usage: text`")
    for usage, what, name in rows:
        yield name, [f"`{unwrap(usage)}`"], unwrap(what)


def list_targets():
    text = excerpt.read("Makefile")
    for name, what in re.findall(r"^([a-z_.-]+):.*?## (.*)$", text, re.MULTILINE):
        yield name, [f"`make {name}`"], what


def list_variables():
    text = excerpt.read("Makefile")
    for what, name, value in re.findall(r"^## (.*)\n(\w+) *:?=[ \t]*(.*)$", text, re.MULTILINE):
        yield name, [f"`{name}={'' if '$' in value else value}`"], what


def list_status():
    text = excerpt.read("lib/status.def")
    for number, name, what in re.findall(r'^STATUS\((-?\d+), (\w+), "(.*)"\)', text, re.MULTILINE):
        yield name, [number, f"`{name}`"], what


LISTS = {
    "options": (list_options, ("option", "does"), ("选项", "作用")),
    "targets": (list_targets, ("command", "does"), ("命令", "作用")),
    "variables": (list_variables, ("variable", "is"), ("变量", "含义")),
    "status": (list_status, ("number", "name", "means"), ("编号", "名字", "含义")),
}


def translate(rows, lines):
    """The rows with the page's own texts, if it brings any."""
    ours = dict(line.split(": ", 1) for line in lines if line.strip())
    names = [name for name, _, _ in rows]
    if not ours:
        return rows
    wrong = [f"no text for {name}" for name in names if name not in ours]
    wrong += [f"a text for {name}, which is not there" for name in ours if name not in names]
    if wrong:
        raise excerpt.NotFound("; ".join(wrong))
    return [(name, cells, ours[name]) for name, cells, _ in rows]


def markdown_table(heads, rows):
    """A table of rows of cells."""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for cells in rows:
        yield "| " + " | ".join(cells).replace("\n", " ") + " |"


def parse(directive, lines):
    """What these lines of Markdown are on the page."""
    box = nodes.container(classes=["reference"])
    lines = StringList(list(lines), directive.env.docname)
    directive.state.nested_parse(lines, 0, box)
    return [box]


class Reference(SphinxDirective):
    required_arguments = 1
    has_content = True

    def run(self):
        name = self.arguments[0]
        if name not in LISTS:
            raise self.error(f"reference: no list {name}; there are {', '.join(LISTS)}")
        make_rows, english, chinese = LISTS[name]
        try:
            rows = translate(list(make_rows()), self.content)
        except (excerpt.NotFound, ValueError) as error:
            raise self.error(f"reference {name}: {error}") from error
        if not rows:
            raise self.error(f"reference {name}: the source has none")
        heads = chinese if self.config.language == "zh_CN" else english
        return parse(self, markdown_table(heads, [[*cells, what] for _, cells, what in rows]))


def setup(app):
    app.add_directive("reference", Reference)
    return {"version": "1", "parallel_read_safe": True}
