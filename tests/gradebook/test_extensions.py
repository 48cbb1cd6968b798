"""Extensions of one student or one section, as people write them down."""

from datetime import UTC, datetime, timedelta

import pytest

from autograder.batch.run import grade_class
from autograder.gradebook.deadlines import change_deadlines, deadlines
from autograder.gradebook.extensions import Extension, Extensions, parse_amount
from tests.gradebook.late_class import DUE, configure, gradebook, penalties
from tests.small_class import GOOD, answer, copy_course, hand_in

pytestmark = pytest.mark.usefixtures("shared_worker")


@pytest.mark.slow
def test_an_extension_can_be_given_before_anything_is_handed_in(clean_course, tmp_path):
    """It is kept in a file, and counts when the work is there and graded."""
    course = copy_course(clean_course, tmp_path / "course")
    toy = course.assignment("toy")
    with gradebook(course) as book:
        for student in ("ann", "bob", "cem"):
            book.add_student(student)
    (course.grading / "roster.csv").write_text(
        'student,section\nann,Lab A\nbob,"Lab A, Lab B"\ncem,Lab B\n'
    )
    configure(course, "percent_per_day = 10")
    change_deadlines(toy, due=DUE)
    due = DUE.astimezone(UTC).replace(tzinfo=None)
    rows = [
        Extension("", "Lab B", "toy", timedelta(days=2)),
        Extension("", "Lab A", "all", timedelta(days=1)),
        Extension("ann", "", "toy", due + timedelta(days=3), "ill"),
    ]
    change_deadlines(toy, rows=rows, write=False)
    assert deadlines(toy) == {None: due}
    change_deadlines(toy, rows=rows)
    assert deadlines(toy) == {
        None: due,
        "ann": due + timedelta(days=3),
        "bob": due + timedelta(days=2),
        "cem": due + timedelta(days=2),
    }
    folder = hand_in(course, {name: answer(course, GOOD) for name in ("ann", "bob", "cem")})
    for name, days in (("ann", 3), ("bob", 2), ("cem", 3)):
        stamp = due + timedelta(days=days)
        (folder / name / "toy" / "timestamp.txt").write_text(f"{stamp:%Y-%m-%d %H:%M:%S} UTC")
    grade_class(toy, folder, course.results / "toy.json", trusted=True, tier="unprotected")
    assert penalties(course) == {"ann": 0.0, "bob": 0.0, "cem": 1.0}
    text = (course.grading / "extensions.csv").read_text()
    assert "ann,,toy,2026-11-05 22:59:00 UTC,ill" in text and ",Lab A,all,24h," in text


HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 11, 2, 23, 0)
SECTIONS = {"ann": "Lab A and Lab B", "bob": "Lab A", "cem": "Lab B, Tutors", "dee": ""}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("Lab A", "toy", 24 * HOUR), ("Lab B", "toy", 48 * HOUR)], (48, 24, 48, None)),
        ([("Lab B", "toy", 48 * HOUR), ("Lab A", "toy", 24 * HOUR)], (48, 24, 48, None)),
        ([("Lab A", "toy", MONDAY + 3 * HOUR), ("Lab B", "toy", 2 * HOUR)], (3, 3, 2, None)),
        ([("Lab A", "toy", MONDAY - 3 * HOUR)], (-3, -3, None, None)),  # earlier than the others
        ([("Lab A", "all", 9 * HOUR), ("Lab B", "toy", 2 * HOUR)], (9, 9, 2, None)),
        ([("Lab A", "all", 9 * HOUR), ("Lab A", "toy", 2 * HOUR)], (2, 2, None, None)),
        ([("Lab A", "toy", 2 * HOUR), ("Lab A", "all", 9 * HOUR)], (2, 2, None, None)),
        ([("Lab A", "toy", 9 * HOUR), ("Lab A", "toy", 2 * HOUR)], (2, 2, None, None)),
        ([("Lab A", "other", 9 * HOUR)], (None, None, None, None)),
    ],
)
def test_of_several_sections_the_latest_deadline_counts(rows, expected):
    """In whatever order they stand; within a section that of the assignment, and the last row."""
    extensions = Extensions([Extension("", *row) for row in rows], SECTIONS)
    hours = [extensions.of(student, "toy", MONDAY) for student in SECTIONS]
    assert hours == [None if one is None else one * HOUR for one in expected]
    own = Extensions([*extensions.rows, Extension("ann", "", "all", HOUR)], SECTIONS)
    assert own.of("ann", "toy", MONDAY) == HOUR
    assert own.of("bob", "toy", MONDAY) == hours[1]


def test_students_of_several_sections_with_a_deadline_are_known():
    """Not those with a row of their own, and not those of whose sections one has a row."""
    rows = [Extension("", name, "toy", HOUR) for name in ("Lab B", "Lab A")]
    assert Extensions(rows, SECTIONS).in_several_sections("toy") == {"ann": ("Lab A", "Lab B")}
    assert Extensions(rows, SECTIONS).in_several_sections("other") == {}
    own = [*rows, Extension("ann", "", "toy", HOUR)]
    assert Extensions(own, SECTIONS).in_several_sections("toy") == {}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("48", timedelta(hours=48)),
        ("2d", timedelta(days=2)),
        ("2 days", timedelta(days=2)),
        ("1.5h", timedelta(minutes=90)),
        ("1w", timedelta(weeks=1)),
        ("2026-11-05 23:59 Europe/Berlin", datetime(2026, 11, 5, 22, 59)),
        ("2026-11-05 23:59", None),
        ("2026-11-05 23:59 Nowhere", None),
        ("soon", None),
        ("-3", None),
        ("99999999d", None),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, amount):
    """Anything else is refused, a moment without a zone above all."""
    if amount is None:
        with pytest.raises(ValueError):
            parse_amount(text)
    else:
        assert parse_amount(text) == amount
