"""Examine this machine: its tiers, what each protection prevents, and how to get a better tier."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

from autograder.course.configuration import secret_places
from autograder.course.errors import CourseError
from autograder.course.folders import CONFIG, Course
from autograder.course.limits import Limits, load_limits
from autograder.course.released_notebook import read_released
from autograder.grading.proof import require_proof
from autograder.sandbox.agent.confinement import landlock_version
from autograder.sandbox.isolation import ANSWERS, LEFTOVERS, Tier, how_to_get, probe
from autograder.sandbox.jail import TIERS

PREVENTS = {
    ANSWERS: "giving marks to oneself: checks, reference and gradebook are never inside",
    "network": "downloads, messages and open ports",
    "files": "reading the course, other students' work or your files; writing anywhere",
    "other processes": "looking at or stopping anything else that runs",
    "system calls": "tracing, mounting, new namespaces, kernel interfaces seldom used",
    "user": "being you, or root",
    "memory": "filling the machine's memory",
    "processes": "fork bombs",
    "disk": "filling the disk",
    LEFTOVERS: "running on after the grade",
}


# What Landlock does not ask about before a version, and the Linux that brought it. In a restricted
# jail the filter of system calls refuses these things in its place.
BROUGHT = {
    2: "moving files between folders (5.19)",
    3: "emptying files (6.2)",
    4: "TCP ports (6.7)",
    5: "controls of devices (6.10)",
    6: "signals and abstract sockets (6.12)",
}


@dataclass(frozen=True)
class Diagnosis:
    """The tiers as this machine gives them, strongest first, and what to say about them.

    faults : why right answers would lose points here, one for each assignment concerned
    """

    tiers: tuple[Tier, ...]
    protections: dict[str, str]
    report: tuple[str, ...]
    advice: tuple[str, ...]
    faults: tuple[CourseError, ...]


def examine(course: Course) -> Diagnosis:
    """Try every protection of every tier on this machine, and a right answer to each assignment."""
    tiers = tuple(probe(name, secret_places(course)) for name in TIERS)
    best = next(tier for tier in tiers if tier.available)
    limits = load_limits(course)
    proved, faults = _right_answers(course, limits, best.name)
    report = (
        f"tier: {best.name}",
        f"each submission: {limits.submission_seconds:g} s, {limits.cell_seconds:g} s a test cell, "
        f"{limits.memory_mb} MB on top of the libraries, {limits.processes} processes, "
        f"{limits.disk_mb} MB of disk, {limits.output_kb} KB of output ({CONFIG} sets them)",
        f"Landlock: version {landlock_version() or '–'}; bubblewrap: "
        f"{'installed' if shutil.which('bwrap') else 'not installed'}; "
        f"user: {'root' if os.getuid() == 0 else 'not root'}",
        *_lost(landlock_version()),
        f"right answers earn all points: {', '.join(proved) or 'none is released'}",
    )
    advice = _advice(tiers) if faults else _advice(tiers) or ["Nothing is missing."]
    return Diagnosis(tiers, PREVENTS, report, tuple(advice), tuple(faults))


def _lost(version: int) -> list[str]:
    """What this kernel's Landlock leaves to the filter alone, in one sentence, if there is any."""
    missing = [words for brought, words in BROUGHT.items() if 0 < version < brought]
    if not missing:
        return []
    return [
        "this kernel's Landlock does not ask about " + ", ".join(missing) + ": in the restricted "
        "tier the filter of system calls alone refuses them"
    ]


def _right_answers(
    course: Course, limits: Limits, tier: str
) -> tuple[list[str], list[CourseError]]:
    """The released assignments whose solved notebook earns its points here, and what is wrong."""
    proved, faults = [], []
    for name in course.names:
        assignment = course.assignment(name)
        if not (assignment.release.is_file() and assignment.source.is_file()):
            continue
        try:
            for path in (assignment.source, *assignment.editions):
                read_released(path)
            require_proof(assignment, limits, tier)
        except CourseError as fault:
            faults.append(fault)
        else:
            proved.append(name)
    return proved, faults


def _advice(tiers: tuple[Tier, ...]) -> list[str]:
    isolated, restricted, _ = tiers
    if isolated.available:
        return []
    lines = [f"isolated cannot be had: {isolated.why_not}", how_to_get([isolated.why_not])]
    if not restricted.available and sys.platform.startswith("linux"):
        lines += [
            f"restricted cannot be had: {restricted.why_not}",
            "It needs Linux 5.13 with Landlock (lsm=landlock,… on the kernel's command line) and "
            "libseccomp: apt-get install libseccomp2",
            "What is left is unprotected, which runs only with --i-trust-this-code.",
        ]
    return lines
