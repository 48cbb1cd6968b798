"""What lateness costs in the gradebook, in a batch and in stock nbgrader, whatever changes."""

import sqlite3
from datetime import timedelta

import pytest
from nbgrader.converters import Autograde

from autograder.course.configuration import load_config
from autograder.gradebook.deadlines import change_deadlines
from autograder.gradebook.late import load_policy, settle
from autograder.gradebook.nbgrader_adapter import run as run_stock
from tests.edits import edit_file
from tests.gradebook.late_class import (
    AS_GRADED,
    CLASS,
    DUE,
    batch,
    configure,
    extend,
    gradebook,
    penalties,
)
from tests.growth import growth
from tests.small_class import copy_course

pytestmark = pytest.mark.usefixtures("shared_worker")


@pytest.mark.slow
def test_the_batch_takes_what_the_policy_says(graded):
    """In the gradebook itself: ten minutes are forgiven, and fay has nothing left."""
    assert penalties(graded) == AS_GRADED


@pytest.mark.slow
def test_settling_again_changes_nothing(course):
    """Neither does grading everything again: a penalty is never taken twice."""
    assert not any(one.changed for one in settle(course.assignment("toy")))
    batch(course, fresh=True)
    settle(course.assignment("toy"))
    assert penalties(course) == AS_GRADED


@pytest.mark.slow
def test_stock_nbgrader_takes_the_same(course):
    """`nbgrader autograde` of one student, after the gradebook was made to forget the penalty."""
    with gradebook(course) as book:
        book.find_submission_notebook("toy", "toy", "eva").late_submission_penalty = None
    config = load_config(course)
    config.CourseDirectory.assignment_id, config.CourseDirectory.student_id = "toy", "eva"
    run_stock(Autograde, config)
    assert penalties(course)["eva"] == AS_GRADED["eva"]


@pytest.mark.slow
def test_stock_nbgrader_stops_at_a_setting_without_sense(course):
    """It gives no score rather than one by half a policy."""
    configure(course, "percent_per_day = '10'")
    config = load_config(course)
    config.CourseDirectory.assignment_id, config.CourseDirectory.student_id = "toy", "eva"
    with pytest.raises((Exception, SystemExit)):
        run_stock(Autograde, config)


@pytest.mark.slow
def test_an_extension_after_grading_reaches_the_gradebook(course):
    """Nothing is graded again; taken back, the penalty is there again."""
    toy = course.assignment("toy")
    extend(toy, "eva", 24)
    settle(toy)
    assert penalties(course) == AS_GRADED | {"eva": 1.0}
    extend(toy, "eva", 0)
    assert penalties(course) == AS_GRADED | {"eva": 2.0}
    assert not [one for one in settle(toy) if one.changed]


@pytest.mark.slow
def test_a_later_deadline_and_another_policy_reach_the_gradebook(course):
    """Of all who were graded, without grading them."""
    toy = course.assignment("toy")
    change_deadlines(toy, due=DUE + timedelta(days=1))
    settle(toy)
    assert penalties(course) == AS_GRADED | {"cem": 0.0, "dee": 0.0, "eva": 1.0}
    configure(course, "percent_per_day = 50", 'of = "score"')
    settle(toy)
    assert penalties(course) == AS_GRADED | {"cem": 0.0, "dee": 3.0, "eva": 3.0, "fay": 3.0}
    configure(course)
    settle(toy)
    assert set(penalties(course).values()) == {0.0}


@pytest.mark.slow
def test_points_by_hand_are_late_too(course):
    """At grading, fay's penalty was cut to the 3 points that were there; then a person gives 4."""
    with gradebook(course) as book:
        grade = book.find_grade("written_why", "toy", "toy", "fay")
        grade.manual_score, grade.needs_manual_grade = 4.0, False
    settle(course.assignment("toy"))
    assert penalties(course)["fay"] == 7.0


@pytest.mark.slow
def test_looking_writes_nothing(course):
    """A dry run says what would change, and the gradebook's file stays as it is."""
    configure(course, "percent_per_day = 20")
    before = (course.grading / "gradebook.db").read_bytes()
    changes = settle(course.assignment("toy"), write=False)
    assert {change.student: change.now for change in changes} == {
        "bob": 2.0,
        "cem": 2.0,
        "dee": 4.0,
        "eva": 4.0,
        "fay": 3.0,
    }
    assert (course.grading / "gradebook.db").read_bytes() == before


@pytest.mark.slow
def test_without_a_deadline_nobody_is_late(course):
    """The penalties of before are taken back, and an extension does no harm."""
    extend(course.assignment("toy"), "eva", 1)
    with gradebook(course) as book:
        book.find_assignment("toy").duedate = None
    settle(course.assignment("toy"))
    assert set(penalties(course).values()) == {0.0}


@pytest.mark.slow
def test_nbgraders_own_plugin_is_heard(course):
    """A course may keep nbgrader's `zero`, which takes all points for any lateness."""
    edit_file(
        course.root / "nbgrader_config.py",
        (
            '"autograder.gradebook.late.LatePolicy"\n',
            '"nbgrader.plugins.LateSubmissionPlugin"\n'
            'c.LateSubmissionPlugin.penalty_method = "zero"\n',
        ),
    )
    assert load_policy(course) is None
    settle(course.assignment("toy"))
    assert penalties(course) == dict.fromkeys(CLASS, 6.0) | {"ann": 0.0, "fay": 3.0}


def add_late(course, count):
    """So many late students more, copied from bob's rows in the database."""
    database = sqlite3.connect(course.grading / "gradebook.db")
    work = database.execute("SELECT id FROM submitted_assignment WHERE student_id = 'bob'")
    (bob,) = work.fetchone()
    notebook = database.execute("SELECT id FROM submitted_notebook WHERE assignment_id = ?", (bob,))
    (book,) = notebook.fetchone()
    for number in range(count):
        new = {"id": f"w{number}", "student_id": f"s{number}", "timestamp": "2026-11-04 12:00:00"}
        database.execute("INSERT INTO student (id) VALUES (?)", (f"s{number}",))
        clone(database, "submitted_assignment", bob, new)
        new = {"id": f"n{number}", "assignment_id": f"w{number}"}
        clone(database, "submitted_notebook", book, new)
        for (grade,) in database.execute("SELECT id FROM grade WHERE notebook_id = ?", (book,)):
            new = {"id": f"{grade}{number}", "notebook_id": f"n{number}"}
            clone(database, "grade", grade, new)
    database.commit()
    database.close()


def clone(database, table, row, new):
    """Copy a row of a table, with other values in some columns."""
    columns = [column[1] for column in database.execute(f"PRAGMA table_info({table})")]
    chosen = ", ".join("?" if name in new else name for name in columns)
    values = [new[name] for name in columns if name in new]
    database.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} WHERE id = ?",
        (*values, row),
    )


@pytest.mark.slow
def test_the_time_to_settle_grows_no_faster_than_the_class(graded, tmp_path):
    """A thousand late students take four times what 250 do, as often as somebody looks."""
    classes = {size: copy_course(graded, tmp_path / str(size)) for size in (250, 1000)}
    for size, course in classes.items():
        add_late(course, size)

    def look(size):
        changes = settle(classes[size].assignment("toy"))
        assert sum(change.now > 0 for change in changes) == size + 4

    assert growth(look, 250) < 8
