"""Subtract points for lateness, by the policy in `nbgrader_config.py`.

nbgrader's own step asks `LatePolicy` for each late notebook, whether `nbgrader autograde`,
formgrader or a batch runs it. It does so only at grading, and not at all for cached results. So
`settle` asks again for all submissions: after a deadline, an extension, the policy or a manual
grade has changed, it brings the penalties in the gradebook up to date.
"""

from __future__ import annotations

import logging
import math
import typing
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from nbgrader import api
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import func
from sqlalchemy.orm import contains_eager
from sqlalchemy.orm.attributes import set_committed_value
from traitlets import Any
from traitlets.config import Config

from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.folders import CONFIG, Assignment, Course
from autograder.gradebook.extensions import Extensions, read_extensions
from autograder.gradebook.nbgrader_adapter import open_gradebook

DAY = 86400.0  # seconds
BASES = ("maximum", "score")


@dataclass(frozen=True)
class Policy:
    """The penalty for lateness; `c.LatePolicy.…` sets it.

    percent_per_day : subtracted for each day begun after the deadline; 0 subtracts nothing
    of : the base of the percentages: the assignment's `maximum`, as Canvas and Moodle count, or the
        student's `score`
    grace_minutes : the time after the deadline that does not count as late
    most_percent : the largest penalty before the cut-off, in percent of the same base
    cutoff_days : a submission later than this gets no points; None for no such end
    """

    percent_per_day: float = 0
    of: str = "maximum"
    grace_minutes: float = 0
    most_percent: float = 100
    cutoff_days: float | None = None

    def days(self, seconds_late: float) -> int:
        """The days begun since the grace ended; `seconds_late` counts from the deadline."""
        return math.ceil(max(0.0, seconds_late - 60 * self.grace_minutes) / DAY)

    def penalty(self, score: float, max_score: float, seconds_late: float) -> float:
        """The points to subtract, never more than `score` itself.

        score, max_score : the points of a submission and of its assignment
        seconds_late : after the deadline, without the grace
        """
        late = seconds_late - 60 * self.grace_minutes
        if late <= 0:
            return 0.0
        if self.cutoff_days is not None and late > self.cutoff_days * DAY:
            return max(0.0, score)
        percent = min(self.percent_per_day * self.days(seconds_late), self.most_percent)
        # Nine digits: a tenth of three days is 0.3, not 0.30000000000000004.
        points = round(percent / 100 * (max_score if self.of == "maximum" else score), 9)
        return max(0.0, min(points, score))


class LatePolicy(LateSubmissionPlugin):
    """nbgrader's plugin for late submissions, with a `Policy` for settings.

    In `nbgrader_config.py`:

        c.AssignLatePenalties.plugin_class = "autograder.gradebook.late.LatePolicy"
    """

    percent_per_day = Any(Policy.percent_per_day).tag(config=True)
    of = Any(Policy.of).tag(config=True)
    grace_minutes = Any(Policy.grace_minutes).tag(config=True)
    most_percent = Any(Policy.most_percent).tag(config=True)
    cutoff_days = Any(Policy.cutoff_days).tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """The points to subtract from a notebook's score; None for none. nbgrader calls this.

        Raises `CourseError` naming the setting when one makes no sense.
        """
        policy = _policy({field.name: getattr(self, field.name) for field in fields(Policy)})
        # nbgrader tells a plugin the score alone; its step, the plugin's parent, knows the rest.
        step = self.parent
        notebook = step.gradebook.find_notebook(step.notebook_id, step.assignment_id)
        return policy.penalty(score, float(notebook.max_score), total_seconds_late) or None


def load_policy(course: Course) -> Policy | None:
    """The policy in force; None when the course names nbgrader's plugin or one of its own.

    Raises `CourseError` naming the setting when one makes no sense.
    """
    config = load_config(course)
    if not issubclass(_step(config, course).plugin_class, LatePolicy):
        return None
    settings = config.get("LatePolicy", {})
    names = {field.name for field in fields(Policy)}
    for name in settings:
        if name not in names:
            raise CourseError(
                f"{course.root / CONFIG}: there is no setting c.LatePolicy.{name}",
                f"There are: {', '.join(sorted(names))}.",
            )
    return _policy({name: settings[name] for name in names if name in settings}, course)


@dataclass(frozen=True)
class Penalty:
    """The penalty of one student.

    seconds_late : after the deadline and its extension
    before, now : the points subtracted, as the gradebook had them and by the policy now
    """

    student: str
    seconds_late: float
    before: float
    now: float

    @property
    def changed(self) -> bool:
        """Whether the policy now gives another penalty than the gradebook had."""
        return not math.isclose(self.before, self.now, abs_tol=1e-9)


