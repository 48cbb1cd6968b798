"""Grade wheats (right implementations) and chaffs (wrong ones) of every function.

A wheat must earn full marks; a chaff must lose marks on its own function and on no other. The
implementations are functions named `wheat__FUNCTION__what` and `chaff__FUNCTION__what`, one module
an assignment. Each stands in for one solution cell; the other functions are the reference's.
"""

from __future__ import annotations

import importlib
import inspect
import io
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import numpy as np

from autograder.checks.loading import Trusted, load_trusted
from autograder.checks.nbgrader_hooks import check_in, isolate_in
from autograder.course.cells import Cells
from autograder.course.errors import CheckFailed, ForbiddenRoute
from autograder.course.folders import find_course


@dataclass(frozen=True)
class Variant:
    """One implementation of one function; `everywhere`: all functions' cells are run on it."""

    kind: str
    function: str
    what: str
    source: str
    everywhere: bool = False


@dataclass(frozen=True)
class Outcome:
    """The test cells a variant lost, with the message of each."""

    variant: Variant
    lost: dict[str, str]
    own: frozenset[str]

    @property
    def fair(self) -> bool:
        """Whether the variant was graded as it should be."""
        if self.variant.kind == "wheat":
            return not self.lost
        return bool(self.lost) and set(self.lost) <= self.own


@dataclass(frozen=True)
class Verdict:
    """Whether a variant was graded fairly under every seed, or why not."""

    variant: Variant
    fair: bool
    why: str = ""


def collect(name: str) -> list[Variant]:
    """The variants written for assignment `name`, in the order of the file."""
    module = importlib.import_module(f"tests.fairness.{name}")
    found, chaffs = [], set()
    for label, function in vars(module).items():
        kind, _, rest = label.partition("__")
        if kind not in ("wheat", "chaff"):
            continue
        target, _, what = rest.partition("__")
        source = inspect.getsource(function).replace(f"def {label}(", f"def {target}(", 1)
        # A variant defines one function and nothing else, so what one of them does to the cells
        # of other functions they all do: the first chaff of each function is asked.
        first = kind == "chaff" and target not in chaffs
        chaffs |= {target} if first else set()
        found.append(Variant(kind, target, what, source, everywhere=first))
    return found


def grade(trusted: Trusted, variant: Variant, seed: int, *, others: bool = True) -> Outcome:
    """Run the assignment's test cells on `variant`; with `others` false, only its own."""
    namespace = dict(vars(trusted.reference))
    tests = {test: trusted.cells.owner(test) for test in trusted.cells.tests}
    own = frozenset(test for test, owner in tests.items() if owner == variant.function)
    lost = {}
    # A wheat may warn and print as it likes.
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        exec(variant.source, namespace)
        for test, owner in tests.items():
            if owner != variant.function and not others:
                continue
            source = variant.source if owner == variant.function else None
            rng = np.random.default_rng([seed, *test.encode()])
            isolate_in(trusted, test, namespace)
            try:
                check_in(trusted, test, namespace, source, rng)
            except (CheckFailed, ForbiddenRoute) as failure:
                lost[test] = str(failure)
    return Outcome(variant, lost, own)


def judge(trusted: Trusted, variant: Variant, seeds: int) -> Verdict:
    """Grade a variant under several seeds: it must be fair under each, and lose the same cells."""
    outcomes = [
        grade(trusted, variant, seed, others=variant.everywhere and seed == 0)
        for seed in range(seeds)
    ]
    for seed, outcome in enumerate(outcomes):
        if not outcome.fair:
            lost = "; ".join(f"{test}: {why}" for test, why in outcome.lost.items())
            return Verdict(variant, False, f"seed {seed}: {lost or 'no test cell caught it'}")
        if set(outcome.lost) & outcome.own != set(outcomes[0].lost) & outcome.own:
            return Verdict(variant, False, f"seed {seed} loses other cells than seed 0")
    return Verdict(variant, True)


def judge_all(name: str, seeds: int) -> list[Verdict]:
    """Every variant of assignment `name`; takes and returns what another process can be sent."""
    trusted = load_trusted(find_course().assignment(name))
    return [judge(trusted, variant, seeds) for variant in collect(name)]


def table(cells: Cells, verdicts: list[Verdict]) -> list[tuple[str, str, str]]:
    """Rows (function, wheats passed, chaffs caught), in the notebook's order."""
    rows = []
    for function in cells.functions:
        counts = []
        for kind in ("wheat", "chaff"):
            key = (function, kind)
            mine = [one for one in verdicts if (one.variant.function, one.variant.kind) == key]
            counts.append(f"{sum(one.fair for one in mine)} of {len(mine)}")
        rows.append((function, *counts))
    return rows


def markdown(name: str, rows: list[tuple[str, str, str]]) -> str:
    """One assignment's table for the book."""
    lines = [f"## `{name}`", "", "| function | wheats passed | chaffs caught |", "|---|---|---|"]
    lines += [f"| `{function}` | {wheats} | {chaffs} |" for function, wheats, chaffs in rows]
    return "\n".join(lines) + "\n"
