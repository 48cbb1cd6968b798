"""Lay out a student's notebook for the feedback page.

The cells of the release are its frame. Of the graded notebook only the student's text and the
outputs of cells are shown, so that a test cell shows its visible checks and no hidden ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from autograder.course import cells
from autograder.course.cells import source_text
from autograder.course.results import PASSED
from autograder.course.safe_text import MAX_LINE, attribute, label, page_text
from autograder.course.translation import NONE, Catalog
from autograder.feedback.boxes import Box
from autograder.feedback.markup import code, markdown
from autograder.grading.attachments import safe_attachments
from autograder.grading.outputs import NO_TIME_LEFT, NOT_RUN
from autograder.grading.pictures import MAX_TOTAL_PIXELS, Picture, read_png

# A page without its pictures stays below 500 kB; the release and the tables take some of it.
PAGE, TABLES, LEAST_ROOM = 490_000, 60_000, 80_000
MAX_HTML = 60_000  # of one cell, one answer or one output
MAX_PICTURES = 3_000_000  # characters of base64
OUTPUT_LINES, OUTPUT_LETTERS = 80, 6_000  # of one output
UNANSWERED = "No response."  # nbgrader's comment on a cell that the student did not change
Json = Mapping[str, Any]  # a notebook or a cell, as its file has it


@dataclass(frozen=True)
class ReleasedCell:
    """A cell of the release, rendered once for the whole class.

    kind : `prose`, `given`, `function`, `answer` or `test`
    sources : its text, in English first, and then as the page shows it
    level : of a heading above the cell on the page
    """

    kind: str
    name: str
    sources: tuple[str, ...]
    html: Markup
    level: int


@dataclass
class PageCell:
    """One cell of the student's notebook on the page."""

    release: ReleasedCell
    html: Markup
    outputs: list[dict[str, Markup | str]] = field(default_factory=list)
    box: Box | None = None
    comments: list[Markup] = field(default_factory=list)
    untouched: bool = False


class ReleasedNotebook:
    """The released notebook, in whose frame the page shows those of students.

    nb : as it was released in English, and is in the gradebook
    there : as it was released in the language of the page
    catalog : of that language
    """

    def __init__(self, nb: Json, there: Json | None = None, catalog: Catalog = NONE):
        self._catalog = catalog
        self.cells = dict(_release_cells(nb, there or nb))
        self._by_name = {cell.name: cell for cell in self.cells.values() if cell.name}
        self._letters = sum(len(cell.html) for cell in self.cells.values())

    @property
    def title(self) -> str | None:
        """The notebook's first heading."""
        for cell in self.cells.values():
            match = re.match(r"#\s+(.+)", cell.sources[-1])
            if cell.kind == "prose" and match:
                return match.group(1).strip()
        return None

    def by_nbgrader(self, nb: Json) -> bool:
        """Whether nbgrader ran the notebook alone: its test cells then hold their hidden lines."""
        tests = {cell.name: cell.sources for cell in self.cells.values() if cell.kind == "test"}
        sources = ((grade_id(cell), source_text(cell)) for cell in nb["cells"])
        return any(source not in tests.get(name, (source,)) for name, source in sources)

    def show(
        self, nb: Json, boxes: dict[str, Box], comments: Iterable[tuple[str, str]]
    ) -> list[PageCell]:
        """The cells of a graded notebook, with their boxes and people's comments."""
        space = _PageSpace(max(PAGE - TABLES - self._letters, LEAST_ROOM), self._catalog)
        by_nbgrader, after_test = self.by_nbgrader(nb), False
        page_cells: list[PageCell] = []
        places: set[int] = set()
        for cell in nb["cells"]:
            source, release = source_text(cell), self._place(cell, places)
            if release is None and grade_id(cell):
                continue  # a second copy; nbgrader may have put hidden lines into it
            if release is None:  # a cell of the student's own, which only nbgrader leaves in
                kind = "own text" if cell["cell_type"] == "markdown" else "own code"
                release = ReleasedCell(
                    kind, "", (), Markup(), page_cells[-1].release.level if page_cells else 3
                )
            page_cell = PageCell(release, release.html, box=boxes.get(release.name))
            page_cell.untouched = release.name != "" and _is_one_of(source, release)
            if release.kind in ("function", "own code") and not page_cell.untouched:
                page_cell.html = space.fit(code(source), source)
            elif release.kind in ("answer", "own text") and not page_cell.untouched:
                pictures = safe_attachments(cell)
                page_cell.html = space.fit(markdown(source, pictures=pictures), source)
                page_cell.outputs = _attached(pictures, space)
            for name, text in comments:
                if name == release.name != "" and text != UNANSWERED:
                    page_cell.comments.append(space.fit(markdown(text), text))
            # A cell that ran after a test cell in the same process has seen its hidden checks.
            after_test = after_test or release.kind == "test"
            if not (by_nbgrader and after_test) and cell["cell_type"] == "code":
                page_cell.outputs = _outputs(cell, page_cell.box, space)
            page_cells.append(page_cell)
        return page_cells

    def _place(self, cell: Json, places: set[int]) -> ReleasedCell | None:
        """The cell of the release that this one is, or None; each is used once only."""
        release = self._by_name.get(grade_id(cell)) or self.cells.get(cell.get("id", ""))
        if release is None or id(release) in places:
            return None
        if (not release.name and source_text(cell) not in release.sources) or (
            (cell["cell_type"] == "markdown") != (release.kind in ("prose", "answer"))
        ):
            return None
        places.add(id(release))
        return release


