"""The messages of code: the texts that it shows to people, and its docstrings.

A text is a message if there are several words in it. An f-string is one with its values in braces.
Everything else of the code stays as it is, so that it is the same program in every language.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograder.authoring.docstring_messages import WIDTH, translated_docstring
from autograder.authoring.wrapping import pieces
from autograder.course.errors import ReleaseError
from autograder.course.translation import split_values

# One string as Python writes it; several in a row are one.
LITERAL = re.compile(r"""([A-Za-z]*)(\"{3}|'{3}|"|')((?:\\.|(?!\2).)*)\2""", re.DOTALL)
PHRASE = re.compile(r"\b[A-Za-z]?[a-z]{2,}\b")  # a word that is no axis, such as KH
# Single words that stand in messages as values.
DIRECTIONS = ("row", "rows", "column", "columns")
Translate = Callable[[str], str]


@dataclass(frozen=True)
class CodeText:
    """One string of a program, which may be written in several parts.

    start, end : where it stands, in bytes
    indent : the column at which it begins
    """

    start: int
    end: int
    indent: int
    written: str
    is_docstring: bool
    has_values: bool

    @property
    def values(self) -> list[str]:
        """The values in its braces, as they are written."""
        literals = LITERAL.finditer(self.written)
        return [value for literal in literals for value in _values(_message(literal, True))]


def translated_code(
    source: str, translate: Translate, *, docstrings: bool = True, texts: bool = True
) -> str:
    """The code with every message replaced by what `translate` makes of it.

    docstrings, texts : whether to translate what a program says of itself, and what it shows

    Raises `ReleaseError` for a translation that has other values than its message.
    """
    data, done, end = source.encode(), b"", 0
    for text in code_texts(source):
        if docstrings if text.is_docstring else texts:
            new = _docstring(text, translate) if text.is_docstring else _string(text, translate)
            done += data[end : text.start] + new.encode()
            end = text.end
    return (done + data[end:]).decode()


def code_texts(source: str) -> list[CodeText]:
    """All strings of a program in their order, those inside an f-string's values excepted."""
    return sorted(_code_texts(source), key=lambda text: text.start)


def _code_texts(source: str) -> Iterator[CodeText]:
    data = source.encode()
    starts = [0]
    for line in data.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    tree = ast.parse(source)
    docstrings = {id(node) for node in map(_docstring_node, ast.walk(tree)) if node is not None}
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        has_values = isinstance(node, ast.JoinedStr)
        if has_values or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            assert isinstance(node, ast.expr) and node.end_lineno and node.end_col_offset
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset
            written = data[start:end].decode()
            yield CodeText(start, end, node.col_offset, written, id(node) in docstrings, has_values)
        else:
            pending += ast.iter_child_nodes(node)


def _docstring_node(node: ast.AST) -> ast.expr | None:
    if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) or not node.body:
        return None
    first = node.body[0]
    return first.value if isinstance(first, ast.Expr) else None


def _docstring(text: CodeText, translate: Translate) -> str:
    literal = LITERAL.fullmatch(text.written)
    if literal is None:
        return text.written
    prefix, quote, inside = literal.groups()

    def escaped(message: str) -> str:
        there = translate(message)
        return there if there == message else there.replace("\\", "\\\\").replace('"""', "“”")

    return f"{prefix}{quote}{translated_docstring(inside, escaped)}{quote}"


def _string(text: CodeText, translate: Translate) -> str:
    literals = list(LITERAL.finditer(text.written))
    if any(set(prefix.lower()) - {"f"} for prefix, _, _ in map(re.Match.groups, literals)):
        return text.written  # bytes are none, and of raw text patterns are made
    message = "".join(_message(literal, text.has_values) for literal in literals)
    stripped = message.strip()
    if not is_message(stripped):
        return text.written
    there = translate(stripped)
    if there == stripped:
        return text.written
    if text.has_values and _values(there) - _values(stripped):
        raise ReleaseError(
            f"the translation of {stripped!r} has other values: {there!r}",
            "Write what stands in braces as it stands in the message.",
        )
    at = message.index(stripped)
    there = message[:at] + there + message[at + len(stripped) :]
    return _written(there, text)


def is_message(text: str) -> bool:
    """Whether a string is a message: several words, or a direction that others name."""
    words = "".join("0" if is_value else part for is_value, part in split_values(text))
    return text in DIRECTIONS or (" " in words.strip() and PHRASE.search(words) is not None)


def _values(text: str) -> set[str]:
    return {part for is_value, part in split_values(text) if is_value}


def _message(literal: re.Match[str], has_values: bool) -> str:
    """What one literal adds to the message, whose braces are doubled where it has values."""
    prefix, quote, inside = literal.groups()
    if "f" not in prefix.lower():
        plain: str = ast.literal_eval(literal[0])
        return plain.replace("{", "{{").replace("}", "}}") if has_values else plain
    return "".join(
        part if is_value else ast.literal_eval(f"{quote}{part}{quote}")
        for is_value, part in split_values(inside)
    )


def _written(message: str, text: CodeText) -> str:
    """A message as Python writes it, in as many lines as the text that it replaces needs."""
    parts = [message]
    if "\n" in text.written:
        parts = pieces(message, WIDTH - text.indent - len('f"",'))
    lines = [_literal(part, has_values=text.has_values) for part in parts]
    return f"\n{' ' * text.indent}".join(lines)


def _literal(message: str, *, has_values: bool) -> str:
    quote = "'" if has_values and any('"' in value for value in _values(message)) else '"'
    is_f = has_values and any(sign in message for sign in "{}")
    parts = split_values(message) if is_f else [(False, message)]
    body = "".join(
        part
        if is_value
        else part.replace("\\", "\\\\").replace(quote, f"\\{quote}").replace("\n", "\\n")
        for is_value, part in parts
    )
    return f"{'f' if is_f else ''}{quote}{body}{quote}"
