"""Compare translations with their messages: numbers, formulas, code, roles, links, terms.

python -m tests.catalogs book/locale/zh_CN/LC_MESSAGES/pooling.po
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from markdown_it import MarkdownIt

from autograder.course.translation import split_values

TERMS = Path(__file__).parents[1] / "book" / "locale" / "zh_CN" / "terms.csv"

MATH = re.compile(r"\$\$?[^$]+\$\$?")
WORDS = re.compile(r"\\text\{[^{}]*\}")
ROLE = re.compile(r"(?<![A-Za-z0-9_}`])\{([\w:]+)\}`([^`]*)`")
CODE = re.compile(r"`[^`]+`")
LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)|\b(https?://[^\s)>，。；、）]+)|href=\\?[\"']([^\"'\\]+)")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
HAN = "\u3400-\u9fff"
SPACING = {
    rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]": "a blank is missing",
    rf"[{HAN}] ?[,;!?](?!\w)|[{HAN}]\.(?:\s|$)": "a half-width mark",
    r"(?<=[，。；：？！（“《、]) (?=\w)|(?<=\w) (?=[，。；：？！）”》、])": "a blank beside a mark",
}
MARKDOWN = MarkdownIt("commonmark")
TITLE = re.compile(r"[\"“*]([^\"”*]{8,})[\"”*]")
# Roles whose target may carry a text of its own: what is compared is the target.
TARGET = re.compile(r"<([^<>]+)>$")
# 1.28 million and 128 万 are the same number.
UNITS = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "万": 10**4, "亿": 10**8}
RANGE = re.compile(r"(\d[\d.,]*) to (?=\d[\d.,]* (thousand|million|billion)\b)")
SCALED = re.compile(r"(\d+(?:[.,]\d+)*) ?(thousand\b|million\b|billion\b|万|亿)")
# Small numbers may be written out in either language.
WRITTEN = {str(n) for n in range(13)} | {"100", "1000", "1,000"}


def target(role: str, text: str) -> str:
    """What a role leads to: `pooling layer` in {term}`汇聚层 <pooling layer>`."""
    match = TARGET.search(text)
    return f"{role} {' '.join((match[1] if match else text).split()).lower()}"


def whole(match: re.Match[str]) -> str:
    """A number with its unit, written out: 1280000 for 1.28 million."""
    return f" {int(Decimal(match[1].replace(',', '')) * UNITS[match[2]])} "


def pieces(text: str) -> dict[str, Counter[str]]:
    """The parts of a message that are the same in all languages."""
    if text.startswith("\n"):  # a display formula, of which only the words are translated
        return {"formula": Counter(["".join(WORDS.sub("", text).split())])}
    roles = Counter(target(*match) for match in ROLE.findall(text))
    plain = ROLE.sub(" ", text)
    code = Counter(CODE.findall(plain))
    plain = CODE.sub(" ", plain)
    formulas = Counter("".join(formula.split()) for formula in MATH.findall(plain))
    plain = MATH.sub(" ", plain)
    links = Counter("".join(match) for match in LINK.findall(plain))
    plain = re.sub(r"\]\([^)]*\)|https?://[^\s)>，。；、）]+|<[^>]*>", " ", plain)
    plain = SCALED.sub(whole, RANGE.sub(whole, plain))
    numbers = Counter(number.replace(",", "") for number in NUMBER.findall(plain))
    placeholders = Counter(values(plain))
    return {
        "role": roles,
        "code": code,
        "formula": formulas,
        "link": links,
        "placeholder": placeholders,
        "number": numbers,
    }


def values(text: str) -> list[str]:
    """What is filled in: `{}`, `{count}`, or an f-string's expression."""
    return [part for is_value, part in split_values(text) if is_value]


