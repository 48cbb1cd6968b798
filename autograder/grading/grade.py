"""Grade one submission: intake, run, and one result for each test cell.

This is what a batch maps over its submissions, so it takes paths and values, returns plain records
and raises only for faults of the grader.
"""

from __future__ import annotations

import time

import nbformat
from nbformat import NotebookNode

from autograder.checks.loading import load_trusted
from autograder.course.cells import describe, is_code, is_graded, is_solution
from autograder.course.errors import JailError, SubmissionError
from autograder.course.notebook_file import NotebookFile, read_bytes, read_notebook
from autograder.course.notebook_origin import other_assignment
from autograder.course.records import Graded, Task
from autograder.course.released_cells import released_cells
from autograder.course.results import CellResult, SubmissionResult, summarize
from autograder.course.submissions import Submission
from autograder.course.verdicts import Status, Verdict
from autograder.grading import worker_state
from autograder.grading.intake import clean_copy, fingerprint
from autograder.grading.outputs import harmless_markdown
from autograder.grading.pictures import bound_pictures
from autograder.grading.placement import PlacedNotebook
from autograder.grading.proof import require_proof
from autograder.grading.scorer import NotebookScore, failure, score_notebook


def require_order(task: Task) -> None:
    """Load the checks and prove this process's jail, before anything is graded.

    Raises `SourceError` when the reference or the checks cannot be loaded, and `UnfitJailError`
    when a known right answer loses points in the jail.
    """
    load_trusted(task.assignment, built=True)
    require_proof(task.assignment, task.limits, task.tier, task.seed)


def grade_submission(task: Task) -> Graded:
    """Grade one submission against the released assignment.

    Its file is read and cleaned (`intake`), a known right answer proves the jail (`proof`), the
    notebook's test cells are scored in it (`scorer`), and the scores are summed up.

    Raises `UnfitJailError` when a known right answer loses points in this process's jail.
    """
    start = time.perf_counter()
    assignment, submission = task.assignment, task.submission
    released = worker_state.read_notebook(assignment, "release")
    if submission.path is None:
        why = "; ".join(
            filter(None, (f"no {assignment.name}.ipynb was handed in", submission.reason))
        )
        nothing = _nothing(submission, released, Verdict.MISSING, why)
        return Graded(nothing, None, fingerprint(submission, None))
    if submission.refused:
        nothing = _nothing(submission, released, Verdict.UNREADABLE, submission.refused)
        return Graded(nothing, None, fingerprint(submission, None))
    data = None
    try:
        data = read_bytes(submission.path)
        file = read_notebook(data)
    except SubmissionError as error:
        why = str(error)
        result = _nothing(submission, released, Verdict.UNREADABLE, why)
        handed = fingerprint(submission, why if data is None else data)
        return Graded(result, _notebook_of_zeros(released, why), handed)
    translations = worker_state.read_translations(assignment)
    clean = clean_copy(file, released, released_cells(assignment), translations)
    require_proof(assignment, task.limits, task.tier, task.seed)
    flags = (*submission.flags, *clean.flags)
    if other := other_assignment(file.cells, assignment):
        what = f"wrong notebook: this is the notebook of {other}"
        flags = (f"{what}; ask the student for that of {assignment.name}", *flags)
    score = _score(task, clean)
    result = summarize(
        submission.student,
        score.cells,
        flags=(*flags, *score.flags),
        seconds=time.perf_counter() - start,
    )
    for index, outputs in score.outputs.items():
        clean.nb.cells[index].outputs = outputs
    return Graded(result, _text(clean.nb), fingerprint(submission, data))


def _score(task: Task, clean: PlacedNotebook) -> NotebookScore:
    """Score the clean notebook; a jail that breaks is replaced once."""
    assignment, limits = task.assignment, task.limits
    built = worker_state.read_notebook(assignment, "source")
    trusted = load_trusted(assignment, built=True)
    for last in (False, True):
        try:
            return score_notebook(
                worker_state.jail(task.tier, trusted.libraries),
                trusted,
                worker_state.reference(assignment, built, limits, task.tier),
                clean.nb,
                files=worker_state.read_files(assignment),
                seed=task.seed,
                limits=limits,
            )
        except JailError:
            worker_state.start_over()
            if last:
                raise
    raise AssertionError("not reached")


def _text(nb: NotebookNode) -> str:
    """The notebook for formgrader and feedback, with nothing of the student's that could run."""
    bound_pictures(nb.cells)
    for cell in nb.cells:
        if not is_code(cell) and is_solution(cell):
            cell.source = harmless_markdown(cell.source, cell.get("attachments", ()))
    text: str = nbformat.writes(nb, version=4)
    return text


def _nothing(
    submission: Submission, released: NotebookNode, verdict: Verdict, why: str
) -> SubmissionResult:
    cells = {
        test: CellResult(0.0, points, Status.FAILED, why)
        for test, points in describe(released).tests.items()
    }
    return summarize(
        submission.student, cells, verdict=verdict, message=why, flags=submission.flags
    )


def _notebook_of_zeros(released: NotebookNode, why: str) -> str:
    """The untouched notebook, every test cell failing: what the gradebook gets for a lost file."""
    nb = clean_copy(NotebookFile([]), released).nb
    for cell in nb.cells:
        if is_code(cell) and is_graded(cell):
            cell.outputs = [failure(Verdict.UNREADABLE, why)]
    return _text(nb)
