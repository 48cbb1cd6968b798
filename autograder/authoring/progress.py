"""The last cell of every notebook: the points that a student has by the visible checks.

`where_you_stand` is the cell's code. The build writes its text into the notebook, so it uses
nothing of this project and must stay inside one function. It also says how many further checks run
at grading, which are counted here by running them on the reference.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import nbformat
from nbformat import NotebookNode

from autograder.checks.loading import Trusted
from autograder.checks.local_student import LocalStudent
from autograder.checks.random_inputs import check_generator
from autograder.course.cells import DEMONSTRATION, TEST_PREFIX
from autograder.course.errors import CheckFailed, ForbiddenRoute, GraderFault, StudentError

CELL_ID = "progress"
# Jupyter's own mark for a cell of which JupyterLab shows the first line, and its output.
FOLDED = {"source_hidden": True}
# The comment above a test cell's checks, for one point and for several, and those of the last cell.
TITLES = ("Check {test} · {points} point", "Check {test} · {points} points")
HEADER = (
    "Where you stand: run this cell whenever you like.",
    "It runs the checks above again, the newest version of each that you have run, and changes "
    "nothing.",
)


def first_line(test: str, points: float) -> str:
    """The line above a test cell's checks, by which `where_you_stand` knows the cell."""
    return f"# {TITLES[points != 1].format(test=test, points=f'{points:g}')}"


def progress_cell(trusted: Trusted) -> NotebookNode:
    """The cell that shows progress in an assignment's notebook, the same for the same sources.

    It has no metadata of nbgrader's, so grading ignores it. Jupyter itself keeps it from being
    edited and deleted.
    """
    call = _call(trusted, count_checks(trusted))
    header = "".join(f"# {line}\n" for line in HEADER)
    source = f"{header}{inspect.getsource(where_you_stand)}\n\n{call}\ndel where_you_stand"
    metadata = {
        "deletable": False,
        "editable": False,
        "jupyter": dict(FOLDED),
        "tags": [DEMONSTRATION],
    }
    cell: NotebookNode = nbformat.v4.new_code_cell(source, metadata=metadata, id=CELL_ID)
    return cell


def count_checks(trusted: Trusted) -> dict[str, int]:
    """By function, how many `checking(...)` blocks of `checks.py` a right solution goes through."""
    counts = dict.fromkeys(trusted.cells.functions, 0)
    for test in trusted.cells.tests:
        properties: list[str] = []

        @contextmanager
        def counting(
            prop: str, hint: str = "", properties: list[str] = properties
        ) -> Iterator[None]:
            properties.append(prop)
            # The proof finds out whether it holds. A slow machine must not change the count.
            with suppress(CheckFailed, StudentError):
                yield

        names = vars(trusted.checks)
        checking = names.get("checking")
        names["checking"] = counting
        student = LocalStudent(dict(vars(trusted.reference)))
        try:
            with suppress(CheckFailed, ForbiddenRoute, GraderFault), trusted.beside_files():
                trusted.run(test, student, check_generator(0, test))
        finally:
            names["checking"] = checking
        counts[trusted.cells.owner(test)] += len(properties)
    return counts


def _call(trusted: Trusted, further: dict[str, int]) -> str:
    """The call of `where_you_stand` with what the cell must know: a line for each function."""
    cells, lines, ruled_out = trusted.cells, [], []
    for function in cells.functions:
        start = f"{TEST_PREFIX}{function}"
        points = {
            test.removeprefix(start).lstrip("_"): worth
            for test, worth in cells.tests.items()
            if cells.owner(test) == function
        }
        items = ", ".join(f"{json.dumps(suffix)}: {worth:g}" for suffix, worth in points.items())
        lines.append(f"        {json.dumps(function)}: ({further[function]}, {{{items}}}),")
        routes = trusted.routes_of(function)
        if words := sorted((*routes.libraries, *routes.names)):
            ruled_out.append(f"        {json.dumps(function)}: {json.dumps(' '.join(words))},")
    return "\n".join(
        [
            "where_you_stand(",
            f"    {json.dumps(trusted.assignment.name)},",
            f"    by_a_person={sum(cells.answers.values()):g},",
            "    functions={  # how many further checks there are, and the points of those above",
            *lines,
            "    },",
            "    ruled_out={",
            *ruled_out,
            "    },",
            ")",
        ]
    )