def differences(message: str, translation: str) -> Iterator[str]:
    """What a translation lacks, or has beyond its message, in words."""
    there, here = pieces(message), pieces(translation)
    for kind in there:
        lacking, beyond = there[kind] - here[kind], here[kind] - there[kind]
        if kind == "number":
            lacking = Counter({n: c for n, c in lacking.items() if n not in WRITTEN})
            beyond = Counter({n: c for n, c in beyond.items() if n not in WRITTEN})
        yield from (f"{kind} {part} is missing" for part in lacking)
        yield from (f"{kind} {part} is not in the message" for part in beyond)


def plain_words(text: str) -> str:
    """A message without its code, formulas, links, targets, placeholders and titles of papers."""
    text = re.sub(r"(?<!\*)\*[^*]+\*(?!\*)|\{[\w.:,+%\[\]]*\}(?!`)", " ", text)
    text = re.sub(r"\{(?:cite|doc|numref|eq|launch)[\w:]*\}`[^`]*`", " ", text)
    text = re.sub(r"\{term\}`([^`<]*)[^`]*`", r" \1 ", text)
    text = MATH.sub(" ", CODE.sub(" ", text))
    for value in values(text):
        text = text.replace(value, " ")
    return re.sub(r"\]\([^)]*\)|https?://\S+|<[^>]*>", " ", text)


@cache
def terms() -> list[tuple[re.Pattern[str], str, list[str]]]:
    """The terms, longest first: a pattern, the English, and the Chinese words for it."""
    with TERMS.open(encoding="utf-8", newline="") as file:
        rows = [(row["english"], row["chinese"].split("|")) for row in csv.DictReader(file)]
    rows.sort(key=lambda row: -len(row[0]))
    ending = r"(?:s|es)?\b"
    return [
        (re.compile(rf"\b{re.escape(english)}{ending}", re.IGNORECASE), english, chinese)
        for english, chinese in rows
    ]


def wrong_terms(message: str, translation: str) -> Iterator[str]:
    """Terms of the message that the translation renders otherwise than the list."""
    for title in TITLE.findall(message):  # of a paper, which stays as it is
        message = message.replace(title, " ") if title in translation else message
    english, chinese = plain_words(message), translation
    for pattern, term, words in terms():
        if pattern.search(english):
            english = pattern.sub(" ", english)
            if not any(word in chinese.lower() for word in words):
                yield f"“{term}” should be {' or '.join(words)}"


def wrong_spacing(translation: str) -> Iterator[str]:
    """Where Chinese meets Latin letters or digits without a blank, or a full-width mark has one."""
    text = re.sub(r"\]\([^)]*\)|<[^>]*>", "", translation)
    for pattern, fault in SPACING.items():
        for match in re.finditer(pattern, text):
            yield f"{fault} in “{text[max(0, match.start() - 6) : match.end() + 6]}”"


def broken_emphasis(message: str, translation: str) -> Iterator[str]:
    """Stars that are shown as stars: `**` closes nothing between a full stop and a letter."""
    there, here = (MARKDOWN.render(MATH.sub("formula", text)) for text in (message, translation))
    if here.count("*") > there.count("*"):
        yield "a star is shown: put a blank beside it, or the mark outside"


def faults(path: Path) -> Iterator[str]:
    """Everything that is wrong with a catalog, a line for each fault."""
    with path.open("rb") as file:
        catalog = read_po(file)
    for message in catalog:
        if not message.id:
            continue
        start = f"{path.name}: {str(message.id).strip()[:60]!r}"
        if not message.string:
            yield f"{start}: no translation"
        elif message.fuzzy:
            yield f"{start}: fuzzy, to be read again"
        else:
            pair = str(message.id), str(message.string)
            looks = (differences, wrong_terms, broken_emphasis)
            found = [fault for look in looks for fault in look(*pair)]
            for fault in (*found, *wrong_spacing(pair[1])):
                yield f"{start}: {fault}"
    yield from (f"{path.name}: obsolete {str(name)[:60]!r}" for name in catalog.obsolete)


if __name__ == "__main__":
    lines = [line for name in sys.argv[1:] for line in faults(Path(name))]
    print("\n".join(lines))
    print(f"{len(lines)} faults")
    sys.exit(bool(lines))
