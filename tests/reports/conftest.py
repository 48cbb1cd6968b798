"""A toy course, and reports on results that a test makes up."""

import pytest

from autograder.course.results import Results, write_results
from autograder.reports import report as report_module
from autograder.reports.report import make_report
from tests.reports.toy_results import TESTS
from tests.toy_course import make_course, write_release


@pytest.fixture
def toy(tmp_path):
    """A course with a release to read and nothing else."""
    assignment = make_course(tmp_path).assignment("toy")
    write_release(assignment, ("double", "double_sum"), TESTS)
    return assignment


@pytest.fixture
def report_of(toy, monkeypatch):
    """Make the report on these results, and on these marks instead of a gradebook's."""

    def report(*results, marks=(), similarity=False):
        monkeypatch.setattr(report_module, "read_marks", lambda assignment: tuple(marks))
        path = toy.course.results / "toy.json"
        write_results(path, Results("toy", ("network",), tuple(results)))
        return make_report(toy, similarity=similarity)

    return report
