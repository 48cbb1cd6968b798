"""A kept result is used again exactly when nothing changed that it depended on."""

import os
from dataclasses import fields, replace
from importlib.metadata import version

import pytest

from autograder.batch import audit_log, result_cache
from autograder.batch.history import read_history
from autograder.course import keys
from autograder.course.keys import GRADING, PACKAGE
from autograder.course.limits import Limits
from autograder.course.results import CellResult, summarize
from autograder.course.submissions import Submission
from autograder.sandbox.isolation import Tier
from tests.package_copy import copy_package, touch
from tests.toy_course import make_course

PACKAGES = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
OTHERS = sorted(PACKAGES - set(GRADING))
ISOLATED, RESTRICTED = Tier("isolated", ()), Tier("restricted", ())


def base_key(*what):
    """The key of an assignment, its limits and an isolation level."""
    return result_cache.base_key(result_cache.dependencies(*what))


@pytest.fixture
def toy(tmp_path):
    """An assignment that is released, as far as keys care."""
    assignment = make_course(tmp_path).assignment("toy")
    for path in (assignment.source, assignment.release):
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    assignment.extra_files.mkdir()
    (assignment.extra_files / "data.txt").write_text("1 2 3")
    return assignment


def hand_in(toy, student="ann", content=b"an answer"):
    folder = toy.course.grading / "submitted" / student / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.ipynb").write_bytes(content)
    return Submission(student, folder, folder / "toy.ipynb")


def result_of(student, score=2.0):
    cells = {"test_double_values": CellResult(score, 2.0, "passed", "all checks passed")}
    return summarize(student, cells, flags=("a flag",), seconds=1.5, message="é")


def keep(toy, submission, base, seed=7):
    """Note a result in the log, as a batch does."""
    result = result_of(submission.student)
    run = audit_log.begin(toy, hashes={"all": base})
    handed = result_cache.handed_in(submission)
    audit_log.graded(toy, run, result, seed=seed, handed=handed)
    return result


def read(toy, submission, base):
    """The result that a batch would use again."""
    entry = read_history(toy).entries.get(submission.student)
    handed = result_cache.handed_in(submission)
    return entry.result if entry and result_cache.is_current(entry, handed, base) else None


def test_a_result_comes_back_as_it_was(toy):
    """Score, cells, flags and all."""
    base, ann = base_key(toy, Limits(), ISOLATED), hand_in(toy)
    assert read(toy, ann, base) is None
    result = keep(toy, ann, base)
    assert read(toy, ann, base) == result
    assert read(toy, ann, base_key(toy, Limits(), ISOLATED)) == result


def test_a_changed_submission_is_graded_again(toy):
    """One byte more, another name, gone, or a link in its place."""
    base, ann = base_key(toy, Limits(), ISOLATED), hand_in(toy)
    result = keep(toy, ann, base)
    other = ann.path.with_name("other.ipynb")
    other.write_bytes(ann.path.read_bytes())
    assert read(toy, replace(ann, path=other), base) is None
    assert read(toy, replace(ann, path=None), base) is None
    ann.path.write_bytes(b"an answer ")
    assert read(toy, ann, base) is None
    ann.path.unlink()
    ann.path.symlink_to(other)
    assert read(toy, ann, base) is None
    ann.path.unlink()
    ann.path.write_bytes(b"an answer")
    assert read(toy, ann, base) == result


def test_what_is_missing_or_unreadable_is_kept_as_well(toy):
    """Until something is handed in, or it is mended."""
    base, ann = base_key(toy, Limits(), ISOLATED), hand_in(toy)
    nothing = Submission("bob", ann.folder, None)
    assert read(toy, nothing, base) is None
    assert keep(toy, nothing, base) == read(toy, nothing, base)
    ann.path.unlink()
    ann.path.mkdir()
    assert keep(toy, ann, base) == read(toy, ann, base)


