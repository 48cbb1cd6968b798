"""What the benchmarks say is right: the class, the counting, the comparison, the report."""

import ast
import json
import os
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from autograder.course.folders import Course, find_course
from benchmarks import growth, report, shell
from benchmarks.agreement import differences, read_grades, read_results, shorten
from benchmarks.classes import SLOW, STOPS_NBGRADER, make_class, write_class
from benchmarks.floor import run_cells
from benchmarks.measure import BenchmarkError, Measurement, environment, measure, scale
from benchmarks.otter import to_otter, to_tests
from tests.edits import edit_bytes
from tests.processes import LONG
from tests.submissions.sample_class import NAME, SAMPLES
from tests.toy_course import make_course

ASSIGNMENT = find_course().assignment(NAME)
STOCK = Measurement(wall=400.0, cpu=300.0, biggest=420.0, main=120.0)
OURS = Measurement(wall=20.0, cpu=40.0, biggest=300.0, main=150.0)
KINDS = len(SAMPLES) - len(SLOW)


@pytest.fixture(scope="module")
def released():
    """The released notebook as plain JSON."""
    return json.loads(ASSIGNMENT.release.read_bytes())


@pytest.fixture(scope="module")
def submissions():
    """Twice the sample class, and one more."""
    return list(make_class(ASSIGNMENT, 2 * KINDS + 1))


def test_a_class_has_the_size_that_was_asked_for(submissions):
    """As many students, no name twice, no two submissions alike."""
    assert len(submissions) == 2 * KINDS + 1
    assert len({student for student, _ in submissions}) == len(submissions)
    assert len({data for _, data in submissions}) == len(submissions)


def test_a_class_is_made_the_same_every_time(submissions):
    """Names and bytes, and a smaller class is the beginning of a larger one."""
    assert list(make_class(ASSIGNMENT, 3)) == submissions[:3]


def test_all_kinds_come_in_turn(submissions):
    """Each sample as often as any other, and those left out never."""
    kinds = Counter(student.partition("-")[2] for student, _ in submissions[: 2 * KINDS])
    assert set(kinds.values()) == {2}
    assert set(kinds) == {sample.student for sample in SAMPLES} - set(SLOW)
    peers = make_class(ASSIGNMENT, 30, SLOW + STOPS_NBGRADER)
    assert not {student.partition("-")[2] for student, _ in peers} & {*SLOW, *STOPS_NBGRADER}


def test_a_submission_is_its_sample_but_for_its_owner(submissions, released):
    """The owner stands in a comment in the first answer and nowhere else."""
    data = dict(submissions)["00002-untouched"]
    found = json.loads(edit_bytes(data, ("\\n# 00002-untouched", "")))
    assert [cell["source"] for cell in found["cells"]] == [
        "".join(cell["source"]) for cell in released["cells"]
    ]
    assert data.count(b"00002-untouched") == 1


def test_broken_submissions_stay_broken(submissions):
    """What is no JSON in the sample class is none here."""
    (data,) = (data for student, data in submissions[:KINDS] if student.endswith("not_json"))
    with pytest.raises(ValueError, match="line"):
        json.loads(data)


def test_a_class_is_written_as_nbgrader_wants_it(submissions, tmp_path):
    """STUDENT/NAME/NAME.ipynb, each with its own bytes."""
    write_class(submissions[:2], tmp_path)
    for student, data in submissions[:2]:
        assert (tmp_path / student / NAME / f"{NAME}.ipynb").read_bytes() == data


def test_cpu_time_of_a_child_counts(tmp_path):
    """A command that lets another do its work is measured with that work."""
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    found = measure([sys.executable, "-c", script], folder=tmp_path, log=tmp_path / "log")
    assert 0.3 <= found.cpu <= found.wall * os.cpu_count()
    assert found.biggest >= found.main > 1
    assert found.left == 0


def test_memory_is_that_of_the_biggest_process(tmp_path):
    """A child's 200 MB show in `biggest` and not in `main`."""
    hold = "import time; held = b'x' * 200_000_000; time.sleep(0.4)"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}])"
    found = measure([sys.executable, "-c", script], folder=tmp_path, log=tmp_path / "log")
    assert found.biggest > 190 > 100 > found.main


