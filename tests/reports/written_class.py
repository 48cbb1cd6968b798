"""A class whose written answers wait, made up without running any notebook, and its server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from nbgrader.api import Gradebook

from autograder.course.cells import describe, grade_id
from autograder.course.folders import Course
from autograder.course.records import Graded
from autograder.course.results import CellResult, summarize
from autograder.course.submissions import Submission
from autograder.gradebook.writer import GradebookWriter
from autograder.reports.server import make_server

CELL = "written_why"


def hand_in_answers(
    course: Course, answers: Mapping[str, str], names: Mapping[str, str] | None = None
) -> None:
    """Put answers into the gradebook and autograded/, by student; "" for what was left as it was.

    names : the students' last names
    """
    assignment = course.assignment("toy")
    text = assignment.release.read_text(encoding="utf-8")
    tests = describe(json.loads(text)).tests
    with GradebookWriter(assignment) as writer:
        for student, answer in answers.items():
            nb = json.loads(text)
            for cell in nb["cells"]:
                if grade_id(cell) == CELL and answer:
                    cell["source"] = answer
            cells = {name: CellResult(most, most, "passed") for name, most in tests.items()}
            folder = course.grading / "submitted" / student / "toy"
            submission = Submission(student, folder, folder / "toy.ipynb")
            writer.write(Graded(summarize(student, cells), json.dumps(nb), ""), submission)
    with gradebook(course) as book:
        for student, name in (names or {}).items():
            book.update_or_create_student(student, first_name="Kim", last_name=name)


def gradebook(course: Course) -> Gradebook:
    """The course's gradebook, as nbgrader opens it."""
    return Gradebook(f"sqlite:///{course.grading / 'gradebook.db'}")


def entry(course: Course, student: str) -> tuple[float | None, bool, str | None]:
    """What the gradebook has of an answer: points by hand, whether it waits, the comment."""
    with gradebook(course) as book:
        grade = book.find_grade(CELL, "toy", "toy", student)
        comment = book.find_comment(CELL, "toy", "toy", student)
        return grade.manual_score, grade.needs_manual_grade, comment.comment


@contextmanager
def serving(course: Course) -> Iterator[str]:
    """The course's server while the block lasts; its address."""
    server = make_server(course, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
