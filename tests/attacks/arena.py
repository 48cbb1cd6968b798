"""Grade all attacks of an assignment in one batch, with honest neighbours in between."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from nbgrader.converters import GenerateAssignment

from autograder.authoring.building import build_notebook, notebook_bytes
from autograder.batch.run import grade_class
from autograder.course.cells import describe
from autograder.course.configuration import load_config
from autograder.course.files import write_atomically as write
from autograder.course.folders import CONFIG, Assignment, Course
from autograder.course.results import Results, SubmissionResult
from autograder.gradebook.nbgrader_adapter import run
from tests.attacks.attack import Attack, of
from tests.attacks.scene import Listener, Scene, end_marked, fingerprint
from tests.small_class import GOOD
from tests.toy_course import CHECKS, ROOT, make_course

# Short, so that what hangs does not hang for long.
# Importing PyTorch may take that long, so jails have it.
LIMITS = """
c.Execute.timeout = {cell}
c.Autograder.submission_timeout = {submission}
c.Autograder.imports = ["torch"]
"""
NEIGHBOUR = "neighbour"


@dataclass(frozen=True)
class Arena:
    """A graded class of attackers."""

    assignment: Assignment
    submitted: Path
    scenes: dict[str, Scene]
    results: Results
    guarded: tuple[dict[str, str], dict[str, str]]
    largest: int
    seconds: float

    def result(self, attack: Attack) -> SubmissionResult:
        """What the batch said about an attack."""
        student = os.fsencode(attack.folder).decode("utf-8", "backslashreplace")
        return next(one for one in self.results.submissions if one.student == student)

    @property
    def neighbours(self) -> list[SubmissionResult]:
        """What it said about the honest ones."""
        names = {f"{scene.group}-{NEIGHBOUR}" for scene in self.scenes.values()}
        return [one for one in self.results.submissions if one.student in names]

    def grade_again(self, **how) -> Results:
        """A second batch on what is there."""
        return grade(self.assignment, self.submitted, **how)


def grade(assignment: Assignment, submitted: Path, **how) -> Results:
    """One batch, with two workers unless it is said how."""
    results = assignment.course.results / f"{assignment.name}.json"
    return grade_class(assignment, submitted, results, **({"workers": 2, "seed": 1} | how))


def toy(folder: Path, *, cell: float = 2, submission: float = 8) -> Assignment:
    """The toy course without forbidden routes: nothing but the jail protects it."""
    course = make_course(folder, checks="\n".join(
        line for line in CHECKS.splitlines() if not line.startswith("ROUTES")) + "\n")  # fmt: skip
    return _prepare(course, "toy", cell, submission)


def real(folder: Path, name: str, *, cell: float = 10, submission: float = 40) -> Assignment:
    """A copy of one of the course's assignments."""
    for part in (name, "shared"):
        shutil.copytree(ROOT / "solutions" / part, folder / "solutions" / part)
    shutil.copy(ROOT / CONFIG, folder)
    return _prepare(Course(folder), name, cell, submission)


def _prepare(course: Course, name: str, cell: float, submission: float) -> Assignment:
    """Build and release; nothing is proved, which would take a kernel."""
    with open(course.root / CONFIG, "a", encoding="utf-8") as file:
        file.write(LIMITS.format(cell=cell, submission=submission))
    assignment = course.assignment(name)
    write(assignment.source, notebook_bytes(build_notebook(assignment)))
    config = load_config(course)
    config.CourseDirectory.assignment_id = name
    run(GenerateAssignment, config)
    return assignment


@contextmanager
def arena(assignment: Assignment, attacks: list[Attack], **how) -> Iterator[Arena]:
    """Hand the attacks in, grade them, and look at the consequences."""
    base, course = Path(tempfile.mkdtemp(prefix="attacks-")), assignment.course
    listener, submitted = Listener(), course.root / "handed-in"
    base.chmod(0o777)
    solved = json.loads(assignment.source.read_bytes())
    honest = GOOD if assignment.name == "toy" else _answers(solved)
    scenes = {}
    try:
        for number, attack in enumerate(attacks):
            folder = base / f"scene-{number}"
            folder.mkdir()
            folder.chmod(0o777)
            mark = f"atk{os.getpid()}x{number:03}"  # a process's name has 15 letters
            scenes[attack.name] = Scene(
                folder, course, mark, listener.port, listener.heard, attack.folder, attack.group
            )
            hand_in(assignment, submitted, attack, scenes[attack.name], honest)
        for group in {attack.group for attack in attacks}:
            place = submitted / f"{group}-{NEIGHBOUR}" / assignment.name
            place.mkdir(parents=True)
            (place / f"{assignment.name}.ipynb").write_bytes(notebook(assignment, honest))
        guarded = (course.solutions, course.release, course.root / CONFIG, course.source)
        before, start = fingerprint(*guarded), time.monotonic()
        with watched() as sizes:
            results = grade(assignment, submitted, **how)
        seconds = time.monotonic() - start
        after = fingerprint(*guarded)
        yield Arena(
            assignment, submitted, scenes, results, (before, after), max(sizes), seconds
        )  # fmt: skip
    finally:
        listener.close()
        end_marked([scene.mark for scene in scenes.values()])
        shutil.rmtree(base, ignore_errors=True)


def _answers(solved: dict) -> dict[str, str]:
    names = describe(solved).functions
    return {name: "".join(of(solved, name)["source"]) for name in names}


def notebook(assignment: Assignment, answers: dict[str, str]) -> bytes:
    """The release with these sources in its cells."""
    nb = json.loads(assignment.release.read_bytes())
    for name, source in answers.items():
        of(nb, name)["source"] = source
    return json.dumps(nb).encode()


def hand_in(
    assignment: Assignment, submitted: Path, attack: Attack, scene: Scene, honest: dict[str, str]
) -> None:
    """Write one attack's submission."""
    data = notebook(assignment, attack.answers(scene, honest))
    place = submitted / attack.folder / assignment.name
    place.parent.mkdir(parents=True)
    if attack.make is not None:
        attack.make(place, data)
    else:
        place.mkdir()
        (place / f"{assignment.name}.ipynb").write_bytes(data)


@contextmanager
def watched() -> Iterator[list[int]]:
    """The largest memory that this process's children had, in bytes, measured now and then."""
    sizes, stop = [0], threading.Event()

    def look() -> None:
        while not stop.wait(0.05):
            for pid in _children():
                with suppress(OSError, IndexError, ValueError):
                    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                        if line.startswith("VmHWM:"):
                            sizes.append(int(line.split()[1]) * 1024)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield sizes
    finally:
        stop.set()
        thread.join()


def _children() -> list[int]:
    """The grading workers: the trusted processes, not what is in their jails."""
    found = []
    for task in os.listdir(f"/proc/{os.getpid()}/task"):
        with suppress(OSError):
            path = f"/proc/{os.getpid()}/task/{task}/children"
            found += [int(one) for one in Path(path).read_text().split()]
    return found
