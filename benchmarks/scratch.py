"""A copy of the course to grade in, so that no measurement touches the real gradebook."""

from __future__ import annotations

import shutil
from pathlib import Path

from autograder.course.folders import CONFIG, Assignment, Course
from benchmarks.measure import measure
from benchmarks.ours import AUTOGRADER

# Whatever database the course uses, the copy's is its own.
OWN_GRADEBOOK = """
c.CourseDirectory.db_url = f"sqlite:///{c.CourseDirectory.root}/grading/gradebook.db"
"""


def make_course(assignment: Assignment, folder: Path) -> Course:
    """A course in `folder` that has this assignment only, released there."""
    for source in (assignment.notebook_source.parent, assignment.course.shared):
        shutil.copytree(source, folder / "solutions" / source.name)
    config = (assignment.course.root / CONFIG).read_text(encoding="utf-8")
    (folder / CONFIG).write_text(config + OWN_GRADEBOOK, encoding="utf-8")
    measure([AUTOGRADER, "release", assignment.name], folder=folder, log=folder / "release.log")
    return Course(folder)


def copy_course(course: Course, folder: Path) -> Course:
    """Another copy of a released course, with nothing graded in it."""
    shutil.copytree(course.root, folder)
    return Course(folder)
