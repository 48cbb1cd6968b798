"""Run a submission's notebook in a jail and ask its functions the trusted questions.

Cell by cell, as a kernel would, the notebook runs and shows what it shows, visible checks included.
Then a second process runs it again, in silence, and the trusted checks ask from out here. A process
that hangs or dies is replaced by a fresh one in which the cells so far are run again, so that what
goes wrong in one function is paid for in that function's cells only.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.checks.forbidden import makes
from autograder.checks.loading import Trusted
from autograder.checks.local_student import NamespaceStudent
from autograder.course.cells import DEMONSTRATION, Cells
from autograder.course.errors import CheckFailed, ForbiddenRoute, GraderFault, JailError, LimitHit
from autograder.course.limits import Limits
from autograder.course.results import PASSED, CellResult
from autograder.course.safe_text import output_text
from autograder.grading.outputs import clean_outputs
from autograder.grading.reference import EarlierFunctions, Reference
from autograder.grading.remote_student import RemoteStudent
from autograder.sandbox.handles import HandleTable
from autograder.sandbox.jail import Jail
from autograder.sandbox.remote_call import GARBLED, MEMORY, RemoteCalls

NO_TIME = "the time for the whole notebook was up before this cell"
SLOW_CELL = "the cell ran longer than its time limit"
UNREADABLE = "what came back is of a kind that this check cannot read"
NOT_RUN = "This cell demonstrates and earns nothing; it is not run for grading."


@dataclass
class Interview:
    """What a notebook earned, by test cell, and what its cells showed, by position.

    flags : what an instructor should see
    """

    cells: dict[str, CellResult] = field(default_factory=dict)
    outputs: dict[int, list[NotebookNode]] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


def interview(
    jail: Jail,
    trusted: Trusted,
    reference: Reference,
    nb: NotebookNode,
    *,
    files: dict[str, bytes],
    seed: int,
    limits: Limits,
) -> Interview:
    """Grade the clean notebook `nb`; every test cell ends with a result.

    Raises `GraderFault` when the jail broke.
    """
    run = _Run(jail, trusted, reference, nb, files, seed, limits)
    try:
        run.all_cells()
    finally:
        run.end()
    return run.found


class _Run:
    def __init__(
        self,
        jail: Jail,
        trusted: Trusted,
        reference: Reference,
        nb: NotebookNode,
        files: dict[str, bytes],
        seed: int,
        limits: Limits,
    ):
        self._jail, self._trusted, self._reference = jail, trusted, reference
        self._nb, self._files, self._seed, self._limits = nb, files, seed, limits
        self._cells: Cells = trusted.cells
        self._until = time.monotonic() + limits.submission_seconds
        self._room = limits.output_kb * 1000
        self._handles = HandleTable()
        self._conversation: RemoteCalls | None = None
        # Cells that are not run any more, as they ended a process or take a forbidden route, and
        # the functions that are not asked again for such an end.
        self._left_out: set[int] = set()
        self._lost: dict[str, LimitHit] = {}
        self._bound: tuple[str, ...] = ()
        self._open: set[int] = set()  # test cells whose visible checks passed
        self._sources = {self._id(cell): cell.source for cell in nb.cells}
        self._routes: dict[str, str | None] = {}
        self.found = Interview()

    def all_cells(self) -> None:
        """First every cell, to show what it shows; then the questions, in a fresh process.

        What a trusted check asks is seen by the student's functions. A cell that runs after it
        could print it, so nothing is shown of the second process.
        """
        for index, cell in enumerate(self._nb.cells):
            if cell.cell_type != "code":
                continue
            if DEMONSTRATION in cell.metadata.get("tags", ()):
                note = new_output("stream", name="stdout", text=NOT_RUN)
                self.found.outputs[index] = [note]
            elif self._id(cell) in self._cells.tests:
                self._show_test(index, cell)
            else:
                self._plain(index, cell)
        self.end()
        self._bound = ()
        # Time of their own: what was slow to show must not cost what can be earned.
        self._until = time.monotonic() + self._limits.submission_seconds
        self._questions()

    def _questions(self) -> None:
        """The trusted checks of the test cells whose visible checks passed.

        A cell with a forbidden route is left out. So nothing of it is there for other functions, in
        whatever place it would hide it.
        """
        cells = list(enumerate(self._nb.cells[: max(self._open, default=-1) + 1]))
        self._left_out |= {index for index, cell in cells if self._route(self._id(cell))}
        for index, cell in cells:
            if index in self._open:
                self._ask_about(index, self._id(cell))
            elif self._runs(cell) and index not in self._left_out:
                try:
                    self._ask_cell(self._talk(index), cell.source, (), self._deadline())
                except LimitHit as hit:
                    self._lose(index, hit)

    def end(self) -> None:
        if self._conversation is not None:
            self._conversation.end()
            self._conversation = None

    def _plain(self, index: int, cell: NotebookNode) -> None:
        """A given, a student's or an ungraded cell: what it defines is asked about later."""
        try:
            if time.monotonic() > self._until:
                raise LimitHit("timed_out", NO_TIME)
            answer = self._run_cell(index, cell, (), self._deadline())
            self.found.outputs[index] = self._show(answer)
        except LimitHit as hit:
            self._lose(index, hit)
            self.found.outputs[index] = [failure(hit.status, str(hit))]

    def _show_test(self, index: int, cell: NotebookNode) -> None:
        """Run a test cell's visible checks; what fails them is not asked any more."""
        test = self._id(cell)
        owner = self._cells.owner(test)
        try:
            self._require(owner)
            answer = self._run_cell(index, cell, self._cells.earlier(owner), self._deadline())
        except LimitHit as hit:
            self._meet(index, test, owner, hit)
            return
        self.found.outputs[index] = self._show(answer, errors=False)
        if answer["error"] is None:
            self._open.add(index)
        else:
            status, message = _visible(*answer["error"])
            self._fail(index, test, status, message, answer)

    def _ask_about(self, index: int, test: str) -> None:
        """Run a test cell's trusted checks."""
        owner = self._cells.owner(test)
        try:
            self._require(owner)
            self._check(index, test, owner, self._deadline())
        except LimitHit as hit:
            self._meet(index, test, owner, hit)
        except CheckFailed as failed:
            message = str(failed)
            self._fail(index, test, "failed", message + self._why_missing(owner, message))
        except ForbiddenRoute as route:
            self._fail(index, test, "forbidden", str(route))
        except JailError:
            raise
        except GraderFault as fault:
            self._fail(index, test, *self._blame(test, fault))
        else:
            points = self._cells.tests[test]
            self.found.cells[test] = CellResult(points, points, "passed", PASSED)
            self.found.outputs[index].append(new_output("stream", name="stdout", text=PASSED))

    def _require(self, owner: str) -> None:
        """Raise `LimitHit` if the time is up, or the function ended a process before."""
        if time.monotonic() > self._until:
            raise LimitHit("timed_out", NO_TIME, alive=True)
        if owner in self._lost:
            hit = self._lost[owner]
            raise LimitHit(hit.status, str(hit), alive=True)

    def _check(self, index: int, test: str, owner: str, deadline: float) -> None:
        if route := self._route(owner):
            raise ForbiddenRoute(route)
        earlier, conversation = self._cells.earlier(owner), self._talk(index)
        self._ask_cell(conversation, "", earlier, deadline)  # puts the reference's in place
        answered = self._trusted.answered(owner)
        student = RemoteStudent(conversation, self._handles, self._reference, answered, deadline)
        self._trusted.run(test, student, self._rng(test), self._trusted.remembering)
        self._handles.clear()
        conversation.ask("forget", {}, deadline)

    def _route(self, function: str | None) -> str | None:
        """The forbidden route that a solution cell takes, if any; looked at once."""
        if function not in self._cells.functions:
            return None
        if function not in self._routes:
            before = self._cells.earlier(function)
            others = {name: self._sources[name] for name in before if not self._route(name)}
            try:
                self._trusted.look(function, self._sources[function], others)
                self._routes[function] = None
            except ForbiddenRoute as route:
                self._routes[function] = str(route)
        return self._routes[function]

    def _why_missing(self, owner: str, message: str) -> str:
        """What to add to a trusted check's NameError where the grader left something out."""
        if "NameError" not in message:
            return ""
        earlier = self._cells.earlier(owner)
        words = {owner, *re.findall(r"\w+", self._sources[owner])}
        given = set(vars(self._trusted.reference)) - {owner}
        for function in earlier:
            route = self._route(function)
            missing = sorted(words & makes(self._sources[function]) - given) if route else ()
            if missing:
                return f" (the cell of {function} makes {missing[0]} and was left out: {route})"
        unanswered = sorted(set(earlier) - set(self._trusted.answered(owner)))
        return f" ({' and '.join(unanswered)} must not be used here)" if unanswered else ""

    def _blame(self, test: str, fault: GraderFault) -> tuple[str, str]:
        """A check broke. If it holds for the reference, then what came back broke it."""
        namespace = dict(vars(self._trusted.reference))
        try:
            self._trusted.run(test, NamespaceStudent(namespace), self._rng(test))
        except (CheckFailed, ForbiddenRoute, GraderFault):
            return "grader_error", str(fault)
        self.found.flags.append(f"unreadable answer: {test}")
        return "failed", UNREADABLE

    def _rng(self, test: str) -> np.random.Generator:
        # The cell's name goes in, so that one cell's numbers say nothing about another's.
        return np.random.default_rng([self._seed, *test.encode()])

    def _meet(self, index: int, test: str, owner: str, hit: LimitHit) -> None:
        """A limit was met. What ran out of memory and lives may go on; the rest starts anew."""
        message = SLOW_CELL if hit.status == "timed_out" and not hit.alive else str(hit)
        self._fail(index, test, hit.status, message)
        if not hit.alive:
            self._conversation = None
            self._lost[owner] = hit

    def _fail(
        self, index: int, test: str, status: str, message: str, answer: dict | None = None
    ) -> None:
        message = output_text(message, 20)[:1000]
        self.found.cells[test] = CellResult(0.0, self._cells.tests[test], status, message)
        shown = self.found.outputs.setdefault(index, [])
        if answer is not None:
            shown += [one for one in self._show(answer) if one.output_type == "error"][:1]
        if not any(one.output_type == "error" for one in shown):
            shown.append(failure(status, message))

    def _show(self, answer: dict[str, Any], *, errors: bool = True) -> list[NotebookNode]:
        shown = clean_outputs(answer["outputs"], self._room)
        if not errors:
            # A test cell's marks come from out here; nothing it shows may look like a mark.
            shown = [one for one in shown if one.output_type != "error"]
        self._room -= sum(len(str(one)) for one in shown)
        self._room = max(self._room, 0)
        return shown

    def _run_cell(
        self, index: int, cell: NotebookNode, earlier: tuple[str, ...], deadline: float
    ) -> dict[str, Any]:
        answer = self._ask_cell(self._talk(index), cell.source, earlier, deadline)
        if not _in_order(answer):
            self._talk().end()
            raise LimitHit("crashed", GARBLED)
        return answer

    def _ask_cell(
        self,
        conversation: RemoteCalls,
        source: str,
        earlier: tuple[str, ...],
        deadline: float,
    ) -> Any:
        body = {"source": source, "earlier": list(earlier), "room": self._room}
        # As in a kernel, what a test cell put in place stays for the cells below it.
        self._bound = earlier or self._bound
        earlier_functions = EarlierFunctions(self._reference, self._bound, self._handles, deadline)
        kind, answer = conversation.ask(
            "cell", body, deadline, answer_back=earlier_functions.answer
        )
        if kind == "error" and answer[0] == "MemoryError":
            conversation.end()
            raise LimitHit("out_of_memory", MEMORY)
        return answer if kind == "ok" else None

    def _talk(self, upto: int = 0) -> RemoteCalls:
        """The running process; a fresh one first runs the cells before `upto` again."""
        while self._conversation is None:
            self._handles = HandleTable()
            fresh = RemoteCalls(self._jail.admit(self._limits))
            fresh.hand_files(self._files, time.monotonic() + self._limits.cell_seconds)
            if self._run_again(fresh, upto):
                self._conversation = fresh
        return self._conversation

    def _run_again(self, conversation: RemoteCalls, upto: int) -> bool:
        """Whether every cell before `upto` ran; one that did not is not run any more."""
        for index, cell in enumerate(self._nb.cells[:upto]):
            if not self._runs(cell) or index in self._left_out:
                continue
            try:
                self._ask_cell(conversation, cell.source, (), self._deadline())
            except LimitHit as hit:
                self._lose(index, hit)
                return False
        return True

    def _lose(self, index: int, hit: LimitHit) -> None:
        """A cell ended its process: it is not run again, and its function is lost."""
        self._conversation = None
        self._left_out.add(index)
        name = self._id(self._nb.cells[index])
        if name in self._cells.functions:
            self._lost[name] = hit

    def _runs(self, cell: NotebookNode) -> bool:
        """Whether a cell is run for what it defines."""
        tested = self._id(cell) in self._cells.tests
        shown = DEMONSTRATION in cell.metadata.get("tags", ())
        return cell.cell_type == "code" and not tested and not shown

    def _deadline(self) -> float:
        return min(time.monotonic() + self._limits.cell_seconds, self._until)

    @staticmethod
    def _id(cell: NotebookNode) -> str | None:
        return cell.metadata.get("nbgrader", {}).get("grade_id")


def _in_order(answer: Any) -> bool:
    if not isinstance(answer, dict) or set(answer) != {"outputs", "error"}:
        return False
    error = answer["error"]
    if error is None:
        return True
    return isinstance(error, list) and len(error) == 2 and all(isinstance(e, str) for e in error)


def _visible(ename: str, evalue: str) -> tuple[str, str]:
    """Status and message of a visible check that failed: its own words help best."""
    if ename == "MemoryError":
        return "out_of_memory", "the cell asked for more memory than it may have"
    if ename == "NotImplementedError":
        return "failed", "not written yet (NotImplementedError)"
    if ename == "AssertionError":
        return "failed", evalue.strip() or "a check failed"
    return "failed", f"{ename}: {evalue}"[:500]


def failure(status: str, message: str) -> NotebookNode:
    """The output of a cell that earned nothing; nbgrader reads it as 0 points."""
    name = "".join(word.title() for word in status.split("_"))
    return new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])
