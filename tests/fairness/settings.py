"""What students set for a whole notebook in good faith, each as the code of a cell of their own.

It must cost a right answer nothing, in a batch, in a kernel under nbgrader and in the checks that
students see. What breaks the answers themselves, as `range = 5` does, is not among it.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.course.cells import grade_id, is_demonstration, is_function
from autograder.course.folders import Assignment
from tests.processes import LONG

SETTINGS = {
    "errors of numbers": "np.seterr(all='raise')",
    "printing": "np.set_printoptions(precision=1, threshold=1, suppress=True, legacy='1.13')",
    "seeds": "import random\nrandom.seed(0)\nnp.random.seed(0)",
    "warnings": "import warnings\nwarnings.filterwarnings('error')",
    "recursion": "import sys\nsys.setrecursionlimit(10**6)",
    "pictures": "import matplotlib.pyplot as plt\nplt.rcParams['font.size'] = 7",
    "folder": "import os, tempfile\nos.chdir(tempfile.mkdtemp())",
    "language": "import locale\nlocale.setlocale(locale.LC_ALL, 'C.UTF-8')",
    "log": "import logging\nlogging.basicConfig(level=logging.DEBUG)",
}
TORCH = {
    "dtype": "torch.set_default_dtype(torch.float64)",
    "gradients": "torch.set_grad_enabled(False)",
    "device": "torch.set_default_device('cpu')",
    "algorithms": "torch.use_deterministic_algorithms(True)",
    "threads": "torch.set_num_threads(2)",
    "seed of PyTorch": "torch.manual_seed(0)",
    "printing of tensors": "torch.set_printoptions(precision=2, sci_mode=False, threshold=1)",
}
# NumPy has names that Python has as well. Whoever has taken them all says which ones are meant.
STARS = "from numpy import *\nimport copy, builtins as py"
PYTHONS = re.compile(r"(?<![.\w])(max|min|sum)\b(?!\s*=)")


def with_stars(nb: NotebookNode) -> NotebookNode:
    """A notebook with all of NumPy's names, and with answers that say where they mean Python's."""
    nb = with_setting(nb, STARS)
    for cell in nb.cells:
        if is_function(cell):
            cell.source = PYTHONS.sub(r"py.\1", cell.source)
    return nb


def with_setting(nb: NotebookNode, code: str) -> NotebookNode:
    """A notebook with a cell of the student's own behind the one that sets it up."""
    nb = copy.deepcopy(nb)
    place = [grade_id(cell) for cell in nb.cells].index("setup")
    nb.cells.insert(place + 1, new_code_cell(code))
    return nb


def lost_in_kernel(assignment: Assignment, nb: NotebookNode) -> dict[str, str]:
    """The test cells that fail when a notebook runs from top to bottom, as in a kernel.

    Hidden lines run as well where it has them. Demonstrations do not.
    """
    cells = [
        (grade_id(cell), cell.source)
        for cell in nb.cells
        if cell.cell_type == "code" and not is_demonstration(cell)
    ]
    course = assignment.course
    hooks = {"AUTOGRADER_SEED": "3", "AUTOGRADER_COURSE": str(course.root)}
    if course.built:
        hooks["AUTOGRADER_BUILT"] = str(course.built)
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=json.dumps(cells),
        env={**os.environ, **hooks},
        capture_output=True,
        text=True,
        timeout=LONG,
        check=True,
    )
    lost: dict[str, str] = json.loads(done.stdout)
    return lost


def _run(cells: list[tuple[str | None, str]]) -> dict[str, str]:
    """Run cells in IPython; the named ones that fail, with their errors."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    lost = {}
    for name, source in cells:
        with capture_output():
            run = shell.run_cell(source, store_history=True)
        error = run.error_before_exec or run.error_in_exec
        if error is not None and name is not None:
            lost[name] = f"{type(error).__name__}: {error}"
    return lost


if __name__ == "__main__":
    print(json.dumps(_run(json.load(sys.stdin))))
