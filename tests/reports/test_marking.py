"""Marks of written answers are in nbgrader's gradebook, and what they came from beside it."""

import json
import threading

import pytest

from autograder.batch.history import read_history
from autograder.course.errors import CourseError, UnknownAssignmentError
from autograder.gradebook.marks import read_marks
from autograder.reports.marking import MarkedMeanwhile, MarkToSave, save_mark, save_rubric
from autograder.reports.rubric import Rubric, RubricItem, read_rubric, rubric_items
from autograder.reports.written_questions import part_of, questions, read_question
from tests.reports.written_class import CELL, entry, gradebook, hand_in_answers
from tests.small_class import copy_course

SECRET = "a secret"
ITEMS = (RubricItem("1", 2.0, "names the rule"), RubricItem("2", 1.5, "gives an example"))


@pytest.fixture(scope="module")
def waiting(clean_course, tmp_path_factory):
    """Three who answered and one who did not."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("waiting"))
    answers = {"ann": "Because.", "bob": "Twice *one* is two.", "cleo": "", "dora": "Why not?"}
    hand_in_answers(course, answers, {"ann": "Müller"})
    return course


@pytest.fixture
def course(waiting, tmp_path):
    return copy_course(waiting, tmp_path / "course")


def question(course):
    return read_question(course.assignment("toy"), CELL, SECRET)


def answers(course):
    """The answers by student."""
    return {answer.student: answer for answer in question(course).answers}


def save(course, student, points, *, items=(), comment="", by="Ann", version=None):
    """Save a mark as the page does that has just been loaded."""
    answer = answers(course)[student]
    mark = MarkToSave(points, tuple(items), comment, by, version or answer.version)
    return save_mark(course.assignment("toy"), CELL, answer.key, mark, SECRET)


def set_items(course, items, by="Ann"):
    return save_rubric(course.assignment("toy"), CELL, items, by, SECRET)


def test_a_question_has_all_answers(course):
    """Who left it blank waits for nobody; the text is there as it was written."""
    asked = question(course)
    assert (asked.max_score, asked.waiting, len(asked.answers)) == (4.0, 3, 4)
    listed = answers(course)
    assert listed["ann"].name == "Kim Müller"
    assert "<em>one</em>" in listed["bob"].html
    assert listed["cleo"].blank and not listed["cleo"].waits and listed["cleo"].points == 0
    assert listed["dora"].points is None and listed["dora"].waits
    assert questions(course.assignment("toy")) == {CELL: "In writing"}


def test_keys_tell_nobody(course):
    """They hold no id, and another secret gives others, in another order."""
    keys = {answer.student: answer.key for answer in question(course).answers}
    others = read_question(course.assignment("toy"), CELL, "another").answers
    assert not {answer.key for answer in others} & set(keys.values())
    assert all(student not in key for student, key in keys.items())


def test_a_mark_is_where_formgrader_puts_it(course):
    """Points, comment, and nobody is waited for any more; the log says who gave what."""
    answer = save(course, "bob", 3.0, comment="Good.\n", by="Ben")
    assert entry(course, "bob") == (3.0, False, "Good.")
    assert (answer.points, answer.comment, answer.by, answer.waits) == (3.0, "Good.", "Ben", False)
    assert answers(course)["bob"] == answer
    (mark,) = (mark for mark in read_marks(course.assignment("toy")) if mark.student == "bob")
    assert mark.manual == 3.0 and mark.ungraded == ()
    (note,) = read_history(course.assignment("toy")).notes
    assert (note["event"], note["student"], note["marker"], note["points"]) == (
        *("mark", "bob", "Ben", 3.0),
    )


def test_a_mark_is_taken_back(course):
    """The answer waits again, without points or comment."""
    save(course, "bob", 3.0, comment="Good.")
    answer = save(course, "bob", None)
    assert entry(course, "bob")[:2] == (None, True)
    assert answer.waits and answer.points is None and answer.comment == ""


def test_what_formgrader_gave_counts(course):
    """Its points and comment are shown, and whose they are is not known."""
    set_items(course, ITEMS)
    save(course, "bob", 3.5, items=("1", "2"), by="Ben")
    with gradebook(course) as book:
        book.find_grade(CELL, "toy", "toy", "bob").manual_score = 1.0
        book.find_comment(CELL, "toy", "toy", "bob").manual_comment = "From formgrader."
        book.db.commit()
    answer = answers(course)["bob"]
    assert (answer.points, answer.comment, answer.items) == (1.0, "From formgrader.", ())
    assert answer.by == ""


@pytest.mark.parametrize("points", [-1.0, 4.5])
def test_points_that_the_question_does_not_have(course, points):
    """They are refused, and nothing is written."""
    with pytest.raises(CourseError, match="not between 0 and 4 points"):
        save(course, "bob", points)
    assert entry(course, "bob")[0] is None


def test_who_marks_what_was_marked_meanwhile_is_told(course):
    """The first mark stays, and the second marker sees whose it is."""
    seen = answers(course)["bob"].version
    save(course, "bob", 3.0, by="Ben")
    with pytest.raises(MarkedMeanwhile, match="marked meanwhile by Ben: 3 points") as caught:
        save(course, "bob", 1.0, by="Ann", version=seen)
    assert entry(course, "bob")[0] == 3.0
    save(course, "bob", 1.0, by="Ann", version=caught.value.answer.version)
    assert entry(course, "bob")[0] == 1.0


def test_of_two_at_once_one_wins(course):
    """However many markers save the same answer, one mark is written and the others are told."""
    answer = answers(course)["bob"]
    outcomes = []

    def mark(by):
        try:
            given = MarkToSave(float(by), (), "", f"m{by}", answer.version)
            save_mark(course.assignment("toy"), CELL, answer.key, given, SECRET)
            outcomes.append(by)
        except MarkedMeanwhile:
            outcomes.append(None)

    threads = [threading.Thread(target=mark, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = [outcome for outcome in outcomes if outcome is not None]
    assert len(outcomes) == 4 and entry(course, "bob")[0] == won
    assert answers(course)["bob"].by == f"m{won}"


def test_unknown_answers_and_questions(course):
    """A stale page, and an address that somebody typed."""
    mark = MarkToSave(1.0, (), "", "Ann", "")
    with pytest.raises(UnknownAssignmentError, match="no such answer"):
        save_mark(course.assignment("toy"), CELL, "0" * 16, mark, SECRET)
    with pytest.raises(UnknownAssignmentError, match="no written question") as caught:
        read_question(course.assignment("toy"), "test_double_sum", SECRET)
    assert "written_why" in caught.value.remedy


def test_items_of_a_rubric_reach_the_student(course):
    """Each in a line with its points, and the marker's own words below."""
    set_items(course, ITEMS)
    save(course, "bob", 3.5, items=("1", "2"), comment="Nice.")
    expected = "- names the rule (+2)\n- gives an example (+1.5)\n\nNice."
    assert entry(course, "bob")[2] == expected
    answer = answers(course)["bob"]
    assert (answer.items, answer.comment) == (("1", "2"), "Nice.")


