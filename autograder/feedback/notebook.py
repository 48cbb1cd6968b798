"""A student's notebook as the feedback page shows it.

The release is its skeleton. Of the graded notebook only what the student wrote and what cells
showed is taken, so that a test cell shows its visible checks and nothing besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from autograder.course.results import PASSED
from autograder.course.safe_text import MAX_LINE, attribute, label, page_text
from autograder.feedback.boxes import Box
from autograder.feedback.markup import code, markdown
from autograder.grading.outputs import picture

# A page without its pictures stays below 500 kB; the release and the tables take some of it.
PAGE, TABLES, LEAST_ROOM = 490_000, 60_000, 80_000
ONE = 60_000  # of one cell, one answer or one output
PICTURES = 3_000_000  # letters of base64
OUTPUT_LINES, OUTPUT_LETTERS = 80, 6_000  # of one output
UNANSWERED = "No response."  # what nbgrader writes about a cell that was left as it was given


@dataclass(frozen=True)
class Given:
    """A cell of the release, rendered once for the whole class.

    kind : `prose`, `given`, `function`, `answer` or `test`
    level : of a heading for what the student sees here
    """

    kind: str
    name: str
    source: str
    html: Markup
    level: int


@dataclass
class Shown:
    """One cell of the student's notebook on the page."""

    given: Given
    html: Markup
    outputs: list[dict] = field(default_factory=list)
    box: Box | None = None
    comments: list[Markup] = field(default_factory=list)
    untouched: bool = False


class Released:
    """The released notebook, and what becomes of a student's on its skeleton."""

    def __init__(self, nb: dict):
        self.cells = dict(_given(nb))
        self._by_name = {one.name: one for one in self.cells.values() if one.name}
        self._letters = sum(len(one.html) for one in self.cells.values())

    @property
    def title(self) -> str | None:
        """The notebook's first heading."""
        for one in self.cells.values():
            found = re.match(r"#\s+(.+)", one.source)
            if one.kind == "prose" and found:
                return found.group(1).strip()
        return None

    def by_nbgrader(self, nb: dict) -> bool:
        """Whether nbgrader ran the notebook alone: its test cells then hold their hidden lines."""
        tests = {one.name: one.source for one in self.cells.values() if one.kind == "test"}
        sources = ((grade_id(cell), _source(cell)) for cell in nb["cells"])
        return any(tests.get(name, source) != source for name, source in sources)

    def show(
        self, nb: dict, boxes: dict[str, Box], comments: Iterable[tuple[str, str]]
    ) -> list[Shown]:
        """The cells of a graded notebook, with their boxes and what people said about them."""
        room = _Room(max(PAGE - TABLES - self._letters, LEAST_ROOM))
        alone, tested = self.by_nbgrader(nb), False
        shown: list[Shown] = []
        seen: set[int] = set()
        for cell in nb["cells"]:
            source, given = _source(cell), self._place(cell, seen)
            if given is None and grade_id(cell):
                continue  # a second copy; nbgrader may have put hidden lines into it
            if given is None:  # a cell of the student's own, which only nbgrader leaves in
                kind = "own text" if cell["cell_type"] == "markdown" else "own code"
                given = Given(kind, "", "", Markup(), shown[-1].given.level if shown else 3)
            one = Shown(given, given.html, box=boxes.get(given.name))
            one.untouched = given.name != "" and source.strip() == given.source.strip()
            if given.kind in ("function", "own code") and not one.untouched:
                one.html = room.fit(code(source), source)
            elif given.kind in ("answer", "own text") and not one.untouched:
                one.html = room.fit(markdown(source), source)
            for name, text in comments:
                if name == given.name != "" and text != UNANSWERED:
                    one.comments.append(room.fit(markdown(text), text))
            # What ran after a test cell in one process with it has seen what its checks asked.
            tested = tested or given.kind == "test"
            if not (alone and tested):
                one.outputs = _outputs(cell, one.box, room)
            shown.append(one)
        return shown

    def _place(self, cell: dict, seen: set[int]) -> Given | None:
        """The cell of the release that this one is; each is found once."""
        given = self._by_name.get(grade_id(cell)) or self.cells.get(cell.get("id"))
        if given is None or id(given) in seen:
            return None
        if (not given.name and _source(cell) != given.source) or (
            (cell["cell_type"] == "markdown") != (given.kind in ("prose", "answer"))
        ):
            return None
        seen.add(id(given))
        return given


