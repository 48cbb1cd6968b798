"""Export grades to the gradebook of Canvas or Moodle, and report each one that is left out.

An export is planned first: each student's grade, the one in the other system, and all problems. A
plan with a problem that blocks is not written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.batch import audit_log
from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.spreadsheet import read_sheet
from autograder.gradebook.late import Penalty, settle
from autograder.lms.grade_files import fill
from autograder.lms.grades import ExportOptions, FilledFile, Problem, gather
from autograder.lms.new_grade_files import new, with_columns
from autograder.lms.systems import BY_NAME


@dataclass(frozen=True)
class Plan:
    """An export that is not written yet.

    penalties : those that the policy, as it is now, changes in the gradebook
    """

    assignment: Assignment
    format: str
    filled: FilledFile
    problems: tuple[Problem, ...]
    penalties: tuple[Penalty, ...]

    @property
    def blocked(self) -> tuple[Problem, ...]:
        """The problems that keep the export from being written."""
        return tuple(problem for problem in self.problems if problem.blocks)


@dataclass(frozen=True)
class ExportedFile:
    """The path of an export, that of its copy, and the SHA-256 of both."""

    path: Path
    copy: Path
    sha256: str


def plan(
    assignment: Assignment,
    format: str,
    options: ExportOptions,
    *,
    into: Path | None = None,
    columns: Mapping[str, str] | None = None,
    submitted: Path | None = None,
) -> Plan:
    """Plan an export, into a file of the other system or into a new one.

    format : one of `systems.WITH_GRADES`
    into : the gradebook or worksheet that was downloaded there, or any CSV with `columns`
    columns : headings by what stands below them, for a file of a system that is not known
    submitted : the folder of the graded submissions, by default grading/submitted
    Raises `CourseError` for a file of another system, and for points that do not fit.
    """
    system = BY_NAME[format]
    form = with_columns(system, columns)
    if into is not None and not form.keys:
        raise CourseError(
            f"there is nothing to fill in the format {format}",
            "Leave --into out, or say what is where: --columns 'student=Number,points=Grade'.",
        )
    class_grades = gather(assignment, options, submitted or assignment.course.grading / "submitted")
    if into is None:
        filled = new(form, assignment, class_grades.grades, options)
    else:
        grades = class_grades.grades
        filled = fill(form, system, assignment, read_sheet(into), grades, options)
    penalties = tuple(penalty for penalty in class_grades.penalties if penalty.changed)
    return Plan(assignment, format, filled, (*class_grades.problems, *filled.problems), penalties)


def write(
    planned: Plan, out: Path | None = None, *, into: Path | None = None, replace: bool = False
) -> ExportedFile:
    """Write a plan to `out` and to grading/exports/NAME/, its penalties to the gradebook.

    The log of the assignment's grading notes which score left in which file.

    replace : whether `out` may be the file `into` that was filled
    Raises `CourseError` when something blocks, `out` is that file, or a file cannot be written.
    """
    if planned.blocked:
        raise CourseError(f"{len(planned.blocked)} things keep the export from being written")
    if out is not None and into is not None and out.exists() and out.samefile(into):
        if not replace:
            raise CourseError(
                f"{out} is the file that is filled", "Name another --out, or add --replace."
            )
        out = out.resolve()  # a link stays a link
    settle(planned.assignment)
    copy = _place(planned)
    for path in (copy,) if out is None else (copy, out):
        try:
            write_atomically(path, planned.filled.data, mode=0o600)  # names and grades
        except OSError as error:
            raise CourseError(
                f"{path} cannot be written: {error.strerror}", "Name another place with --out."
            ) from error
    digest = hashlib.sha256(planned.filled.data).hexdigest()
    audit_log.note(
        planned.assignment,
        "export",
        format=planned.format,
        file=str(out or copy),
        sha256=digest,
        scores={line.student: line.now for line in planned.filled.lines},
    )
    return ExportedFile(out or copy, copy, digest)


def _place(planned: Plan) -> Path:
    """The path of the export's copy: a name with the time, which no other export has."""
    folder = planned.assignment.course.grading / "exports" / planned.assignment.name
    stem = f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}-{planned.format}"
    path, count = folder / f"{stem}.csv", 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}.csv"
    return path
