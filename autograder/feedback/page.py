"""Write one student's feedback page: the points, the reasons for them, and the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from autograder.course.cells import describe
from autograder.course.folders import Assignment
from autograder.course.limits import Limits
from autograder.course.notebook_language import language_of
from autograder.course.released_notebook import read_released, same_cells
from autograder.course.safe_text import label
from autograder.course.translation import ENGLISH, NONE, Catalog
from autograder.course.translation import catalog as load_catalog
from autograder.feedback import wording
from autograder.feedback.boxes import UNREAD, Box, GradedWork, boxes
from autograder.feedback.distribution import Distribution
from autograder.feedback.notebook import ReleasedNotebook, errors
from autograder.feedback.rendering import environment, style
from autograder.feedback.titles import titles

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class _Edition:
    """What the pages in one language have in common."""

    catalog: Catalog
    notebook: ReleasedNotebook
    titles: dict[str, str]


class Pages:
    """Writes the pages of one assignment; the parts that all have in common are built once.

    A page is in the language of the student's notebook.

    zone : in which times are shown
    """

    def __init__(self, assignment: Assignment, limits: Limits, zone: tzinfo = UTC):
        self._assignment, self._name, self._limits = assignment, assignment.name, limits
        texts = [
            repr(sorted(self._catalog(language).messages.items()))
            for language in assignment.translations
        ]
        self.released = b"".join(
            [*(path.read_bytes() for path in assignment.editions), *map(str.encode, texts)]
        )
        self._released = read_released(assignment.release)
        self._cells = describe(self._released)
        self._editions: dict[str, _Edition] = {}
        self._css, self._policy = style(TEMPLATES / "feedback.css", pictures=True)
        templates = environment(TEMPLATES)
        filters = ("points", "lasting", "flags")
        templates.filters |= {word: getattr(wording, word) for word in filters}
        templates.filters["label"] = label
        templates.filters["moment"] = partial(wording.moment, zone=zone)
        self._template = templates.get_template("feedback.html.j2")

    def by_nbgrader(self, nb: dict[str, Any]) -> bool:
        """Whether nbgrader graded this notebook alone, without the batch."""
        return self._edition(ENGLISH).notebook.by_nbgrader(nb)

    def page(self, work: GradedWork, key: str, group: Distribution | None = None) -> str:
        """A student's page as HTML.

        key : the hash of what it depends on; it is written into the page
        group : how the class did, where the page is to show it
        """
        nb = work.notebook
        alone = nb is not None and self.by_nbgrader(nb)
        edition = self._edition(ENGLISH if nb is None else language_of(nb))
        catalog = edition.catalog
        failures = errors(nb) if nb and alone else {}
        cells = boxes(work, self._cells, self._limits, failures, catalog)
        # For a file that could not be read, nbgrader has the untouched release, which is not shown.
        shown = None if work.verdict in UNREAD else nb
        comments = work.mark.comments if work.mark else ()
        page_cells = [] if shown is None else edition.notebook.show(shown, cells, comments)
        message = label(work.result.message) if work.result else ""
        verdict = wording.verdict(
            work.verdict, message, f"{self._name}.ipynb", self._limits, work.rejected
        )
        return self._template.render(
            _=partial(_say, catalog),
            catalog=catalog,
            lang=catalog.language.replace("_", "-"),
            key=key,
            css=self._css,
            policy=self._policy,
            title=edition.notebook.title or self._name,
            work=work,
            who=_who(work),
            mark=None if nb is None else work.mark,
            verdict=[catalog.translate(sentence) for sentence in verdict],
            flags=work.result.flags if work.result else (),
            checks=0 if shown is None else len(self._cells.tests),
            boxes=cells,
            tasks=self._tasks(cells) if work.verdict != "grader_error" else [],
            most=self._cells.max_score + sum(self._cells.answers.values()),
            cells=page_cells,
            stock=alone,
            titles=edition.titles,
            group=group,
        )

    def _edition(self, language: str) -> _Edition:
        """What pages in a language have in common; in English where there is no such notebook."""
        if language not in self._editions:
            path = self._assignment.translations.get(language)
            there = read_released(path) if path else self._released
            if language != ENGLISH and not (path and same_cells(there, self._released)):
                return self._edition(ENGLISH)
            catalog = self._catalog(language)
            notebook = ReleasedNotebook(self._released, there, catalog)
            self._editions[language] = _Edition(catalog, notebook, titles(there))
        return self._editions[language]

    def _catalog(self, language: str) -> Catalog:
        return NONE if language == ENGLISH else load_catalog(language, self._assignment)

    def _tasks(self, cells: dict[str, Box]) -> list[tuple[str, list[Box]]]:
        """Functions with their test cells, then written answers."""
        tasks = [
            (task, [box for box in cells.values() if box.task == task])
            for task in (*self._cells.functions, "")
        ]
        return [(task, boxes_of_task) for task, boxes_of_task in tasks if boxes_of_task]


def _who(work: GradedWork) -> str:
    return label(work.mark.name if work.mark else "", 200)


def _say(catalog: Catalog, message: str, **values: object) -> Markup:
    """A message of the template in the page's language, with its values, which are escaped."""
    return Markup(catalog.text(message)).format(**values)
