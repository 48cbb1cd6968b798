"""What lateness costs: to the second, in a batch and in stock nbgrader, whatever changes later."""

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde

from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.gradebook.deadlines import change_deadlines, deadlines
from autograder.gradebook.extensions import Extension, parse_amount
from autograder.gradebook.late import Policy, load_policy, settle
from autograder.gradebook.nbgrader_adapter import run as run_stock
from tests.growth import growth
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in
from tests.toy_course import make_course

DAY = 86400
DUE = datetime(2026, 11, 2, 23, 59, tzinfo=ZoneInfo("Europe/Berlin"))  # 22:59 in UTC
TENTH = Policy(percent_per_day=10)


@pytest.mark.parametrize(
    ("policy", "seconds", "penalty"),
    [
        (TENTH, 0, 0),
        (TENTH, 1, 2),
        (TENTH, DAY, 2),
        (TENTH, DAY + 1, 4),
        (Policy(percent_per_day=10, grace_minutes=15), 900, 0),
        (Policy(percent_per_day=10, grace_minutes=15), 901, 2),
        (Policy(percent_per_day=10, grace_minutes=15), 900 + DAY, 2),
        (Policy(percent_per_day=10, of="score"), 1, 0.8),
        (Policy(percent_per_day=30, most_percent=35), 2 * DAY, 7),
        (TENTH, 30 * DAY, 8),
        (Policy(cutoff_days=2), 2 * DAY, 0),
        (Policy(cutoff_days=2), 2 * DAY + 1, 8),
        (Policy(percent_per_day=10, most_percent=20, cutoff_days=2), 2 * DAY, 4),
        (Policy(percent_per_day=10, most_percent=20, cutoff_days=2), 2 * DAY + 1, 8),
        (Policy(cutoff_days=0, grace_minutes=5), 300, 0),
        (Policy(cutoff_days=0, grace_minutes=5), 301, 8),
        (Policy(), 300 * DAY, 0),
    ],
)
def test_a_penalty_begins_with_the_second_after(policy, seconds, penalty):
    """8 of 20 points, so many seconds after the deadline: never more is taken than there is."""
    assert policy.penalty(8.0, 20.0, seconds) == penalty


def test_floats_leave_no_crumbs():
    """A tenth of one point on each of three days is 0.3."""
    assert TENTH.penalty(1.0, 1.0, 3 * DAY) == 0.3


WRONG = {
    "percent_per_day": ("-1", "101", "'10'", "True", "float('nan')", "None"),
    "most_percent": ("-1", "101", "[50]", "float('inf')"),
    "grace_minutes": ("-1", "'5 min'", "None", "float('inf')"),
    "cutoff_days": ("-1", "'never'", "True", "float('nan')"),
    "of": ("'points'", "None", "[]"),
}


@pytest.fixture
def bare(tmp_path):
    """A toy course whose configuration is written by `configure`."""
    return make_course(tmp_path)


def configure(course, *lines):
    """Let the course have no other settings of lateness than these."""
    path = course.root / "nbgrader_config.py"
    kept = [line for line in path.read_text().splitlines() if "LatePolicy." not in line]
    path.write_text("\n".join([*kept, *(f"c.LatePolicy.{line}" for line in lines)]) + "\n")


