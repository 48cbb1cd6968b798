"""python -m tests.fairness [NAME …]: print what each variant loses and name every unfair grade."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from autograder.checks.loading import load_trusted
from autograder.course.files import write_atomically
from autograder.course.folders import find_course
from tests.fairness.jailed import compare
from tests.fairness.page import lines, markdown, rows
from tests.fairness.suite import judge_all


def main() -> int:
    """Grade, print, write the page, and say whether everything was fair."""
    parser = argparse.ArgumentParser(prog="python -m tests.fairness", description=__doc__)
    parser.add_argument("names", nargs="*", help="assignments, by default all")
    parser.add_argument("--seeds", type=int, default=1, help="random inputs to try")
    parser.add_argument("--right-seeds", type=int, help="for right variants, by default as many")
    parser.add_argument("--page", type=Path, help="write the table for the book there")
    parser.add_argument("--jailed", action="store_true", help="ask whether the jail agrees")
    given = parser.parse_args()
    # Read when the workers import torch: on arrays this small, threads only wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    course = find_course()
    names = given.names or course.names
    seeds, right_seeds = ([count] * len(names) for count in (given.seeds, given.right_seeds))
    parts, unfair = [], 0
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for name, verdicts in zip(
            names, pool.map(judge_all, names, seeds, right_seeds), strict=True
        ):
            table = rows(load_trusted(course.assignment(name)).cells, verdicts)
            parts.append(markdown(name, table))
            print(name)
            for row in table:
                print(*lines(row), sep="\n", flush=True)
            unfair += sum(not verdict.fair for verdict in verdicts)
    if given.jailed:
        for name in names:
            different = compare(name)
            print(
                f"{name} in the jail: {len(different)} variants graded otherwise",
                *different,
                sep="\n  ",
            )
            unfair += len(different)
    if given.page and not unfair:
        write_atomically(given.page, "\n".join(parts))
    return 1 if unfair else 0


if __name__ == "__main__":
    sys.exit(main())