def where_you_stand(name, by_a_person, functions, ruled_out):
    import ast
    import os
    import re
    import textwrap
    import unicodedata
    from builtins import any, sum  # `from numpy import *` has others

    from IPython.core.inputtransformer2 import TransformerManager
    from IPython.utils.capture import capture_output

    here = globals()
    newest = {}
    for source in here.get("In", []):
        if found := re.match(r"# .*?\b(test_\w+) · ", source):
            newest[found[1]] = source
    if any("\n### BEGIN" in source for source in newest.values()):
        print("This copy is being graded: what each check earned stands beside it.")
        return

    def outcome(check):
        if check not in newest:
            return "not run yet"
        try:
            with capture_output():
                exec(newest[check], dict(here))
        except NotImplementedError:
            return "not written yet"
        except BaseException as error:  # to stop one check by hand is not to stop them all
            kind = "" if isinstance(error, AssertionError) else type(error).__name__
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            return ": ".join([word for word in (kind, *lines[:1]) if word]) or "AssertionError"

    def route_in(function):
        defines = re.compile(rf"^def {function}\b", re.MULTILINE)
        shell = here["get_ipython"]() if "get_ipython" in here else None
        history = shell.history_manager.input_hist_raw if shell else here.get("In", [])
        cells = [source for source in history if defines.search(source)]
        try:
            source = re.sub(r"\A\s*(%%.*\n)+", "", cells[-1])
            tree = ast.parse(TransformerManager().transform_cell(source))
        except (IndexError, SyntaxError):
            return None
        words, uses = set(ruled_out.get(function, "").split()), []
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    path = f"{getattr(node, 'module', '')}.{alias.name}".split(".")
                    if words & set(path):
                        words.add(alias.asname or alias.name.split(".")[0])
            elif isinstance(node, (ast.Name, ast.Attribute, ast.keyword)):
                uses += [getattr(node, field, None) for field in ("id", "attr", "arg")]
        return next((word for word in uses if word in words), None)

    won = total = further = 0
    for function, (more, points) in functions.items():
        checks = {f"test_{function}_{what}".rstrip("_"): worth for what, worth in points.items()}
        found = {check: outcome(check) for check in checks}
        failed = {check: why for check, why in found.items() if why is not None}
        mine = sum(worth for check, worth in checks.items() if check not in failed)
        most = sum(checks.values())
        print(f"{function}: {mine:g} of {most:g} points (and {more} further checks at grading)")
        if len(failed) == len(checks) > 1 and len(set(failed.values())) == 1:
            failed = {"all checks": failed.popitem()[1]}
        for check, why in failed.items():
            said = textwrap.shorten(f"{check}: {why}", 200, placeholder=" …")
            wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in said)
            width = 76 * len(said) // (len(said) + wide)
            print(textwrap.fill(said, width, initial_indent="  - ", subsequent_indent="    "))
        won, total, further = won + mine, total + most, further + more
        if route := route_in(function):
            print(f"  ! It uses {route}, which this assignment rules out: it may earn nothing.")
    print(f"\nYou have {won:g} of {total:g} points of the checks that you can see.")
    print(f"{by_a_person:g} points are given by a person.")
    print(f"{further} further checks run at grading: passing what you see is needed,")
    print("and it is not yet full marks.")
    if not newest:
        print("\nNo check has run in this kernel: choose Run All Cells, then come back here.")
    path = here.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME") or ""
    called = re.split(r"[\\/]", path)[-1]
    if called.endswith(".ipynb") and called != f"{name}.ipynb":
        print(f"\nThis notebook is called {called}. Hand it in as {name}.ipynb.")
