"""See which students' names a person cannot tell apart, although they are different names.

A folder's name is a student's identity, to the last byte. A second folder that looks the same, or
that another system would take for the same, is another student: by mistake when a disk or a zip
spells accents otherwise, or on purpose.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from autograder.course.safe_text import CODE_UNSAFE

# Letters of other alphabets, and digits, that are drawn as Latin ones (after case folding). Of
# Unicode's table of confusable characters those that a keyboard has.
LOOKS = str.maketrans(
    "абвгдеѕзіјкӏмнорстухԝһԛԁαβεηικνορτυχγϲ01",
    "a6brdes3ijklmhopctyxwhqdabenikvoptuxycol",
)


def skeleton(name: str) -> str:
    """What is left of a name without accents' spelling, case, blanks and what cannot be seen."""
    text = unicodedata.normalize("NFKC", CODE_UNSAFE.sub("", unicodedata.normalize("NFKC", name)))
    text = unicodedata.normalize("NFKC", text.casefold().translate(LOOKS))
    return "".join(text.split())


def twin_flags(names: Iterable[str], known: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
    """A flag for each of `names` that looks like another of them, or like one of `known`.

    names : the students who have handed in
    known : other students of the course
    """
    by_skeleton: defaultdict[str, list[str]] = defaultdict(list)
    names = list(dict.fromkeys(names))
    for name in dict.fromkeys((*names, *known)):
        by_skeleton[skeleton(name)].append(name)
    flags: dict[str, tuple[str, ...]] = {}
    for name in names:
        others = [ascii(other) for other in by_skeleton[skeleton(name)] if other != name]
        if others:
            what = f"twin: {name!a} looks like {', '.join(others[:3])}, another student"
            flags[name] = (what,)
    return flags
