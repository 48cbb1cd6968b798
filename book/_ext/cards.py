"""Give social cards the description that a page has, and Chinese ones a font that can show it."""

import sys
from pathlib import Path

from docutils import nodes
from matplotlib import font_manager
from sphinx.util import logging

sys.path.append(str(Path(__file__).resolve().parents[1]))
from paper import MISSING, chinese_font

LOGGER = logging.getLogger(__name__)


def describe(app, pagename, templatename, context, doctree):
    if doctree is None:
        return
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            fields = dict(context["meta"] or {})
            fields["og:description"] = fields["og:image:alt"] = meta["content"]
            context["meta"] = fields


def choose_font(app, config):
    if not (config.language or "en").startswith("zh"):
        return
    path = chinese_font()
    if path is None:
        LOGGER.info("Note: %s; the Chinese pages have no social cards.", MISSING)
        config.ogp_social_cards = {"enable": False}
    else:
        font_manager.fontManager.addfont(path)
        name = font_manager.FontProperties(fname=path).get_name()
        # DejaVu Sans comes with Matplotlib; the other font may lack Latin letters.
        fonts = ["DejaVu Sans", name]
        config.ogp_social_cards = {**(config.ogp_social_cards or {}), "font": fonts}


def setup(app):
    app.connect("config-inited", choose_font)
    app.connect("html-page-context", describe, priority=400)  # before the cards are made
    return {"parallel_read_safe": True, "parallel_write_safe": True}
