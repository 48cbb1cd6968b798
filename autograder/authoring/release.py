"""Release an assignment: build, prove, and let nbgrader make the students' notebook.

    notebook.py ─build→ grading/source/NAME/NAME.ipynb ─generate_assignment→ assignments/NAME/

Everything is proved in a scratch folder first, so that a refusal changes nothing.
"""

from __future__ import annotations

import copy
import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from traitlets.config import Config

from autograder.authoring.building import build_notebook, notebook_bytes
from autograder.authoring.check_rules import check_checks
from autograder.authoring.gradebook_cells import require_known_cells
from autograder.authoring.kernel_runner import TIMED_OUT, execute
from autograder.authoring.leftovers import check_leftovers
from autograder.authoring.markers import check_markers
from autograder.authoring.release_record import (
    begin_record,
    end_record,
    proof_key,
    read_record,
    release_key,
    source_key,
)
from autograder.authoring.source_rules import check_source
from autograder.authoring.translated import translated_notebook
from autograder.checks.loading import libraries_of, load_trusted
from autograder.course.cells import describe, grade_id
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError, JailError, ReleaseError
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.limits import load_limits
from autograder.course.notebook_source import read_source
from autograder.course.released_cells import note_release
from autograder.course.translation import catalog, languages
from autograder.gradebook.nbgrader_adapter import run
from autograder.gradebook.writer import require_assignment
from autograder.grading import worker_state
from autograder.grading.proof import prove_again, remedy_of
from autograder.sandbox.jail import TIERS


@dataclass(frozen=True)
class ReleaseResult:
    """The outcome of a release.

    notebook : the students' notebook
    max_score, manual : the points given by machine, and those given by a person
    changed : whether the students' notebook differs from the one before
    """

    name: str
    notebook: Path
    max_score: float
    manual: float
    changed: bool


def release(assignment: Assignment, *, fresh: bool = False) -> ReleaseResult:
    """Release one assignment; raises `ReleaseError` or `SourceError` and changes nothing then.

    An assignment is not proved again while nothing changed that its proof depended on, and the
    files of the last release are unchanged.

    fresh : prove it in any case
    """
    if not fresh and _is_proved(assignment):
        return _result(assignment, changed=_release_translations(assignment))
    record = begin_record(assignment)  # before it is read, so that a later change is noticed
    written = read_source(assignment)
    check_markers(written, assignment.notebook_source)
    check_source(written, assignment.notebook_source)
    trusted = load_trusted(assignment)
    check_checks(trusted)
    built = build_notebook(assignment)
    config = load_config(assignment.course)
    assignment.course.grading.mkdir(exist_ok=True)
    if assignment.source.is_file():  # before a first release there may be no gradebook
        require_known_cells(assignment, built)
    scratch = Path(tempfile.mkdtemp(prefix=".release-", dir=assignment.course.grading))
    try:
        students_file = generate(assignment, built, scratch)
        students_nb = nbformat.read(students_file, as_version=4)
        check_leftovers(built, students_nb, assignment)
        # The checks must see what is being released, not what was released before.
        course = replace(assignment.course, built=scratch / "source", released=scratch / "release")
        trial = course.assignment(assignment.name)
        _prove_solved(trial, built)
        _prove_untouched(trial, students_nb)
        _prove_jailed(trial)
        text = students_file.read_text(encoding="utf-8")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    _translations(assignment, students_nb)  # refused before anything is written
    before = _read(assignment.release)
    _write_source(assignment, built)
    _start(config, assignment)
    if _read(assignment.release) != text:
        raise ReleaseError(f"{assignment.release} came out differently the second time")
    note_release(assignment, *filter(None, (before, text)))
    end_record(assignment, record)
    changed = _release_translations(assignment, fresh=fresh)
    return _result(assignment, changed=changed or before != text)


def _is_proved(assignment: Assignment) -> bool:
    """Whether the last release is up to date and proved, and its files and row are still there."""
    record = read_record(assignment)
    if record is None or record.proof != proof_key(assignment):
        return False
    if (record.source, record.release) != (source_key(assignment), release_key(assignment)):
        return False
    try:
        require_assignment(assignment)
    except CourseError:
        return False
    return assignment.release.is_file()


def _result(assignment: Assignment, *, changed: bool) -> ReleaseResult:
    cells = describe(json.loads(assignment.release.read_bytes()))
    manual = sum(cells.answers.values())
    return ReleaseResult(assignment.name, assignment.release, cells.max_score, manual, changed)


def generate(assignment: Assignment, built: NotebookNode, scratch: Path) -> Path:
    """Run nbgrader's generate_assignment in a folder of its own and without a gradebook.

    Returns the path of the students' notebook below `scratch`.
    """
    trial = copy.deepcopy(load_config(assignment.course))
    trial.CourseDirectory.source_directory = str(scratch / "source")
    trial.CourseDirectory.release_directory = str(scratch / "release")
    trial.SaveCells.enabled = False
    trial.GenerateAssignment.no_database = True
    folder = scratch / "source" / assignment.name
    folder.mkdir(parents=True)
    write_atomically(folder / f"{assignment.name}.ipynb", notebook_bytes(built))
    _start(trial, assignment)
    return scratch / "release" / assignment.name / f"{assignment.name}.ipynb"


