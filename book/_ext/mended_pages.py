"""Mend four things of the theme and of other extensions in every page.

Its largest script, 1.5 MB that draw icons as SVG, is left out: every icon of the book's pages is in
the theme's icon font as well, which is a tenth of that. Its sidebar becomes a landmark, so that a
screen reader can go there and pass it by. What Sphinx and the theme say in English whatever the
book's language is said in that language. And the link in the title of a solution begins with its
first word, not with the blank before it.
"""

import re
from pathlib import Path

from translation import own_words

SCRIPT = re.compile(r'[ \t]*<script[^>]*src="[^"]*scripts/fontawesome\.js[^"]*"></script>\n?')
PRELOAD = re.compile(r'[ \t]*<link[^>]*href="[^"]*scripts/fontawesome\.js[^"]*"[^>]*>\n?')
SIDEBAR = '<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar">'
SOLUTION = re.compile(r'(<p class="admonition-title">[^<]*)(<a\b[^>]*>) ')
LANDMARK = SIDEBAR.replace(">", ' role="region" aria-label="{name}">')


def mend(app, error):
    if error or app.builder.format != "html":
        return
    words = own_words(app.config)
    landmark = LANDMARK.format(name=words("Search and chapters"))
    english = theme_words(words)
    said = re.compile(rf'(?<=[">])({"|".join(map(re.escape, english))})(?=["<])')
    buttons = Path(app.outdir, "_static", "togglebutton.js")
    for page in [*Path(app.outdir).glob("*.html"), *filter(Path.is_file, [buttons])]:
        text = page.read_text(encoding="utf-8")
        mended = PRELOAD.sub("", SCRIPT.sub("", text)).replace(SIDEBAR, landmark)
        mended = said.sub(lambda match: english[match[1]], SOLUTION.sub(r"\1 \2", mended))
        if mended != text:
            page.write_text(mended, encoding="utf-8")
    for script in Path(app.outdir).glob("_static/scripts/fontawesome.js*"):
        script.unlink()


def theme_words(words):
    """What the theme says between two tags or as the whole of an attribute."""
    return {
        "Toggle primary sidebar": words("Toggle primary sidebar"),
        "Toggle secondary sidebar": words("Toggle secondary sidebar"),
        "Toggle hidden content": words("Toggle hidden content"),
        "Color mode": words("Color mode"),
        "System Settings": words("System Settings"),
        "Light": words("Light"),
        "Dark": words("Dark"),
        "Search...": words("Search..."),
        "Link to this heading": words("Link to this heading"),
        "Link to this image": words("Link to this image"),
        "Link to this table": words("Link to this table"),
        "Link to this term": words("Link to this term"),
        "Link to this code": words("Link to this code"),
        "Link to this equation": words("Link to this equation"),
    }


def setup(app):
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
