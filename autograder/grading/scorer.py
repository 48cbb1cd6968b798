"""Score a submission's notebook, test cell by test cell: read `score_notebook` from top to bottom.

A test cell passes when its visible checks pass in the notebook, as in a kernel, and then its
trusted checks, which run outside the jail and call the student's functions in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.checks.loading import Trusted
from autograder.checks.local_student import LocalStudent
from autograder.checks.random_inputs import check_generator
from autograder.course.cells import (
    grade_id,
    is_code,
    is_definition,
    is_demonstration,
    is_function,
)
from autograder.course.errors import (
    CheckFailed,
    ForbiddenRoute,
    GivenCellError,
    GraderFault,
    JailError,
    LimitHit,
)
from autograder.course.limits import Limits
from autograder.course.results import PASSED, CellResult
from autograder.course.safe_text import output_text
from autograder.course.verdicts import Status
from autograder.grading.failed_cells import FailedCells
from autograder.grading.outputs import NO_TIME_LEFT, NOT_RUN, clean_outputs
from autograder.grading.placement import is_own
from autograder.grading.reference import Reference
from autograder.grading.routes import SubmissionRoutes
from autograder.grading.session import CellRun, Session
from autograder.sandbox.jail import Jail
from autograder.wire.errors import RULES_OUT

SLOW_CELL = "the cell ran longer than its time limit"
UNREADABLE = "what came back is of a kind that this check cannot read"


@dataclass
class NotebookScore:
    """What a notebook earned and showed.

    cells : the result of each test cell, by grade_id
    outputs : what cells showed, by their position in the notebook
    flags : what an instructor should see
    """

    cells: dict[str, CellResult] = field(default_factory=dict)
    outputs: dict[int, list[NotebookNode]] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


def score_notebook(
    jail: Jail,
    trusted: Trusted,
    reference: Reference,
    nb: NotebookNode,
    *,
    files: dict[str, bytes],
    seed: int,
    limits: Limits,
) -> NotebookScore:
    """Score the clean notebook `nb`; every test cell ends with a result.

    Parameters
    ----------
    trusted, reference : the assignment's checks, and its reference in the same jail
    files : what lies beside the notebook: content by path
    seed : of the run; the checks draw their inputs from it
    limits : of each process, each cell, and the whole notebook

    Raises
    ------
    GraderFault
        The jail broke, or the reference or a given cell does not run in it.
    """
    session = Session(jail, reference, nb, tests=trusted.cells.tests, files=files, limits=limits)
    scorer = Scorer(trusted, session, nb, seed=seed, room=limits.output_kb * 1000)
    try:
        scorer.run_cells()
        # The trusted checks get a process of their own. The student's functions see what a check
        # asks, and a cell that runs after it could print it; of this process nothing is shown. They
        # get time of their own, too: what was slow to show must not cost what can be earned.
        session.restart()
        scorer.run_trusted_checks()
    finally:
        session.end()
    return scorer.score


class Scorer:
    """Asks a session for what the test cells need to know, and keeps what they earned in `score`.

    seed : of the run
    room : how many bytes of outputs are shown of the whole notebook
    """

    def __init__(
        self, trusted: Trusted, session: Session, nb: NotebookNode, *, seed: int, room: int
    ):
        self._trusted, self._cells = trusted, trusted.cells
        self._session, self._nb, self._seed, self._room = session, nb, seed, room
        self._routes = SubmissionRoutes(trusted, nb.cells)
        self._failed_cells = FailedCells(nb.cells)
        self._to_check: set[int] = set()  # test cells whose visible checks passed
        self._students_ran = False  # whether any code of the student's has run so far
        self.score = NotebookScore()

    def run_cells(self) -> None:
        """Run every cell as a kernel would, to show what it shows; some fail in it already."""
        for index, cell in enumerate(self._nb.cells):
            if not is_code(cell):
                continue
            if is_demonstration(cell):
                self.score.outputs[index] = [new_output("stream", name="stdout", text=NOT_RUN)]
            elif grade_id(cell) in self._cells.tests:
                self._run_visible_checks(index)
            else:
                self._run_definitions(index)

    def _run_definitions(self, index: int) -> None:
        """Run a given, a student's or an ungraded cell; checks ask about what it defines later.

        Cells of the student's own may take half of the notebook's time, so that experiments take
        none from what earns points. Raises `GivenCellError` when a given cell fails before any code
        of the student's has run.
        """
        cell = self._nb.cells[index]
        self._students_ran |= is_own(cell) or is_function(cell)
        if is_own(cell) and self._session.is_half_over():
            self._session.skip([index])
            self.score.outputs[index] = [new_output("stream", name="stdout", text=NO_TIME_LEFT)]
            if (
                flag := "slow cells: some of the student's own were not run"
            ) not in self.score.flags:
                self.score.flags.append(flag)
            return
        try:
            self._session.require_time()
            run = self._session.run(index, room=self._room)
            if run.error is not None:
                self._require_students(cell, *run.error)
            self.score.outputs[index] = self._outputs(run)
            self._failed_cells.note(cell, run)
        except LimitHit as hit:
            self._require_students(cell, hit.status, str(hit))
            self._session.lose_cell(index, hit)
            self.score.outputs[index] = [failure(hit.status, str(hit))]

    def _require_students(self, cell: NotebookNode, kind: str, text: str) -> None:
        """Raise `GivenCellError` for an error that cannot be the student's."""
        if is_definition(cell) and not self._students_ran:
            raise GivenCellError(str(grade_id(cell)), kind, text)

    def _run_visible_checks(self, index: int) -> None:
        """Run a test cell; if one of its checks fails, its trusted checks do not run any more."""
        function = self._cells.owner(self._test(index))
        try:
            self._require(function)
            earlier = self._cells.earlier(function)
            run = self._session.run(index, stand_ins=earlier, room=self._room)
        except LimitHit as hit:
            self._fail_at_limit(index, function, hit)
            return
        # nbgrader reads a cell's marks off its outputs, so they come from the scorer alone.
        outputs = self._outputs(run)
        self.score.outputs[index] = [output for output in outputs if not _is_error(output)]
        if run.error is None:
            self._to_check.add(index)
        else:
            status = self._status(run)
            message = self._failed_cells.explain(run)
            if status is Status.OUT_OF_MEMORY:
                message = "the cell asked for more memory than it may have"
            own = next(filter(_is_error, outputs), None)
            # What the student sees in the cell is the cause, where the check's error is not.
            self._fail(index, status, message, own=None if "because" in message else own)

    def run_trusted_checks(self) -> None:
        """Run the notebook again, with trusted checks where test cells are, up to the last one."""
        indices = range(max(self._to_check, default=-1) + 1)
        names = [grade_id(self._nb.cells[index]) for index in indices]
        self._session.skip(index for index in indices if self._routes.of(names[index]))
        for index in indices:
            if index in self._to_check:
                self._run_trusted_check(index, self._test(index))
            else:
                self._session.replay(index)

    def _run_trusted_check(self, index: int, test: str) -> None:
        function = self._cells.owner(test)
        try:
            self._require(function)
            if route := self._routes.of(function):
                raise ForbiddenRoute(route)
            earlier = self._cells.earlier(function)
            answered = self._trusted.answered(function)
            with self._session.student(index, stand_ins=earlier, answered=answered) as student:
                generator = check_generator(self._seed, test)
                self._trusted.run(test, student, generator, self._trusted.memoized_reference)
        except LimitHit as hit:
            self._fail_at_limit(index, function, hit)
        except CheckFailed as error:
            message = str(error)
            message += self._routes.explain_name_error(function, message)
            # What stands in for a library that the jail leaves out raises this kind of error.
            route = self._routes.library_route(function) if "RuntimeError" in message else None
            self._fail(index, Status.FORBIDDEN if route else Status.FAILED, route or message)
        except ForbiddenRoute as error:
            self._fail(index, Status.FORBIDDEN, str(error))
        except JailError:
            raise
        except GraderFault as fault:
            self._fail(index, *self._check_fault(test, fault))
        else:
            points = self._cells.tests[test]
            self.score.cells[test] = CellResult(points, points, Status.PASSED, PASSED)
            self.score.outputs[index].append(new_output("stream", name="stdout", text=PASSED))

    @staticmethod
    def _status(run: CellRun) -> Status:
        """The status of a test cell whose visible checks failed."""
        kind, text = run.error or ("", "")
        if kind == "MemoryError":
            return Status.OUT_OF_MEMORY
        return Status.FORBIDDEN if text.endswith(RULES_OUT) else Status.FAILED

    def _require(self, function: str) -> None:
        """Raise `LimitHit` if the time is up, or the function ended a process before."""
        self._session.require_time()
        if hit := self._session.lost.get(function):
            raise LimitHit(hit.status, str(hit), alive=True)

    def _check_fault(self, test: str, fault: GraderFault) -> tuple[Status, str]:
        """Status and message where a check broke.

        If it holds for the reference, then what came back from the student broke it.
        """
        reference = LocalStudent(dict(vars(self._trusted.reference)))
        try:
            with self._trusted.beside_files():
                self._trusted.run(test, reference, check_generator(self._seed, test))
        except (CheckFailed, ForbiddenRoute, GraderFault):
            return Status.GRADER_ERROR, str(fault)
        self.score.flags.append(f"unreadable answer: {test}")
        return Status.FAILED, UNREADABLE

    def _fail_at_limit(self, index: int, function: str, hit: LimitHit) -> None:
        """Fail a test cell at a limit; if that ended the process, the function is lost."""
        message = SLOW_CELL if hit.status == "timed_out" and not hit.alive else str(hit)
        self._fail(index, Status(hit.status), message)
        if not hit.alive:
            self._session.lose_function(function, hit)

    def _fail(
        self, index: int, status: Status, message: str, own: NotebookNode | None = None
    ) -> None:
        """Give a test cell no points, and show its own error output, or else the message."""
        test = self._test(index)
        message = output_text(message, 20)[:1000]
        self.score.cells[test] = CellResult(0.0, self._cells.tests[test], status, message)
        outputs = self.score.outputs.setdefault(index, [])
        outputs.append(own or failure(status, message))

    def _test(self, index: int) -> str:
        """The grade_id of a test cell, by its position in the notebook."""
        name: str = self._nb.cells[index].metadata.nbgrader.grade_id
        return name

    def _outputs(self, run: CellRun) -> list[NotebookNode]:
        """What a cell showed, cleaned, as far as there is room for it."""
        outputs = clean_outputs(run.outputs, self._room)
        self._room = max(self._room - sum(len(str(output)) for output in outputs), 0)
        return outputs


def _is_error(output: NotebookNode) -> bool:
    return bool(output.output_type == "error")


def failure(status: str, message: str) -> NotebookNode:
    """The output of a cell that earned nothing; nbgrader reads it as 0 points."""
    name = "".join(word.title() for word in status.split("_"))
    line = f"{name}: {message}"
    output: NotebookNode = new_output("error", ename=name, evalue=message, traceback=[line])
    return output