def test_a_changed_item_changes_who_has_it(course):
    """What a marker gave on top stays; who was marked elsewhere since, and others, stay."""
    set_items(course, ITEMS)
    save(course, "ann", 2.0, items=("1",), by="Ben")
    save(course, "bob", 4.0, items=("1", "2"))  # half a point more than the items give
    save(course, "dora", 1.0)
    changed = set_items(course, (RubricItem("1", 1.0, "names a rule"), ITEMS[1]))
    assert changed == 2
    assert entry(course, "ann") == (1.0, False, "- names a rule (+1)")
    assert entry(course, "bob")[0] == 3.0
    assert entry(course, "dora")[0] == 1.0
    assert answers(course)["ann"].by == "Ben"
    assert set_items(course, (ITEMS[1],)) == 2  # an item that is gone takes its points along
    assert entry(course, "ann")[0] == 0.0 and entry(course, "bob")[0] == 2.0


@pytest.mark.parametrize(
    ("items", "ids", "points"),
    [
        (ITEMS, (), 0.0),
        (ITEMS, ("1", "2"), 3.5),
        ((RubricItem("1", 9.0, "all"),), ("1",), 4.0),
        ((RubricItem("1", -1.0, "a slip"), RubricItem("2", -5.0, "wrong")), (), 4.0),
        ((RubricItem("1", -1.0, "a slip"), RubricItem("2", -5.0, "wrong")), ("1",), 3.0),
        ((RubricItem("1", -1.0, "a slip"), RubricItem("2", -5.0, "wrong")), ("2",), 0.0),
        ((*ITEMS, RubricItem("3", -1.0, "too long")), ("1", "3"), 1.0),
    ],
)
def test_points_of_a_rubric(items, ids, points):
    """They add up from 0, or are taken off the maximum, and stay within both."""
    assert Rubric(items).points(ids, 4.0) == points


def test_items_keep_their_ids():
    """A new item gets an id that none ever had, so that no old mark comes to have it."""
    rubric = Rubric(ITEMS[:1])
    entries = [{"id": None, "points": 1, "text": "new"}, {"id": "1", "points": 2, "text": " x  y "}]
    new, old = rubric_items(entries, rubric)
    assert new.id not in ("1", None) and (old.id, old.text) == ("1", "x y")


@pytest.mark.parametrize(
    "entries",
    [
        "text",
        [1],
        [{"points": 1}],
        [{"points": "1", "text": "a"}],
        [{"points": True, "text": "a"}],
        [{"points": float("nan"), "text": "a"}],
        [{"points": 1, "text": " "}],
        [{"points": 1, "text": "a" * 501}],
        [{"points": 1, "text": "a"}] * 41,
    ],
)
def test_what_is_no_rubric(entries):
    """It is refused in a sentence."""
    with pytest.raises(ValueError, match=r"."):
        rubric_items(entries, Rubric())


def test_a_damaged_rubric_is_a_sentence(course):
    """The file is named, and that points and comments are not in it."""
    set_items(course, ITEMS)
    path = course.grading / "marking" / "toy" / f"{CELL}.json"
    path.write_text(path.read_text()[:20])
    with pytest.raises(CourseError, match="is damaged") as caught:
        read_rubric(course.assignment("toy"), CELL)
    assert "in the gradebook, and stay" in caught.value.remedy


def test_several_markers_share_the_answers(course):
    """Each answer is in one part, and stays there whoever asks and whatever else comes in."""
    before = {
        number: {answer.student for answer in part_of(question(course).answers, number, 3)}
        for number in (1, 2, 3)
    }
    assert sorted(student for part in before.values() for student in part) == sorted(
        answers(course)
    )
    hand_in_answers(course, {f"s{number}": "Late." for number in range(30)})
    for number, students in before.items():
        asked = read_question(course.assignment("toy"), CELL, "the secret of another day")
        part = part_of(asked.answers, number, 3)
        assert students <= {answer.student for answer in part}
        assert 2 <= len(part) <= 25


def test_the_file_beside_the_gradebook_is_for_its_owner(course):
    """It holds students and comments."""
    save(course, "bob", 3.0)
    path = course.grading / "marking" / "toy" / f"{CELL}.json"
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text())["given"]["bob"]["points"] == 3.0
