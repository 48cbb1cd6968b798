"""No attack earns a point, hurts a neighbour, or leaves anything behind."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from functools import cache
from itertools import groupby

import nbformat
import pytest
from nbgrader.converters import GenerateFeedback

from autograder.checks.forbidden import MAX_SOURCE, Routes, look_for_forbidden
from autograder.checks.scopes import defined_functions
from autograder.course.configuration import load_config
from autograder.course.errors import ForbiddenRoute, SubmissionError
from autograder.course.notebook_file import read_bytes, read_notebook
from autograder.course.submissions import find_submissions
from autograder.gradebook.nbgrader_adapter import run
from autograder.grading.intake import clean_copy
from tests.attacks.arena import arena, real, toy
from tests.attacks.attack import FULL
from tests.attacks.catalogue import ATTACKS, REAL, TOY
from tests.attacks.pages import shown
from tests.attacks.scene import Listener, Scene, by_mark, end_marked
from tests.processes import LONG

pytestmark = pytest.mark.slow
PROVED = [attack for attack in TOY if attack.proof]
NAMES = sorted({attack.assignment for attack in REAL})
# A worker has PyTorch loaded; beyond that, a frame of the largest size may be in its hands twice.
LARGEST = 1_200_000_000
# How many times as long as the longest cell that is read a hostile file of many may take.
SLOW = 8


def cases(attacks):
    """One parameter for each attack; those that nobody promises to prevent are expected to work."""
    return [
        pytest.param(
            attack,
            id=f"{attack.group}-{attack.name}".replace(" ", "_"),
            marks=pytest.mark.xfail(reason=attack.unpromised) if attack.unpromised else (),
        )
        for attack in attacks
    ]


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    """All attacks on the toy course, graded in one batch; the pages of those that attack pages."""
    # Below a folder that everybody may enter, or its mode alone would keep attackers out.
    folder = tmp_path_factory.mktemp("course")
    with arena(toy(folder / "toy"), TOY) as graded:
        config = load_config(graded.assignment.course)
        config.CourseDirectory.assignment_id = "toy"
        config.CourseDirectory.student_id = "outputs-*"
        run(GenerateFeedback, config)
        yield graded


@pytest.fixture(scope="module")
def real_fields(tmp_path_factory):
    """All attacks on one of the course's assignments, graded in one batch when first asked for."""
    with ExitStack() as stack:

        @cache
        def graded(name):
            mine = [attack for attack in REAL if attack.assignment == name]
            folder = tmp_path_factory.mktemp("course") / name
            # A worker and its jail take longer to import PyTorch than all of these to grade.
            return stack.enter_context(arena(real(folder, name), mine, workers=1))

        yield graded


def look_at(attack, graded):
    """Hold what came of an attack against what may come of it."""
    result = graded.result(attack)
    lost = {name: cell.message for name, cell in result.cells.items() if not cell.score}
    assert attack.harmed(graded.scenes[attack.name]) is None
    assert result.verdict in attack.verdicts, (result.verdict, result.message, lost)
    assert result.score <= attack.most, {k: c for k, c in result.cells.items() if c.score}
    assert result.score >= attack.least, lost
    for flag in attack.flags:
        assert any(one.startswith(flag) for one in result.flags), result.flags


@pytest.mark.parametrize("attack", cases(TOY))
def test_an_attack_earns_nothing_and_harms_nobody(attack, field):
    """Verdict, points and flags are those of its honest part, and nothing else happened."""
    look_at(attack, field)


@pytest.mark.parametrize("attack", cases(REAL))
def test_an_attack_on_a_real_assignment_earns_nothing(attack, real_fields):
    """Forbidden routes, races, passes and modules cannot be forged."""
    look_at(attack, real_fields(attack.assignment))


@pytest.mark.parametrize("name", NAMES)
def test_the_honest_neighbours_of_real_attacks_keep_their_points(name, real_fields):
    """An honest submission of the same batch loses nothing."""
    (neighbour,) = real_fields(name).neighbours
    assert (neighbour.verdict, neighbour.flags) == ("graded", ())
    assert neighbour.score == neighbour.max_score


def test_honest_neighbours_keep_their_points(field):
    """What happens to one submission never reaches another."""
    assert len(field.neighbours) == len({attack.group for attack in TOY})
    for one in field.neighbours:
        assert (one.verdict, one.score, one.flags) == ("graded", FULL, ()), one


def test_the_attacks_still_find_the_runner(field):
    """Those that forge the protocol know the runner's names; a new name would make them duds."""
    scene = next(field.scenes[one.name] for one in TOY if one.name == "the runner is there")
    assert shown(scene) is not None


def test_the_course_is_as_it_was(field):
    """Sources, releases and configuration are not touched by a grading."""
    before, after = field.guarded
    assert before == after


