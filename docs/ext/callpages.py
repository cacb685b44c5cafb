"""docs/ext/callpages.py - the reference of system calls, made from the list of calls.

    ```{system-calls} heap_* frame_stats            a section for each call of these names
    heap_stats: 填写 `info`……，地址不对时返回 ERR_FAULT。
    ```
    ```{system-call-table}                          all calls by number, links to the sections
    ```
    {call}`heap_walk`                               a link to the call's section, from any page

The sections speak English, which is the comment in the list.  A page in another language brings
its own text for each call, `name: text`, which may go on in the lines below, and no other; it
must name the arguments and errors that the comment names.  Every call must be on exactly one
page.  What lacks something fails the build (calls.py).
"""
import fnmatch
import re
import textwrap

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import calls
import excerpt
import reference
import source

# What a program sees of these types of the list.
TYPES = {"user_in_t": "const void *", "user_out_t": "void *"}

PROTOTYPE_COLUMNS = 76

WORDS = {
    "en": {"number": "number", "needs": "needs", "arguments": "arguments", "value": "value",
           "errors": "errors", "call": "call", "none": "none", "nothing": "no handle",
           "handle": "`{0}`: a handle to {1} with {2}", "read": "the kernel reads there",
           "write": "the kernel writes there", "example": "Example", "any": "any object",
           "message": "the registers of a message"},
    "zh": {"number": "编号", "needs": "要求", "arguments": "参数", "value": "结果",
           "errors": "错误", "call": "调用", "none": "无", "nothing": "不要句柄",
           "handle": "`{0}`：指向 {1} 的句柄，带 {2}", "read": "内核从这里读",
           "write": "内核往这里写", "example": "例子", "any": "任何对象",
           "message": "一条消息的寄存器"},
}


CODE = re.compile(r"(?<![\w/])(?:ERR_\w+|RIGHTS?_\w+|struct \w+|[a-z]\w*\(\)|[A-Z]+(?:_[A-Z]+)+|OK"
                  r"|\w+(?:/\w+)+\.\w+)(?!\w)", re.ASCII)


def label(name):
    return "call-" + name.replace("_", "-")


def prototype(call):
    """Its C function; of a call with a message's registers, the one in user/lib/message.h."""
    if call.is_message:
        stubs = excerpt.read("user/lib/message.h")
        found = re.search(rf"^static inline (status_t {call.stub()}\([^)]*\)) {{", stubs, re.M)
        if not found:
            raise excerpt.NotFound(f"user/lib/message.h has no {call.stub()}()")
        return found[1] + ";"
    arguments = [TYPES.get(kind, kind + " ") + name for kind, name in call.arguments]
    if call.value:
        arguments.append(f"uint64_t *{call.value}")
    start = f"status_t {call.name}("
    return textwrap.fill(start + (", ".join(arguments) or "void") + ");", PROTOTYPE_COLUMNS,
                         subsequent_indent=" " * len(start), break_long_words=False)


def quoted(text):
    """The text as Markdown: names of code in backquotes, where they are not already."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else CODE.sub(r"`\g<0>`", part)
                   for part in parts)


def own_texts(lines):
    """`name: text` and the lines that go on with it, as {name: text}."""
    texts, name = {}, None
    for line in lines:
        match = re.match(r"(\w+): (.*)", line)
        if match:
            name = match[1]
            if name in texts:
                raise ValueError(f"{name} has two texts")
            texts[name] = match[2]
        elif name is None:
            raise ValueError(f"`{line}` is not `name: text`")
        else:
            texts[name] += "\n" + line
    return {name: text.strip() for name, text in texts.items()}


def check_own(shown, texts):
    """The first complaint about a page's own texts, all in one line."""
    names = [call.name for call in shown]
    wrong = [f"no text for {name}" for name in names if name not in texts]
    wrong += [f"a text for {name}, which is not here" for name in texts if name not in names]
    for call in shown:
        text = texts.get(call.name, "")
        errors = set(re.findall(r"\bERR_\w+", call.text))
        missing = [f"`{name}`" for name in call.told() if f"`{name}`" not in text]
        missing += sorted(errors - set(re.findall(r"\bERR_\w+", text, re.ASCII)))
        if text and missing:
            wrong.append(f"the text for {call.name} does not name {', '.join(missing)}")
    if wrong:
        raise ValueError("; ".join(wrong))


