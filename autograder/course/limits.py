"""What one submission may use; `nbgrader_config.py` sets it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from functools import lru_cache

from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.folders import CONFIG, Course

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """The limits of a submission.

    cell_seconds : one cell, and again the trusted checks of a test cell
    submission_seconds : the whole notebook, and again its trusted checks; what it earned stays
    memory_mb : all its processes together, in megabytes, on top of what Python, PyTorch and the
        other libraries take before it runs
    processes : processes and threads at a time
    disk_mb : its private folder, and any file in it
    output_kb : what its cells show, together, in kilobytes
    """

    cell_seconds: float = 20
    submission_seconds: float = 180
    memory_mb: int = 2000
    processes: int = 32
    disk_mb: int = 64
    output_kb: int = 2000

    def order(self) -> dict[str, int]:
        """What the jail enforces by itself: bytes, counts and whole seconds of processor time."""
        return {
            "memory": self.memory_mb * MEGABYTE,
            "processes": self.processes,
            "disk": self.disk_mb * MEGABYTE,
            "seconds": int(self.submission_seconds) + 1,
        }


def load_limits(course: Course) -> Limits:
    """The limits of `c.Execute.timeout` and `c.Autograder.…` in the course's configuration.

    Raises `CourseError` naming the setting when one is no positive number.
    """
    stamp = (course.root / CONFIG).stat().st_mtime_ns
    return _load(course, stamp)


@lru_cache(maxsize=4)
def _load(course: Course, stamp: int) -> Limits:
    config = load_config(course)
    settings = {
        "cell_seconds": ("Execute", "timeout"),
        "submission_seconds": ("Autograder", "submission_timeout"),
        **{name: ("Autograder", name) for name in ("memory_mb", "processes", "disk_mb")},
        "output_kb": ("Autograder", "output_kb"),
    }
    values = asdict(Limits())
    for field in fields(Limits):
        section, name = settings[field.name]
        value = config.get(section, {}).get(name, values[field.name])
        # What the kernel is told must be whole; NaN and infinity are numbers to Python alone.
        kinds, kind = (int, "whole number") if field.type == "int" else (int | float, "number")
        if isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value < math.inf:
            raise CourseError(
                f"{course.root / CONFIG}: c.{section}.{name} is {value!r}",
                f"Give it a positive {kind}.",
            )
        values[field.name] = value
    return Limits(**values)
