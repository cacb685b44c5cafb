"""docs/ext/chinese.py - what Sphinx and furo lack for readers of Chinese.

Search: Sphinx cuts Chinese into words of a dictionary, on the page and not in the browser, and
so misses compounds.  Here both cut it into all pairs of neighbouring characters: a query is found
where all its pairs are.  No dictionary is needed.  Words of the theme: furo brings none.
"""
import re

from sphinx.search.en import SearchEnglish

WORDS = {
    "Back to top": "回到页首",
    "Home": "首页",
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
    js_splitter_code = """
function splitQuery(query) {
    return (query.match(/[%s]+|[A-Za-z0-9_]+/g) || []).flatMap(function (piece) {
        if (piece.length === 1 || !/[%s]/.test(piece)) return [piece];
        return Array.from(piece.slice(1), function (next, i) { return piece[i] + next; });
    });
}
""" % (HAN, HAN)

    def split(self, input):
        return list(split(input))

    def word_filter(self, word):
        return len(word) > 1 or bool(re.match(f"[{HAN}]", word))


def setup(app):
    app.add_search_language(SearchChinese)
    sphinx_says = app.translator.gettext
    if app.tags.has("zh"):
        app.translator.gettext = lambda text: WORDS.get(text) or sphinx_says(text)
    return {"version": "1", "parallel_read_safe": True}