class _Room:
    """How much HTML and how many pictures a page may still take."""

    def __init__(self, letters: int) -> None:
        self._left, self._pictures = letters, PICTURES

    def fit(self, html: Markup, text: str) -> Markup:
        """The HTML, or where it is too much what fits of the text that it was made from."""
        left = max(0, min(self._left, ONE))
        if len(html) > left:
            # An escaped character takes five letters at most.
            kept = page_text(text[: left // 5], len(text))
            html = Markup(
                '<span class="plain">{}\n<em>… the page has no room for the rest.</em></span>'
            ).format(kept)
        self._left -= len(html)
        return html

    def picture(self, data: str) -> bool:
        self._pictures -= len(data)
        return self._pictures >= 0


def errors(nb: dict) -> dict[str, str]:
    """What failed in a notebook, by test cell."""
    return {
        grade_id(cell): str(output.get("evalue", ""))
        for cell in nb["cells"]
        for output in cell.get("outputs", ())
        if output.get("output_type") == "error" and grade_id(cell)
    }


def grade_id(cell: dict) -> str:
    """nbgrader's name of a cell, or empty."""
    found = _meta(cell).get("grade_id")
    return found if isinstance(found, str) else ""


def _given(nb: dict) -> Iterable[tuple[str, Given]]:
    """The release's cells by id, in order."""
    level = 2
    for cell in nb["cells"]:
        meta, source = _meta(cell), _source(cell)
        if cell["cell_type"] == "markdown":
            kind = "answer" if meta.get("solution") else "prose"
            html = markdown(source, level=3)
            if kind == "prose" and (levels := re.findall(r"<h(\d)", html)):
                level = int(levels[-1])
        else:
            kind = "function" if meta.get("solution") else "test" if meta.get("grade") else "given"
            html = code(source)
        yield cell["id"], Given(kind, grade_id(cell), source, html, min(level + 1, 6))


def _outputs(cell: dict, box: Box | None, room: _Room) -> list[dict]:
    """What a cell showed, as text and PNG, without what its box says already."""
    made = []
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        png = picture(data["image/png"]) if "image/png" in data else None
        if png and room.picture(png):
            text = label(_joined(data.get("text/plain", "")), 200)
            alt = attribute(text or "a picture that the cell drew")
            made.append({"picture": png, "alt": alt})
            continue
        kind = "error" if output.get("output_type") == "error" else "text"
        if kind == "error":
            trace = output.get("traceback", [])
            if box and len(trace) < 2:  # the batch's own, and the box says it
                continue
            text = "\n".join(trace) or f"{output.get('ename')}: {output.get('evalue')}"
        elif "image/png" in data:
            text = "[a picture that is too large, or none]"
        else:
            text = _joined(output.get("text", data.get("text/plain", "")))
        text = _cut(page_text(text, len(text)), len(text))
        if text.strip() and not (box and text.strip() == PASSED):
            made.append({kind: room.fit(escape(text), text)})
    return made


def _cut(text: str, length: int) -> str:
    """The text's first lines; `length` is what it had before anything was taken away."""
    text = text.strip("\n")
    kept = "\n".join(text.split("\n")[:OUTPUT_LINES])[:OUTPUT_LETTERS]
    if len(kept) == len(text) and length < MAX_LINE:
        return kept
    return f"{kept}\n… and {length - len(kept):,} characters more"


def _meta(cell: dict) -> dict:
    return cell.get("metadata", {}).get("nbgrader", {})


def _source(cell: dict) -> str:
    return _joined(cell["source"])


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
