"""Fixtures that several test modules share."""

import json
import os
import shutil

# Before NumPy and torch are imported: on arrays this small, threads only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import nbformat
import pytest

from autograder.authoring.release import release
from autograder.batch import run as batch_run
from autograder.sandbox import file_view
from autograder.sandbox.jail import Jail
from tests.edits import edit_file
from tests.one_worker import Worker
from tests.small_class import copy_course
from tests.toy_course import make_course

# The files that take longest, the longest first. Two workers share the files of a run, and one that
# began its longest last would have the other wait.
LONGEST = (
    "tests/test_attacks.py",
    "tests/cli/test_main_faults.py",
    "tests/test_fairness.py",
    "tests/batch/test_executors_cluster.py",
    "tests/test_term.py",
    "tests/test_sample_class.py",
    "tests/grading/test_proof.py",
    "tests/gradebook/test_writer_postgresql.py",
    "tests/batch/test_regrade.py",
    "tests/test_fairness_jailed.py",
    "tests/batch/test_run_resumed.py",
)


def pytest_collection_modifyitems(items):
    """The longest files first, then what is slow, and what is quick at the end."""
    files = {item.nodeid.partition("::")[0] for item in items if item.get_closest_marker("slow")}

    def turn(item):
        file = item.nodeid.partition("::")[0]
        return LONGEST.index(file) if file in LONGEST else len(LONGEST) + (file not in files)

    items.sort(key=turn)


@pytest.fixture(scope="session")
def clean_course(tmp_path_factory):
    """The toy course, released and never graded; tests grade in copies of it."""
    course = make_course(tmp_path_factory.mktemp("clean"))
    release(course.assignment("toy"))
    return course


@pytest.fixture(scope="session")
def toy_course(clean_course, tmp_path_factory):
    """The toy course, released; tests must not change its sources."""
    return copy_course(clean_course, tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="session")
def toy_answers(toy_course):
    """Make a submission's bytes: the release with the given sources in its solution cells."""

    def answer(**sources: str) -> bytes:
        nb = nbformat.read(toy_course.assignment("toy").release, as_version=4)
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = sources.get(name, cell.source)
        return json.dumps(nb).encode()

    return answer


@pytest.fixture(scope="module", params=["isolated", "restricted"])
def jail(request):
    """A jail of each tier that protects, for the tests of one file.

    It has every library. PyTorch, which takes seconds to import, is imported by whoever needs it.
    """
    one = Jail(request.param, modules=("matplotlib.pyplot", "numpy"))
    yield one
    one.close()


@pytest.fixture(scope="session")
def worker():
    """The one worker of all batches that do not need a process of their own."""
    one = Worker()
    yield one
    one.end()


@pytest.fixture(scope="module")
def shared_worker(worker):
    """Have that worker grade all batches of a file.

    That batches start and end processes is what the tests of `batch.run` and `batch.executors` are
    for.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch_run, "local", lambda *_: worker)
        yield


@pytest.fixture
def weakened(monkeypatch, tmp_path):
    """Jails in which what is inside was changed: `weakened(file, text, other text)`."""
    weak = tmp_path / "weak"
    for part in file_view.INSIDE:
        (weak / part).parent.mkdir(parents=True, exist_ok=True)
        if (file_view.ROOT / part).is_file():
            shutil.copy(file_view.ROOT / part, weak / part)
        else:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(file_view.ROOT / part, weak / part, ignore=ignored)
    monkeypatch.setattr(file_view, "ROOT", weak)
    agent = weak / "autograder" / "sandbox" / "agent"

    def weaken(name, text, other):
        edit_file(agent / name, (text, other))

    return weaken


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium for the tests of one file."""
    from tests.browser import chromium  # only the tests of pages wait for Playwright

    with chromium() as running:
        yield running


@pytest.fixture
def show(browser, tmp_path):
    """Opens pages that hold a live figure, and at the end finds no fault on them."""
    from tests.book.live_figures import figure_pages

    with figure_pages(browser, tmp_path) as open_page:
        yield open_page