def settle(
    assignment: Assignment,
    *,
    write: bool = True,
    due: datetime | None = None,
    extensions: Extensions | None = None,
) -> tuple[Penalty, ...]:
    """Ask the policy again about every submission in the gradebook, and write its penalties.

    nbgrader's own step is asked, so any plugin that a course names is used. The penalties do not
    depend on earlier ones. The extensions of the course are brought into the gradebook first.

    write : whether the gradebook is changed; otherwise the penalties are only returned
    due : a new deadline, in UTC and without a zone; by default that of the gradebook
    extensions : by default those of grading/extensions.csv

    Returns a `Penalty` for each student who is late or was charged before, by student. Raises
    `CourseError` for a policy that makes no sense.
    """
    load_policy(assignment.course)
    config = load_config(assignment.course)
    step = _step(config, assignment.course)
    step.init_plugin()
    penalties = []
    extensions = extensions or read_extensions(assignment.course)
    with open_gradebook(config) as gradebook:
        step.gradebook, step.assignment_id = gradebook, assignment.name
        row = find_assignment(gradebook, assignment.name)
        if due is not None:
            row.duedate = due
        for notebook in _notebooks(gradebook, assignment.name):
            work = notebook.assignment
            extension = extensions.of(work.student_id, assignment.name, row.duedate)
            if extension is not None and work.extension != extension:
                work.extension = extension
            step.notebook_id, step.student_id = notebook.notebook.name, work.student_id
            late = seconds_late(work)
            before, now = notebook.late_submission_penalty, None
            if late > 0:
                points = step.plugin_inst.late_submission_penalty(
                    work.student_id, notebook.score, late
                )
                now = None if points is None else step._check_late_penalty(notebook, points)
            if late > 0 or before:
                penalties.append(Penalty(work.student_id, late, before or 0.0, now or 0.0))
            if write:
                notebook.late_submission_penalty = now
        if write:
            gradebook.db.commit()
        else:
            gradebook.db.rollback()
    return tuple(sorted(penalties, key=lambda penalty: penalty.student))


def seconds_late(work: api.SubmittedAssignment) -> float:
    """Seconds after the deadline and its extension; 0 without a deadline or a timestamp.

    nbgrader's own property fails for an extension of an assignment that has no deadline.
    """
    due = work.assignment.duedate
    if due is None or work.timestamp is None:
        return 0.0
    late: timedelta = work.timestamp - due - (work.extension or timedelta())
    return max(0.0, late.total_seconds())


def find_assignment(gradebook: Gradebook, name: str) -> api.Assignment:
    """The assignment in a gradebook that is open; raises `CourseError` when it was not released."""
    try:
        return gradebook.find_assignment(name)
    except MissingEntry:
        raise CourseError(
            f"the gradebook does not know {name}", f"Release it first: autograder release {name}"
        ) from None


def _notebooks(gradebook: Gradebook, name: str) -> list[api.SubmittedNotebook]:
    """The notebooks handed in for an assignment, each with its work and its score."""
    assignment = find_assignment(gradebook, name)
    work = api.SubmittedNotebook.assignment
    is_asked = api.SubmittedAssignment.assignment_id == assignment.id
    query = gradebook.db.query(api.SubmittedNotebook).join(work).filter(is_asked)
    notebooks = list(query.options(contains_eager(work)))
    # As nbgrader's own property, which goes through all grades of the course for each notebook.
    points = (
        gradebook.db.query(api.Grade.notebook_id, func.sum(api.Grade.score))
        .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
        .join(work)
        .filter(is_asked)
        .group_by(api.Grade.notebook_id)
    )
    scores = dict(points.all())
    for notebook in notebooks:
        set_committed_value(notebook, "score", scores.get(notebook.id) or 0.0)
    return notebooks


def _step(config: Config, course: Course) -> AssignLatePenalties:
    """nbgrader's step, quiet; raises `CourseError` when it names no plugin."""
    try:
        step = AssignLatePenalties(config=config)
        step.plugin_class  # noqa: B018  (traitlets imports it now)
    except Exception as error:
        raise CourseError(
            f"{course.root / CONFIG}: c.AssignLatePenalties.plugin_class: {error}",
            'Name a plugin, such as "autograder.gradebook.late.LatePolicy".',
        ) from error
    step.log = logging.getLogger("autograder.gradebook.late")
    step.log.setLevel(logging.CRITICAL)  # it logs every late student as a warning
    return step


def _policy(settings: dict[str, typing.Any], course: Course | None = None) -> Policy:
    where = f"{course.root / CONFIG}: " if course else ""

    def refuse(name: str, remedy: str) -> CourseError:
        return CourseError(f"{where}c.LatePolicy.{name} is {settings[name]!r}", remedy)

    for name in ("percent_per_day", "most_percent"):
        if name in settings and not _number(settings[name], 100):
            raise refuse(name, "Give it a number from 0 to 100.")
    if "grace_minutes" in settings and not _number(settings["grace_minutes"]):
        raise refuse("grace_minutes", "Give it a number of minutes, 0 for none.")
    if settings.get("cutoff_days") is not None and not _number(settings["cutoff_days"]):
        raise refuse("cutoff_days", "Give it a number of days, or None for no cut-off.")
    if "of" in settings and settings["of"] not in BASES:
        raise refuse("of", f"It is one of {', '.join(map(repr, BASES))}.")
    return Policy(**settings)


def _number(value: object, maximum: float = 1e6) -> bool:
    """Whether it is a number from 0 to `maximum`; neither NaN nor True is one."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= maximum