class _PageSpace:
    """The amount of HTML and of pictures that a page may still take, in characters."""

    def __init__(self, letters: int, catalog: Catalog) -> None:
        self.catalog = catalog
        self._letters, self._pictures, self._pixels = letters, MAX_PICTURES, MAX_TOTAL_PIXELS

    def fit(self, html: Markup, text: str) -> Markup:
        """The HTML, or, where that is too long, as much of its text as fits."""
        room = max(0, min(self._letters, MAX_HTML))
        if len(html) > room:
            # An escaped character takes five letters at most.
            beginning = page_text(text[: room // 5], len(text))
            html = Markup('<span class="plain">{}\n<em>{}</em></span>').format(
                beginning, self.catalog.text("… the page has no room for the rest.")
            )
        self._letters -= len(html)
        return html

    def picture(self, picture: Picture) -> bool:
        """Whether there is room for a picture, which it then takes."""
        fits = len(picture.data) <= self._pictures and picture.pixels <= self._pixels
        if fits:
            self._pictures -= len(picture.data)
            self._pixels -= picture.pixels
        return fits


def errors(nb: Json) -> dict[str, str]:
    """The errors that a graded notebook shows, by test cell."""
    return {
        grade_id(cell): str(output.get("evalue", ""))
        for cell in nb["cells"]
        for output in cell.get("outputs", ())
        if output.get("output_type") == "error" and grade_id(cell)
    }


def grade_id(cell: Json) -> str:
    """The grade_id by which nbgrader knows a cell; "" where it has none."""
    return cells.grade_id(cell) or ""


def _is_one_of(source: str, release: ReleasedCell) -> bool:
    """Whether a text is as it was released, in any language."""
    return source.strip() in map(str.strip, release.sources)


def _release_cells(nb: Json, there: Json) -> Iterable[tuple[str, ReleasedCell]]:
    """The release's cells by id, in order, each with what it is in the language of the page."""
    level = 2
    for original, cell in zip(nb["cells"], there["cells"], strict=True):
        meta, source = cells.nbgrader_metadata(cell), source_text(cell)
        sources = tuple(dict.fromkeys((source_text(original), source)))
        if cell["cell_type"] == "markdown":
            kind = "answer" if meta.get("solution") else "prose"
            html = markdown(source, level=3)
            if kind == "prose" and (levels := re.findall(r"<h(\d)", html)):
                level = int(levels[-1])
        else:
            kind = "function" if meta.get("solution") else "test" if meta.get("grade") else "given"
            html = code(source)
        yield cell["id"], ReleasedCell(kind, grade_id(cell), sources, html, min(level + 1, 6))


def _outputs(cell: Json, box: Box | None, space: _PageSpace) -> list[dict[str, Markup | str]]:
    """The outputs of a cell as text and PNG, without those that its box repeats."""
    outputs: list[dict[str, Markup | str]] = []
    catalog = space.catalog
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        png = read_png(data.get("image/png"))
        if png and space.picture(png):
            text = label(_joined(data.get("text/plain", "")), 200)
            alt = attribute(text or catalog.text("a picture that the cell drew"))
            outputs.append({"picture": png.data, "type": png.type, "alt": alt})
            continue
        kind = "error" if output.get("output_type") == "error" else "text"
        if kind == "error":
            trace = output.get("traceback", [])
            if box and len(trace) < 2:  # the batch wrote it, and the box has the same text
                continue
            said = str(output.get("evalue"))
            text = "\n".join(trace) or f"{output.get('ename')}: {said}"
            text = text.replace(said, catalog.translate(said)) if said else text
        elif "image/png" in data:
            text = catalog.text("[a picture that is too large, or none]")
        else:
            text = _joined(output.get("text", data.get("text/plain", "")))
            text = catalog.text(text) if text in (NOT_RUN, NO_TIME_LEFT) else text
        text = _beginning(page_text(text, len(text)), len(text), catalog)
        if text.strip() and not (box and text.strip() == PASSED):
            outputs.append({kind: space.fit(escape(text), text)})
    return outputs


def _attached(pictures: dict[str, Picture], space: _PageSpace) -> list[dict[str, Markup | str]]:
    """The pictures of a written answer."""
    shown: list[dict[str, Markup | str]] = []
    for name, picture in pictures.items():
        if space.picture(picture):
            shown.append({"picture": picture.data, "type": picture.type, "alt": attribute(name)})
        else:
            text = space.catalog.text("[{name}: too large for this page]")
            shown.append({"text": Markup(text).format(name=label(name))})
    return shown


def _beginning(text: str, length: int, catalog: Catalog) -> str:
    """The text's first lines; `length` is what it had before anything was taken away."""
    text = text.strip("\n")
    beginning = "\n".join(text.split("\n")[:OUTPUT_LINES])[:OUTPUT_LETTERS]
    if len(beginning) == len(text) and length < MAX_LINE:
        return beginning
    more = catalog.text("… and {count} characters more")
    return f"{beginning}\n{more.format(count=f'{length - len(beginning):,}')}"


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
