"""Grade one submission: intake, run, and one result for each test cell.

This is what a batch maps over its submissions, so it takes paths and values, returns plain records
and raises only for faults of the grader.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import compute_checksum

from autograder.cells import describe
from autograder.course import Assignment
from autograder.errors import CheckFailed, ForbiddenRoute, GraderFault, SubmissionError
from autograder.execute import NOT_RUN, TIMED_OUT, execute
from autograder.intake import Submission, clean_copy, read_bytes
from autograder.results import CellResult, SubmissionResult, summarize

PASSED = "all checks passed"


@dataclass(frozen=True)
class Graded:
    """A result, and the executed notebook as text; None where nothing was handed in."""

    result: SubmissionResult
    notebook: str | None


def grade_submission(assignment: Assignment, submission: Submission, seed: int | None) -> Graded:
    """Grade one submission against the released assignment."""
    start = time.perf_counter()
    built = nbformat.read(assignment.source, as_version=4)
    released = nbformat.read(assignment.release, as_version=4)
    _with_checksums(built)
    if submission.path is None:
        why = f"no {assignment.name}.ipynb was handed in"
        return Graded(_nothing(submission, built, "missing", why), None)
    try:
        data = read_bytes(submission.path)
        clean = clean_copy(data, built, released)
    except SubmissionError as error:
        result = _nothing(submission, built, "unreadable", str(error))
        return Graded(result, _notebook_of_zeros(built, released, str(error)))
    execute(assignment.course, clean.nb, files=assignment.extra_files, seed=seed)
    result = summarize(
        submission.student,
        _read_cells(clean.nb),
        flags=(*submission.flags, *clean.flags),
        seconds=time.perf_counter() - start,
    )
    return Graded(result, nbformat.writes(clean.nb, version=4))


def _nothing(
    submission: Submission, built: NotebookNode, verdict: str, why: str
) -> SubmissionResult:
    cells = {
        test: CellResult(0.0, points, "failed", why)
        for test, points in describe(built).tests.items()
    }
    return summarize(
        submission.student, cells, verdict=verdict, message=why, flags=submission.flags
    )


def _notebook_of_zeros(built: NotebookNode, released: NotebookNode, why: str) -> str:
    """The untouched notebook, every test cell failing: what the gradebook gets for a lost file."""
    nb = clean_copy(b'{"cells": []}', built, released).nb
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            error = new_output(
                "error", ename="Unreadable", evalue=why, traceback=[f"Unreadable: {why}"]
            )
            cell.outputs = [error]
    return nbformat.writes(nb, version=4)


def _with_checksums(nb: NotebookNode) -> None:
    # nbgrader compares a cell's checksum with its source to see whether it was answered.
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.checksum = compute_checksum(cell)


def _read_cells(nb: NotebookNode) -> dict[str, CellResult]:
    tests = describe(nb).tests
    outputs = {
        cell.metadata.nbgrader.grade_id: cell.outputs
        for cell in nb.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") in tests
    }
    return {test: _read_outputs(outputs[test], points) for test, points in tests.items()}


def _read_outputs(outputs: list[NotebookNode], points: float) -> CellResult:
    """A test cell's result from what it left: an error is a failure, silence is success."""
    errors = [output for output in outputs if output.output_type == "error"]
    if not errors:
        return CellResult(points, points, "passed", PASSED)
    # After a time-out the interrupt's own traceback comes first; the limit is what matters.
    error = next((one for one in errors if one.ename == TIMED_OUT), errors[-1])
    status, message = _explain(error.ename, error.evalue)
    return CellResult(0.0, points, status, message)


def _explain(ename: str, evalue: str) -> tuple[str, str]:
    if ename == TIMED_OUT:
        return "timed_out", "the cell ran longer than its time limit"
    for end, (mark, why) in NOT_RUN.items():
        if ename == mark:
            return ("failed" if end == "finished" else end), why
    if ename == "MemoryError":
        return "out_of_memory", "the cell asked for more memory than it may have"
    if ename == GraderFault.__name__:
        return "grader_error", evalue
    if ename == ForbiddenRoute.__name__:
        return "forbidden", evalue
    if ename == "NotImplementedError":
        return "failed", "not written yet (NotImplementedError)"
    if ename in (CheckFailed.__name__, "AssertionError"):
        return "failed", evalue.strip() or "a check failed"
    return "failed", f"{ename}: {evalue}"[:500]
