"""docs/ext/source.py - the directives `source`, `command` and `file`, and the pages of files.

    ```{source} mm/buddy_fast.h take_block        a part of a source file, see excerpt.py
    ```
    ```{command} make run APP=hello               what tools/docs-test runs and compares
    Hello, world! ...
    ```
    ```{file} user/apps/mine.c                    a file that the reader writes; docs-test too
    int main(void) { return 0; }
    ```

A part links to its lines on a page that shows the whole file, so that the book needs no
network.  A part that is gone is an error, and so fails the build.
"""
import re

from docutils import nodes
from docutils.parsers.rst import directives
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from sphinx.util.docutils import SphinxDirective

import excerpt

LANGUAGE = {".c": "c", ".S": "gas", ".py": "python", ".sh": "sh", ".mk": "make", ".ld": "text"}


def language_of(path):
    return LANGUAGE.get(excerpt.kind_of(path, excerpt.read(path)), "text")


class source_link(nodes.General, nodes.Element):
    """The line over a part: its file and lines, a link to the page of the file."""


class Source(SphinxDirective):
    required_arguments = 2
    option_spec = {"caption": directives.unchanged, "comment": directives.flag}

    def run(self):
        path, name = self.arguments
        try:
            part = excerpt.find(path, name, "comment" in self.options)
        except excerpt.NotFound as error:
            raise self.error(f"source: {error}") from error
        language = "text" if name == "<head>" else language_of(path)
        return [show(self.env, part, language, self.options.get("caption", ""))]


def show(env, part, language="c", caption=""):
    """What a page shows of a part: the line that leads to its file, and the part."""
    book_sources(env).setdefault(env.docname, set()).add(part.path)
    code = nodes.literal_block(part.text, part.text, language=language, force=True)
    link = source_link(path=part.path, first=part.first, last=part.last, caption=caption)
    return nodes.container("", link, code, classes=["source"])


class Command(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {"status": directives.nonnegative_int, "timeout": directives.positive_int,
                   "beside": directives.unchanged_required, "output": directives.flag}

    def run(self):
        commands = [] if "output" in self.options else ["$ " + self.arguments[0]]
        blocks = [[*commands, *self.content]]
        if "beside" in self.options:
            blocks.insert(0, ["$ " + self.options["beside"]])
        return [self.terminal(lines) for lines in blocks]

    @staticmethod
    def terminal(lines):
        """What a terminal shows; what is typed there stands out."""
        # A source that is not the text keeps Sphinx from colouring it as a language.
        screen = nodes.literal_block("terminal", classes=["terminal"])
        for line in lines:
            typed = re.match(r"(\$|\(gdb\)|huoban>) (.*)", line)
            if typed:
                screen += nodes.inline("", typed[1] + " ", classes=["prompt"])
            screen += nodes.strong("", typed[2]) if typed else nodes.Text(line)
            screen += nodes.Text("\n")
        return screen


class File(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec = {"append": directives.flag}

    def run(self):
        path = self.arguments[0]
        text = "\n".join(self.content)
        language = LANGUAGE.get(excerpt.kind_of(path, text), "text")
        name = nodes.paragraph("", "", nodes.literal("", path), classes=["source-link"])
        if "append" in self.options:
            name += nodes.Text(" (+)")
        code = nodes.literal_block(text, text, language=language)
        return [nodes.container("", name, code, classes=["source"])]


def book_sources(env):
    """Which files each page shows a part of."""
    if not hasattr(env, "book_sources"):
        env.book_sources = {}
    return env.book_sources


def forget_page(_app, env, docname):
    book_sources(env).pop(docname, None)


def visit_source_link(translator, node):
    path, first, last = node["path"], node["first"], node["last"]
    lines = f"{first}" if first == last else f"{first}–{last}"
    uri = translator.builder.get_relative_uri(translator.builder.current_docname,
                                              "source/" + path)
    caption = node["caption"] and f" <span>{translator.encode(node['caption'])}</span>"
    translator.body.append(f'<p class="source-link"><a href="{uri}#line-{first}">'
                           f"{path}:{lines}</a>{caption}</p>")
    raise nodes.SkipNode


def collect_source_pages(app):
    """A page for each file of which a part is shown: all of it, with its lines numbered."""
    for path in sorted(set().union(*book_sources(app.env).values())):
        lexer = get_lexer_by_name(language_of(path), stripnl=False)
        formatter = HtmlFormatter(linenos="inline", lineanchors="line", anchorlinenos=True)
        body = f"<h1>{path}</h1>{highlight(excerpt.read(path), lexer, formatter)}"
        yield "source/" + path, {"title": path, "body": body}, "page.html"


def setup(app):
    app.add_node(source_link, html=(visit_source_link, None))
    app.add_directive("source", Source)
    app.add_directive("command", Command)
    app.add_directive("file", File)
    app.connect("env-purge-doc", forget_page)
    app.connect("html-collect-pages", collect_source_pages)
    return {"version": "1", "parallel_read_safe": False}
