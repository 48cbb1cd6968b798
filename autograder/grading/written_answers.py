"""Find what a student answered in words, wherever it was written, and lose nothing of it.

An answer belongs into the cell that the release gave for it. Students write it into a cell below,
into the question's cell, into a code cell, or into a new cell after they deleted the given one, and
some programs take away the marks by which a cell is known. So everything that the student wrote
between the question and nbgrader's next cell goes into the answer's cell, where a person reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat import from_dict

from autograder.checks.forbidden import MAX_SOURCE
from autograder.course.cells import grade_id, is_code, is_function, nbgrader_metadata, source_text
from autograder.course.keys import digest
from autograder.course.notebook_file import plain_source
from autograder.course.notebook_names import few
from autograder.grading.attachments import Album
from autograder.grading.placement import NO_METADATA, PlacedNotebook
from autograder.grading.submitted_cells import (
    SubmittedCell,
    is_answered_in_words,
    is_prose,
    is_shown_as_text,
)

LOST = ("deleted cell", "recovered cell")  # how the flags on a cell without its mark begin
MAX_CELLS = 200  # that one answer is put together from
MAX_LOOKS = 50  # code cells near a question that are looked at for prose
FAR = 60  # letters of a text that is taken for an answer though it stands far from the question
# Where an answer was found, as it is said in the answer's cell and in the flag.
OWN, BESIDE, QUESTION, CODE, ELSEWHERE = (
    "",
    "another cell",
    "a cell of the assignment's text",
    "a code cell",
    "a cell far from the question",
)


@dataclass(frozen=True)
class AnswerCell(SubmittedCell):
    """A cell with the positions of the release's cells before and after it."""

    before: int = -1
    after: int = 0


@dataclass(frozen=True)
class WrittenAnswer:
    """What a student answered, as the answer's cell is to show it.

    source : Markdown; what the release gave where nothing was written anywhere near
    attachments : pictures that are safe to show
    """

    source: str
    attachments: dict[str, dict[str, str]]
    flags: tuple[str, ...]


@dataclass
class _Parts:
    """The parts of one answer in the order of the notebook: where each stood, its cell, its text.

    What stands there twice is one part.
    is_cut : whether there are more parts than are taken
    """

    parts: list[tuple[str, AnswerCell, str]] = field(default_factory=list)
    is_cut: bool = False
    _known: set[tuple[str, str]] = field(default_factory=set)

    def add(self, place: str, cell: AnswerCell, text: str) -> None:
        # Of two cells with the same text, each may have another picture under the same name.
        pictures = digest([json.dumps(cell.attachments).encode()]) if cell.attachments else ""
        what = cell.plain if text == cell.source else text, pictures
        if what in self._known:
            return
        if len(self.parts) == MAX_CELLS:
            self.is_cut = True
            return
        self._known.add(what)
        self.parts.append((place, cell, text))


def written_answers(
    submitted: Sequence[SubmittedCell],
    got: Mapping[str, Any],
    released: Mapping[str, Any] | None = None,
) -> dict[str, WrittenAnswer]:
    """The answer to every question that is answered in words, by grade_id.

    got : the notebook that the student got
    released : the one in English, whose text stands where nothing was answered
    """
    given = list(got["cells"])
    english = list((released or got)["cells"])
    questions = [index for index, cell in enumerate(given) if is_answered_in_words(cell)]
    if not questions:
        return {}
    names = filter(None, (grade_id(cell) for cell in given if is_function(cell)))
    if functions := "|".join(map(re.escape, names)):
        defines = re.compile(rf"^def (?:{functions})\b", re.MULTILINE)
        # A function's cell that has lost its mark is no answer in words.
        submitted = [
            cell for cell in submitted if cell.index is not None or not defines.search(cell.plain)
        ]
    cells = _between(submitted, len(given))
    return {
        grade_id(given[index]) or "": _answer(cells, given, index, source_text(english[index]))
        for index in questions
    }


def _between(submitted: Sequence[SubmittedCell], end: int) -> list[AnswerCell]:
    """The cells with the release's cells around each."""
    after, following = end, []
    for cell in reversed(submitted):
        following.append(after)
        after = after if cell.index is None else cell.index
    before, cells = -1, []
    for cell, after in zip(submitted, reversed(following), strict=True):
        cells.append(AnswerCell(**vars(cell), before=before, after=after))
        before = before if cell.index is None else cell.index
    return cells


def with_answers(
    notebook: PlacedNotebook, answers: Mapping[str, WrittenAnswer], flags: Sequence[str]
) -> PlacedNotebook:
    """The notebook with the written answers in it.

    flags : on the file as a whole, which come first
    """
    flags = [*flags, *notebook.flags]
    for cell in notebook.nb.cells:
        answer = answers.get(grade_id(cell) or "")
        if answer is None:
            continue
        cell.source = answer.source
        if answer.attachments:
            cell.attachments = from_dict(answer.attachments)
        # Where all cells have lost their marks, one flag says so.
        is_repeated = LOST if NO_METADATA in flags else ()
        flags += [flag for flag in answer.flags if not flag.startswith(is_repeated)]
    sources = {name: answer.source for name, answer in answers.items()}
    return PlacedNotebook(notebook.nb, notebook.sources | sources, tuple(flags))


