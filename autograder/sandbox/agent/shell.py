"""Run a notebook's cells with IPython, and collect what they show: text, pictures, errors.

The shell is made once in the warm process; every submission works in a forked copy of it.
"""

from __future__ import annotations

import ast
import io
import sys
import traceback
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder.wire.errors import message

# Cell magics whose cell is Python; it runs as if they were not there.
PYTHON_MAGICS = ("capture", "prun", "time", "timeit")
LINE_MAGICS = ("pylab", "run", "time")  # that define something
CELL_MAGICS = ("file", "writefile")
# The kinds of output that feedback shows. Whatever could run in a page is left behind.
SHOWN = ("text/plain", "image/png")


class Outputs:
    """The outputs of one cell, in order, up to a number of bytes."""

    def __init__(self) -> None:
        self.begin(0)

    def begin(self, room: int) -> None:
        """Discard earlier outputs, and keep up to `room` bytes from now on."""
        self.shown: list[dict[str, Any]] = []
        self._room = room
        self._full = False

    def stream(self, name: str, text: str) -> None:
        """Add printed text to the last stream, or begin a new one."""
        part = self._fit(text)
        last = self.shown[-1] if self.shown else None
        if last and last["output_type"] == "stream" and last["name"] == name:
            last["text"] += part
        elif part:
            self.shown.append({"output_type": "stream", "name": name, "text": part})
        self._note_if(len(part) < len(text))

    def data(self, kind: str, bundle: dict[str, Any]) -> None:
        """Add what a cell displays; a picture that does not fit is said to be left out."""
        parts = {mime: bundle[mime] for mime in SHOWN if isinstance(bundle.get(mime), str)}
        size = sum(map(len, parts.values()))
        fits = size <= self._room
        if fits:
            self._room -= size
        else:
            parts = {"text/plain": self._fit(parts.get("text/plain", ""))}
        if parts:
            self.shown.append({"output_type": kind, "data": parts})
        self._note_if(not fits)

    def error(self, ename: str, evalue: str, traceback: list[str]) -> None:
        """Add an exception; its place is kept even where its text is not."""
        lines = [self._fit(line) for line in traceback[-20:]]
        self.shown.append(
            {
                "output_type": "error",
                "ename": ename[:200],
                "evalue": evalue[:2000],
                "traceback": lines,
            }
        )
        self._note_if(self._room == 0)

    def _fit(self, text: str) -> str:
        part = text[: self._room]
        self._room -= len(part)
        return part

    def _note_if(self, cut: bool) -> None:
        """Say once, after what was shown, that there was more."""
        if cut and not self._full:
            self._full = True
            note = "\n[more was shown; it is over the limit and left out]\n"
            self.shown.append({"output_type": "stream", "name": "stdout", "text": note})


OUTPUTS = Outputs()


class _Stream(io.TextIOBase):
    def __init__(self, name: str):
        self._name = name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        OUTPUTS.stream(self._name, str(text))
        return len(text)


class _Publisher(DisplayPublisher):
    def publish(self, data: Any, *args: Any, **kwargs: Any) -> None:
        OUTPUTS.data("display_data", data)

    def clear_output(self, wait: bool = False) -> None:
        OUTPUTS.shown.clear()


class _Hook(DisplayHook):
    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        OUTPUTS.data("execute_result", format_dict)


class _Shell(InteractiveShell):
    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)

    def transform_cell(self, raw_cell: str) -> str:
        # IPython takes every cell apart to look for its own syntax. Most cells are plain Python.
        try:
            ast.parse(raw_cell)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            transformed: str = InteractiveShell.transform_cell(self, raw_cell)
            return transformed
        return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """Run what defines names or is timed; whatever else a magic does matters to no grade."""
        if magic_name in LINE_MAGICS:
            return super().run_line_magic(magic_name, line, _stack_depth + 1)
        return None

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """Run a cell that is Python, or is written to a file; leave out shells, HTML and others.

        Of a magic that IPython does not have, such as memory_profiler's `%%memit`, it is Python.
        """
        if magic_name in CELL_MAGICS:
            return super().run_cell_magic(magic_name, line, cell)  # type: ignore[no-untyped-call]
        if magic_name in PYTHON_MAGICS or magic_name not in self.magics_manager.magics["cell"]:
            code = self.transform_cell(cell)
            exec(compile(code, self.compile.cache(code), "exec"), self.user_ns)
        return None

    def magic(self, arg_s: str) -> Any:
        """Run a line magic by the method that IPython had before version 9."""
        name, _, line = arg_s.lstrip().removeprefix("%").partition(" ")
        return self.run_line_magic(name, line, 2)

    def system(self, cmd: str) -> None:
        """Start no program for a line such as `!pip install`."""
        print(f"[!{cmd} is not run when a notebook is graded]")

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> list[str]:
        """Nothing, for a line such as `files = !ls`."""
        return []

    def enable_gui(self, gui: Any = None) -> None:
        pass  # no windows here

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        OUTPUTS.error(etype.__name__, str(evalue), list(stb))


def make_shell() -> InteractiveShell:
    """The shell that the warm process makes once; it keeps no history and colours nothing."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Plain"  # the others take longer than most cells
    shell: InteractiveShell = _Shell.instance(config=config)
    shell.enable_matplotlib("inline")
    return shell


def run_cell(shell: InteractiveShell, source: str, room: int) -> dict[str, Any]:
    """Run one cell.

    Returns
    -------
    dict
        outputs : list of nbformat's outputs as plain dicts, at most `room` bytes of text
        error : [name of its class, text] of the exception that the cell ended with, or None
        where : [function, line] of the innermost line of a cell that raised it, or None
    """
    OUTPUTS.begin(room)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream("stdout"), _Stream("stderr")
    try:
        result = shell.run_cell(source, store_history=False)
    finally:
        sys.stdout, sys.stderr = before
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return {"outputs": OUTPUTS.shown, "error": None, "where": None}
    text = str(error.msg) if isinstance(error, SyntaxError) else message(error)
    exception = [type(error).__name__, text]
    return {"outputs": OUTPUTS.shown, "error": exception, "where": _where(error)}


def _where(error: BaseException) -> list[Any] | None:
    """The function and the line, within its cell, of the innermost notebook code that failed."""
    if isinstance(error, SyntaxError) and error.lineno:
        return ["<module>", error.lineno]
    frames = traceback.walk_tb(error.__traceback__)
    cells = [
        [frame.f_code.co_name, line]
        for frame, line in frames
        if frame.f_code.co_filename.startswith("<ipython-input")
    ]
    return cells[-1] if cells else None
