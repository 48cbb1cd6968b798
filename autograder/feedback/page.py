"""Write one student's feedback page: the points, why they are what they are, and the notebook."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.course.cells import describe
from autograder.course.folders import Assignment
from autograder.course.limits import Limits
from autograder.course.safe_text import label
from autograder.feedback import wording
from autograder.feedback.boxes import UNREAD, Box, Work, boxes
from autograder.feedback.notebook import Released, errors
from autograder.feedback.rendering import environment, style

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Makes the pages of one assignment; what all have in common is made once."""

    def __init__(self, assignment: Assignment, limits: Limits):
        self._name, self._limits = assignment.name, limits
        self.released = assignment.release.read_bytes()
        nb = json.loads(self.released)
        self._cells, self._notebook = describe(nb), Released(nb)
        self._css, self._policy = style(TEMPLATES / "feedback.css", pictures=True)
        templates = environment(TEMPLATES)
        words = ("points", "moment", "lasting", "flag")
        templates.filters |= {word: getattr(wording, word) for word in words}
        templates.filters["label"] = label
        self._template = templates.get_template("feedback.html.j2")

    def by_nbgrader(self, nb: dict) -> bool:
        """Whether nbgrader graded this notebook alone, without the batch."""
        return self._notebook.by_nbgrader(nb)

    def page(self, work: Work, key: str) -> str:
        """The whole page; `key` is written into it and tells what it was made from."""
        alone = work.notebook is not None and self.by_nbgrader(work.notebook)
        said = errors(work.notebook) if alone else {}
        graded = boxes(work, self._cells, self._limits, said)
        # Of a file that could not be read there is nothing to show but the untouched release.
        unread = work.notebook is None or work.verdict in UNREAD
        comments = work.mark.comments if work.mark else ()
        shown = [] if unread else self._notebook.show(work.notebook, graded, comments)
        message = label(work.result.message) if work.result else ""
        return self._template.render(
            key=key,
            css=self._css,
            policy=self._policy,
            title=self._notebook.title or self._name,
            work=work,
            who=_who(work),
            mark=work.mark if work.notebook is not None else None,
            verdict=wording.verdict(work.verdict, message, f"{self._name}.ipynb", self._limits),
            flags=work.result.flags if work.result else (),
            checks=0 if unread else len(self._cells.tests),
            boxes=graded,
            tasks=self._tasks(graded) if work.verdict != "grader_error" else [],
            most=self._cells.max_score + sum(self._cells.answers.values()),
            cells=shown,
            stock=alone,
        )

    def _tasks(self, graded: dict[str, Box]) -> list[tuple[str, list[Box]]]:
        """Functions with their test cells, then what was answered in writing."""
        tasks = [
            (task, [box for box in graded.values() if box.task == task])
            for task in (*self._cells.functions, "")
        ]
        return [(task, found) for task, found in tasks if found]


def _who(work: Work) -> str:
    return label(work.mark.name if work.mark else "", 200)
