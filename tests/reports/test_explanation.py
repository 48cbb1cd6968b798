"""`autograder explain` tells how a score came about, and what does not fit together."""

import pytest
from click.testing import CliRunner

from autograder.batch import audit_log
from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.cli.terminal import out
from autograder.course.errors import CourseError
from autograder.reports.explanation import explain
from tests.edits import edit_file
from tests.gradebook.test_marks import gradebook
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_worker")]


@pytest.fixture(scope="module")
def graded(clean_course, tmp_path_factory):
    """Ann is right, bob triples, carl's file is damaged, zoe handed in nothing.

    Ann's answer was graded by a person.
    """
    course = copy_course(clean_course, tmp_path_factory.mktemp("explain"))
    bob = answer(course, KINDS["triples"])
    hand_in(course, {"ann": answer(course, GOOD), "bob": bob, "carl": b"no JSON"})
    toy = course.assignment("toy")
    submitted, results = course.grading / "submitted", course.results / "toy.json"
    grade_class(toy, submitted, results, trusted=True, tier="unprotected")
    with gradebook(course) as book:
        book.add_student("zoe", first_name="Zoë")
        grade = book.find_grade("written_why", "toy", "toy", "ann")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        book.find_comment("written_why", "toy", "toy", "ann").manual_comment = "Well put."
        book.db.commit()
    audit_log.note(toy, "export", file="grades.csv", scores={"ann": "9.50"})
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy to write in."""
    return copy_course(graded, tmp_path)


def told(course, student):
    return explain(course.assignment("toy"), student)


def command(course, student):
    """The exit code, and what was said on one line."""
    done = CliRunner().invoke(main, ["--course", str(course.root), "explain", student, "toy"])
    return done.exit_code, " ".join(done.output.split())


def test_each_cell_has_its_points_who_gave_them_and_why(graded):
    """By machine with the property that failed, or by a person with the comment."""
    bob = {line.cell: line for line in told(graded, "bob").lines}
    assert bob["test_double_values"].status == "failed" and bob["test_double_values"].why
    assert (bob["test_double_sum"].score, bob["test_double_sum"].by) == (3.0, "machine")
    assert bob["written_why"].by == "nobody yet"
    ann = {line.cell: line for line in told(graded, "ann").lines}
    written = ann["written_why"]
    assert (written.score, written.by, written.why) == (3.5, "a person", "Well put.")


def test_an_honest_course_has_no_doubts(graded):
    """Nor has a student who handed in nothing."""
    for student in ("ann", "bob", "zoe"):
        assert told(graded, student).doubts == ()
    assert told(graded, "zoe").verdict == "missing"


def test_a_student_is_found_by_the_name(graded):
    """As the other commands find them; what is nobody's name is said as it was typed."""
    code, text = command(graded, "Zoë")
    assert (code, text.startswith("toy, zoe (Zoë)")) == (0, True), text
    code, text = command(graded, "Zoé")
    assert code == 2 and "knows no student 'Zoé'" in text


def test_the_command_tells_the_whole_story(graded):
    """Score, run, versions, seed and export, and exit 0."""
    code, output = command(graded, "ann")
    assert code == 0, output
    (step,) = told(graded, "ann").steps
    for part in ("9.5 of 10 (6 by machine, 3.5 by hand)", step.run.id, str(step.entry.seed)):
        assert part in output
    for part in ("numpy 2.", "Well put.", "export by", "grades.csv", step.entry.handed[:12]):
        assert part in output


def test_a_file_that_cannot_be_read_is_told_of_once(graded):
    """Not at each of its cells, and they were not graded, as its page says too."""
    code, output = command(graded, "carl")
    assert code == 0 and output.count("not JSON") == 1, output
    assert "not graded: all 3 test cells, of 6 points together" in output
    assert "failed" not in output and "test_double_values" not in output


def test_a_narrow_terminal_shows_the_names_of_cells_in_full(graded, monkeypatch):
    """Only the reasons take more lines."""
    monkeypatch.setattr(out, "width", 60)
    code, output = command(graded, "bob")
    lines = told(graded, "bob").lines
    assert code == 0 and all(line.cell in output for line in lines) and "…" not in output


def test_a_score_that_was_overruled_says_so(course):
    """What the machine gave stays to be seen."""
    with gradebook(course) as book:
        book.find_grade("test_double_values", "toy", "toy", "bob").manual_score = 1.5
        book.db.commit()
    line = next(one for one in told(course, "bob").lines if one.cell == "test_double_values")
    assert (line.score, line.by, line.machine) == (1.5, "a person", 0.0)
    assert told(course, "bob").doubts == ()


def test_a_gradebook_that_was_written_in_is_noticed(course):
    """Points that no run gave, in a student's favour or not."""
    with gradebook(course) as book:
        book.find_grade("test_double_values", "toy", "toy", "bob").auto_score = 2.0
        book.db.commit()
    code, output = command(course, "bob")
    assert code == 1 and "the gradebook says 2 for test_double_values, the log 0" in output


def test_a_file_that_came_later_is_noticed(course):
    """And so is one that went away."""
    handed = course.grading / "submitted" / "ann" / "toy" / "toy.ipynb"
    handed.write_bytes(handed.read_bytes() + b" ")
    assert told(course, "ann").doubts == ("another file was handed in since: grade again",)
    handed.unlink()
    (doubt,) = told(course, "ann").doubts
    assert doubt == "the file that was graded is not in grading/submitted"


def test_a_log_that_was_edited_is_noticed(course):
    """By its chain of hashes."""
    path = audit_log.log_file(course.assignment("toy"))
    edit_file(path, ('"student": "ann"', '"student": "eve"'), every=True)
    assert "the log is not as it was written" in told(course, "bob").doubts[0]
    path.unlink()
    assert told(course, "ann").doubts == ("there are points, and no run in the log gave them",)


def test_a_second_grading_says_what_it_changed(course):
    """A new file: the story has both."""
    hand_in(course, {"bob": answer(course, GOOD)})
    submitted, results = course.grading / "submitted", course.results / "toy.json"
    grade_class(course.assignment("toy"), submitted, results, trusted=True, tier="unprotected")
    first, second = told(course, "bob").steps
    assert first.changed == () and first.entry.handed != second.entry.handed
    assert second.changed[0] == "test_double_values: 0 of 2 → 2 of 2 (all checks passed)"
    assert told(course, "bob").doubts == ()


def test_a_name_that_is_not_known_gets_a_suggestion(graded):
    """And exit 2, as for anything that was typed wrong."""
    code, output = command(graded, "annn")
    assert code == 2 and "no student 'annn'" in output and "Did you mean ann?" in output
    with pytest.raises(CourseError, match="knows no student 'xyz'"):
        told(graded, "xyz")
