"""What lateness costs by a policy, and which settings of one are refused."""

import pytest

from autograder.course.errors import CourseError
from autograder.gradebook.late import Policy, load_policy
from tests.edits import edit_file
from tests.gradebook.late_class import DAY, configure
from tests.toy_course import make_course

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
    plugin = ("autograder.gradebook.late.LatePolicy", "nowhere.Policy")
    edit_file(bare.root / "nbgrader_config.py", plugin)
    with pytest.raises(CourseError, match=r"AssignLatePenalties\.plugin_class"):
        load_policy(bare)


def test_the_course_comes_with_a_policy_that_takes_nothing(bare):
    """Its file and the defaults say the same."""
    assert load_policy(bare) == Policy() and Policy().penalty(8.0, 20.0, 99 * DAY) == 0
