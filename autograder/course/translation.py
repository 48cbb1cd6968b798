"""The catalogs of another language: English messages, and what they are there.

A catalog is a gettext file, NAME.po. The messages of a course lie in its own catalogs, and those of
this package in one beside it; a message in several of them has the translation of the first. One
without a translation, or with one that is marked fuzzy, stays English.

A message may hold values in braces, `expected {want}, yours is {got}`: as an f-string has them, or
`str.format`. What was made of it is translated by its words: `Catalog.translate` finds the message
of which "expected 3, yours is 4" was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from pathlib import Path

from autograder.course.folders import Assignment

PACKAGE = Path(__file__).parent.parent / "locale"
DOMAIN, SHARED = (
    "autograder",
    "shared",
)  # the package's catalog, and what assignments have in common
ENGLISH = "en"
WIDE = ("zh", "ja")  # languages whose colon is as wide as their letters, and takes no blank
LEAST_LETTERS = 4  # of a message with values; "{names} and {last}" would fit anything
MAX_DEPTH = 4  # of messages within messages
ADDITION = re.compile(r" (?=\()|(?=[;,] )")  # where what is added to a sentence begins
MAX_TEXT = 10_000  # characters of a text that is looked at
MAX_LENGTH = 2_000  # characters of a sentence that is looked at


@dataclass(frozen=True)
class Catalog:
    """The messages of a language.

    language : as the folder of its catalogs is called, `zh_CN`; `en` has none
    messages : what each English message is in it
    """

    language: str
    messages: Mapping[str, str]

    def text(self, message: str) -> str:
        """What a message is in this language, with its values still in braces."""
        return self.messages.get(message, message)

    def translate(self, sentence: str) -> str:
        """What a sentence is in this language, values filled in; unknown words stay as they are.

        So does a text that is longer than any message of a check.
        """
        return self._translate(sentence, 0) if len(sentence) <= MAX_TEXT else sentence

    @cached_property
    def _templates(self) -> list[tuple[list[str], list[str], str]]:
        """Literal texts, the values between them, and the translation; most words first."""
        templates = []
        for message, translation in self.messages.items():
            parts = list(split_values(message))
            letters = sum(
                map(str.isalpha, "".join(text for is_value, text in parts if not is_value))
            )
            if letters >= LEAST_LETTERS and any(is_value for is_value, _ in parts):
                templates.append((*_alternating(parts), translation))
        return sorted(templates, key=lambda template: -len("".join(template[0])))

    def _translate(self, sentence: str, depth: int) -> str:
        if depth > MAX_DEPTH or not self.messages or not sentence.strip():
            return sentence
        stripped = sentence.strip()
        if stripped != sentence:
            start = sentence.index(stripped)
            end = start + len(stripped)
            return sentence[:start] + self._translate(stripped, depth) + sentence[end:]
        known = self._known(sentence, depth)
        if known is not None:
            return known
        if "\n" in sentence:
            return "\n".join(self._translate(line, depth + 1) for line in sentence.split("\n"))
        for colon in re.finditer(": ", sentence[:MAX_LENGTH]):
            known = self._known(sentence[: colon.start()], depth)
            if known is not None:
                return f"{known}{self._colon}{self._translate(sentence[colon.end() :], depth + 1)}"
        for addition in ADDITION.finditer(sentence[:MAX_LENGTH]):
            known = self._known(sentence[addition.end() :], depth)
            if known is not None:
                return f"{self._translate(sentence[: addition.start()], depth + 1)}{known}"
        return sentence

    @property
    def _colon(self) -> str:
        """What stands between a message and what is said about it."""
        return "：" if self.language.startswith(WIDE) else ": "

    def _known(self, sentence: str, depth: int) -> str | None:
        """What a sentence is whose message is known; None where it is not."""
        if sentence in self.messages:
            return self.messages[sentence]
        if len(sentence) > MAX_LENGTH:
            return None
        several_lines = (False, True) if "\n" in sentence else (False,)
        for last_too, (literals, names, translation) in product(several_lines, self._templates):
            values = _match(sentence, literals, last_too)
            if values is not None:
                there = {
                    name: self._translate(value, depth + 1)
                    for name, value in zip(names, values, strict=True)
                }
                return _filled(translation, there)
        return None


NONE = Catalog(ENGLISH, {})


def catalog(language: str, assignment: Assignment | None = None) -> Catalog:
    """The catalog of a language: an assignment's, the course's and the package's in one.

    It is empty for English, and for a language without catalogs.
    """
    paths = [PACKAGE / language / "LC_MESSAGES" / f"{DOMAIN}.po"]
    if assignment is not None:
        folder = assignment.course.catalogs / language / "LC_MESSAGES"
        paths = [folder / f"{assignment.name}.po", folder / f"{SHARED}.po", *paths]
    return _load(language, tuple((path, _stamp(path)) for path in paths if path.is_file()))


def languages(assignment: Assignment) -> list[str]:
    """The languages besides English that an assignment's catalog has translations in."""
    paths = assignment.course.catalogs.glob(f"*/LC_MESSAGES/{assignment.name}.po")
    return sorted(path.parent.parent.name for path in paths if read_catalog(path))


