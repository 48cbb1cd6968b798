"""The index of the Chinese edition: one entry for each term, in the order of pinyin.

The glossary names a term with its English word, 步长（stride）, and a chapter without, 步长: both
places become one entry under the longer name. Sphinx sorts by code point and gives every Chinese
character a heading of its own; here the heading is the first letter of its pinyin.
"""

import re

from sphinx.locale import _

ENGLISH = re.compile(r"（[^）]*）$")  # behind a term
# GB 2312 has its 3,755 common characters by pinyin. The first one of each letter:
FIRST = "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ"
BEGINNINGS = [character.encode("gb2312") for character in FIRST]
RARE = "亍".encode("gb2312")  # from here on they stand by their strokes
# 重 stands at zhòng and reads chóng here: a character of that reading for it.
READINGS = {"重叠": "虫叠"}


def term(name):
    """The name of an entry without the English word behind it."""
    return ENGLISH.sub("", name)


def place(name):
    """Where an entry stands: its heading, "" for what is no letter, and its place below that."""
    text = term(name).casefold()
    for word, reading in READINGS.items():
        text = text.replace(word, reading)
    return heading(text[0]), text.encode("gb18030")


def heading(character):
    """The letter that a character begins with, "" where it has none."""
    if character.isascii():
        return character.upper() if character.isalpha() else ""
    code = character.encode("gb18030")
    if len(code) != 2 or not BEGINNINGS[0] <= code < RARE:
        return ""
    return LETTERS[sum(beginning <= code for beginning in BEGINNINGS) - 1]


def by_pinyin(index):
    """Sphinx's index in another order, with entries of one term put together.

    index : pairs of a heading and its entries; an entry is a name and (targets, entries below it,
        and a heading of its own, which is not used here)
    """
    names, targets, below = {}, {}, {}
    for _heading, entries in index:
        for name, (places, smaller, _own) in entries:
            key = term(name)
            names[key] = max(names.get(key, ""), name, key=len)
            targets.setdefault(key, []).extend(places)
            below.setdefault(key, []).extend(smaller)
    ordered = {}
    for key in sorted(names, key=place):
        entry = names[key], (sorted(targets[key], key=is_minor), below[key], None)
        ordered.setdefault(place(key)[0], []).append(entry)
    return list(ordered.items())


def is_minor(target):
    """Whether a place is none of the main ones, which come first."""
    return not target[0]


def reorder(app, pagename, templatename, context, doctree):
    if pagename != "genindex" or not (app.config.language or "en").startswith("zh"):
        return
    index = by_pinyin(context["genindexentries"])
    index = [(letter or _("Symbols"), entries) for letter, entries in index]
    context["genindexentries"] = index
    context["genindexcounts"] = [
        sum(1 + len(below) for _name, (_places, below, _own) in entries)
        for _heading, entries in index
    ]


def setup(app):
    app.connect("html-page-context", reorder)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
