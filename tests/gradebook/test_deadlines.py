"""Deadlines are set to the second, and a dry run says what comes of it."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from autograder.cli.main import main
from autograder.course.errors import CourseError
from autograder.gradebook.deadlines import change_deadlines, deadlines
from tests.gradebook.late_class import AS_GRADED, DUE, extend, gradebook, penalties

pytestmark = pytest.mark.usefixtures("shared_worker")


@pytest.mark.slow
def test_what_cannot_be_set_is_refused(course):
    """A moment without a zone, an extension for nobody, and one without a deadline."""
    toy = course.assignment("toy")
    with pytest.raises(CourseError, match="no time zone"):
        change_deadlines(toy, due=datetime(2026, 11, 2, 12, 0))
    with pytest.raises(CourseError, match="no student 'nobody'"):
        extend(toy, "nobody", 24)
    with gradebook(course) as book:
        book.find_assignment("toy").duedate = None
    with pytest.raises(CourseError, match="toy has no deadline"):
        extend(toy, "eva", 24)


def late(course, *arguments):
    return CliRunner().invoke(main, ["--course", str(course.root), "late", "toy", *arguments])


@pytest.mark.slow
def test_the_command_sets_a_deadline_in_a_named_zone(course):
    """It says the moment in UTC as well, and shows what lateness costs by it."""
    result = late(course, "--deadline", "2026-11-03 23:59 Europe/Berlin", "--extend", "fay", "900")
    assert result.exit_code == 0, result.output
    assert "deadline: 2026-11-03 23:59 CET, 2026-11-03 22:59 UTC" in result.output
    assert " late of 6 graded, 4 penalties changed" in result.output
    assert penalties(course) == AS_GRADED | {"cem": 0.0, "dee": 0.0, "eva": 1.0, "fay": 2.0}


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "2026-11-02 23:59",
        "2026-11-02 23:59 Nowhere/City",
        "tomorrow UTC",
        "23:59 +0100",
        "",
        "2026-11-02 UTC",
        "2026-11-02 23:59+01:00 UTC",
        "2026-11-02 23:59 Europe",
    ],
)
def test_a_deadline_without_a_zone_is_a_wrong_command(graded, text):
    """Exit 2, and how it is written; a clock change cannot move what names its place."""
    result = late(graded, "--deadline", text or " ")
    assert result.exit_code == 2
    assert "Europe/Berlin" in result.output


@pytest.mark.slow
def test_a_dry_run_of_a_deadline_says_what_comes_of_it(course):
    """And changes neither the deadline nor a penalty."""
    before = penalties(course)
    result = late(
        course, "--deadline", "2026-11-03 23:59 Europe/Berlin", "--extend", "fay", "2d", "--dry-run"
    )
    assert result.exit_code == 0 and "3 penalties would change" in result.output, result.output
    assert "nothing was written" in result.output and "48h" in result.output
    assert penalties(course) == before
    assert deadlines(course.assignment("toy"))[None] == DUE.astimezone(UTC).replace(tzinfo=None)
