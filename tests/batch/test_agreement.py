"""What lies in grading/ counts only where the log and the gradebook agree on it."""

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from autograder.authoring.release_record import begin_record, end_record
from autograder.batch import audit_log
from autograder.batch.history import read_history
from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.course.errors import CourseError
from tests.edits import edit_file
from tests.small_class import GOOD, KINDS, answer, copy_course, gradebook, hand_in, scores

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_worker")]
TRUE = {"good": 6.0, "triples": 3.0}
FULL = "UPDATE grade SET auto_score = (SELECT max_score FROM grade_cells WHERE id = cell_id)"


@pytest.fixture(scope="module")
def graded(clean_course, tmp_path_factory):
    """One student is right, the other loses three of six points."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("kept"))
    hand_in(course, {"good": answer(course, GOOD), "triples": answer(course, KINDS["triples"])})
    grade(course)
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy to write in."""
    return copy_course(graded, tmp_path / "course")


def grade(course):
    """Grade what is to be graded again, and the results by student."""
    toy, results = course.assignment("toy"), course.results / "toy.json"
    submitted = course.grading / "submitted"
    done = grade_class(toy, submitted, results, trusted=True, tier="unprotected")
    return {result.student: result for result in done.submissions}


def command(course, *arguments):
    """The exit code, and what was printed, on one line."""
    done = CliRunner().invoke(main, ["--course", str(course.root), *arguments])
    return done.exit_code, " ".join(done.output.split())


def raised(data):
    """JSON in which every score is the maximum, and everything passed."""
    if isinstance(data, list):
        return [raised(value) for value in data]
    if not isinstance(data, dict):
        return data
    data = {name: raised(value) for name, value in data.items()}
    if "max_score" in data and "score" in data:
        data["score"] = data["max_score"]
        data |= {"status": "passed"} if "status" in data else {}
    return data


def forge(path: Path) -> bool:
    """Give everybody full marks in a file of JSON; whether that changed anything."""
    before = path.read_text()
    lines = before.splitlines() if path.suffix == ".jsonl" else [before]
    after = "\n".join(json.dumps(raised(json.loads(line))) for line in lines) + "\n"
    path.write_text(after)
    return '"score": 0' in before


def forge_gradebook(course):
    """Give everybody full marks in the gradebook."""
    engine = create_engine(f"sqlite:///{course.grading / 'gradebook.db'}")
    with engine.begin() as database:
        database.execute(text(FULL))
    engine.dispose()


def records(course):
    """Every file of JSON below grading/ that grading wrote."""
    folders = (course.results, course.grading / "log")
    paths = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in paths if path.read_text(errors="replace").startswith("{")]


def auto_scores(course, student):
    """The machine's points in the gradebook."""
    return sum(row[2] or 0 for row in gradebook(course) if row[0] == student)


def test_nothing_is_flagged_where_nobody_wrote(course):
    """A second batch keeps both results, in every way of asking."""
    assert all(result.flags == () for result in grade(course).values())
    assert len(read_history(course.assignment("toy")).runs[-1].entries) == 0
    for arguments in (["report", "toy"], ["explain", "triples", "toy"], ["feedback", "toy"]):
        code, printed = command(course, *arguments)
        assert code == 0, printed


def test_forged_results_are_not_believed(course):
    """Whichever file says so, the next batch and all that is made of it say what is true."""
    forged = [path for path in records(course) if forge(path)]
    assert forged
    results = grade(course)
    assert {student: result.score for student, result in results.items()} == TRUE
    assert scores(course.results / "toy.json") == TRUE
    assert auto_scores(course, "triples") == 3


def test_a_forged_log_is_flagged_and_graded_again(course):
    """Even with a gradebook that agrees with it."""
    forge(audit_log.log_file(course.assignment("toy")))
    forge_gradebook(course)
    results = grade(course)
    assert {student: result.score for student, result in results.items()} == TRUE
    assert any(flag.startswith("kept result: ") for flag in results["triples"].flags)
    assert auto_scores(course, "triples") == 3


def test_a_forged_gradebook_is_flagged_and_graded_again(course):
    """The one whose points were raised, and nobody else."""
    forge_gradebook(course)
    results = grade(course)
    assert {student: result.score for student, result in results.items()} == TRUE
    (flag,) = results["triples"].flags
    assert "the gradebook says 2 for test_double_values, the log 0" in flag
    assert results["good"].flags == ()
    assert list(read_history(course.assignment("toy")).runs[-1].entries) == ["triples"]
    assert auto_scores(course, "triples") == 3
    assert grade(course)["triples"].flags == results["triples"].flags


