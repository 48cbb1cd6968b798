"""Turn a formula in TeX into MathML, which browsers draw without a script.

latex2mathml reads the formula. It passes on whatever a formula holds (HTML in its text, links,
styles, blanks a thousand lines high), so only known elements and attributes of its result are kept,
and all text is escaped here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

MAX_TEX = 1_000  # characters
MAX_ELEMENTS = 2_000
ELEMENTS = frozenset(
    """
    math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover
    mtable mtr mtd mstyle
    """.split()  # noqa: SIM905 (as a list it would fill a page)
)
SIZE = re.compile(r"[0-4](\.\d{1,5})?(em|ex)|0")  # lengths that stay within a line
WORD = re.compile(r"[a-z]{1,12}( [a-z]{1,12}){0,20}")
ATTRIBUTES = {
    **dict.fromkeys(("width", "height", "depth", "lspace", "rspace", "minsize", "maxsize"), SIZE),
    **dict.fromkeys(("stretchy", "fence", "separator", "accent", "accentunder"), WORD),
    **dict.fromkeys(("movablelimits", "largeop", "symmetric", "form", "displaystyle"), WORD),
    **dict.fromkeys(("columnalign", "mathvariant", "display"), WORD),
    "linethickness": SIZE,
    "scriptlevel": re.compile(r"\+?[0-2]"),
}
# How many parts these must have; latex2mathml makes halves of half a formula.
PARTS = {
    **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
# A macro may double itself a hundred times.
MACROS = re.compile(r"\\(re|provide)?newcommand|\\[egx]?def|\\let|\\newenvironment|\\Declare")


@lru_cache(maxsize=4096)
def mathml(tex: str, *, block: bool = False) -> str | None:
    """The formula as a `<math>` element; None if any of it cannot be read."""
    if len(tex) > MAX_TEX or MACROS.search(tex):
        return None
    try:
        element = convert_to_element(tex, display="block" if block else "inline")
        if sum(1 for _ in element.iter()) > MAX_ELEMENTS:
            return None
        return _markup(element)
    except Exception:  # it raises whatever its parser trips over
        return None


def _markup(element: Element) -> str:
    name = element.tag if element.tag in ELEMENTS else "mrow"
    text = unescape(element.text or "")
    if name == "mi" and text.startswith("\\"):
        raise ValueError(f"unknown command {text}")
    if len(element) != PARTS.get(name, len(element)):
        raise ValueError(f"{name} has {len(element)} parts")
    attributes = "".join(
        f' {key}="{escape(value)}"'
        for key, value in element.attrib.items()
        if key in ATTRIBUTES and ATTRIBUTES[key].fullmatch(value)
    )
    content = escape(text) + "".join(_markup(child) + _tail(child) for child in element)
    return f"<{name}{attributes}>{content}</{name}>"


def _tail(child: Element) -> str:
    return escape(unescape(child.tail or ""))
