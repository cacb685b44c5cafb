"""docs/ext/pictures.py - pictures made from text, readable in light and in dark.

    ```{graph} Who may include whom               the graphviz language, drawn by `dot`
    user -> mm -> lib
    ```
    ```{blocks} A request for 4 KiB splits a block of 16
    before | free 16
    after  | used 4:3 A | free 4 | free 8
    ```

A line of `blocks` is a row of memory: what it is called, then blocks as KIND SIZE TEXT.  KIND
is free, used, slab, own (the allocator's) or none (a gap), SIZE a number in any unit, as wide as
it says; `4:3` is a block of 4 of which 3 were asked for, the rest is drawn as lost.  Without a
TEXT the size is written.  All rows have the same scale.

Both become part of the page, so that its colours (docs/_static/book.css) apply to them: in a
graph, `class=free` and the like colour a node.
"""
import html
import re
import subprocess

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

KINDS = ("free", "used", "slab", "own", "none")
GRAPH = """digraph {
graph [bgcolor=transparent rankdir=%s nodesep=0.3 ranksep=0.4]
node [shape=box style=rounded fontname="sans-serif" fontsize=12 height=0.3 margin="0.12,0.06"]
edge [fontname="sans-serif" fontsize=11 arrowsize=0.7]
%s
}"""


class Picture(SphinxDirective):
    """Something drawn, with an optional caption."""
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        self.assert_has_content()
        try:
            drawn = self.draw()
        except ValueError as error:
            raise self.error(f"{self.name}: {error}") from error
        picture = nodes.raw("", drawn, format="html")
        figure = nodes.figure("", picture, classes=["picture", self.name])
        if self.arguments:
            words, messages = self.state.inline_text(self.arguments[0], self.lineno)
            figure += nodes.caption("", "", *words)
            return [figure, *messages]
        return [figure]


class Graph(Picture):
    option_spec = {"down": directives.flag}

    def draw(self):
        text = GRAPH % ("TB" if "down" in self.options else "LR", "\n".join(self.content))
        try:
            dot = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True,
                                 encoding="utf-8", check=False)
        except FileNotFoundError as error:
            raise ValueError("there is no `dot` here: run `make setup docs`") from error
        if dot.returncode != 0 or dot.stderr:
            raise ValueError(dot.stderr.strip())
        svg = dot.stdout[dot.stdout.index("<svg"):]
        svg = re.sub(r"<title>.*?</title>|<!--.*?-->", "", svg, flags=re.DOTALL)
        return re.sub(r' (stroke|fill)="black"', r' \1="currentColor"', svg)


class Blocks(Picture):

    def draw(self):
        rows = [read_row(line) for line in self.content if line.strip()]
        widest = max(sum(size for _, size, _, _ in blocks) for _, blocks in rows)
        return "".join(draw_row(name, blocks, widest) for name, blocks in rows)


def read_row(line):
    """`name | free 16 | used 4:3 A` as name, [(kind, size, asked for, text)]."""
    name, *blocks = (piece.strip() for piece in line.split("|"))
    if not blocks:
        raise ValueError(f"{line!r} has no block: NAME | KIND SIZE TEXT | ...")
    return name, [read_block(block) for block in blocks]


def read_block(text):
    match = re.fullmatch(r"(\w+) ([\d.]+)(?::([\d.]+))?(?: (.+))?", text)
    if not match or match[1] not in KINDS:
        raise ValueError(f"{text!r} is no block: KIND SIZE TEXT, of {', '.join(KINDS)}")
    size, asked = float(match[2]), float(match[3] or match[2])
    if not 0 < asked <= size:
        raise ValueError(f"{text!r}: 0 < asked for <= size")
    label = match[4] or ("" if match[1] == "none" else match[2])
    return match[1], size, asked, label


def draw_row(name, blocks, widest):
    drawn = "".join(draw_block(*block, widest) for block in blocks)
    name = f'<span class="row-name">{html.escape(name)}</span>' if name else ""
    return f'<div class="row">{name}<div class="memory">{drawn}</div></div>'


def draw_block(kind, size, asked, label, widest):
    lost = ""
    if asked < size:
        lost = f'<span class="lost" style="width:{100 * (size - asked) / size:.4g}%"></span>'
    label = html.escape(label)
    return (f'<span class="block {kind}" style="width:{100 * size / widest:.4g}%" '
            f'title="{label}">{lost}<span class="label">{label}</span></span>')


def setup(app):
    app.add_directive("graph", Graph)
    app.add_directive("blocks", Blocks)
    return {"version": "1", "parallel_read_safe": True}