def test_a_report_on_forged_results_says_so(course):
    """With the student's name, and an exit code that is not 0."""
    forge(course.results / "toy.json")
    code, printed = command(course, "report", "toy")
    assert code == 1
    assert "triples" in printed and "is not the one in the log" in printed


def test_a_report_sees_a_forged_gradebook(course):
    """The log has other points."""
    forge_gradebook(course)
    code, printed = command(course, "report", "toy")
    assert code == 1
    assert "the gradebook says 2 for test_double_values, the log 0" in printed


@pytest.mark.parametrize("forged", ["gradebook", "notebook", "log"])
def test_feedback_is_not_made_of_forged_records(course, forged):
    """The student is named, with the remedy; the other gets a page."""
    if forged == "gradebook":
        forge_gradebook(course)
    elif forged == "log":
        forge(audit_log.log_file(course.assignment("toy")))
    else:
        path = course.grading / "autograded" / "triples" / "toy" / "toy.ipynb"
        edit_file(path, ("3 * x", "2 * x"))
    code, printed = command(course, "feedback", "toy")
    assert code == 1
    assert "triples" in printed and "grade" in printed
    assert not (course.grading / "feedback" / "triples" / "toy" / "toy.html").exists()
    assert (course.grading / "feedback" / "good" / "toy" / "toy.html").exists() or forged == "log"


def test_a_forged_gradebook_is_not_exported(course):
    """Or the points would leave the course."""
    forge_gradebook(course)
    code, printed = command(course, "export", "toy", "--format", "csv", "--allow-ungraded")
    assert "the gradebook says 2 for test_double_values, the log 0" in printed
    exported = "".join(path.read_text() for path in (course.grading / "exports").rglob("*.csv"))
    assert code == 1 or "triples,,,,6" not in exported


def test_an_edited_notebook_keeps_no_grade_by_hand(course):
    """A person's grade is for the answer that the log vouches for."""
    engine = create_engine(f"sqlite:///{course.grading / 'gradebook.db'}")
    with engine.begin() as database:
        database.execute(
            text(
                "UPDATE grade SET manual_score = 4, needs_manual_grade = 0 WHERE cell_id IN"
                " (SELECT id FROM base_cell WHERE name = 'written_why')"
            )
        )
    path = course.grading / "autograded" / "triples" / "toy" / "toy.ipynb"
    edit_file(path, ("Because two is twice one.", "Another answer."))
    changed = KINDS["triples"] | {"written_why": "Another answer."}
    hand_in(course, {"triples": answer(course, changed)})
    grade(course)
    waiting = {row[0]: row[4] for row in gradebook(course) if row[1] == "written_why"}
    engine.dispose()
    assert waiting == {"good": 0, "triples": 1}


def test_names_and_grades_are_for_their_owner_alone(course):
    """Whatever the umask; a gradebook that was open to others is closed when it is next used."""
    command(course, "export", "toy", "--format", "csv", "--allow-ungraded")
    command(course, "report", "toy")
    gradebook = course.grading / "gradebook.db"
    gradebook.chmod(0o644)
    (course.results / "toy.json").chmod(0o644)
    grade(course)
    (course.root / "class.csv").write_text("student,first_name\nann,Ann\n")
    assert command(course, "roster", str(course.root / "class.csv"))[0] == 0
    folders = (course.results, *map(course.grading.joinpath, ("log", "exports", "reports")))
    paths = [path for folder in folders for path in folder.rglob("*.*") if path.is_file()]
    paths = [path for path in paths if path.name != ".lock"]
    roster = [path for path in course.grading.glob("*.csv")]
    assert len(paths) > 4 and roster
    for path in (*paths, *roster, gradebook):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


@pytest.mark.parametrize("recorded", [False, True])
def test_a_forged_reference_grades_nobody(course, recorded):
    """The built notebook lies in grading/ too, and so does the record of its release."""
    toy = course.assignment("toy")
    edit_file(toy.source, ("factor = 2", "factor = 3"))
    if recorded:
        end_record(toy, begin_record(toy))
    with pytest.raises(CourseError, match="was changed after toy was released"):
        grade(course)
    assert auto_scores(course, "triples") == 3


def test_a_notebook_that_is_gone_is_graded_again(course):
    """Feedback and formgrader need it."""
    path = course.grading / "autograded" / "triples" / "toy" / "toy.ipynb"
    os.remove(path)
    assert grade(course)["triples"].flags[0].startswith("kept result: ")
    assert path.exists()
