"""A class of which some hand in late, and what the gradebook takes from them."""

import contextlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from nbgrader.api import Gradebook

from autograder.batch.run import grade_class
from autograder.gradebook.deadlines import change_deadlines
from autograder.gradebook.extensions import Extension

DAY = 86400
DUE = datetime(2026, 11, 2, 23, 59, tzinfo=ZoneInfo("Europe/Berlin"))  # 22:59 in UTC
# The moments at which the class hands in, in seconds after the deadline.
CLASS = {"ann": 0, "bob": 600, "cem": 601, "dee": DAY + 600, "eva": DAY + 601, "fay": 40 * DAY}
# What a policy of 10 percent a day after ten minutes takes from it.
AS_GRADED = {"ann": 0.0, "bob": 0.0, "cem": 1.0, "dee": 1.0, "eva": 2.0, "fay": 3.0}


def configure(course, *lines):
    """Let the course have no other settings of lateness than these."""
    path = course.root / "nbgrader_config.py"
    others = [line for line in path.read_text().splitlines() if "LatePolicy." not in line]
    path.write_text("\n".join([*others, *(f"c.LatePolicy.{line}" for line in lines)]) + "\n")


def extend(assignment, student, hours):
    """More time for one student, in place of an earlier extension."""
    row = Extension(student, "", assignment.name, timedelta(hours=hours))
    change_deadlines(assignment, rows=[row])


def batch(course, **how):
    """Grade the class, whose code is the test's own, without waiting for a jail."""
    submitted, results = course.grading / "submitted", course.results / "toy.json"
    how = {"trusted": True, "tier": "unprotected"} | how
    grade_class(course.assignment("toy"), submitted, results, **how)


@contextlib.contextmanager
def gradebook(course):
    """The gradebook; what a test changes in it stays."""
    with Gradebook(f"sqlite:///{course.grading / 'gradebook.db'}", "convnets") as book:
        yield book
        book.db.commit()


def penalties(course):
    """What the gradebook takes from each student."""
    with gradebook(course) as book:
        works = book.assignment_submissions("toy")
        return {one.student_id: one.late_submission_penalty or 0.0 for one in works}