@pytest.mark.parametrize(
    ("setting", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_setting_without_sense_is_named(bare, setting, value):
    """With its file, its value and what it should be."""
    configure(bare, f"{setting} = {value}")
    with pytest.raises(CourseError) as caught:
        load_policy(bare)
    assert f"nbgrader_config.py: c.LatePolicy.{setting} is " in str(caught.value)
    assert caught.value.remedy


def test_a_setting_that_does_not_exist_is_named(bare):
    """A slip of the pen would leave lateness without a price."""
    configure(bare, "percent_a_day = 10")
    with pytest.raises(CourseError, match=r"no setting c\.LatePolicy\.percent_a_day"):
        load_policy(bare)


def test_a_plugin_that_does_not_exist_is_named(bare):
    """It would fail at the first late submission."""
    path = bare.root / "nbgrader_config.py"
    path.write_text(
        path.read_text().replace("autograder.gradebook.late.LatePolicy", "nowhere.Policy")
    )
    with pytest.raises(CourseError, match=r"AssignLatePenalties\.plugin_class"):
        load_policy(bare)


def test_the_course_comes_with_a_policy_that_takes_nothing(bare):
    """Its file and the defaults say the same."""
    assert load_policy(bare) == Policy() and Policy().penalty(8.0, 20.0, 99 * DAY) == 0


# The moments at which the class hands in, in seconds after the deadline.
CLASS = {"ann": 0, "bob": 600, "cem": 601, "dee": DAY + 600, "eva": DAY + 601, "fay": 40 * DAY}


def extend(assignment, student, hours):
    """More time for one student, in place of an earlier extension."""
    row = Extension(student, "", assignment.name, timedelta(hours=hours))
    change_deadlines(assignment, rows=[row])


@pytest.fixture(scope="module")
def graded(clean_course, tmp_path_factory):
    """The class graded by a batch under a policy; fay earned 3 of 10 points, the others 6."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("late"))
    configure(course, "percent_per_day = 10", "grace_minutes = 10")
    work = {student: answer(course, GOOD) for student in CLASS}
    hand_in(course, work | {"fay": answer(course, KINDS["triples"])})
    for student, seconds in CLASS.items():
        moment = DUE.astimezone(UTC) + timedelta(seconds=seconds)
        stamp = course.grading / "submitted" / student / "toy" / "timestamp.txt"
        stamp.write_text(f"{moment:%Y-%m-%d %H:%M:%S} UTC")
    change_deadlines(course.assignment("toy"), due=DUE)
    batch(course)
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy of it that a test may change."""
    return copy_course(graded, tmp_path / "course")


def batch(course, **how):
    """Grade the class, whose code is the test's own, without waiting for a jail."""
    submitted, results = course.grading / "submitted", course.results / "toy.json"
    how = {"trusted": True, "tier": "unprotected"} | how
    grade_class(course.assignment("toy"), submitted, results, **how)


@contextlib.contextmanager
def gradebook(course):
    with Gradebook(f"sqlite:///{course.grading / 'gradebook.db'}", "convnets") as book:
        yield book
        book.db.commit()


def penalties(course):
    """What the gradebook takes from each student."""
    with gradebook(course) as book:
        works = book.assignment_submissions("toy")
        return {one.student_id: one.late_submission_penalty or 0.0 for one in works}


AS_GRADED = {"ann": 0.0, "bob": 0.0, "cem": 1.0, "dee": 1.0, "eva": 2.0, "fay": 3.0}


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
    found = {one.student: one.now for one in settle(course.assignment("toy"), write=False)}
    assert found == {"bob": 2.0, "cem": 2.0, "dee": 4.0, "eva": 4.0, "fay": 3.0}
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
    path = course.root / "nbgrader_config.py"
    text = path.read_text().replace("autograder.gradebook.late.", "nbgrader.plugins.")
    text = text.replace("nbgrader.plugins.LatePolicy", "nbgrader.plugins.LateSubmissionPlugin")
    path.write_text(text + 'c.LateSubmissionPlugin.penalty_method = "zero"\n')
    assert load_policy(course) is None
    settle(course.assignment("toy"))
    assert penalties(course) == dict.fromkeys(CLASS, 6.0) | {"ann": 0.0, "fay": 3.0}


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
    assert "4 penalties changed" in result.output
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


def many(course, count):
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
        many(course, size)

    def look(size):
        found = settle(classes[size].assignment("toy"))
        assert sum(one.now > 0 for one in found) == size + 4

    assert growth(look, 250) < 8


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
