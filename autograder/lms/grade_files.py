"""Write grades into a file that was downloaded from a system, as that takes them.

How the file of a system looks, the table of `systems` says. One column changes, besides the one of
comments where there is one; every other cell keeps its bytes, except that a name which a
spreadsheet would run gets an apostrophe where an id stands beside it. A cell is emptied nowhere, as
an empty cell can take a grade away. Numbers have two decimals and no sign between thousands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from autograder.course.errors import CourseError
from autograder.course.folders import Assignment
from autograder.course.notebook_names import plain
from autograder.course.safe_text import guard_cell, is_formula
from autograder.course.spreadsheet import (
    Sheet,
    SheetRow,
    csv_cell,
    decimal_text,
    exactly,
    heading,
    number,
)
from autograder.lms.grades import ExportOptions, FilledFile, Grade, GradeLine, Problem
from autograder.lms.row_matching import RowMatcher, left_out, require_same_maximum
from autograder.lms.system_records import GradeColumns, System
from autograder.lms.systems import TEST_STUDENTS

NOTHING = {"", "-"}
POLICIES = re.compile(r"\s*(muted|manual posting.*)?\s*", re.IGNORECASE)  # rows about these alone
NAMES = ("sortable_name", "full_name", "last_name")


def fill(
    form: GradeColumns,
    system: System,
    assignment: Assignment,
    sheet: Sheet,
    grades: Sequence[Grade],
    options: ExportOptions,
) -> FilledFile:
    """A file that was downloaded from a system, with grades in the assignment's column.

    Raises `CourseError` when it is not of that system, when it is not clear which column is meant,
    and when the maximum is not the assignment's.
    """
    return _Filling(form, system, assignment, sheet, grades, options).run()


class _Filling:
    """The filling of one file."""

    def __init__(
        self,
        form: GradeColumns,
        system: System,
        assignment: Assignment,
        sheet: Sheet,
        grades: Sequence[Grade],
        options: ExportOptions,
    ):
        self.form, self.system, self.options = form, system, options
        self.sheet, self.grades = sheet, grades
        self.head = sheet.keys
        self._require_system()
        self.target = self._column(assignment.name)
        self.row_of_maxima = self._row_of_maxima()
        self.maximum = self._maximum()
        self.comment = _index(self.head, form.comments)
        self.lock = _index(self.head, form.locked[0])
        self.columns = self._kept()
        self.sign = options.decimal or ("," if form.sign and self._has_commas() else ".")
        self.lines: list[GradeLine] = []
        self.problems: list[Problem] = []

    def run(self) -> FilledFile:
        sheet = self.sheet
        if self.grades:
            require_same_maximum(
                exactly(self.grades[0].mark.max_score),
                self.maximum,
                f"{sheet.head.values[self.target]!r} in {self.system.title}",
                self.options,
            )
        if self.maximum is None:
            why = "the file does not say it, so it was not compared"
            self.problems.append(Problem("maximum", "", why))
        addresses = self._addresses()
        matcher = RowMatcher(self.grades, self._keys(addresses))
        rows = [[sheet.head.cells[index].raw for index in self.columns]]
        for row in sheet.rows:
            cells = {index: row.cells[index].raw for index in self.columns}
            if row is not self.row_of_maxima and not all(map(POLICIES.fullmatch, row.values)):
                self._fill_row(row, cells, matcher, addresses)
            rows.append(list(cells.values()))
        if not self.lines:
            raise CourseError(
                f"{sheet.path}: no row is a student of the gradebook",
                "Import the roster, so that grading/roster.csv has the ids and addresses of "
                f"{self.system.title}; with anonymous grading there are none in the file.",
            )
        self.problems += left_out(self.grades, matcher.students, self.options)
        text = sheet.text(rows)
        return FilledFile(text, tuple(self.lines), tuple(self.problems), sheet.encoding)

    def _fill_row(
        self, row: SheetRow, cells: dict[int, str], matcher: RowMatcher, addresses: int | None
    ) -> None:
        about = dict(zip(reversed(self.head), reversed(row.values), strict=True))
        if self.form.keys and addresses is not None:
            about["email"] = row.values[addresses]
        about = {name: value.strip().removeprefix("#") for name, value in about.items()}
        where, name = f"{self.sheet.path.name}, line {row.line}", self._name(row)
        grade = matcher.find(about, where)
        self._guard(row, cells)
        if grade is None:
            if name.casefold() not in TEST_STUDENTS:
                why = f"{where}: left as it is"
                self.problems.append(Problem("not in the gradebook", name, why))
            return
        before = row.values[self.target].strip()
        locked = (
            self.lock is not None
            and row.values[self.lock].strip().casefold() in self.form.locked[1]
        )
        now, problem = self._decide(grade, before, locked)
        if problem:
            self.problems.append(problem)
        if now != before:
            cells[self.target] = csv_cell(now, self.sheet.delimiter)
        if self.comment is not None and grade.comment and not row.values[self.comment].strip():
            cells[self.comment] = csv_cell(guard_cell(grade.comment), self.sheet.delimiter)
        self.lines.append(GradeLine(grade.student, name, before, now))

    def _decide(self, grade: Grade, before: str, locked: bool) -> tuple[str, Problem | None]:
        """The text of the cell after the export, and the problem with it, if there is one."""
        score, number_before = grade.points(self.maximum, self.options), number(before)
        title, student = self.system.title, grade.student
        if score is None:
            why = f"{before} is in the file, the gradebook has nothing"
            is_same = before in NOTHING or grade.withdrawn
            return before, None if is_same else Problem("kept", student, why)
        if before.upper() in self.form.stays:
            meaning = self.form.stays[before.upper()]
            return before, Problem(
                "kept", student, f"{before} {meaning}; the gradebook has {score}"
            )
        if number_before == score:
            return before, None
        if locked:
            why = f"{title} has it locked at {before or 'nothing'}; the gradebook has {score}"
            return before, Problem("kept", student, why)
        if number_before is not None and not grade.mark.submitted:
            why = f"{before} is in the file, the gradebook has no submission"
            return before, Problem("kept", student, why)
        if self.maximum is not None and score > self.maximum and not self.form.over:
            why = (
                f"{score} is above {self.maximum.normalize():f}: {title} passes over it; "
                "--cap gives the maximum"
            )
            return before, Problem("over the maximum", student, why, True)
        return decimal_text(score, self.sign), None

    def _require_system(self) -> None:
        people = self.system.people
        if self.form.anchor and people is not None:
            is_of_system = all(set(self.head) & set(names) for names in people.needs)
            if not is_of_system or self.head[0] not in self.form.kept:
                raise CourseError(
                    f"{self.sheet.path} is not a gradebook that {self.system.title} exported: it "
                    f"begins with {', '.join(self.sheet.head.values[:5])}",
                    self.form.download,
                )

    def _column(self, name: str) -> int:
        """The index of the column of grades: by its heading, or by the assignment's title in it."""
        wanted = self.options.column or name
        if self.form.target:
            names = (heading(self.options.column),) if self.options.column else self.form.target
            columns = [index for index, text in enumerate(self.head) if text in names]
            wanted = self.options.column or self.form.target[0].capitalize()
        else:
            values = self.sheet.head.values
            others = [index for index, text in enumerate(self.head) if text not in self.form.kept]
            exact = [index for index in others if values[index] == wanted]
            similar = [index for index in others if self._title(index) == plain(wanted)]
            columns = exact or similar or [i for i in others if self._title(i) == _title(wanted)]
        if len(columns) != 1:
            titles = [self.sheet.head.values[index] for index in columns] or [
                text
                for text, key in zip(self.sheet.head.values, self.head, strict=True)
                if key not in self.form.kept
            ]
            count = "several columns are" if columns else "no column is"
            raise CourseError(
                f"{self.sheet.path}: {count} called {wanted!r}",
                f"Name one with --column: {'; '.join(titles) or 'there is no assignment'}.",
            )
        (column,) = columns
        if {"scale", "skala", "barème", "escala"} & set(self.head[column + 1 : column + 2]):
            raise CourseError(
                f"{self.sheet.path}: the assignment is graded by a scale, which has no points",
                f"Set its grade type to points in {self.system.title}.",
            )
        return column

    def _title(self, index: int) -> str:
        """Letters and digits of a heading without what the system adds to it."""
        match = re.fullmatch(self.form.title, self.sheet.head.values[index])
        return plain(match["title"] if match else self.sheet.head.values[index])

    def _row_of_maxima(self) -> SheetRow | None:
        names = self.form.maximum
        for row in self.sheet.rows:
            if heading(row.values[0]) in names:
                return row
        if names and not self.form.beside and not set(names) & set(self.head):
            raise CourseError(
                f"{self.sheet.path} has no row of {names[0].title()}",
                f"Export it again from {self.system.title}.",
            )
        return None

    def _maximum(self) -> Decimal | None:
        """The maximum of the grades, in a row, in the heading, or in a column of its own."""
        title = self.sheet.head.values[self.target]
        if self.row_of_maxima is not None:
            text = self.row_of_maxima.values[self.target]
            if "read only" in text:
                raise CourseError(
                    f"{self.sheet.path}: {self.system.title} calculates {title!r} itself",
                    "Name an assignment's column with --column.",
                )
            maximum = number(text)
            if maximum is None:
                raise CourseError(
                    f"{self.sheet.path}: {title!r} has no points possible",
                    f"Set them in {self.system.title}.",
                )
            return maximum
        match = re.fullmatch(self.form.title, title)
        if match and match.groupdict().get("maximum"):
            return number(match["maximum"])
        column = _index(self.head, self.form.maximum)
        if column is None and self.form.beside:
            column = self.target + 1
        if column is None or column >= len(self.head):
            return None
        values = {number(row.values[column]) for row in self.sheet.rows}
        return values.pop() if len(values) == 1 else None

    def _kept(self) -> list[int]:
        """The indices of the columns that are written."""
        if not self.form.kept:
            return list(range(len(self.head)))
        about: list[int] = []
        for name in dict.fromkeys(self.head):
            if name in self.form.kept:
                about.append(self.head.index(name))
        extra = {self.target} if self.comment is None else {self.target, self.comment}
        return sorted({*about, *extra})

    def _addresses(self) -> int | None:
        """The column of addresses: by its heading, or as the one that holds nothing else."""
        fields = self.system.people.columns if self.system.people else {}
        index = _index(self.head, fields.get("email", ()))
        if index is not None:
            return index
        for index in range(len(self.head)):
            values = [row.values[index].strip() for row in self.sheet.rows]
            values = list(filter(None, values))
            if values and all(re.fullmatch(r"[^@\s]+@[^@\s]+", value) for value in values):
                return index
        return None

    def _keys(self, addresses: int | None) -> list[tuple[str, str]]:
        """Pairs of a heading that the file has and a column of the roster."""
        there = {*self.head, *(() if addresses is None else ("email",))}
        return [(name, field) for names, field in self.form.keys for name in names if name in there]

    def _has_commas(self) -> bool:
        values = [
            row.values[index]
            for row in self.sheet.rows
            for index in (self.target, self.target + 1)
            if index < len(self.head)
        ]
        return any("," in value and number(value) is not None for value in values)

    def _name(self, row: SheetRow) -> str:
        fields = self.system.people.columns if self.system.people else {}
        headings = [text for name in NAMES for text in fields.get(name, ())]
        index = _index(self.head, headings)
        return row.values[(1 if self.target > 1 else 0) if index is None else index]

    def _guard(self, row: SheetRow, cells: dict[int, str]) -> None:
        """Guard names that a spreadsheet would run, where the row has an id to be found by."""
        anchor = _index(self.head, (self.form.anchor,)) if self.form.anchor else 0
        if anchor is None or not row.values[anchor].strip().strip("#"):
            return
        if self.form.anchor == "id" and not row.values[anchor].strip().isdecimal():
            return
        for index in cells:
            if index in (anchor, self.target) or index > self.target:
                continue
            if is_formula(row.values[index]):
                cells[index] = csv_cell(guard_cell(row.values[index]), self.sheet.delimiter)


def _index(head: Sequence[str], names: Sequence[str]) -> int | None:
    return next((head.index(name) for name in names if name in head), None)


def _title(text: str) -> str:
    return plain(re.sub(r"\s\(\d+\)$", "", text))
