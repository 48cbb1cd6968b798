"""Hold the records of a graded class against the audit log.

Whoever can write in grading/ can give points there. The log's lines carry each other's hashes, so a
result counts only as the log has it, and only if the gradebook has the same points. A batch grades
again what does not agree; pages and exports say so instead of showing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.batch.audit_log import line_hash
from autograder.batch.history import Entry, History
from autograder.course.results import Results, SubmissionResult
from autograder.course.verdicts import Verdict

if TYPE_CHECKING:
    from autograder.gradebook.marks import Mark  # imports nbgrader, which takes a second

NOT_WRITTEN = (Verdict.MISSING, Verdict.GRADER_ERROR)  # verdicts that leave the gradebook alone


def doubts(entry: Entry, mark: Mark | None, notebook: Path | None = None) -> tuple[str, ...]:
    """What speaks against a result: sentences; none in an honest course.

    entry : the log's last entry of a student
    mark : the gradebook's; None where it does not know the student
    notebook : the student's notebook in autograded/, to compare it with what was written there
    """
    sentences = []
    if not entry.intact:
        sentences.append("its line in the log, or the next one, is not as it was written")
    if entry.result.verdict not in NOT_WRITTEN:
        sentences += _points(entry.result, mark)
    if notebook is not None and entry.notebook is not None:
        sentences += _notebook(notebook, entry.notebook)
    return tuple(sentences)


def unlogged(mark: Mark) -> tuple[str, ...]:
    """A sentence where the gradebook has a machine's points for a student whom no log names."""
    if any(cell.kind == "test" and cell.auto for cell in mark.cells):
        return ("there are points, and no run in the log gave them",)
    return ()


def class_doubts(history: History, marks: Iterable[Mark]) -> dict[str, tuple[str, ...]]:
    """What speaks against the points in the gradebook, by student; only those with doubts."""
    entries = history.graded
    by_student = {}
    for mark in marks:
        entry = entries.get(mark.student)
        by_student[mark.student] = unlogged(mark) if entry is None else doubts(entry, mark)
    return {student: sentences for student, sentences in by_student.items() if sentences}


def results_doubts(results: Results, history: History) -> dict[str, tuple[str, ...]]:
    """The students whose result in a results file is not the one in the log, with a sentence.

    A batch that was cut off has not written its results file, so its entries do not count.
    """
    last = max((number for number, run in enumerate(history.runs) if run.ended), default=-1)
    logged = replace(history, runs=history.runs[: last + 1]).entries
    return {
        result.student: ("its result is not the one in the log",)
        for result in results.submissions
        if result.student not in logged or not _same(result, logged[result.student].result)
    }


def _same(result: SubmissionResult, logged: SubmissionResult) -> bool:
    """Whether two results differ in nothing but times, and flags that a batch adds anew."""
    if not set(logged.flags) <= set(result.flags):
        return False
    return replace(result, flags=(), seconds=0.0) == replace(logged, flags=(), seconds=0.0)


def _points(result: SubmissionResult, mark: Mark | None) -> list[str]:
    if mark is None or not mark.submitted:
        # Under a name that nbgrader cannot take, nothing is written.
        return [] if result.verdict == Verdict.UNREADABLE else ["it is not in the gradebook"]
    points: Mapping[str, float | None] = {cell.name: cell.auto for cell in mark.cells}
    wrong = [name for name, cell in result.cells.items() if points.get(name) != cell.score]
    if not wrong:
        return []
    first = wrong[0]
    given, logged = points.get(first) or 0, result.cells[first].score
    more = f"; so it is with {len(wrong) - 1} more" if wrong[1:] else ""
    return [f"the gradebook says {given:g} for {first}, the log {logged:g}{more}"]


def _notebook(path: Path, logged: str) -> list[str]:
    try:
        content = path.read_bytes()
    except OSError:
        return ["its notebook in autograded/ is gone"]
    if line_hash(content) == logged:
        return []
    return ["its notebook in autograded/ is not the one that was graded"]