def test_the_gradebook_says_what_the_results_say(field):
    """Every score in nbgrader's database is the batch's."""
    with sqlite3.connect(field.assignment.course.grading / "gradebook.db") as database:
        rows = database.execute(
            """SELECT student.id, SUM(grade.auto_score), MAX(grade.manual_score)
               FROM grade
               JOIN base_cell AS cell ON cell.id = grade.cell_id AND cell.name LIKE 'test_%'
               JOIN submitted_notebook AS notebook ON notebook.id = grade.notebook_id
               JOIN submitted_assignment AS work ON work.id = notebook.assignment_id
               JOIN student ON student.id = work.student_id GROUP BY student.id"""
        ).fetchall()
    database.close()
    scores = {one.student: one.score for one in field.results.submissions}
    assert {student: score for student, score, _ in rows}.items() <= scores.items()
    assert {manual for *_, manual in rows} == {None}
    assert len(rows) > len(TOY) / 2


def test_every_submission_has_a_verdict_and_none_is_the_graders_fault(field):
    """Nobody is lost, and nothing that a student does is called a fault of the grader."""
    students = [one.student for one in field.results.submissions]
    assert len(students) == len(set(students)) == len(list(field.submitted.iterdir()))
    assert [one.student for one in field.results.faults] == []


def test_hostile_files_and_sources_are_read_in_bounded_time(field):
    """What the trusted process does with a file takes about as long as honest code does."""
    released = nbformat.read(field.assignment.release, as_version=4)
    routes, slow = Routes(libraries=("torch", "scipy"), names=("repeat",)), {}
    line = "y = x[3] + 3 * len(x)\n"
    start = time.process_time()
    defined_functions(line * (MAX_SOURCE // len(line)))
    longest = time.process_time() - start
    for one in find_submissions(field.submitted, "toy"):
        start = time.process_time()
        with suppress(SubmissionError, ForbiddenRoute):
            clean = clean_copy(read_notebook(read_bytes(one.path)), released) if one.path else None
            for source in clean.sources.values() if clean else ():
                look_for_forbidden(routes, source)
        slow[one.student] = time.process_time() - start
    assert {one: seconds for one, seconds in slow.items() if seconds > SLOW * longest} == {}


def test_the_results_file_can_be_read(field):
    """Names and messages of attackers are text like any other."""
    path = field.assignment.course.results / "toy.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    assert len(written["submissions"]) == len(field.results.submissions)


def test_nothing_is_left_running(field):
    """No process of any attack has outlived the batch."""
    marks = [scene.mark for scene in field.scenes.values()]
    assert by_mark(marks) == {mark: [] for mark in marks}


def test_no_attack_makes_the_trusted_process_large(field):
    """What a student sends costs the grader a bounded amount of memory."""
    assert field.largest < LARGEST


def test_a_second_batch_says_the_same(field):
    """What is done is not done again, and says what it said."""
    told = []
    again = field.grade_again(tell=told.append)
    assert [one.latest.student for one in told if not one.reused] == []
    assert {one.student: (one.verdict, one.score) for one in again.submissions} == {
        one.student: (one.verdict, one.score) for one in field.results.submissions
    }


@pytest.fixture(scope="module")
def unprotected(tmp_path_factory):
    """The points that a grader in the same process gives, and the harm that it comes to."""
    assignment, listener = toy(tmp_path_factory.mktemp("naive") / "toy"), Listener()
    scenes = {}
    for number, attack in enumerate(PROVED):
        folder = tmp_path_factory.mktemp("scene")
        mark = f"prf{os.getpid()}x{number:03}"
        scenes[attack.name] = Scene(
            folder, assignment.course, mark, listener.port, listener.heard, attack.folder
        )
    jobs = {attack.name: attack.answers(scenes[attack.name]) for attack in PROVED}
    given, wanted = (tmp_path_factory.mktemp("naive") / name for name in ("jobs", "points"))
    given.write_text(json.dumps(jobs))
    program = [sys.executable, "-m", "tests.attacks.naive", assignment.course.root, given, wanted]
    try:
        # What the attacks leave running holds its streams open, so nobody may wait for these.
        nowhere = {name: subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
        subprocess.run(program, check=True, timeout=LONG, **nowhere)
        harms = {attack.name: attack.harmed(scenes[attack.name]) for attack in PROVED}
    finally:
        listener.close()
        end_marked([scene.mark for scene in scenes.values()])
    return json.loads(wanted.read_text()), harms


@pytest.mark.parametrize("attack", cases(PROVED))
def test_an_attack_is_one(attack, unprotected):
    """Where student and checks share a process, it gets its points or does its harm."""
    points, harms = unprotected
    if attack.proof == "harm":
        assert harms[attack.name] is not None
    else:
        assert points[attack.name] is not None and points[attack.name] > attack.most


def test_the_catalogue_is_in_order():
    """Every attack has a folder of its own, a sentence that says why, and sources that are text."""
    for folder, same in groupby(
        sorted(ATTACKS, key=lambda one: one.folder), lambda one: one.folder
    ):
        assert len({(one.assignment, one.name) for one in same}) == 1, folder
    assert all(attack.why and attack.least <= attack.most for attack in ATTACKS)
    assert len(ATTACKS) > 200
