"""Examine this machine: which tier it gives, what each protection is, how to get the next."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

from autograder.course import CONFIG, Course
from autograder.inside.confine import landlock_version
from autograder.jail import TIERS
from autograder.limits import load_limits
from autograder.tiers import ANSWERS, LEFTOVERS, Tier, probe

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


@dataclass(frozen=True)
class Diagnosis:
    """The tiers as they were found, strongest first, and what to say about them."""

    tiers: tuple[Tier, ...]
    protections: dict[str, str]
    report: tuple[str, ...]
    advice: tuple[str, ...]

    @property
    def best(self) -> str:
        return next(tier.name for tier in self.tiers if tier.had)


def examine(course: Course) -> Diagnosis:
    """Try every protection of every tier on this machine."""
    tiers = tuple(probe(name, course.root / CONFIG) for name in TIERS)
    best = next(tier for tier in tiers if tier.had)
    limits = load_limits(course)
    report = (
        f"tier: {best.name}",
        f"each submission: {limits.submission_seconds:g} s, {limits.cell_seconds:g} s a test cell, "
        f"{limits.memory_mb} MB, {limits.processes} processes, {limits.disk_mb} MB of disk, "
        f"{limits.output_kb} KB of output ({CONFIG} sets them)",
        f"Landlock: version {landlock_version() or '–'}; bubblewrap: "
        f"{'installed' if shutil.which('bwrap') else 'not installed'}; "
        f"user: {'root' if os.getuid() == 0 else 'not root'}",
    )
    return Diagnosis(tiers, PREVENTS, report, tuple(_advice(tiers)))


def _advice(tiers: tuple[Tier, ...]) -> list[str]:
    isolated, restricted, _ = tiers
    if isolated.had:
        return ["Nothing is missing."]
    lines = [f"isolated cannot be had: {isolated.why_not}"]
    if not sys.platform.startswith("linux"):
        return [*lines, "Grade on Linux, or in a Linux container or virtual machine."]
    if not shutil.which("bwrap"):
        lines.append("Install bubblewrap: apt-get install bubblewrap libseccomp2")
    else:
        lines.append(
            "Namespaces seem to be refused. On a machine of your own: sysctl "
            "user.max_user_namespaces=15000 and, on Ubuntu, "
            "kernel.apparmor_restrict_unprivileged_userns=0. In Docker: --security-opt "
            "seccomp=unconfined --security-opt systempaths=unconfined. In Kubernetes: "
            "hostUsers: false with procMount: Unmasked."
        )
    if not restricted.had:
        lines += [
            f"restricted cannot be had: {restricted.why_not}",
            "It needs Linux 5.13 with Landlock (lsm=landlock,… on the kernel's command line) and "
            "libseccomp: apt-get install libseccomp2",
            "What is left is unprotected, which runs only with --i-trust-this-code.",
        ]
    return lines
