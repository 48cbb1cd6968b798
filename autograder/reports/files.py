"""Write a report: its page, and its figures as CSV, one row a student and one row a test cell.

Similar code is left out of the CSV files: it is no figure, and people pass these files on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.safe_text import guard_cell
from autograder.course.spreadsheet import sheet_text
from autograder.reports.attention import SIMILAR
from autograder.reports.page import page
from autograder.reports.report import Report, StudentRow

STUDENTS = (
    "student,first_name,last_name,verdict,graded,graded_max,cells_lost,by_hand,extra_credit,penalty,"
    "final,final_max,waiting_cells,seconds,seconds_late,flags,look"
)
CELLS = "cell,function,points,students,success,all_points,difficulty,discrimination"


def write_report(report: Report, path: Path) -> tuple[Path, Path, Path]:
    """Write the page to `path`, and NAME.csv and NAME-cells.csv beside it; the three paths.

    Raises `CourseError` when one cannot be written.
    """
    students = path.with_name(f"{path.stem}.csv")
    cells = path.with_name(f"{path.stem}-cells.csv")
    if path in (students, cells):
        raise CourseError(f"{path} is where the CSV goes", "Name the page: --out FILE.html")
    texts = {
        path: page(report, path.parent),
        students: students_csv(report),
        cells: cells_csv(report),
    }
    for target, text in texts.items():
        try:
            write_atomically(target, text, mode=0o600)  # names and grades
        except OSError as error:
            raise CourseError(
                f"{target} cannot be written: {error.strerror}", "Name another file with --out."
            ) from error
    return path, students, cells


def students_csv(report: Report) -> str:
    """The CSV of students: a row for each in results or gradebook; unknown values are empty."""
    return _csv(STUDENTS, (_student(row) for row in report.rows))


def cells_csv(report: Report) -> str:
    """The CSV of test cells: a row for each, in the order of the notebook."""
    rows = (
        (
            cell.name,
            report.owners[cell.name],
            cell.points,
            cell.count,
            cell.success,
            cell.full,
            cell.difficulty,
            cell.discrimination,
        )
        for cell in report.cells
    )
    return _csv(CELLS, rows)


def _student(row: StudentRow) -> tuple[object, ...]:
    result, names, mark = row.result, row.mark, row.handed_in
    return (
        row.student,
        names.first_name if names else None,
        names.last_name if names else None,
        result.verdict if result else None,
        result.score if result else None,
        result.max_score if result else None,
        row.lost if result else None,
        *(
            (mark.manual, mark.extra_credit, mark.penalty, mark.score, mark.max_score)
            if mark
            else (None,) * 5
        ),
        "; ".join(mark.ungraded) if mark else None,
        result.seconds if result else None,
        mark.seconds_late if mark else None,
        "; ".join(result.flags) if result else None,
        "; ".join(why for why in row.look if why != SIMILAR),
    )


def _csv(head: str, rows: Iterable[Iterable[object]]) -> str:
    # With a byte-order mark, or Excel takes UTF-8 for something else.
    return sheet_text(
        [head.split(","), *([_cell(value) for value in row] for row in rows)], mark=True
    )


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, int | float):
        return f"{round(value, 4):.12g}"
    return guard_cell(str(value))
