"""Students with grades for an export, without a gradebook."""

from decimal import Decimal
from pathlib import Path

from autograder.course.folders import Assignment, Course
from autograder.course.spreadsheet import read_sheet
from autograder.gradebook.marks import CellMark, Mark
from autograder.lms import grade_files, new_grade_files
from autograder.lms.grades import ExportOptions, Grade
from autograder.lms.systems import BY_NAME

ASSIGNMENT = Assignment(Course(Path("course")), "naive_convolution")


def grade(student, exact, most=10.0, *, submitted=True, **ids):
    """A student for an export, without a gradebook."""
    cell = CellMark("test", 0.0, None, 0.0, most, "test", False)
    mark = Mark(student, None, None, None, None, submitted, None, 0.0, 0.0, most, (cell,), ())
    given = None if exact is None else Decimal(str(exact))
    return Grade(mark, {"student": student, **ids}, given)


def fill(system, path, grades, columns=None, **options):
    """A system's file, filled with grades."""
    form = new_grade_files.with_columns(BY_NAME[system], columns)
    sheet, options = read_sheet(path), ExportOptions(**options)
    return grade_files.fill(form, BY_NAME[system], ASSIGNMENT, sheet, grades, options)


def filler(system, path, text, grades):
    """A function that fills a system's file; by default this text with these grades."""

    def fill_text(text=text, grades=grades, **how):
        path.write_bytes(text.encode())
        return fill(system, path, grades, **how)

    return fill_text


def new(system, grades, columns=None, **options):
    """A new file for a system."""
    form = new_grade_files.with_columns(BY_NAME[system], columns)
    return new_grade_files.new(form, ASSIGNMENT, grades, ExportOptions(**options))


def kinds(filled, blocks=None):
    """The students of each kind of problem."""
    return {(one.kind, one.student) for one in filled.problems if blocks in (None, one.blocks)}
