"""Translate what Sphinx's catalogs leave out: alternative texts, and what replaces live figures.

`sphinx-build -b gettext` reads paragraphs, titles, captions and descriptions. Figures that a cell
computes are put into the page later, with their alternative texts; a paragraph between the tags of
a live figure is raw HTML. Both are read from the page's source here, and replaced in the written
page.
"""

import re
from html import escape, unescape
from pathlib import Path

from babel.messages.pofile import read_po
from docutils import nodes
from sphinx.builders.gettext import MsgOrigin
from sphinx.transforms import SphinxTransform

ALT = re.compile(r"^:alt: (.+)$", re.MULTILINE)
UNSCRIPTED = re.compile(r"<p>([^<]*needs\s+JavaScript\.[^<]*)</p>")
SHOWN = re.compile(r'(?P<before> alt="|<p>)(?P<text>[^"<>]+)(?P<after>"|</p>)')


class Places(SphinxTransform):
    """Give texts a place in the source where their directives gave none: without one, Sphinx's
    catalogs leave them out. Those are the cells of `{table}` and the titles of exercises."""

    default_priority = 10  # before Sphinx replaces messages, at 20

    def apply(self):
        for entry in self.document.findall(nodes.entry):
            for paragraph in entry.findall(nodes.paragraph):
                paragraph.source = paragraph.source or self.document["source"]
        for title in titles(self.document):
            title.source = title.source or self.document["source"]


def titles(document):
    """The titles of exercises, which the extension copies without their marks for catalogs."""
    return document.findall(lambda node: node.tagname == "exercise_subtitle")


def messages(source):
    """The texts of a page that Sphinx's own catalogs leave out, each with its line."""
    for pattern in (ALT, UNSCRIPTED):
        for match in pattern.finditer(source):
            yield " ".join(unescape(match[1]).split()), source.count("\n", 0, match.start()) + 1


def catalog(config, name):
    """The translations of one catalog in the language that is built; {} where there is none."""
    for folder in config.locale_dirs:
        path = Path(folder, config.language, "LC_MESSAGES", f"{name}.po")
        if path.is_file():
            with path.open("rb") as file:
                return {m.id: m.string for m in read_po(file) if m.id and m.string and not m.fuzzy}
    return {}


def extract(app, env):
    """Add them to the page's template, when `make translation` reads the book."""
    if app.builder.name != "gettext":
        return
    for page in sorted(env.found_docs):
        path = env.doc2path(page)
        for text, line in messages(Path(path).read_text(encoding="utf-8")):
            app.builder.catalogs[page].add(text, MsgOrigin(path, line))
        for title in titles(env.get_doctree(page)):
            app.builder.catalogs[page].add(title.rawsource, MsgOrigin(path, title.line or 0))


def replace(app, pagename, templatename, context, doctree):
    """Put the translations into a page's HTML."""
    if doctree is None or app.config.language == "en":
        return
    translations = catalog(app.config, pagename)

    def translated(match):
        text = translations.get(" ".join(unescape(match["text"]).split()))
        return match[0] if text is None else match["before"] + escape(text) + match["after"]

    context["body"] = SHOWN.sub(translated, context["body"])


def setup(app):
    app.add_transform(Places)
    app.connect("env-updated", extract)
    app.connect("html-page-context", replace)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