def test_a_failing_command_is_no_measurement(tmp_path):
    """The error gives the status and what the command said last."""
    script = "import sys; sys.exit('the disk is full')"
    with pytest.raises(BenchmarkError, match=r"(?s)exit status 1.*the disk is full"):
        measure([sys.executable, "-c", script], folder=tmp_path, log=tmp_path / "log")


def test_a_killed_command_ends_at_its_time(tmp_path):
    """`kill_after` is a kill -9, and says so when the command was done before."""
    sleep = [sys.executable, "-c", "import time; time.sleep(3600)"]
    found = measure(sleep, folder=tmp_path, log=tmp_path / "log", ok=(-9,), kill_after=0.3)
    assert 0.3 <= found.wall < LONG
    with pytest.raises(BenchmarkError, match="exit status 0"):
        done = [sys.executable, "-c", ""]
        measure(done, folder=tmp_path, log=tmp_path / "log", ok=(-9,), kill_after=LONG)


def test_what_is_measured_decides_on_threads_itself(monkeypatch):
    """The settings of our own builds and tests do not reach it."""
    for name in ("OMP_NUM_THREADS", "MPLBACKEND", "PYTHONHASHSEED"):
        monkeypatch.setenv(name, "1")
        assert name not in environment()
    assert environment()["PATH"].startswith(str(Path(sys.executable).parent))


def test_starting_is_counted_once_however_large_the_class():
    """8 submissions in 85 s, 5 of them for starting, make 40 in 405 s."""
    start = Measurement(wall=5, cpu=4, biggest=100, main=100)
    found = scale(Measurement(wall=85, cpu=44, biggest=420, main=120), 8, 40, start)
    assert found == Measurement(wall=405, cpu=204, biggest=420, main=120)
    assert scale(STOCK, 40, 40, start) == STOCK
    assert scale(STOCK, 8, 40).wall == 5 * STOCK.wall


def compared(**changes):
    """A report's part that says how nbgrader and we did."""
    rows = {
        report.STOCK: report.row(STOCK, 8, 40),
        report.TWO_WORKERS: {**report.row(OURS, 40, 40), **changes},
    }
    versions = {"Python": "3.11"}
    machine = {"date": "2026-01-02", "cpu": "a chip", "cores": 2, "memory": 8, "versions": versions}
    return {"size": 40, "contenders": rows, "notes": ["a note"], "machine": machine}


def grown(size, *, found=0, left=0, **changes):
    """A report's part about one size."""
    times = {"undisturbed": 9, "killed_after": 4, "resumed_for": 5}
    one = {**report.row(OURS, size, size), "date": "2026-01-02", **changes}
    resume = {**times, "left": left, "found": found, "differences": ["/a: 1 and 2"] * found}
    return {"sizes": {str(size): one}, "resume": {str(size): resume}}


def waited(help=(9, 0.1), grade=(3, 9)):
    """A report's part about the shell; of help and grade the wall and the CPU time."""
    times = {shell.HELP: help, shell.LIST: (9, 0.5), shell.GRADE: grade, shell.RELEASE: (30, 9)}
    rows = {name: asdict(Measurement(wall, cpu, 1, 1)) for name, (wall, cpu) in times.items()}
    return {"date": "2026-01-02", "commands": rows}


def test_the_least_time_of_several_runs_counts():
    """Each kind of time by itself, and the most memory."""
    runs = [Measurement(3, 2, 10, 5), Measurement(2, 3, 20, 4)]
    assert shell.least(runs) == Measurement(2, 2, 20, 5)


def test_the_shell_is_measured_in_a_copy_of_the_course(tmp_path, monkeypatch):
    """Every command, after a release that is not counted, and the course itself is left alone."""
    course, calls = make_course(tmp_path / "course"), []

    def run(command, *, folder, log):
        assert folder == tmp_path / "scratch" / "course"
        calls.append(command[1:])
        return OURS

    monkeypatch.setattr(shell, "measure", run)
    monkeypatch.setattr(shell, "grade_with_ours", lambda course, name, workers: STOCK)
    monkeypatch.setattr(shell, "make_class", lambda *sample: [("ann", b"{}")])
    before = sorted(course.root.rglob("*"))
    part = shell.measure_shell(course.assignment("toy"), tmp_path / "scratch", tell=calls.append)
    assert sorted(course.root.rglob("*")) == before
    assert part["commands"].keys() == shell.TARGETS.keys()
    assert part["commands"][shell.GRADE]["wall"] == STOCK.wall
    assert [call for call in calls if isinstance(call, list)] == [
        ["release"],
        *[["--help"]] * shell.TRIES,
        *[["list"]] * shell.TRIES,
        *[["release"]] * shell.TRIES,
    ]


