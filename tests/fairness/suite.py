"""Grade wheats (right implementations) and chaffs (wrong ones) of every function.

A wheat must earn full marks; a chaff must lose marks on its own function and on no other. Those of
one function stand in `tests/fairness/NAME/FUNCTION.py`. Wheats are functions named `wheat__what`.
The tuple `CHAFFS` lists the chaffs: most are small edits of a right implementation, see `edits.py`;
one that is another algorithm is a function named `chaff__what`. Each variant stands in for one
solution cell; the other functions are the reference's.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from types import ModuleType

from autograder.checks.loading import Trusted, load_trusted
from autograder.checks.nbgrader_hooks import check_in, isolate_in
from autograder.checks.random_inputs import check_generator
from autograder.course.cells import Cells
from autograder.course.errors import CheckFailed, ForbiddenRoute
from autograder.course.folders import find_course
from tests.fairness.edits import Chaff, edited, solved_functions, source_of


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
    """The variants written for assignment `name`, its functions in the notebook's order.

    Raises `ValueError` where a module has the name of no function, where a chaff is written down
    and not listed, and where an edit does not fit its base.
    """
    package = importlib.import_module(f"tests.fairness.{name}")
    modules = [module.name for module in pkgutil.iter_modules(package.__path__)]
    solutions = solved_functions(find_course().assignment(name).notebook_source)
    unknown = sorted(set(modules) - set(solutions))
    if unknown:
        raise ValueError(f"{name}: no function is called {' or '.join(unknown)}")
    variants = []
    for function in [function for function in solutions if function in modules]:
        module = importlib.import_module(f"{package.__name__}.{function}")
        variants += _variants(function, module, solutions[function])
    return variants


def _variants(function: str, module: ModuleType, solution: str) -> list[Variant]:
    """The wheats of one function in the module's order, then its chaffs in that of the list."""
    whole = {"wheat": {}, "chaff": {}}
    for label, member in vars(module).items():
        kind, _, what = label.partition("__")
        if kind in whole and what:
            whole[kind][what] = member
    left_out = set(whole["chaff"].values()) - set(module.CHAFFS)
    if left_out:
        raise ValueError(f"{function}: {left_out.pop().__name__} is not in CHAFFS")
    variants = [
        Variant("wheat", function, what, source_of(member, function))
        for what, member in whole["wheat"].items()
    ]
    for place, chaff in enumerate(module.CHAFFS):
        if isinstance(chaff, Chaff):
            what, source = chaff.what, edited(chaff, function, solution)
        else:
            what = chaff.__name__.partition("__")[2]
            source = source_of(chaff, function)
        # A variant defines one function and nothing else, so what one of them does to the cells
        # of other functions they all do: the first chaff of each function is asked.
        variants.append(Variant("chaff", function, what, source, everywhere=place == 0))
    return variants


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
            rng = check_generator(seed, test)
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
