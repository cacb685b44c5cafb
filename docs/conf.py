"""docs/conf.py - how Sphinx builds the book; one for both languages.

The language is the tag: sphinx-build -t zh -c docs docs/zh OUT.   Caller: docs/docs.mk.
"""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "ext"))

is_chinese = tags.has("zh")  # noqa: F821 - Sphinx puts `tags` here

project = "Huoban"
html_title = "Huoban 伙伴" if is_chinese else "Huoban, the book"
language = "zh_CN" if is_chinese else "en"
html_search_language = "zh" if is_chinese else "en"

extensions = ["myst_parser", "source", "pictures", "reference", "callpages", "chinese", "offline"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
smartquotes = False  # it would make one character of `...`

html_theme = "furo"
html_theme_options = {
    "top_of_page_button": None,
    "light_css_variables": {
        "memory-free": "#d9f2e1", "memory-used": "#bcd7f5", "memory-slab": "#f6e3b4",
        "memory-own": "#d8d3e6", "memory-lost": "#c2554d",
    },
    # The first of these are furo's to set; Debian's furo forgets them for a browser that
    # prefers dark pages, and so shows dark code on a white page.
    "dark_css_variables": {
        "color-foreground-primary": "#d6d8db", "color-foreground-secondary": "#a0a4a9",
        "color-foreground-muted": "#83888f", "color-foreground-border": "#666666",
        "color-background-primary": "#15171a", "color-background-secondary": "#1b1e21",
        "color-background-hover": "#22262aff", "color-background-hover--transparent": "#22262a00",
        "color-background-border": "#33373b", "color-background-item": "#444444",
        "color-brand-primary": "#5aa7f0", "color-brand-content": "#63aaf0",
        "color-highlighted-background": "#174266", "color-highlight-on-target": "#3a3712",
        "color-admonition-background": "#1a1c1f", "color-card-border": "#1b1e21",
        "color-card-background": "#1a1c1f", "color-card-marginals-background": "#22262a",
        "memory-free": "#1f5136", "memory-used": "#234f80", "memory-slab": "#6b5317",
        "memory-own": "#4a4264", "memory-lost": "#e08a7f",
    },
}
html_static_path = [str(HERE / "_static")]
html_css_files = ["book.css"]
templates_path = [str(HERE / "_templates")]
html_sidebars = {"**": ["sidebar/brand.html", "language.html", "sidebar/search.html",
                        "sidebar/scroll-start.html", "sidebar/navigation.html",
                        "sidebar/scroll-end.html"]}
html_context = {"other_language": ("en", "English") if is_chinese else ("zh", "中文")}
html_copy_source = False
html_use_index = False
html_show_copyright = False
html_show_sphinx = False
pygments_style = "tango"
pygments_dark_style = "github-dark"
highlight_language = "text"
