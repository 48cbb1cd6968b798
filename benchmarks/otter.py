"""otter-grader's `otter run` on the equivalent notebook, one command for each submission.

The equivalent notebook has the same cells, but where ours has a test cell it has otter's
`grader.check("…")`, and the visible asserts of that cell are otter's test of that name. Our trusted
checks have no counterpart: otter is asked for less.
"""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.measure import BenchmarkError, Measurement, environment, measure

SETUP = "import otter\n\ngrader = otter.Notebook()"
# The asserts run in the student's names, as they do in the test cell.
TEST = """\
from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points}
CHECKS = {checks!r}


@test_case(points={points})
def {name}(env):
    exec(CHECKS, env)
"""


def grade_with_otter(
    venv: Path, released: dict[str, Any], submissions: list[tuple[str, bytes]], folder: Path
) -> Measurement:
    """Grade in `folder` with the otter-grader that `venv` holds."""
    command = venv.absolute() / "bin" / "otter"
    if not command.is_file():
        raise BenchmarkError(
            f"{command} is missing: make bench installs it, --otter 0 does without"
        )
    folder = folder.absolute()
    archive = _generate(command, released, folder)
    tests = len(_tests(released))
    # Once without counting: the first run finds nothing compiled and no file in memory.
    _grade_one(command, archive, submissions[0][1], folder / "first", tests)
    total = Measurement(0, 0, 0, 0)
    for student, data in submissions:
        total += _grade_one(command, archive, data, folder / student, tests)
    return total


def _grade_one(command: Path, archive: Path, data: bytes, place: Path, tests: int) -> Measurement:
    place.mkdir()
    notebook = place / "notebook.ipynb"
    notebook.write_text(json.dumps(to_otter(json.loads(data))), encoding="utf-8")
    run = [command, "run", "--autograder", archive, "--output-dir", place, notebook]
    measured = measure(run, folder=place, log=place / "otter.log")
    results = json.loads((place / "results.json").read_text(encoding="utf-8"))
    graded = [test for test in results["tests"] if "score" in test]
    if len(graded) < tests:
        raise BenchmarkError(f"{place}: otter graded {len(graded)} of {tests} tests")
    return measured


def to_otter(nb: dict[str, Any]) -> dict[str, Any]:
    """The same notebook with otter's checks in place of the test cells."""
    nb = copy.deepcopy(nb)
    for cell in _tests(nb).values():
        cell["source"] = f"grader.check({cell['metadata']['nbgrader']['grade_id']!r})"
    setup = {"cell_type": "code", "source": SETUP, "metadata": {}, "outputs": []}
    nb["cells"].insert(0, {**setup, "id": "otter", "execution_count": None})
    return nb


def to_tests(released: dict[str, Any]) -> dict[str, str]:
    """otter's test files, by name, out of the release's test cells."""
    return {
        name: TEST.format(
            name=name,
            points=cell["metadata"]["nbgrader"]["points"],
            checks="".join(cell["source"]),
        )
        for name, cell in _tests(released).items()
    }


def version(venv: Path) -> str:
    """The installed otter-grader's version."""
    found = list(venv.glob("lib/python3*/site-packages/otter_grader-*.dist-info"))
    return found[0].name.split("-")[1].removesuffix(".dist") if found else "not installed"


def _generate(command: Path, released: dict[str, Any], folder: Path) -> Path:
    tests = folder / "tests"
    tests.mkdir(parents=True)
    for name, text in to_tests(released).items():
        (tests / f"{name}.py").write_text(text, encoding="utf-8")
    archive = folder / "autograder.zip"
    # Made once for an assignment, so it is not measured.
    subprocess.run(
        [command, "generate", "--tests-dir", tests, "--output-path", archive, "--no-environment"],
        cwd=folder,
        env=environment(),
        check=True,
        capture_output=True,
    )
    return archive


def _tests(nb: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The test cells by name."""
    found = {}
    for cell in nb["cells"]:
        meta = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and meta.get("grade"):
            found[meta["grade_id"]] = cell
    return found
