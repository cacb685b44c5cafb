"""docs/ext/chinese.py - what Sphinx and furo lack for readers of Chinese.

Lines: where a paragraph's line ends, a browser shows a blank; between Chinese there is none.

Search: Sphinx cuts Chinese into words of a dictionary, on the page and not in the browser, and
so misses compounds.  Here both cut it into all pairs of neighbouring characters: a query is found
where all its pairs are.  No dictionary is needed.  Words of the theme: furo brings none.
"""
import re

from docutils import nodes
from sphinx.search.en import SearchEnglish

WORDS = {
    "Back to top": "回到页首",
    "Home": "首页",
    "Made with ": "制作工具：",
    "Next": "下一页",
    "Previous": "上一页",
    "On this page": "本页目录",
}

HAN = "\u3400-\u9fff"
PIECES = re.compile(f"[{HAN}]+|[A-Za-z0-9_]+")


def split(text):
    """Latin words, single Chinese characters, and pairs of those that are neighbours."""
    for piece in PIECES.findall(text):
        if re.match(f"[{HAN}]", piece):
            yield from piece
            yield from (piece[i:i + 2] for i in range(len(piece) - 1))
        else:
            yield piece


class SearchChinese(SearchEnglish):
    lang = "zh"
    language_name = "Chinese"
    # The same for a query, in the browser; a single character only where it stands alone.
    # And the line above the results, which Sphinx looks up with the number already in it.
    js_splitter_code = """
function splitQuery(query) {
    return (query.match(/[%s]+|[A-Za-z0-9_]+/g) || []).flatMap(function (piece) {
        if (piece.length === 1 || !/[%s]/.test(piece)) return [piece];
        return Array.from(piece.slice(1), function (next, i) { return piece[i] + next; });
    });
}
for (let n = 1; n <= 100; n++) {
    Documentation.TRANSLATIONS["Search finished, found " + n +
        " page(s) matching the search query."] = "找到 " + n + " 页。";
}
""" % (HAN, HAN)

    def split(self, input):
        return list(split(input))

    def word_filter(self, word):
        return len(word) > 1 or bool(re.match(f"[{HAN}]", word))


FULL_WIDTH = "\u3000-\u303f\uff00-\uffef“”‘’…"


def join_lines(_app, doctree):
    """A line's end goes between two Chinese characters, and beside Chinese punctuation."""
    ends = re.compile(f"[{HAN}]\n[{HAN}]|[{FULL_WIDTH}]\n|\n[{FULL_WIDTH}]")
    for paragraph in doctree.findall(nodes.TextElement):
        if isinstance(paragraph, nodes.FixedTextElement):
            continue
        for i, end in enumerate(list(paragraph.children)):
            if not isinstance(end, nodes.Text) or end.astext() != "\n":
                continue
            around = paragraph[i - 1].astext()[-1:] + "\n" + paragraph[i + 1].astext()[:1]
            if ends.search(around):
                paragraph[i] = nodes.Text("")


def setup(app):
    app.add_search_language(SearchChinese)
    app.connect("doctree-read", join_lines)
    sphinx_says = app.translator.gettext
    if app.tags.has("zh"):
        app.translator.gettext = lambda text: WORDS.get(text) or sphinx_says(text)
    return {"version": "1", "parallel_read_safe": True}
