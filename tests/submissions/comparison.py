"""What the sample class earned, compared with what it must earn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograder.course.cells import owner_of
from autograder.course.results import CellResult, SubmissionResult
from tests.submissions.sample_class import SAMPLES, Expected


def class_differences(
    submissions: Sequence[SubmissionResult], functions: tuple[str, ...]
) -> list[str]:
    """One sentence for each student of the sample class whose result is not as it must be.

    Other students, whose submissions may lie in the same folder, are passed over.
    """
    results = {one.student: one for one in submissions}
    sentences = []
    for sample in SAMPLES:
        result = results.get(sample.student)
        faults = ["no result is there"]
        if result:
            faults = differences(result, sample.expected, functions)
        if faults:
            sentences.append(f"{sample.student}: {'; '.join(faults)}.")
    return sentences


def differences(
    result: SubmissionResult, expected: Expected, functions: tuple[str, ...]
) -> list[str]:
    """Where one result differs: its verdict, or else its flags and the points by function."""
    if result.verdict != expected.verdict:
        reason = f" ({result.message})" if result.message else _reason(result.cells.values())
        return [f"the verdict is {result.verdict}{reason}, not {expected.verdict}"]
    faults = []
    flags = [flag.partition(":")[0] for flag in result.flags]
    if flags != list(expected.flags):
        faults.append(f"the flags are {flags}, not {list(expected.flags)}")
    for function in functions:
        tests = [test for test in result.cells if owner_of(test, functions) == function]
        cells = [result.cells[test] for test in tests]
        score, most = sum(cell.score for cell in cells), sum(cell.max_score for cell in cells)
        if function in expected.nothing:
            right, wanted = score == 0 < most, "none"
        elif function in expected.some:
            right, wanted = 0 < score < most, "some"
        else:
            right, wanted = score == most > 0, "all"
        if not right:
            earned = f"{function} earned {score:g} of {most:g} points"
            faults.append(f"{earned}{_reason(cells)}, not {wanted}")
    return faults


def _reason(cells: Iterable[CellResult]) -> str:
    """What grading says of the first cell that lost points, in brackets and on one line."""
    messages = [cell.message for cell in cells if cell.score < cell.max_score and cell.message]
    return f" ({' '.join(messages[0].split())})" if messages else ""
