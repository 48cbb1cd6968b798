"""Write one student's feedback page: the points, the reasons for them, and the notebook."""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from autograder.course.cells import describe
from autograder.course.folders import Assignment
from autograder.course.limits import Limits
from autograder.course.released_notebook import read_released
from autograder.course.safe_text import label
from autograder.feedback import wording
from autograder.feedback.boxes import UNREAD, Box, GradedWork, boxes
from autograder.feedback.distribution import Distribution
from autograder.feedback.notebook import ReleasedNotebook, errors
from autograder.feedback.rendering import environment, style
from autograder.feedback.titles import titles

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Writes the pages of one assignment; the parts that all have in common are built once.

    zone : in which times are shown
    """

    def __init__(self, assignment: Assignment, limits: Limits, zone: tzinfo = UTC):
        self._name, self._limits = assignment.name, limits
        self.released = assignment.release.read_bytes()
        nb = read_released(assignment.release)
        self._cells, self._notebook = describe(nb), ReleasedNotebook(nb)
        self._titles = titles(nb)
        self._css, self._policy = style(TEMPLATES / "feedback.css", pictures=True)
        templates = environment(TEMPLATES)
        filters = ("points", "lasting", "flags")
        templates.filters |= {word: getattr(wording, word) for word in filters}
        templates.filters["label"] = label
        templates.filters["moment"] = partial(wording.moment, zone=zone)
        self._template = templates.get_template("feedback.html.j2")

    def by_nbgrader(self, nb: dict[str, Any]) -> bool:
        """Whether nbgrader graded this notebook alone, without the batch."""
        return self._notebook.by_nbgrader(nb)

    def page(self, work: GradedWork, key: str, group: Distribution | None = None) -> str:
        """A student's page as HTML.

        key : the hash of what it depends on; it is written into the page
        group : how the class did, where the page is to show it
        """
        nb = work.notebook
        alone = nb is not None and self.by_nbgrader(nb)
        cells = boxes(work, self._cells, self._limits, errors(nb) if nb and alone else {})
        # For a file that could not be read, nbgrader has the untouched release, which is not shown.
        shown = None if work.verdict in UNREAD else nb
        comments = work.mark.comments if work.mark else ()
        page_cells = [] if shown is None else self._notebook.show(shown, cells, comments)
        message = label(work.result.message) if work.result else ""
        return self._template.render(
            key=key,
            css=self._css,
            policy=self._policy,
            title=self._notebook.title or self._name,
            work=work,
            who=_who(work),
            mark=None if nb is None else work.mark,
            verdict=wording.verdict(
                work.verdict, message, f"{self._name}.ipynb", self._limits, work.rejected
            ),
            flags=work.result.flags if work.result else (),
            checks=0 if shown is None else len(self._cells.tests),
            boxes=cells,
            tasks=self._tasks(cells) if work.verdict != "grader_error" else [],
            most=self._cells.max_score + sum(self._cells.answers.values()),
            cells=page_cells,
            stock=alone,
            titles=self._titles,
            group=group,
        )

    def _tasks(self, cells: dict[str, Box]) -> list[tuple[str, list[Box]]]:
        """Functions with their test cells, then written answers."""
        tasks = [
            (task, [box for box in cells.values() if box.task == task])
            for task in (*self._cells.functions, "")
        ]
        return [(task, boxes_of_task) for task, boxes_of_task in tasks if boxes_of_task]


def _who(work: GradedWork) -> str:
    return label(work.mark.name if work.mark else "", 200)
