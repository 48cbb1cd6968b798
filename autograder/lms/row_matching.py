"""Find a student of the gradebook in another system's file, and list those who are not in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from autograder.course.errors import CourseError
from autograder.course.spreadsheet import points
from autograder.lms.grades import ExportOptions, Grade, Problem
from autograder.lms.people import same


class RowMatcher:
    """Finds the student of a row in another system's file, by ids and addresses, never by name.

    keys : pairs of a column of the file and a column of the roster, the surest first; a match that
        a surer pair contradicts does not count
    """

    def __init__(self, grades: Iterable[Grade], keys: Sequence[tuple[str, str]]):
        self._keys = keys
        self._index: dict[tuple[str, str], list[Grade]] = defaultdict(list)
        for grade in grades:
            for field in {field for _, field in keys}:
                value = grade.ids.get(field)
                if value:
                    self._index[field, same(field, value)].append(grade)
        self._rows: dict[str, str] = {}

    def find(self, row: Mapping[str, str], where: str) -> Grade | None:
        """The student of a row; None where there is none.

        Raises `CourseError` when a row fits two students, or two rows fit one.
        """
        hits: dict[str, Grade] = {}
        for rank, (column, field) in enumerate(self._keys):
            value = row.get(column, "").strip()
            for grade in self._index.get((field, same(field, value)), ()) if value else ():
                if not _contradicted(grade, row, self._keys[:rank]):
                    hits[grade.student] = grade
        if len(hits) > 1:
            raise CourseError(
                f"{where}: the row fits {' and '.join(sorted(hits))}",
                "Correct their ids in grading/roster.csv and import it again.",
            )
        for student, grade in hits.items():
            if student in self._rows:
                raise CourseError(
                    f"{where}: {student} was in the file before, in {self._rows[student]}",
                    "Take one of the two rows out, or correct the ids in grading/roster.csv.",
                )
            self._rows[student] = where
            return grade
        return None

    @property
    def students(self) -> set[str]:
        """The students whose rows were found."""
        return set(self._rows)


def _contradicted(grade: Grade, row: Mapping[str, str], surer: Sequence[tuple[str, str]]) -> bool:
    """Whether the row has another id than the student, where both have one."""
    pairs = [
        (field, row.get(column, "").strip(), grade.ids.get(field, ""))
        for column, field in surer
        if field != "student"  # which is nbgrader's own
    ]
    return any(
        listed and known and same(field, listed) != same(field, known)
        for field, listed, known in pairs
    )


def left_out(grades: Iterable[Grade], students: set[str], options: ExportOptions) -> list[Problem]:
    """The students of the gradebook who are not in the file; it matters where one has a grade."""
    return [
        Problem(
            "not in the file",
            grade.student,
            "no row" if grade.exact is None else f"no row for {points(grade.exact)} points",
            grade.exact is not None and not options.allow_unmatched,
        )
        for grade in grades
        if grade.student not in students and not grade.withdrawn
    ]


def require_same_maximum(
    course: Decimal, file: Decimal | None, where: str, options: ExportOptions
) -> None:
    """Raise `CourseError` when the maxima of course and file differ and scores are not converted.

    file : the maximum in the other system; None where the file does not have it
    """
    if file is None or course == file or (options.scale and file > 0):
        return
    raise CourseError(
        f"{where} is out of {file.normalize():f} points, the assignment is out of "
        f"{course.normalize():f}",
        "Change it there, or add --scale to convert the scores."
        if file > 0
        else "Set its points there.",
    )