def test_a_base_changes_with_all_that_results_depend_on(toy):
    """Built notebook, checks, shipped files, release, each limit and the tier."""
    bases = [base_key(toy, Limits(), ISOLATED)]
    for path in (
        toy.source,
        toy.checks_source,
        toy.release,
        toy.extra_files / "data.txt",
    ):
        path.write_bytes(path.read_bytes() + b"\n")
        bases.append(base_key(toy, Limits(), ISOLATED))
    (toy.extra_files / "more.txt").write_text("")
    bases.append(base_key(toy, Limits(), ISOLATED))
    for name in ("other.txt", "deeper/other.txt"):
        (toy.extra_files / name).parent.mkdir(exist_ok=True)
        next(toy.extra_files.glob("[mo]*.txt")).rename(toy.extra_files / name)
        bases.append(base_key(toy, Limits(), ISOLATED))
    for field in fields(Limits):
        limits = replace(Limits(), **{field.name: 7})
        bases.append(base_key(toy, limits, ISOLATED))
    bases.append(base_key(toy, Limits(), RESTRICTED))
    assert len(set(bases)) == len(bases)


def test_a_base_does_not_change_with_dates_and_other_assignments(toy):
    """A copy of the course is the same course, and so is one with another policy for late work."""
    base = base_key(toy, Limits(), ISOLATED)
    for path in (toy.source, toy.release):
        os.utime(path, (0, 0))
    other = toy.course.solutions / "other"
    other.mkdir()
    (other / "notebook.py").write_text("")
    with open(toy.course.root / "nbgrader_config.py", "a") as file:
        file.write("c.LatePolicy.percent_per_day = 10\n")
    assert base_key(toy, Limits(), ISOLATED) == base


@pytest.mark.parametrize(
    ("file", "again"),
    [
        *((f"{package}/__init__.py", True) for package in GRADING),
        ("sandbox/agent/server.py", True),
        *((f"{package}/__init__.py", False) for package in OTHERS),
    ],
)
def test_only_a_touched_package_that_grades_regrades(toy, tmp_path, monkeypatch, file, again):
    """A comment more in the command line or in a report leaves every result as it is."""
    base, ann = base_key(toy, Limits(), ISOLATED), hand_in(toy)
    result = keep(toy, ann, base)
    touch(copy_package(tmp_path, monkeypatch) / file)
    base = base_key(toy, Limits(), ISOLATED)
    assert read(toy, ann, base) == (None if again else result)


def test_another_numpy_or_pytorch_grades_again(toy, monkeypatch):
    """Results depend on the libraries that computed them."""
    bases = {base_key(toy, Limits(), ISOLATED)}
    for name in ("numpy", "torch"):
        monkeypatch.setattr(
            keys, "version", lambda asked, name=name: "0" if asked == name else version(asked)
        )
        keys.versions_key.cache_clear()
        bases.add(base_key(toy, Limits(), ISOLATED))
    keys.versions_key.cache_clear()
    assert len(bases) == 3


def test_a_fault_of_the_grader_is_no_result(toy):
    """The submission is graded again, and what was known of it before is not lost."""
    base, ann = base_key(toy, Limits(), ISOLATED), hand_in(toy)
    result = keep(toy, ann, base)
    run = audit_log.begin(toy, hashes={"all": base})
    fault = summarize("ann", {}, verdict="grader_error", message="no jail")
    audit_log.graded(toy, run, fault, seed=8, handed=result_cache.handed_in(ann))
    assert read(toy, ann, base) is None
    assert read_history(toy).graded["ann"].result == result
    assert read_history(toy).graded["ann"].seed == 7


@pytest.mark.parametrize("student", ["x" * 255, "é" * 127, "名" * 85, "a.json", "..a", "a b"])
def test_any_name_that_a_folder_can_have_can_be_kept(toy, student):
    """Also one that leaves no room for an ending; and two such names are two students."""
    ann, base = hand_in(toy, student), "base"
    other = hand_in(toy, student[:-1] + "z")
    result = keep(toy, ann, base)
    assert read(toy, other, base) is None
    keep(toy, other, base)
    assert read(toy, ann, base) == result
    assert set(read_history(toy).entries) == {ann.student, other.student}


def test_a_file_with_a_name_that_is_no_text_stops_no_batch(toy):
    """What was kept of an earlier one does not count for it, and it can be kept itself."""
    base, ann = base_key(toy, Limits(), ISOLATED), hand_in(toy)
    keep(toy, ann, base)
    odd = replace(ann, path=ann.folder / os.fsdecode(b"toy \xe9.ipynb"))
    os.mkfifo(odd.path)
    assert read(toy, odd, base) is None
    assert keep(toy, odd, base) == read(toy, odd, base)
