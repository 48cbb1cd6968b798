"""Grade a known right answer in a worker's own jail, before any student's work is graded there.

A limit that is too low for this machine's PyTorch, or a jail that lacks what the assignment needs,
would otherwise be counted as every student's mistake.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace

from autograder.checks.checking import COMPARED
from autograder.checks.loading import load_trusted
from autograder.course.cells import describe
from autograder.course.errors import GivenCellError, GraderFault, LimitHit, UnfitJailError
from autograder.course.folders import CONFIG, Assignment
from autograder.course.limits import Limits
from autograder.course.notebook_file import read_notebook
from autograder.course.verdicts import Status
from autograder.grading import worker_state
from autograder.grading.failed_cells import LACKING
from autograder.grading.intake import clean_copy
from autograder.grading.scorer import score_notebook
from autograder.sandbox.file_view import not_in_a_jail

SEED = 0  # for a proof that no student's questions are needed for
MOST = 16  # how many times a limit is raised to find out whether it is the cause
FACTORS = (2, 4, 8, MOST)
REFUSALS = {Status.FAILED, Status.PARTIAL, Status.FORBIDDEN}
# Which settings of the configuration a limit stands for, and its fields, raised together.
SETTINGS = {
    "c.Autograder.memory_mb": ("memory_mb",),
    "c.Autograder.processes": ("processes",),
    "c.Autograder.disk_mb": ("disk_mb",),
    "c.Execute.timeout": ("cell_seconds", "submission_seconds"),
}


@dataclass(frozen=True)
class Proof:
    """What the solved notebook earned in a jail.

    score, max_score : in points
    reason : in a few words why points are missing; empty when none is
    lost, message : the first test cell that lost points, and what was said of it; empty when none
    broken : what a check says that failed by itself; empty when none did
    given : the given cell that does not run in the jail, if one does not
    refused : whether every missing point was refused by a check, and none lost to a limit
    """

    score: float
    max_score: float
    reason: str = ""
    lost: str = ""
    message: str = ""
    broken: str = ""
    given: GivenCellError | None = None
    refused: bool = False


def prove(assignment: Assignment, limits: Limits, tier: str, seed: int = SEED) -> Proof:
    """Grade the solved notebook of a released assignment as a submission, in this process's jail.

    limits, tier, seed : those that submissions are graded under
    """
    source = worker_state.read_notebook(assignment, "source")
    released = worker_state.read_notebook(assignment, "release")
    most = describe(released).max_score
    trusted = load_trusted(assignment, built=True)
    try:
        reference = worker_state.reference(assignment, source, limits, tier)
        reference.start()  # which runs every given cell, and not only those before a function
        cells = score_notebook(
            worker_state.jail(tier, trusted.libraries),
            trusted,
            reference,
            clean_copy(read_notebook(assignment.source.read_bytes()), released).nb,
            files=worker_state.read_files(assignment),
            seed=seed,
            limits=limits,
        ).cells
    except GivenCellError as error:
        return Proof(0.0, most, str(error), message=f"{error.kind}: {error.text}", given=error)
    except (GraderFault, LimitHit) as error:
        why = _last_line(str(error))
        return Proof(0.0, most, why, message=why)
    broken = (cell.message for cell in cells.values() if cell.status == Status.GRADER_ERROR)
    score = sum(cell.score for cell in cells.values())
    lost = [name for name, cell in cells.items() if cell.score < cell.max_score]
    if not lost:
        return Proof(score, most)
    message = cells[lost[0]].message
    reason = f"{len(lost)} of {len(cells)} cells failed, first {lost[0]}: {message}"
    refused = all(cells[name].status in REFUSALS for name in lost)
    return Proof(score, most, reason, lost[0], message, next(broken, ""), refused=refused)


def prove_again(assignment: Assignment, limits: Limits, tier: str, seed: int = SEED) -> Proof:
    """As `prove`, and where points are missing, once more in a new jail.

    What broke, or was too slow once, must not stop a class.
    """
    proof = prove(assignment, limits, tier, seed)
    if proof.reason:
        worker_state.start_over()
        proof = prove(assignment, limits, tier, seed)
    return proof


def require_proof(assignment: Assignment, limits: Limits, tier: str, seed: int = SEED) -> None:
    """Prove this process's jail for an assignment, once for each jail and seed.

    A check that asks for something that the solved notebook does not do may show it under one seed
    and not under another, so each student's questions are put to the solved notebook first.

    Raises `UnfitJailError`, which names the cause and the remedy, when the solved notebook does
    not earn all its points.
    """
    if worker_state.is_proved(assignment, limits, tier, seed):
        return
    proof = prove_again(assignment, limits, tier, seed)
    if proof.broken:
        raise UnfitJailError(
            f"{proof.broken}. It does so for the solved notebook, so nobody is graded by it.",
            f"Mend {assignment.checks_source}; autograder release {assignment.name} tries it.",
        )
    remedy = _known_remedy(proof, assignment, limits, tier, seed) if proof.reason else ""
    if proof.refused and not remedy:
        raise UnfitJailError(
            f"{assignment.checks_source}: by these checks the solved notebook earns "
            f"{proof.score:g} of {proof.max_score:g} ({proof.reason}). Nobody is graded by them.",
            f"Mend the check, or {assignment.notebook_source.name} beside it, and try it: "
            f"autograder release {assignment.name}",
        )
    if proof.reason:
        raise UnfitJailError(
            f"the {tier} jail on {socket.gethostname()} is not fit to grade {assignment.name}: the "
            f"solved notebook earns {proof.score:g} of {proof.max_score:g} in it ({proof.reason}). "
            "Nothing is graded there.",
            remedy or _no_limit(assignment),
        )
    worker_state.note_proof(assignment, limits, tier, seed)


def remedy_of(proof: Proof, assignment: Assignment, limits: Limits, tier: str) -> str:
    """What to do so that the solved notebook earns all its points, as far as that is known."""
    return _known_remedy(proof, assignment, limits, tier, SEED) or _no_limit(assignment)


def _known_remedy(
    proof: Proof, assignment: Assignment, limits: Limits, tier: str, seed: int
) -> str:
    return (
        _given_remedy(assignment, proof.given)
        or _carried_remedy(proof)
        or _limit_remedy(assignment, limits, tier, seed)
    )


def _no_limit(assignment: Assignment) -> str:
    return (
        f"No limit is the cause. See that `autograder release {assignment.name}` passes, and what "
        "`autograder doctor` says of this machine."
    )


def _carried_remedy(proof: Proof) -> str:
    """What a function may return, where an object came back that no check can look into."""
    if "an object came back" not in proof.message:
        return ""
    return (
        f"Let the function return what comes out of a jail: {COMPARED}; with "
        "autograder.checks.torchchecks also tensors and networks."
    )


def _given_remedy(assignment: Assignment, error: GivenCellError | None) -> str:
    """What a given cell needs that no jail has; empty where that is not known, or none failed."""
    if error is None:
        return ""
    beside = f"Put what it reads into {assignment.extra_files}, and open it by its name alone."
    if error.kind in ("FileNotFoundError", "PermissionError", "NotADirectoryError"):
        return beside
    if error.kind in ("URLError", "gaierror", "ConnectionError"):
        return f"No jail has a network. {beside}"
    module = LACKING.search(error.text) if error.kind == "ModuleNotFoundError" else None
    return not_in_a_jail(module[1]) if module else ""


def _limit_remedy(assignment: Assignment, limits: Limits, tier: str, seed: int) -> str:
    """The setting that is too low, and the lowest value tried under which all points are earned.

    Empty where no limit is the cause.
    """

    def earns_all(names: tuple[str, ...], factor: int) -> bool:
        raised = {name: getattr(limits, name) * factor for name in names}
        return not prove(assignment, replace(limits, **raised), tier, seed).reason

    for setting, names in SETTINGS.items():
        if not earns_all(names, MOST):
            continue
        factor = next((factor for factor in FACTORS[:-1] if earns_all(names, factor)), MOST)
        value = getattr(limits, names[0])
        return f"In {CONFIG}, set {setting} = {value * factor:g}; it is {value:g} now."
    return ""


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no reason given"