def _start(config: Config, assignment: Assignment) -> None:
    config = copy.deepcopy(config)
    config.CourseDirectory.assignment_id = assignment.name
    try:
        run(GenerateAssignment, config)
    except (Exception, SystemExit) as error:
        raise ReleaseError(
            f"nbgrader could not generate {assignment.name}: {type(error).__name__}: {error}",
            f"See it for yourself: nbgrader generate_assignment {assignment.name} --force",
        ) from error


def _release_translations(assignment: Assignment, *, fresh: bool = False) -> bool:
    """Release the notebook in every language that it has a catalog in; says whether one changed.

    It is made of the English one, and runs the same program. So where it changed, it is proved by
    one more run of the solved notebook in a kernel. A catalog without translations adds nothing.
    """
    built, released = (
        nbformat.read(path, as_version=4) for path in (assignment.source, assignment.release)
    )
    changed = False
    for language, there in _translations(assignment, released).items():
        path = assignment.translation(language)
        before, text = _read(path), notebook_bytes(there)
        if fresh or before != text:
            solved = translated_notebook(built, catalog(language, assignment))
            _prove_solved(assignment, solved, f" in {language}")
        if before != text:
            _write_folder(path, assignment, text)
            note_release(assignment, *filter(None, (before, text)))
            changed = True
    return changed


def _translations(assignment: Assignment, released: NotebookNode) -> dict[str, NotebookNode]:
    """The released notebook in every language that it has a catalog in."""
    return {
        language: translated_notebook(released, catalog(language, assignment))
        for language in languages(assignment)
    }


def _write_source(assignment: Assignment, built: NotebookNode) -> None:
    _write_folder(assignment.source, assignment, notebook_bytes(built))


def _write_folder(notebook: Path, assignment: Assignment, text: str) -> None:
    """Write a notebook, and the files that ship with it, into a folder of its own.

    They are written beside it first, so that a full disk leaves what is there.
    """
    folder = notebook.parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".release-", dir=assignment.course.grading))
    try:
        if assignment.extra_files.is_dir():
            shutil.copytree(assignment.extra_files, beside, dirs_exist_ok=True)
        write_atomically(beside / notebook.name, text)
        beside.chmod(folder.parent.stat().st_mode)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _prove_solved(assignment: Assignment, built: NotebookNode, language: str = "") -> None:
    """Run the solved notebook as a submission is run: every cell must pass.

    language : " in zh_CN", for the message
    """
    nb = copy.deepcopy(built)
    execute(assignment.course, nb, files=assignment.extra_files, seed=None)
    for index, cell in enumerate(nb.cells):
        for error in _errors(cell):
            raise ReleaseError(
                f"{assignment.notebook_source}, cell {_name(cell, index)!r}: the solved notebook"
                f"{language} fails here, so it does not earn full marks: {error.ename}: "
                f"{error.evalue}",
                "Mend the solution, the test or the check.",
            )


def _prove_jailed(assignment: Assignment) -> None:
    """Grade the solved notebook as a submission: in a jail, where the checks see what it returns.

    In a kernel they see the very objects. Out of a jail comes what can be carried.
    """
    limits, tier = load_limits(assignment.course), _tier(assignment)
    proof = prove_again(assignment, limits, tier)
    if proof.reason:
        cell = proof.given.cell if proof.given else proof.lost
        raise ReleaseError(
            f"{assignment.notebook_source}, cell {cell!r}: the solved notebook loses its points "
            f"here when it is graded as a submission, in the {tier} jail: {proof.message}",
            remedy_of(proof, assignment, limits, tier),
        )


def _tier(assignment: Assignment) -> str:
    """The strongest isolation level in which a jail starts; it need not hold for our own code."""
    for tier in TIERS[:-1]:
        try:
            worker_state.jail(tier, libraries_of(assignment))
        except JailError:
            continue
        return tier
    return TIERS[-1]


def _prove_untouched(assignment: Assignment, released: NotebookNode) -> None:
    """Run the release as a student would before writing anything: no test passes by itself."""
    nb = copy.deepcopy(released)
    execute(assignment.course, nb, files=assignment.extra_files, seed=None)
    tests = describe(nb).tests
    for index, cell in enumerate(nb.cells):
        where = f"{assignment.notebook_source}, cell {_name(cell, index)!r}"
        errors = _errors(cell)
        if any(error.ename != "NotImplementedError" for error in errors):
            raise ReleaseError(
                f"{where}: the untouched release raises {errors[0].ename}: {errors[0].evalue}",
                "Only NotImplementedError may come before anything is written.",
            )
        if _name(cell, index) in tests and not errors:
            raise ReleaseError(
                f"{where}: this test passes before anything is written",
                "Its visible checks must call the function that they are about.",
            )


def _errors(cell: NotebookNode) -> list[NotebookNode]:
    """The errors of a cell; of one that was interrupted at its time limit, that it was."""
    errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    return [error for error in errors if error.ename == TIMED_OUT] or errors


def _name(cell: NotebookNode, index: int) -> str:
    return grade_id(cell) or f"cell {index}"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