def _answer(
    cells: Sequence[AnswerCell], given: Sequence[Mapping[str, Any]], at: int, blank: str
) -> WrittenAnswer:
    """The answer to the question whose answer's cell is at a position of the release.

    blank : what stands there where nothing was answered
    """
    name, stub = grade_id(given[at]) or "", plain_source(source_text(given[at]))
    copies = [cell for cell in cells if cell.index == at]
    near = _near(cells, given, at, stub)
    if not near.parts:
        for cell in cells:
            if cell.index is None and cell.kind != "code" and len(cell.source) >= FAR:
                near.add(ELSEWHERE, cell, cell.source)
    parts = near.parts
    if not parts:
        deleted = () if copies else (f"deleted cell: {name}",)
        return WrittenAnswer(blank, {}, deleted)
    flags = []
    if copies and not any(cell.grade_id == name for cell in copies):
        flags.append(f"recovered cell: {name}")
    if len(copies) > 1:
        flags.append(f"duplicated cell: {name}")
    if places := list(dict.fromkeys(place for place, _, _ in parts if place)):
        flags.append(
            f"answer elsewhere: {name} was answered in {' and in '.join(places)}; its own cell now "
            "shows everything, so read it there and give the points"
        )
    album, texts = Album(), []
    for place, cell, text in parts:
        text = album.take(text, cell.attachments) if is_shown_as_text(cell) else _fenced(text)
        texts.append(f"**Written in {place}:**\n\n{text}" if place else text)
    source = "\n\n".join(texts)
    if album.left_out:
        flags.append(
            f"picture not shown: {name} has {few(album.left_out)}, which is no PNG or JPEG picture "
            "that can be shown safely; look at it in the notebook that was handed in"
        )
    if near.is_cut or len(source) > MAX_SOURCE:
        source = source[:MAX_SOURCE]
        flags.append(
            f"long answer: {name} has more than {MAX_SOURCE:,} characters or {MAX_CELLS} cells and "
            "was cut; read the rest in the notebook that was handed in"
        )
    return WrittenAnswer(source, album.attachments, tuple(flags))


def _near(
    cells: Sequence[AnswerCell], given: Sequence[Mapping[str, Any]], at: int, stub: str
) -> _Parts:
    """Everything that the student wrote near the question, code only where nothing else is."""
    first, end = _neighbourhood(given, at)
    parts, code, code_cells = _Parts(), _Parts(), 0
    for cell in cells:
        text, place = cell.source, CODE if cell.kind == "code" else BESIDE
        is_empty = cell.plain in ("", stub) and not cell.attachments
        if cell.is_given or (is_empty and cell.index in (None, at)):
            continue
        if cell.index == at:
            parts.add(CODE if cell.kind == "code" else OWN, cell, text)
        elif cell.index is not None:
            of_release = given[cell.index]
            is_near = first <= cell.index < end and not nbgrader_metadata(of_release)
            addition = _addition(cell, source_text(of_release)) if is_near else ""
            if addition and not is_code(of_release):
                parts.add(QUESTION, cell, addition)
        elif first <= cell.before < end or first < cell.after <= end:
            code_cells += cell.kind == "code"
            if cell.kind != "code" or (code_cells <= MAX_LOOKS and is_prose(text)):
                parts.add(place, cell, text)
            elif cell.before <= at:
                code.add(place, cell, text)
    return parts if parts.parts else code


def _neighbourhood(given: Sequence[Mapping[str, Any]], at: int) -> tuple[int, int]:
    """The positions from the question's first cell to the next cell of nbgrader's, without it."""
    first = at
    while first > 0 and not is_code(given[first - 1]) and not nbgrader_metadata(given[first - 1]):
        first -= 1
        if source_text(given[first]).lstrip().startswith("#"):
            break
    end = next(
        (index for index in range(at + 1, len(given)) if nbgrader_metadata(given[index])),
        len(given),
    )
    return first, end


def _addition(cell: AnswerCell, given: str) -> str:
    """What was added to a cell of the release; all of it, where that is in several places."""
    plain, before = cell.plain, plain_source(given)
    if plain.startswith(before):
        return plain[len(before) :].strip()
    if plain.endswith(before):
        return plain[: -len(before)].strip()
    new = {line.strip() for line in plain.split("\n")}
    return cell.source if new - {line.strip() for line in before.split("\n")} - {""} else ""


def _fenced(code: str) -> str:
    """Code in Markdown, whatever it holds."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    return f"{fence}\n{code}\n{fence}"
