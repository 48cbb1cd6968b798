"""python -m benchmarks: what grading costs, in a copy of the course under _build/."""

from __future__ import annotations

import argparse
import shutil
import sys

from rich.console import Console

from autograder.course.folders import find_course
from benchmarks.contest import compare
from benchmarks.growth import grow
from benchmarks.machine import describe_machine
from benchmarks.measure import BenchmarkError
from benchmarks.report import save, show
from benchmarks.shell import measure_shell
from tests.submissions.sample_class import NAME


def main() -> int:
    """Measure what was asked for, print the tables, write _build/bench.json and bench.md."""
    given = _parser().parse_args()
    console = Console(stderr=True, highlight=False)
    course = find_course()
    build = course.root / "_build"
    if given.what == "convolutions":
        # It imports torch, for which the others need not wait.
        from benchmarks.convolutions import compare_convolutions

        compare_convolutions(build / "convolutions.json", Console(highlight=False))
        return 0
    scratch = build / "bench"
    shutil.rmtree(scratch, ignore_errors=True)
    assignment = course.assignment(NAME)
    otter_venv = build / "otter-venv"
    try:
        if given.what == "compare":
            sizes = {"size": given.size, "stock": given.stock, "otter": given.otter}
            found = compare(assignment, scratch, otter_venv, **sizes, tell=console.print)
            part = {"compare": {**found, "machine": describe_machine(otter_venv)}}
        elif given.what == "shell":
            part = {"shell": measure_shell(assignment, scratch, tell=console.print)}
        else:
            part = {
                "growth": grow(
                    assignment, scratch, given.sizes, resume=given.resume, tell=console.print
                )
            }
    except BenchmarkError as error:
        console.print(f"Error: {error}", markup=False)
        return 1
    shutil.rmtree(scratch)
    report = save(build / "bench.json", **part)
    # Wide enough for the tables where the output goes to a file.
    show(report, Console(highlight=False, width=None if sys.stdout.isatty() else 140))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    contest = what.add_parser("compare", help="ours, its peers and the floor on the same class")
    contest.add_argument("--size", type=int, default=40, help="submissions in the class")
    contest.add_argument("--stock", type=int, default=8, help="how many nbgrader really grades")
    contest.add_argument("--otter", type=int, default=8, help="how many otter grades; 0: leave out")
    growth = what.add_parser("growth", help="ours on larger classes")
    growth.add_argument("sizes", type=int, nargs="+", help="submissions in each class")
    growth.add_argument("--resume", type=int, help="kill the class of this size, and resume it")
    what.add_parser("shell", help="what one waits for at the shell, on a machine that idles")
    what.add_parser("convolutions", help="the course's fast convolution in NumPy against PyTorch's")
    return parser


if __name__ == "__main__":
    sys.exit(main())
