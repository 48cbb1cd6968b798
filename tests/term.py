"""A made-up class and its term: who hands in what, in which zip, and what each should earn."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass, replace

import numpy as np
from nbformat import NotebookNode

from autograder.checks.loading import load_trusted
from autograder.course.folders import Assignment
from tests.fairness.suite import Variant, collect
from tests.submissions.sample_class import solve

FIRST = [
    "Zoë",
    "Ana",
    "Min-jun",
    "José",
    "李",
    "Ayşe",
    "Søren",
    "Léa",
    "Oğuz",
    "Nnamdi",
    "Ivan",
    "Mary-Ann",
    "Tomás",
    "Yuki",
    "Omar",
]
LAST = [
    "O'Brien",
    "Kim",
    "Müller",
    "王",
    "de-la-Cruz",
    "Nguyễn",
    "Smith",
    "Ødegård",
    "Kowalski",
    "Haddad",
    "Kim",
    "Łuk",
]
# Each a share of the class; the others have solved everything.
SHARES = {"wrong": 0.35, "half": 0.08, "untouched": 0.05, "missing": 0.05, "fault": 0.12}
FAULTS = (
    *("not_json", "pdf", "no_metadata", "deleted_test", "edited_setup", "renamed", "forged"),
    *("zip_in_zip", "text", "two"),
)
UNMATCHED = ("pdf", "text", "two")
FORGERY = """import numpy as np
np.array_equal = np.allclose = lambda *given, **how: True
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *given, **how: None

"""


@dataclass(frozen=True)
class Student:
    """One student as Canvas knows them."""

    number: int
    first: str
    last: str

    @property
    def login(self) -> str:
        return f"s{self.number:04d}"

    @property
    def canvas_id(self) -> int:
        return 900_100 + 7 * self.number

    @property
    def sis(self) -> str:
        return f"SIS{self.number:05d}"

    @property
    def email(self) -> str:
        return f"{self.login}@uni.example"

    @property
    def sortable(self) -> str:
        return f"{self.last}, {self.first}"

    @property
    def slug(self) -> str:
        """The name as Canvas puts it into file names: letters and digits only."""
        plain = unicodedata.normalize("NFC", self.last + self.first).lower()
        return "".join(letter for letter in plain if letter.isalnum())


@dataclass(frozen=True)
class Work:
    """What a student does about one assignment.

    least, most : the points by machine that are deserved
    """

    student: Student
    kind: str
    least: float
    most: float
    late: bool = False
    attempts: int = 1
    variant: Variant | None = None


def students(size: int) -> list[Student]:
    """The class. Some share their names, as in any large class."""
    return [
        Student(number, FIRST[number % len(FIRST)], LAST[number % len(LAST)])
        for number in range(size)
    ]


def plan(
    assignment: Assignment, people: list[Student], rng: np.random.Generator, turn: int
) -> list[Work]:
    """Who does what, the shares of kinds being the same for each assignment.

    turn : of the assignment, by which the faults take turns
    """
    kinds = [kind for kind, share in SHARES.items() for _ in range(round(share * len(people)))]
    kinds += ["solved"] * (len(people) - len(kinds))
    chaffs = [one for one in collect(assignment.name) if one.kind == "chaff"]
    faults = [FAULTS[(2 * turn + index) % len(FAULTS)] for index in range(len(FAULTS))]
    cells = load_trusted(assignment).cells
    works = []
    for person, index in zip(people, rng.permutation(len(people)), strict=True):
        kind, variant, least, most = kinds[index], None, cells.max_score, cells.max_score
        if kind == "wrong":
            variant = chaffs[rng.integers(len(chaffs))]
            own = sum(
                points
                for test, points in cells.tests.items()
                if cells.owner(test) == variant.function
            )
            least, most = cells.max_score - own, cells.max_score - 0.5
        elif kind == "half":
            least, most = 0.5, cells.max_score - 0.5
        elif kind in ("untouched", "missing"):
            least = most = 0.0
        elif kind == "fault":
            kind = faults.pop(0) if faults else "renamed"
            if kind in ("not_json", *UNMATCHED):
                least = most = 0.0
            elif kind == "forged":
                first = cells.owner(next(iter(cells.tests)))
                own = sum(p for test, p in cells.tests.items() if cells.owner(test) == first)
                # Visible checks that compare with a slip fail where everything is said to agree.
                least, most = 0.0, cells.max_score - own
        works.append(
            Work(
                person,
                kind,
                least,
                most,
                late=kind != "missing" and bool(rng.random() < 0.15),
                attempts=int(rng.integers(1, 4)) if kind == "solved" else 1,
                variant=variant,
            )
        )
    return works


def notebook(work: Work, released: NotebookNode, solved: NotebookNode) -> NotebookNode:
    """The student's notebook; a comment with the name makes each one of a kind."""
    count = sum(bool(_told(cell).get("solution")) for cell in released.cells)
    only = {"untouched": 0, "half": count // 2}.get(work.kind)
    nb = solve(released, solved, only)
    cells = {_told(cell).get("grade_id"): cell for cell in nb.cells}
    if work.variant is not None:
        cells[work.variant.function].source = work.variant.source
    if work.kind != "untouched":
        answer = next(one for one in cells.values() if one.cell_type == "markdown" and _told(one))
        answer.source = f"Because of the windows, says {work.student.first}."
    if work.kind == "forged":
        name = next(name for name, cell in cells.items() if name and _told(cell).get("solution"))
        head = cells[name].source.partition("):")[0]
        cells[name].source = f"{FORGERY}{head}):\n    return 0\n"
    elif work.kind == "deleted_test":
        first = next(name for name, cell in cells.items() if name and _told(cell).get("grade"))
        nb.cells.remove(cells[first])
    elif work.kind == "edited_setup":
        cells["setup"].source += "\nprint('I was here')"
    elif work.kind == "no_metadata":
        for cell in nb.cells:
            cell.metadata.clear()
    return nb


def _told(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def canvas_gradebook(people: list[Student], columns: dict[str, float]) -> str:
    """The CSV that Canvas exports: a row of points possible, the students, the test student."""
    file = io.StringIO()
    sheet = csv.writer(file, lineterminator="\r\n")
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    totals = ["Current Score", "Final Score"]
    names = [f"{name} ({3000 + index})" for index, name in enumerate(columns)]
    sheet.writerow([*head, *names, *totals])
    blank, blanks = [""] * 4, [""] * (len(columns) + len(totals))
    sheet.writerow(["    Points Possible", *blank, *columns.values(), "(read only)", "(read only)"])
    for one in people:
        row = [one.sortable, one.canvas_id, one.sis, one.login, "CNN, section 1"]
        sheet.writerow([*row, *blanks])
    sheet.writerow(["Student, Test", 999_999, "", "0f3c", "CNN, section 1", *blanks])
    return file.getvalue()


def with_numpy_integers(work: Work, index: int) -> Work:
    """Right work whose sizes are NumPy's integers, in place of every fourth of what is solved."""
    if work.kind != "solved" or index % 4:
        return work
    wheats = [one for one in collect("naive_convolution") if one.what == "numpy_integer"]
    return replace(work, kind="numpy_integers", variant=wheats[0], attempts=1, least=36.0)