def test_a_ratio_says_how_many_times_less_than_nbgrader():
    """400 s against 20 s is 20; nbgrader against itself is 1."""
    ratios = report.ratios(compared()["contenders"])
    assert ratios[report.TWO_WORKERS] == {"wall": 20.0, "cpu": 7.5}
    assert ratios[report.STOCK] == {"wall": 1.0, "cpu": 1.0}


def test_seconds_each_are_over_the_class():
    """Not over those that were really run."""
    assert report.row(STOCK, 8, 40)["wall_each"] == 10.0


@pytest.mark.parametrize(
    ("part", "missed"),
    [
        pytest.param({"compare": compared(cpu_each=0.4)}, [], id="all met"),
        pytest.param({"compare": compared()}, ["1.00 s of CPU"], id="cpu each"),
        pytest.param({"compare": compared(cpu_each=0.4, wall=40)}, ["10.0×"], id="wall"),
        pytest.param({"compare": compared(cpu_each=0.4, cpu=100)}, ["3.0×"], id="cpu"),
        pytest.param({"growth": grown(1000)}, [], id="growth met"),
        pytest.param({"growth": grown(1000, main=400)}, ["400 MiB"], id="memory"),
        pytest.param({"growth": grown(1000, found=1)}, ["1 differences"], id="resume"),
        pytest.param({"growth": grown(1000, left=2)}, ["2 processes"], id="left behind"),
        pytest.param({"shell": waited()}, [], id="shell met"),
        pytest.param({"shell": waited(help=(9, 0.4))}, ["--help: 0.40 s of CPU"], id="help"),
        pytest.param({"shell": waited(grade=(4.5, 3))}, ["4.50 s on the clock"], id="one grade"),
    ],
)
def test_a_missed_target_is_called_missed(part, missed):
    """And no other one is."""
    found = [verdict for verdict in report.verdicts(part) if "MISSED" in verdict]
    assert len(found) == len(missed)
    assert all(words in verdict for words, verdict in zip(missed, found, strict=True))


def test_saving_keeps_what_was_measured_before(tmp_path):
    """Another part, and other sizes; a size measured again is replaced."""
    path = tmp_path / "bench.json"
    report.save(path, compare=compared())
    report.save(path, growth=grown(100))
    report.save(path, growth=grown(1000))
    saved = report.save(path, growth=grown(100, main=77))
    assert saved == json.loads(path.read_text(encoding="utf-8"))
    assert set(saved) == {"compare", "growth"}
    assert {size: one["main"] for size, one in saved["growth"]["sizes"].items()} == {
        "100": 77,
        "1000": 150.0,
    }


def test_the_page_holds_every_contender_and_every_size():
    """In tables whose rows are as long as their header, with machine and notes."""
    page = report.markdown({"compare": compared(), "growth": grown(10_000), "shell": waited()})
    lines = page.splitlines()
    for word in (
        report.STOCK,
        report.TWO_WORKERS,
        shell.LIST,
        "10,000",
        "a chip",
        "2026-01-02",
        "a note",
    ):
        assert word in page
    tables = "\n".join(line if line.startswith("|") else "" for line in lines).split("\n\n")
    for table in filter(None, (table.strip() for table in tables)):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_every_difference_between_two_runs_is_found():
    """Another value, another type, and what only one of them has."""
    one = {"ann": {"score": 4.0, "cells": [1, 2]}, "bob": 1}
    assert differences(one, json.loads(json.dumps(one))) == []
    other = {"ann": {"score": 4, "cells": [1, 3]}, "cy": 1}
    assert differences(one, other) == [
        "/ann/cells: [1, 2] and [1, 3]",
        "/ann/score: 4.0 and 4",
        "/bob: only in the first",
        "/cy: only in the second",
    ]
    assert shorten(["a"] * 7) == [*"aaaaa", "and 2 more"]


