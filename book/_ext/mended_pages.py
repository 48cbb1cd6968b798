"""Mend two things of the theme in every page.

Its largest script, 1.5 MB that draw icons as SVG, is left out: every icon of the book's pages is in
the theme's icon font as well, which is a tenth of that. And its sidebar becomes a landmark, so that
a screen reader can go there and pass it by.
"""

import re
from pathlib import Path

from translation import own_words

SCRIPT = re.compile(r'[ \t]*<script[^>]*src="[^"]*scripts/fontawesome\.js[^"]*"></script>\n?')
PRELOAD = re.compile(r'[ \t]*<link[^>]*href="[^"]*scripts/fontawesome\.js[^"]*"[^>]*>\n?')
SIDEBAR = '<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar">'
LANDMARK = SIDEBAR.replace(">", ' role="region" aria-label="{name}">')


def mend(app, error):
    if error or app.builder.format != "html":
        return
    words = own_words(app.config)
    landmark = LANDMARK.format(name=words("Search and chapters"))
    for page in Path(app.outdir).glob("*.html"):
        text = page.read_text(encoding="utf-8")
        mended = PRELOAD.sub("", SCRIPT.sub("", text)).replace(SIDEBAR, landmark)
        if mended != text:
            page.write_text(mended, encoding="utf-8")
    for script in Path(app.outdir).glob("_static/scripts/fontawesome.js*"):
        script.unlink()


def setup(app):
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
