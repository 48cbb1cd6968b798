"""Read `nbgrader_config.py`, which nbgrader and this package share."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course.errors import CourseError
from autograder.course.folders import CONFIG, Course
from autograder.course.former_names import require_current_names


def load_config(course: Course) -> Config:
    """`nbgrader_config.py` as traitlets read it.

    Raises `CourseError` when it does not run, or uses a name that has changed since.
    """
    require_current_names(course.root / CONFIG)
    try:
        config: Config = PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()
    except Exception as error:
        raise CourseError(f"{course.root / CONFIG}: {type(error).__name__}: {error}") from error
    return config


def load_zone(course: Course) -> ZoneInfo:
    """The time zone in which pages show times, `c.Autograder.zone`; by default UTC.

    Raises `CourseError` when it is no time zone.
    """
    name = load_config(course).get("Autograder", {}).get("zone", "UTC")
    try:
        return ZoneInfo(name)
    except (TypeError, ValueError, ZoneInfoNotFoundError, OSError):
        raise CourseError(
            f"{course.root / CONFIG}: c.Autograder.zone is {name!r}",
            "Give it the name of a time zone, such as Europe/Berlin or UTC.",
        ) from None
