"""Read the pattern of a network: text in, layers out, or an error that points at a character."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from lark import Lark, Tree, UnexpectedCharacters, UnexpectedToken

GRAMMAR = r"""
pattern : INPUT (_ARROW _part)*
_part   : layer | group
layer   : CONV | RELU | FC | POOL MAYBE?
group   : _OPEN _part (_ARROW _part)* _CLOSE [_TIMES (NUMBER | LETTER)]

INPUT: "INPUT"
CONV: "CONV"
RELU: "RELU"
POOL: "POOL"
FC: "FC"
MAYBE: "?"
_ARROW: "->"
_OPEN: "["
_CLOSE: "]"
_TIMES: "*"
NUMBER: /[0-9]+/
LETTER: /[A-Za-z_]\w*/
%ignore /\s+/
"""
# The basic lexer reads CONVS as one unknown word; the contextual one as CONV and a stray S.
PARSER = Lark(GRAMMAR, start="pattern", parser="lalr", lexer="basic", maybe_placeholders=True)
# How a message names what the grammar would take, in the order in which it lists them.
SHOWN = {
    "INPUT": "INPUT",
    "CONV": "CONV",
    "RELU": "RELU",
    "POOL": "POOL",
    "FC": "FC",
    "_OPEN": "[",
    "_ARROW": "->",
    "_TIMES": "*",
    "MAYBE": "?",
    "_CLOSE": "]",
    "NUMBER": "a number",
    "LETTER": "a letter",
    "$END": "the end",
}
MAY_FOLLOW = {
    "CONV": ("INPUT", "RELU", "POOL"),
    "RELU": ("CONV", "FC"),
    "POOL": ("INPUT", "RELU", "POOL"),
    "FC": ("INPUT", "RELU", "POOL"),
}
MOST_LAYERS = 1000  # a slip such as *10000000 is told, not built


class PatternError(ValueError):
    """The pattern cannot be read or built; `line` and `column`, counted from 1, say where."""

    def __init__(self, text: str, place: int, message: str):
        before = text[:place].split("\n")
        self.line, self.column = len(before), len(before[-1]) + 1
        caret = "".join("\t" if char == "\t" else " " for char in before[-1]) + "^"
        where = f"line {self.line}, column" if "\n" in text else "column"
        shown = text.split("\n")[self.line - 1]
        super().__init__(f"\n{shown}\n{caret}\n{where} {self.column}: {message}")


class Layer(NamedTuple):
    """One layer of the unrolled pattern, and the place in the text that it comes from."""

    kind: str
    place: int
    optional: bool = False


def parse(text: str, *, pool: bool | Sequence[bool] = True, **repeats: int) -> list[Layer]:
    """The layers after INPUT, with every repeat unrolled.

    pool : whether each `POOL?` is there, or one answer for each of them in the order they run
    repeats : the numbers of the letters in the text, such as N=2, M=3, K=1
    """
    input_layer, *parts = _tree(text).children
    unrolled = [layer for part in parts for layer in _unroll(part, text, repeats)]
    letters = {token for token in PARSER.lex(text) if token.type == "LETTER"}
    for name in repeats:
        if name not in letters:
            raise TypeError(f"there is no letter {name} in the pattern")
    optional = [layer for layer in unrolled if layer.optional]
    answers = [pool] * len(optional) if isinstance(pool, bool) else list(pool)
    if len(answers) != len(optional):
        raise ValueError(f"pool has {len(answers)} answers, the pattern {len(optional)} POOL?")
    there = iter(answers)
    layers = [layer for layer in unrolled if not layer.optional or next(there)]
    _check_order([Layer("INPUT", input_layer.start_pos), *layers], text)
    return layers


def _tree(text: str) -> Tree:
    try:
        return PARSER.parse(text)
    except UnexpectedCharacters as error:
        message = f"{error.char} means nothing here: an arrow is written ->, a repeat *2"
        raise PatternError(text, error.pos_in_stream, message) from None
    except UnexpectedToken as error:
        *others, last = (shown for name, shown in SHOWN.items() if name in error.accepts)
        expected = f"expected {', '.join(others)} or {last}" if others else f"expected {last}"
        token, place = error.token, error.token.start_pos
        if token.type != "$END":
            hint = (
                ": layers are in capitals" if token not in SHOWN and token.upper() in SHOWN else ""
            )
            raise PatternError(text, place, f"{expected}, found {token}{hint}") from None
        if "_CLOSE" in error.accepts:
            raise PatternError(text, _open_bracket(text), "this [ is never closed") from None
        raise PatternError(text, len(text.rstrip()), f"{expected}, found the end") from None


def _open_bracket(text: str) -> int:
    places = []
    for place, char in enumerate(text):
        if char == "[":
            places.append(place)
        elif char == "]":
            places.pop()
    return places[-1]


def _unroll(tree: Tree, text: str, repeats: dict[str, int]) -> list[Layer]:
    if tree.data == "layer":
        token, *mark = tree.children
        return [Layer(token.type, token.start_pos, optional=bool(mark))]
    *parts, count = tree.children
    once = [layer for part in parts for layer in _unroll(part, text, repeats)]
    if count is None:
        return once
    if count.type == "LETTER" and count not in repeats:
        raise PatternError(text, count.start_pos, f"{count} has no number: give {count}=2, say")
    times = repeats[count] if count.type == "LETTER" else int(count)
    if not isinstance(times, int) or times < 0:
        message = f"{count} is {times!r}, not a whole number from 0 on"
        raise PatternError(text, count.start_pos, message)
    if len(once) * times > MOST_LAYERS:
        raise PatternError(text, count.start_pos, f"that makes more than {MOST_LAYERS:,} layers")
    return once * times


def _check_order(layers: list[Layer], text: str) -> None:
    """Raise `PatternError` at the first layer that stands where the pattern has none like it."""
    dense = False
    for before, (kind, place, _) in pairwise(layers):
        if dense and kind in ("CONV", "POOL"):
            message = f"{kind} cannot come after FC, which leaves no rows and columns"
            raise PatternError(text, place, message)
        if before.kind not in MAY_FOLLOW[kind]:
            why = "a RELU belongs between them"
            if kind == "RELU":
                why = "it belongs right after a CONV or an FC"
            raise PatternError(text, place, f"{kind} cannot follow {before.kind}: {why}")
        dense = dense or kind == "FC"
    if layers[-1].kind != "FC":
        raise PatternError(text, len(text.rstrip()), "a pattern ends in FC, which gives the scores")
