"""What a batch writes into the gradebook leaves alone what people have done there."""

import json

import pytest

from autograder.batch.run import grade_class
from autograder.gradebook.marks import read_marks
from autograder.reports.report import make_report
from tests.gradebook.test_marks import gradebook
from tests.grading.test_outputs import png
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_worker")]


def grade(course, **how):
    """Grade the class where nothing protects from it, which is quick."""
    submitted, results = course.grading / "submitted", course.results / "toy.json"
    toy = course.assignment("toy")
    grade_class(toy, submitted, results, trusted=True, tier="unprotected", **how)
    return {mark.student: mark for mark in read_marks(toy)}


@pytest.fixture(scope="module")
def graded(clean_course, tmp_path_factory):
    """Ann's written answer and one of her test cells have been graded by a person."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("gradebook"))
    hand_in(course, {"ann": answer(course, GOOD)})
    grade(course)
    with gradebook(course) as book:
        for cell, points in (("written_why", 3.5), ("test_double_values", 1.0)):
            one = book.find_grade(cell, "toy", "toy", "ann")
            one.manual_score, one.needs_manual_grade = points, False
        book.db.commit()
    return course


@pytest.fixture
def course(graded, tmp_path):
    return copy_course(graded, tmp_path)


def test_what_a_person_graded_waits_for_nobody_after_a_regrade(course):
    """The points stay and count, and an export is not held up."""
    ann = grade(course, fresh=True)["ann"]
    assert (ann.manual, ann.score, ann.ungraded) == (4.5, 8.5, ())


def test_a_changed_answer_waits_for_a_person_again(course):
    """The points of before stay until then; the tests' are as they were."""
    hand_in(course, {"ann": answer(course, GOOD | {"written_why": "I have thought again."})})
    ann = grade(course)["ann"]
    assert ann.ungraded == ("test_double_values", "written_why")
    assert ann.manual == 4.5


def test_other_points_by_machine_ask_for_a_person_again(course):
    """Who overruled them had other points to overrule."""
    hand_in(course, {"ann": answer(course, KINDS["triples"])})
    assert grade(course)["ann"].ungraded == ("test_double_values",)


def test_a_time_that_comes_after_grading_reaches_the_gradebook(course):
    """Nothing is graded again for it, and lateness follows."""
    with gradebook(course) as book:
        book.update_or_create_assignment("toy", duedate="2026-11-02 12:00 UTC")
    stamp = course.grading / "submitted" / "ann" / "toy" / "timestamp.txt"
    for hour, late in ((11, 0.0), (14, 7200.0)):
        stamp.write_text(f"2026-11-02 {hour}:00:00 UTC")
        ann = grade(course)["ann"]
        assert (ann.timestamp.hour, ann.seconds_late, ann.ungraded) == (hour, late, ())


def test_files_beside_a_notebook_stop_neither_the_batch_nor_nbgrader(course):
    """A stamp that is none is flagged and left out; for a secret that is none stands another."""
    place = course.grading / "submitted" / "ann" / "toy"
    (place / "timestamp.txt").write_text("2026-11-01 10:00:00 GMT,M3.2.0,M11.1.0")
    (place / "submission_secret.txt").write_bytes(b"\xff\xfe" * 20)
    hand_in(course, {"two\nlines": answer(course, GOOD)})
    marks = grade(course, fresh=True)
    assert list(marks) == ["ann"] and marks["ann"].timestamp is None
    graded = course.grading / "autograded"
    assert [path.name for path in graded.iterdir()] == ["ann"]
    assert not (graded / "ann" / "toy" / "timestamp.txt").exists()
    assert (graded / "ann" / "toy" / "submission_secret.txt").read_text().isalnum()
    ann, other = json.loads((course.results / "toy.json").read_text())["submissions"]
    assert ann["flags"][0].startswith("unreadable timestamp: ")
    assert other["verdict"] == "unreadable" and "rename the folder" in other["message"]


def written(course, change):
    """A good notebook whose written answer is left out, then changed by `change`, as JSON."""
    sources = {name: text for name, text in GOOD.items() if name != "written_why"}
    nb = json.loads(answer(course, sources))
    at = next(index for index, cell in enumerate(nb["cells"]) if cell["id"] == "written_why")
    change(nb["cells"], at)
    return json.dumps(nb).encode()


def a_cell(source, kind="markdown", **more):
    return {"cell_type": kind, "id": "4e5f", "metadata": {}, "source": source, **more}


