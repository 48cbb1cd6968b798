"""A session: a sandboxed process that runs a notebook's cells, and can be replaced and replayed.

A process that hangs or dies is replaced by a fresh one, in which the cells so far are run again. So
what goes wrong in one function is paid for in that function's cells only.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from autograder.course.cells import grade_id, is_code, is_demonstration, is_function
from autograder.course.errors import LimitHit
from autograder.course.limits import Limits
from autograder.grading.placement import is_own
from autograder.grading.reference import EarlierFunctions, Reference
from autograder.grading.remote_student import RemoteStudent
from autograder.sandbox.handles import HandleTable
from autograder.sandbox.jail import Jail
from autograder.sandbox.remote_call import GARBLED, MEMORY, RemoteCalls

NO_TIME = "the time for the whole notebook was up before this cell"


@dataclass(frozen=True)
class CellRun:
    """What running one cell gave.

    outputs : what it showed, as its process says, so still to be cleaned
    error : the name and the text of the exception that it ended with, or None
    function, line : where in a cell that was raised: the innermost function ("<module>" outside
        of any), and the line in the cell that holds it; empty and 0 where nobody knows
    """

    outputs: Any
    error: tuple[str, str] | None
    function: str = ""
    line: int = 0


class Session:
    """Runs the cells of a notebook in a sandboxed process, each under the limits of a cell.

    Cells are given by their position in the notebook. Whatever runs one raises `LimitHit` when the
    process met a limit or ended. Then call `lose_cell` or `lose_function`, unless the hit says that
    the process is alive; the next cell gets a fresh process.

    Parameters
    ----------
    jail : where processes come from
    reference : answers for functions that a cell asks back for
    nb : the notebook
    tests : the grade_ids of the test cells, which are never replayed
    files : what lies beside the notebook: content by path
    limits : for each process, each cell, and all cells together

    Attributes
    ----------
    lost : how a cell or a function ended its process, by grade_id
    """

    def __init__(
        self,
        jail: Jail,
        reference: Reference,
        nb: NotebookNode,
        *,
        tests: Collection[str],
        files: dict[str, bytes],
        limits: Limits,
    ):
        self._jail, self._reference, self._nb = jail, reference, nb
        self._tests, self._files, self._limits = tests, files, limits
        self._calls: RemoteCalls | None = None
        self._handles = HandleTable()
        self._skipped: set[int] = set()
        self.lost: dict[str, LimitHit] = {}
        self.restart()

    def restart(self) -> None:
        """End the process; the cells that come next have the notebook's whole time again."""
        self.end()
        self._end_of_time = time.monotonic() + self._limits.submission_seconds
        self._stand_ins: tuple[str, ...] = ()

    def end(self) -> None:
        """End the process, if there is one."""
        if self._calls is not None:
            self._calls.end()
            self._calls = None

    def require_time(self) -> None:
        """Raise `LimitHit` if the time for the whole notebook is up."""
        if time.monotonic() > self._end_of_time:
            raise LimitHit("timed_out", NO_TIME, alive=True)

    def is_half_over(self) -> bool:
        """Whether half of the time for the whole notebook is up."""
        return self._end_of_time - time.monotonic() < self._limits.submission_seconds / 2

    def run(self, index: int, *, stand_ins: tuple[str, ...] = (), room: int = 0) -> CellRun:
        """Run one cell.

        stand_ins : functions that the reference answers for, in this cell and those after it
        room : how many bytes of outputs are wanted
        """
        calls = self._process_before(index)
        cell, deadline = self._nb.cells[index], self._deadline()
        answer = self._run(calls, cell.source, stand_ins, room, deadline, self._role(cell))
        if not _is_cell_run(answer):
            calls.end()
            raise LimitHit("crashed", GARBLED)
        error = answer["error"]
        if error is None:
            return CellRun(answer["outputs"], None)
        function, line = answer["where"] or ("", 0)
        return CellRun(answer["outputs"], (error[0], error[1]), function, line)

    def replay(self, index: int) -> None:
        """Run a cell again for what it defines, without outputs; lose it if it ends the process.

        Test cells, demonstrations and cells that are skipped define nothing and are not run.
        """
        cell = self._nb.cells[index]
        if not is_code(cell) or is_demonstration(cell) or grade_id(cell) in self._tests:
            return
        if index in self._skipped:
            return
        try:
            calls = self._process_before(index)
            self._run(calls, cell.source, (), 0, self._deadline(), self._role(cell))
        except LimitHit as hit:
            self.lose_cell(index, hit)

    @contextmanager
    def student(
        self, index: int, *, stand_ins: tuple[str, ...], answered: tuple[str, ...]
    ) -> Iterator[RemoteStudent]:
        """The functions that the cells before `index` define, for a check to call.

        When the check is through, the process lets go of the objects that it asked about.

        stand_ins : functions that are replaced by ones which ask the reference
        answered : those of them that the reference does answer for
        """
        calls = self._process_before(index)
        deadline = self._deadline()
        self._run(calls, "", stand_ins, 0, deadline, "test")
        yield RemoteStudent(calls, self._handles, self._reference, answered, deadline)
        self._handles.clear()
        calls.ask("forget", {}, deadline)

    def skip(self, indices: Iterable[int]) -> None:
        """Leave out these cells from now on."""
        self._skipped.update(indices)

    def lose_cell(self, index: int, hit: LimitHit) -> None:
        """A cell ended the process, so it is skipped, and a function of its name is lost."""
        self.skip([index])
        self.end()
        if name := grade_id(self._nb.cells[index]):
            self.lost[name] = hit

    def lose_function(self, name: str, hit: LimitHit) -> None:
        """A function ended the process when it was called; its cell is run as before."""
        self.end()
        self.lost[name] = hit

    def _process_before(self, index: int) -> RemoteCalls:
        """Calls to the running process; a fresh one first replays the cells before `index`."""
        while self._calls is None:
            self._handles = HandleTable()
            self._calls = RemoteCalls(self._jail.admit(self._limits))
            self._calls.hand_files(self._files, time.monotonic() + self._limits.cell_seconds)
            for earlier_index in range(index):
                self.replay(earlier_index)
                if self._calls is None:  # it ended the process; begin again without it
                    break
        return self._calls

    def _run(
        self,
        calls: RemoteCalls,
        source: str,
        stand_ins: tuple[str, ...],
        room: int,
        deadline: float,
        role: str,
    ) -> Any:
        """Run source code; what comes back is unchecked, and None where there is no answer."""
        body = {"source": source, "earlier": list(stand_ins), "room": room, "role": role}
        # As in a kernel, what a test cell put in place stays for the cells below it.
        self._stand_ins = stand_ins or self._stand_ins
        functions = EarlierFunctions(self._reference, self._stand_ins, self._handles, deadline)
        kind, answer = calls.ask("cell", body, deadline, answer_back=functions.answer)
        if kind == "error" and answer[0] == "MemoryError":
            calls.end()
            raise LimitHit("out_of_memory", MEMORY)
        return answer if kind == "ok" else None

    def _role(self, cell: NotebookNode) -> str:
        """Whose a cell is: "test", "given", or the student's "own"."""
        if grade_id(cell) in self._tests:
            return "test"
        return "own" if is_function(cell) or is_own(cell) else "given"

    def _deadline(self) -> float:
        return min(time.monotonic() + self._limits.cell_seconds, self._end_of_time)


def _is_cell_run(answer: Any) -> bool:
    if not isinstance(answer, dict) or set(answer) != {"outputs", "error", "where"}:
        return False
    error, where = answer["error"], answer["where"]
    if error is None:
        return where is None
    if where is not None and not _are(where, str, int):
        return False
    return _are(error, str, str)


def _are(values: Any, *types: type) -> bool:
    """Whether a value is a list of exactly these types."""
    return isinstance(values, list) and [type(value) for value in values] == [*types]
