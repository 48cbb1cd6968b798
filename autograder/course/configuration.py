"""Read `nbgrader_config.py`, which nbgrader and this package share."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course.errors import CourseError
from autograder.course.folders import CONFIG, Course
from autograder.course.former_names import require_current_names

EXCHANGE = "/usr/local/share/nbgrader/exchange"  # nbgrader's own default


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


def secret_places(course: Course) -> tuple[Path, ...]:
    """What no student's code may read: a file of the course, and nbgrader's exchange.

    In the exchange lie other students' submissions and feedback; it need not exist.
    """
    exchange = load_config(course).get("Exchange", {}).get("root", EXCHANGE)
    return course.root / CONFIG, Path(str(exchange))
