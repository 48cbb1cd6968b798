"""Translate what Sphinx's catalogs leave out, and link each page to itself in the other languages.

`sphinx-build -b gettext` reads paragraphs, titles, captions and descriptions. Three kinds of text
come into a page otherwise: alternative texts of figures that a cell computes, the line that stands
for a live figure where scripts are off, and the words in computed tables. They are read from the
page's source and from its executed cells here, and replaced in the written page.

The words of these extensions themselves stand in the catalog `book.po`: see `own_words`.
"""

import re
import sys
from functools import lru_cache
from html import escape, unescape
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.gettext import MsgOrigin
from sphinx.transforms import SphinxTransform

from autograder.course.translation import read_catalog

sys.path.append(str(Path(__file__).resolve().parents[1]))
from editions import LOCALE, languages

ALT = re.compile(r"^:alt: (.+)$", re.MULTILINE)
UNSCRIPTED = re.compile(r"<p>([^<]*needs\s+JavaScript\.[^<]*)</p>")
CELL = re.compile(r"<(?:th|td|caption)\b[^>]*>([^<]+)<")
SHOWN = re.compile(
    r'(?P<before>(?:alt|aria-label)="|<p>|<(?:th|td|caption)\b[^>]*>)'
    r'(?P<text>[^"<>]+)(?P<after>"|</)'
)
WORD = re.compile(r"(?<![\w.])[a-z]{2,}(?!\w)")
NUMBER = re.compile(r"\d[\d,.]*(?<![,.])")
# The name of each language in itself, and as HTML has it.
LANGUAGES = {"en": ("English", "en"), "zh_CN": ("中文", "zh-CN")}

read_once = lru_cache(read_catalog)


class Places(SphinxTransform):
    """Give texts a place in the source where their directives gave none: without one, Sphinx's
    catalogs leave them out. Those are the cells of `{table}` and the titles of exercises.

    Display formulas are translated here, as Sphinx would write them as blocks of another markup.
    """

    default_priority = 10  # before Sphinx replaces messages, at 20

    def apply(self):
        for entry in self.document.findall(nodes.entry):
            for paragraph in entry.findall(nodes.paragraph):
                paragraph.source = paragraph.source or self.document["source"]
        for title in titles(self.document):
            title.source = title.source or self.document["source"]
        known = catalog(self.config, self.env.docname)
        for formula in self.document.findall(nodes.math_block):
            text = known.get(formula.rawsource or formula.astext())
            if text is not None:
                formula.rawsource, formula[:] = text, [nodes.Text(text)]


class Late(SphinxTransform):
    """Translate what comes into a page after Sphinx has replaced its messages: the names of the
    book's parts, descriptions of pages, and the titles of exercises that solutions repeat."""

    default_priority = 800  # once that is there, at 100 and 780

    def apply(self):
        known = catalog(self.config, self.env.docname)
        for contents in self.document.findall(addnodes.toctree):
            contents["caption"] = known.get(contents.get("caption"), contents.get("caption"))
        for meta in self.document.findall(nodes.meta):
            meta["content"] = known.get(meta["content"], meta["content"])
        for title in titles(self.document):
            exercise = self.env.sphinx_exercise_registry[title.parent.parent["label"]]["node"]
            for repeated in titles(exercise):
                repeated[:] = [child.deepcopy() for child in title]


def titles(document):
    """The titles of exercises, which the extension copies without their marks for catalogs."""
    return document.findall(lambda node: node.tagname == "exercise_subtitle")


def plain(text):
    """The text of a piece of HTML, on one line."""
    return " ".join(unescape(text).split())


def without_numbers(text):
    """A message with `{}` for each number: another machine measures others."""
    return NUMBER.sub("{}", text)


def source_messages(source):
    """Alternative texts and lines for pages without scripts, each with its line number."""
    for pattern in (ALT, UNSCRIPTED):
        for match in pattern.finditer(source):
            yield plain(match[1]), source.count("\n", 0, match.start()) + 1


def table_messages(document):
    """The words in the tables that the cells of a page computed."""
    for output in document.findall(nodes.raw):
        for match in CELL.finditer(output.astext()):
            text = without_numbers(plain(match[1]))
            if WORD.search(text):
                yield text


def catalog(config, name):
    """The translations in one catalog of the language that is built, by message; {} for none."""
    for folder in config.locale_dirs:
        path = Path(folder, config.language, "LC_MESSAGES", f"{name}.po")
        if path.is_file():
            return read_once(path)
    return {}


def own_words(config):
    """What translates the words of an extension: `words = own_words(config); words("Answers")`."""
    known = catalog(config, "book")
    return lambda text: known.get(text, text)


def extract(app, env):
    """Add them to the page's template, when `make translation` reads the book."""
    if app.builder.name != "gettext":
        return
    for page in sorted(env.found_docs):
        path, document = env.doc2path(page), env.get_doctree(page)
        template = app.builder.catalogs[page]
        for text, line in source_messages(Path(path).read_text(encoding="utf-8")):
            template.add(text, MsgOrigin(path, line))
        for title in titles(document):
            template.add(title.rawsource, MsgOrigin(path, title.line or 0))
        for text in table_messages(document):
            template.add(text, MsgOrigin(path, 99_999))  # behind the page's own


def replace(app, pagename, templatename, context, doctree):
    """Put the translations into a page's HTML."""
    if doctree is None:
        return
    known = catalog(app.config, pagename)

    def translated(match):
        text = plain(match["text"])
        found = known.get(text)
        if found is None and (found := known.get(without_numbers(text))) is not None:
            for number in NUMBER.findall(text):
                found = found.replace("{}", number, 1)
        return match[0] if found is None else match["before"] + escape(found) + match["after"]

    if known:
        context["body"] = SHOWN.sub(translated, context["body"])


def offer_languages(app, pagename, templatename, context, doctree):
    """A button for each other language, to the same page, and a line for search engines."""
    if app.builder.name != "html" or pagename == "404":
        return
    here, page = app.config.language, f"{pagename}.html"
    editions = ["en", *languages(Path(app.srcdir) / LOCALE.name)]
    for language, (name, tag) in LANGUAGES.items():
        if language == here or language not in editions:
            continue
        up = "" if here == "en" else "../"
        address = up + (page if language == "en" else f"{language}/{page}")
        link = f'<link rel="alternate" hreflang="{tag}" href="{address}" />\n'
        context["metatags"] = context.get("metatags", "") + link
        button = {"type": "link", "text": name, "tooltip": name, "label": "language-button"}
        button |= {"url": address, "icon": "fas fa-language"}
        context.get("header_buttons", []).append(button)


def setup(app):
    app.add_transform(Places)
    app.add_transform(Late)
    app.connect("env-updated", extract)
    app.connect("html-page-context", replace)
    app.connect("html-page-context", offer_languages, priority=503)  # behind Binder and Colab
    return {"parallel_read_safe": True, "parallel_write_safe": True}
