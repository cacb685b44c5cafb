"""docs/ext/offline.py - pages that work from a file, without a web server.

Debian's furo takes one style sheet from its server's /javascript: it becomes part of the book.
What the theme's script did is done by docs/_static/scripts/furo.js.
"""
import shutil
from pathlib import Path

SHARED = "/javascript/normalize.css/normalize.css"


def bring_styles(app, error):
    styles = Path(app.outdir) / "_static/styles"
    sheet = styles / "furo.css"
    if error or not sheet.exists() or SHARED not in sheet.read_text(encoding="utf-8"):
        return
    shutil.copy("/usr/share" + SHARED, styles)
    sheet.write_text(sheet.read_text(encoding="utf-8").replace(SHARED, Path(SHARED).name),
                     encoding="utf-8")


def setup(app):
    app.connect("build-finished", bring_styles)
    return {"version": "1", "parallel_read_safe": True}