def below(cells, at):
    cells.insert(at + 1, a_cell("It is so."))


def retyped(cells, at):
    cells[at] = a_cell("It is so.")


def in_code(cells, at):
    cells.insert(at + 1, a_cell("# It is so.", "code", outputs=[], execution_count=None))


def prose_in_code(cells, at):
    cells[at] |= a_cell("It is so.", "code", outputs=[], execution_count=None, id="written_why")
    cells.insert(at, a_cell("This is, no doubt, so.", "code", outputs=[], execution_count=None))


def drawn(cells, at):
    cells[at] |= {"source": "![](attachment:a.png)", "attachments": {"a.png": {"image/png": png()}}}


def drawn_anew(cells, at):
    other = {"a.png": {"image/png": png(2, 2)}}
    cells[at] |= {"source": "![](attachment:a.png)", "attachments": other}


def blank(cells, at):
    cells[at]["source"] = ""


def gone(cells, at):
    del cells[at]


def test_a_written_answer_waits_for_a_person_wherever_it_stands(course):
    """In the gradebook and in the report's list; who wrote nothing has 0, and nobody is asked."""
    answered = {"below": below, "retyped": retyped, "code": in_code, "prose": prose_in_code}
    answered["drawn"] = drawn
    unanswered = {"blank": blank, "gone": gone, "untouched": lambda cells, at: None}
    everybody = answered | unanswered
    hand_in(course, {student: written(course, change) for student, change in everybody.items()})
    marks = grade(course)
    assert {student for student, mark in marks.items() if "written_why" in mark.ungraded} == set(
        answered
    )
    assert all(marks[student].auto == 6.0 for student in everybody)
    report = make_report(course.assignment("toy"), similarity=False)
    (waiting,) = [group for group in report.look if group.name == "waits for marks by hand"]
    assert set(waiting.students) == set(answered) and waiting.cells == ("written_why",)
    (elsewhere,) = [group for group in report.flags if group.name == "answer elsewhere"]
    assert set(elsewhere.students) == set(answered) - {"drawn"}
    for student in set(answered) - {"drawn"}:
        nb = json.loads((course.grading / "autograded" / student / "toy/toy.ipynb").read_text())
        (cell,) = [one for one in nb["cells"] if one["id"] == "written_why"]
        assert cell["cell_type"] == "markdown" and "It is so." in "".join(cell["source"])


def test_another_picture_waits_for_a_person_again(course):
    """A picture that is as it was does not."""
    hand_in(course, {"ann": written(course, drawn)})
    grade(course)
    with gradebook(course) as book:
        one = book.find_grade("written_why", "toy", "toy", "ann")
        one.manual_score, one.needs_manual_grade = 2.0, False
        book.db.commit()
    assert "written_why" not in grade(course, fresh=True)["ann"].ungraded
    hand_in(course, {"ann": written(course, drawn_anew)})
    assert "written_why" in grade(course)["ann"].ungraded


def test_notebooks_of_other_programs_are_graded_and_flagged(course):
    """By whatever way they were saved, and under whatever name they lie in the folder."""
    whole = answer(course, GOOD)
    text = whole.decode()
    blank_one = answer(course, {})
    files = {
        "utf16": {"toy.ipynb": text.encode("utf-16")},
        "zeros": {"toy.ipynb": whole + bytes(512)},
        "tail": {"toy.ipynb": whole + whole[-300:]},
        "blank": {"toy.ipynb": blank_one, "toy (1).ipynb": whole},
        "deeper": {"toy/toy.ipynb": whole, "._toy.ipynb": b"\0\5\x16\7"},
        "ending": {"toy.ipynb.txt": whole},
        "checkpoint": {".ipynb_checkpoints/toy-checkpoint.ipynb": whole},
        "conflict": {"toy.ipynb": b"{\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> b\n}"},
        "zip": {"toy.zip": b"PK\3\4"},
    }
    for student, contents in files.items():
        for name, data in contents.items():
            path = course.grading / "submitted" / student / "toy" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    grade(course)
    results = {
        one["student"]: one
        for one in json.loads((course.results / "toy.json").read_text())["submissions"]
    }
    for student in set(files) - {"conflict", "zip"}:
        assert results[student]["score"] == 6.0 and len(results[student]["flags"]) == 1, student
    assert results["conflict"]["verdict"] == "unreadable"
    assert "resolve the conflict" in results["conflict"]["message"]
    assert results["zip"]["verdict"] == "missing" and "unpack it" in results["zip"]["message"]
