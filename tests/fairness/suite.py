"""Grade wheats (right implementations) and chaffs (wrong ones) of every function.

A wheat must earn full marks. A chaff must lose marks on its own function and on no other, and as
many as its band says, see `bands.py`. Those of one function stand in
`tests/fairness/NAME/FUNCTION.py`. Wheats are functions named `wheat__what`. The tuple `CHAFFS`
lists the chaffs: most are small edits of a right implementation, see `edits.py`; one that is
another algorithm is a function named `chaff__what`. Each variant stands in for one solution cell;
the other functions are the reference's.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from types import ModuleType

from autograder.checks.loading import Trusted, load_trusted
from autograder.checks.nbgrader_hooks import check_in, isolate_in
from autograder.checks.random_inputs import check_generator
from autograder.course.errors import CheckFailed, ForbiddenRoute
from autograder.course.folders import find_course
from tests.fairness.bands import BANDS
from tests.fairness.edits import Chaff, chaff_source, solved_functions, source_of


@dataclass(frozen=True)
class Variant:
    """One implementation of one function.

    everywhere : whether all functions' cells are run on it
    band : what share of its function's points a chaff may lose, a name of `BANDS`
    """

    kind: str
    function: str
    what: str
    source: str
    everywhere: bool = False
    band: str | None = None


@dataclass(frozen=True)
class Outcome:
    """The test cells a variant lost, with the message of each.

    own : the points of each test cell of its function
    """

    variant: Variant
    lost: dict[str, str]
    own: dict[str, float]

    @property
    def points_lost(self) -> float:
        """The points of its own function's test cells that the variant lost."""
        return sum(points for test, points in self.own.items() if test in self.lost)

    @property
    def unfair(self) -> str:
        """Why the variant was not graded as it should be; empty where it was."""
        lost = "; ".join(f"{test}: {why}" for test, why in self.lost.items())
        if self.variant.kind == "wheat":
            return lost
        if not self.lost:
            return "no test cell caught it"
        if not self.lost.keys() <= self.own.keys():
            return lost
        name, points = self.variant.band, sum(self.own.values())
        if name and not BANDS[name].holds(self.points_lost / points):
            return f"loses {self.points_lost:g} of {points:g} points, outside {name!r}: {lost}"
        return ""


@dataclass(frozen=True)
class Verdict:
    """Whether a variant was graded fairly under every seed, or why not, and what it lost.

    points : those of its function
    """

    variant: Variant
    lost: float
    points: float
    why: str = ""

    @property
    def fair(self) -> bool:
        """Whether there is nothing to say against the grade."""
        return not self.why


def collect(name: str) -> list[Variant]:
    """The variants written for assignment `name`, its functions in the notebook's order.

    Raises `ValueError` where a module has the name of no function, where a chaff is written down
    and not listed, where it declares no band, and where an edit does not fit its base.
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
    for one in variants:
        _check_band(name, one)
    return variants


def _check_band(name: str, one: Variant) -> None:
    """Raise `ValueError` for a chaff of assignment `name` that declares no band."""
    if one.kind == "chaff" and one.band not in BANDS:
        raise ValueError(
            f"tests/fairness/{name}/{one.function}.py: chaff {one.what} has the band {one.band!r}; "
            f"give it one of {', '.join(BANDS)}"
        )


def _variants(function: str, module: ModuleType, solution: str) -> list[Variant]:
    """The wheats of one function in the module's order, then its chaffs in that of the list."""
    whole = {"wheat": {}, "chaff": {}}
    for label, member in vars(module).items():
        kind, _, what = label.partition("__")
        if kind in whole and what:
            whole[kind][what] = member
    listed = {one.base if isinstance(one, Chaff) else one for one in module.CHAFFS}
    left_out = set(whole["chaff"].values()) - listed
    if left_out:
        raise ValueError(f"{function}: {left_out.pop().__name__} is not in CHAFFS")
    variants = [
        Variant("wheat", function, what, source_of(member, function))
        for what, member in whole["wheat"].items()
    ]
    for place, chaff in enumerate(module.CHAFFS):
        if not isinstance(chaff, Chaff):  # a function, in an assignment without bands
            chaff = Chaff(chaff.__name__.partition("__")[2], (), chaff)
        source = chaff_source(chaff, function, solution)
        # A variant defines one function and nothing else, so what one of them does to the cells
        # of other functions they all do: the first chaff of each function is asked.
        first = place == 0
        variants.append(Variant("chaff", function, chaff.what, source, first, chaff.band))
    return variants


def grade(trusted: Trusted, variant: Variant, seed: int, *, others: bool = True) -> Outcome:
    """Run the assignment's test cells on `variant`; with `others` false, only its own."""
    namespace = dict(vars(trusted.reference))
    tests = {test: trusted.cells.owner(test) for test in trusted.cells.tests}
    own = {
        test: points
        for test, points in trusted.cells.tests.items()
        if tests[test] == variant.function
    }
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
                # All variants are asked the same questions, as a class is.
                check_in(trusted, test, namespace, source, rng, trusted.memoized_reference)
            except (CheckFailed, ForbiddenRoute) as failure:
                lost[test] = str(failure)
    return Outcome(variant, lost, own)


def judge(trusted: Trusted, variant: Variant, seeds: Sequence[int]) -> Verdict:
    """Grade a variant under several seeds: it must be fair under each, and lose the same cells."""
    outcomes = [
        grade(trusted, variant, seed, others=variant.everywhere and seed == seeds[0])
        for seed in seeds
    ]
    first = outcomes[0]
    why = ""
    for seed, outcome in zip(seeds, outcomes, strict=True):
        if outcome.unfair:
            why = f"seed {seed}: {outcome.unfair}"
        elif set(outcome.lost) & set(outcome.own) != set(first.lost) & set(first.own):
            why = f"seed {seed} loses other cells than seed {seeds[0]}"
        if why:
            break
    return Verdict(variant, first.points_lost, sum(first.own.values()), why)


def judge_all(name: str, seeds: int, right_seeds: int | None = None) -> list[Verdict]:
    """Every variant of assignment `name`; takes and returns what another process can be sent.

    right_seeds : the seeds that right variants are graded under, by default `seeds`. A check that
        refuses right work under one seed in a hundred costs somebody points in every class.
    """
    trusted = load_trusted(find_course().assignment(name))
    by_kind = {"wheat": range(right_seeds or seeds), "chaff": range(seeds)}
    return [judge(trusted, variant, by_kind[variant.kind]) for variant in collect(name)]