def split_values(text: str) -> Iterator[tuple[bool, str]]:
    """A message's literal texts and its values in braces, in order; which of the two is said first.

    A brace that is doubled, as in an f-string, is text.
    """
    literal, index = "", 0
    while index < len(text):
        if text[index : index + 2] in ("{{", "}}"):
            literal += text[index : index + 2]
            index += 2
        elif text[index] == "{" and (end := _end_of_value(text, index)):
            if literal:
                yield False, literal
            yield True, text[index:end]
            literal, index = "", end
        else:
            literal += text[index]
            index += 1
    if literal:
        yield False, literal


def _end_of_value(text: str, start: int) -> int:
    """Where a value ends that begins at `start`; 0 where its brace is never closed."""
    depth, quote = 0, ""
    for index in range(start, len(text)):
        sign = text[index]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"" and depth:
            quote = sign
        elif sign in "{[(":
            depth += 1
        elif sign in "}])":
            depth -= 1
            if not depth:
                return index + 1
    return 0


def _alternating(parts: Sequence[tuple[bool, str]]) -> tuple[list[str], list[str]]:
    """Literal texts, one more than there are values between them, and the values."""
    literals, names = [""], []
    for is_value, text in parts:
        if is_value:
            names.append(text)
            literals.append("")
        else:
            literals[-1] += text.replace("{{", "{").replace("}}", "}")
    return literals, names


def _match(sentence: str, literals: Sequence[str], last_too: bool) -> list[str] | None:
    """The values in a sentence between literal texts; None where it is made of another message.

    Each literal is taken where it comes first, or else where it comes last, so that no sentence
    takes long. The first value may have several lines, as it may be a message itself.

    last_too : whether the last value may have several lines as well
    """
    first, *between, last = literals
    if not sentence.startswith(first) or not sentence.endswith(last):
        return None
    inside = sentence[len(first) : len(sentence) - len(last)]
    for values in (_from_left(inside, between), _from_right(inside, between)):
        lines = (values or [""])[1 : -1 if last_too else None]
        if values and all(values) and not any("\n" in value for value in lines):
            return values
    return None


def _from_left(text: str, literals: Sequence[str]) -> list[str] | None:
    values, start = [], 0
    for literal in literals:
        at = text.find(literal, start + 1)
        if at < 0:
            return None
        values.append(text[start:at])
        start = at + len(literal)
    return [*values, text[start:]]


def _from_right(text: str, literals: Sequence[str]) -> list[str] | None:
    values, end = [], len(text)
    for literal in reversed(literals):
        at = text.rfind(literal, 0, end - 1) if end > 0 else -1
        if at < 0:
            return None
        values.append(text[at + len(literal) : end])
        end = at
    return [text[:end], *reversed(values)]


def _filled(translation: str, values: Mapping[str, str]) -> str:
    return "".join(
        values.get(text, text) if is_value else text.replace("{{", "{").replace("}}", "}")
        for is_value, text in split_values(translation)
    )


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns


@lru_cache(maxsize=32)
def _load(language: str, paths: tuple[tuple[Path, int], ...]) -> Catalog:
    messages: dict[str, str] = {}
    for path, _ in paths:
        for message, translation in read_catalog(path).items():
            messages.setdefault(message, translation)
    return Catalog(language, messages)


def read_catalog(path: Path) -> dict[str, str]:
    """The messages of a gettext file that have a translation, and are not marked fuzzy."""
    from babel.messages.pofile import read_po  # only where there is another language

    with path.open("rb") as file:
        return {
            str(message.id): str(message.string)
            for message in read_po(file)
            if message.id and message.string and not message.fuzzy
        }