class SystemCalls(SphinxDirective):
    """A section for each call whose name one of the patterns fits."""
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        self.words = WORDS["zh" if self.config.language == "zh_CN" else "en"]
        try:
            shown = self.choose(self.arguments[0].split())
            texts = own_texts([line for line in self.content if line.strip()])
            if texts or self.config.language != "en":
                check_own(shown, texts)
            return [self.section(call, texts.get(call.name)) for call in shown]
        except (excerpt.NotFound, ValueError) as error:
            raise self.error(f"system-calls: {error}") from error

    def choose(self, patterns):
        all_calls = calls.read_calls()
        wrong = calls.complaints(all_calls)
        if wrong:
            raise ValueError("\n".join(wrong))
        for pattern in patterns:
            if not fnmatch.filter([call.name for call in all_calls], pattern):
                raise ValueError(f"no call is called {pattern}")
        return [call for call in all_calls
                if any(fnmatch.fnmatchcase(call.name, pattern) for pattern in patterns)]

    def section(self, call, own):
        pages = call_pages(self.env).setdefault(call.name, [])
        pages.append(self.env.docname)
        section = nodes.section(ids=[label(call.name)], names=[call.name],
                                classes=["system-call"])
        section += nodes.title("", "", nodes.literal(call.name, call.name))
        section += nodes.literal_block(prototype(call), prototype(call), language="c")
        section += reference.parse(self, self.facts(call))
        section += reference.parse(self, quoted(own or call.text).split("\n"))
        section += nodes.paragraph("", "", nodes.strong("", self.words["example"]))
        section += self.example(call.example)
        return section

    def facts(self, call):
        """The table: what goes in, what comes back."""
        words = self.words
        arguments = [f"`a{i}` `{name}`" + self.where(kind)
                     for i, (kind, name) in enumerate(call.arguments)]
        errors = [f"`{name}`" for name in call.statuses()]
        rows = [(words["number"], f"{call.number}"), (words["needs"], self.needs(call))]
        if call.is_message:
            rows += [(words["arguments"], words["message"])]
        else:
            rows += [(words["arguments"], ", ".join(arguments) or words["none"]),
                     (words["value"], f"`a1` `{call.value}`" if call.value else words["none"])]
        rows += [(words["errors"], ", ".join(errors) or words["none"])]
        return reference.markdown_table(("", ""), rows)

    def where(self, kind):
        word = {"user_in_t": "read", "user_out_t": "write"}.get(kind)
        return f" ({self.words[word]})" if word else ""

    def needs(self, call):
        if call.needs == "NOTHING":
            return self.words["nothing"]
        kind = self.words["any"] if call.needs == "ANY" else f"`{call.needs}`"
        first = "a0" if call.is_message else call.arguments[0][1]
        return self.words["handle"].format(first, kind, f"`{call.rights}`")

    def example(self, part):
        if part.path:
            return source.show(self.env, part)
        language = "text" if "ecall" in part.text else "c"
        return nodes.literal_block(part.text, part.text, language=language)


class SystemCallTable(SphinxDirective):
    """Every call by its number; the names lead to the sections."""

    def run(self):
        words = WORDS["zh" if self.config.language == "zh_CN" else "en"]
        try:
            rows = [[str(call.number), f"{{call}}`{call.name}`", f"`{call.needs}`"]
                    for call in sorted(calls.read_calls(), key=lambda call: -call.number)]
        except excerpt.NotFound as error:
            raise self.error(f"system-call-table: {error}") from error
        heads = (words["number"], words["call"], words["needs"])
        return reference.parse(self, reference.markdown_table(heads, rows))


# ---- links ----

def call_pages(env):
    """Which pages show each call."""
    if not hasattr(env, "call_pages"):
        env.call_pages = {}
    return env.call_pages


def link_role(_role, rawtext, text, _lineno, inliner, _options=None, _content=None):
    env = inliner.document.settings.env
    name = nodes.literal(rawtext, text)
    return [addnodes.pending_xref(rawtext, name, reftype="call", refdomain="", reftarget=text,
                                  refdoc=env.docname, refwarn=True)], []


def resolve_link(app, env, node, contnode):
    if node["reftype"] != "call" or node["reftarget"] not in call_pages(env):
        return None
    page = call_pages(env)[node["reftarget"]][0]
    uri = app.builder.get_relative_uri(node["refdoc"], page)
    return nodes.reference("", "", contnode, internal=True,
                           refuri=f"{uri}#{label(node['reftarget'])}")


def forget_page(_app, env, docname):
    for pages in call_pages(env).values():
        pages[:] = [page for page in pages if page != docname]


def check_pages(_app, env):
    """Every call is on exactly one page; a book without any has no reference to hold to it."""
    if not any(call_pages(env).values()):
        return
    for call in calls.read_calls():
        pages = call_pages(env).get(call.name, [])
        if len(pages) != 1:
            logging.getLogger(__name__).warning(
                "system-calls: %s is on %s", call.name,
                f"{len(pages)} pages: {', '.join(pages)}" if pages else
                "no page: name it in one of ref/*.md, in both languages")


def setup(app):
    app.add_directive("system-calls", SystemCalls)
    app.add_directive("system-call-table", SystemCallTable)
    app.add_role("call", link_role)
    app.connect("missing-reference", resolve_link)
    app.connect("env-purge-doc", forget_page)
    app.connect("env-check-consistency", check_pages)
    return {"version": "1", "parallel_read_safe": False}