def write_graded(course, *, score=4.0, seconds=1.0):
    """What a graded class of one leaves: a results file and a gradebook."""
    course.results.mkdir(parents=True)
    one = {"student": "ann", "score": score, "cells": {"test_a": {"score": score}}}
    results = {"assignment": "toy", "submissions": [{**one, "seconds": seconds}]}
    (course.results / "toy.json").write_text(json.dumps(results), encoding="utf-8")
    with closing(sqlite3.connect(course.grading / "gradebook.db")) as connection:
        connection.executescript(
            "CREATE TABLE base_cell (id, name); INSERT INTO base_cell VALUES (1, 'test_a');"
            "CREATE TABLE submitted_assignment (id, student_id);"
            "INSERT INTO submitted_assignment VALUES (2, 'ann');"
            "CREATE TABLE submitted_notebook (id, assignment_id);"
            "INSERT INTO submitted_notebook VALUES (3, 2);"
            "CREATE TABLE grade (cell_id, notebook_id, auto_score);"
            f"INSERT INTO grade VALUES (1, 3, {score});"
        )


def test_times_are_no_part_of_what_is_compared(tmp_path):
    """Two runs that took differently long say the same."""
    write_graded(Course(tmp_path / "a"), seconds=1.0)
    write_graded(Course(tmp_path / "b"), seconds=2.0)
    first, second = (read_results(Course(tmp_path / name).results / "toy.json") for name in "ab")
    assert first == second
    assert first["submissions"]["ann"]["cells"] == {"test_a": {"score": 4.0}}


def test_grades_are_read_by_student_and_cell(tmp_path):
    """As nbgrader keeps them."""
    write_graded(Course(tmp_path))
    assert read_grades(tmp_path / "grading" / "gradebook.db") == {"ann": {"test_a": 4.0}}


@pytest.mark.parametrize("score", [4.0, 3.0])
def test_a_resumed_batch_that_says_otherwise_is_noticed(tmp_path, monkeypatch, score):
    """In the results and in the gradebook; and when both say the same, nothing is reported."""
    whole, killed = Course(tmp_path / "whole"), Course(tmp_path / "killed")
    write_graded(whole)

    def grade(course, name, *, workers, fresh=True, kill_after=None):
        if not fresh:
            write_graded(course, score=score)
        return OURS

    monkeypatch.setattr(growth, "grade_with_ours", grade)
    found = growth.kill_and_resume(whole, killed, "toy", OURS)
    assert found["found"] == len(found["differences"]) == (0 if score == 4.0 else 3)


def test_a_batch_that_was_done_before_the_kill_proves_nothing(tmp_path, monkeypatch):
    """It is an error and not a passed check."""
    whole, killed = Course(tmp_path / "whole"), Course(tmp_path / "killed")
    monkeypatch.setattr(
        growth, "grade_with_ours", lambda course, *_, **__: write_graded(course) or OURS
    )
    with pytest.raises(BenchmarkError, match="done before it was killed"):
        growth.kill_and_resume(whole, killed, "toy", OURS)


def test_otter_is_asked_for_every_visible_check(submissions, released):
    """Each test cell becomes a check of its name, whose test holds the cell's own text."""
    tests = to_tests(released)
    asked = [cell["source"] for cell in to_otter(json.loads(submissions[0][1]))["cells"]]
    assert len(tests) > 10
    for cell in released["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in tests:
            assert asked.count(f"grader.check({name!r})") == 1
            values = {
                node.targets[0].id: ast.literal_eval(node.value)
                for node in ast.parse(tests[name]).body
                if isinstance(node, ast.Assign)
            }
            assert values["CHECKS"] == "".join(cell["source"])
            assert values["points"] == cell["metadata"]["nbgrader"]["points"]


def test_the_floor_runs_every_cell_but_those_left_out():
    """Past a cell that raises, and without the cells of the given tag."""

    def cell(source, kind="code", tags=()):
        return {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}

    cells = [cell("a = 1"), cell("1 / 0"), cell("a ="), cell("b = a", tags=["shown"])]
    notebook = {"cells": [*cells, cell("c = 3", kind="markdown"), cell("d = 4")]}
    assert run_cells(notebook).keys() & set("abcd") == set("abd")
    assert run_cells(notebook, "shown").keys() & set("abcd") == set("ad")
