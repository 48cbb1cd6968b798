"""Read `nbgrader_config.py`, which nbgrader and this package share."""

from __future__ import annotations

import traceback
from pathlib import Path
from zoneinfo import ZoneInfo

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course.errors import CourseError
from autograder.course.folders import CONFIG, Course
from autograder.course.former_names import require_current_names
from autograder.course.time_zones import named_zone

# All settings under c.Autograder; `course.limits` and `checks.loading` say what they mean.
SETTINGS = (
    "submission_timeout",
    "memory_mb",
    "processes",
    "disk_mb",
    "output_kb",
    "imports",
    "zone",
)
# Where nbgrader finds what this package writes and reads. Its own defaults lie beside each other.
FOLDERS = {
    "source_directory": "grading/source",
    "release_directory": "assignments",
    "submitted_directory": "grading/submitted",
    "autograded_directory": "grading/autograded",
    "feedback_directory": "grading/feedback",
}


SQLITE = "sqlite:///"
EXCHANGE = "/usr/local/share/nbgrader/exchange"  # nbgrader's own default


def load_config(course: Course) -> Config:
    """`nbgrader_config.py` as traitlets read it, with the folders, the gradebook and the root.

    Raises `CourseError`, with the line or the setting and the remedy, when it does not run, when it
    uses a name that has changed since or that nobody knows, and when it names other folders.
    """
    path = course.root / CONFIG
    require_current_names(path)
    try:
        config: Config = PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()
    except Exception as error:
        raise CourseError(
            f"{path}, line {_line_of(error, path)}: {type(error).__name__}: {error}",
            "Mend the line; every setting is written c.Section.name = value.",
        ) from error
    unknown = [name for name in config.get("Autograder", {}) if name not in SETTINGS]
    if unknown:
        raise CourseError(
            f"{path}: there is no setting c.Autograder.{unknown[0]}",
            f"There are: {', '.join(sorted(SETTINGS))}.",
        )
    _complete(config, course)
    return config


def load_zone(course: Course) -> ZoneInfo:
    """The time zone in which pages show times, `c.Autograder.zone`; by default UTC.

    Raises `CourseError` when it is no time zone.
    """
    name = load_config(course).get("Autograder", {}).get("zone", "UTC")
    try:
        return named_zone(name)
    except ValueError:
        raise CourseError(
            f"{course.root / CONFIG}: c.Autograder.zone is {name!r}",
            "Give it the name of a time zone, such as Europe/Berlin or UTC.",
        ) from None


def _line_of(error: BaseException, path: Path) -> int:
    if isinstance(error, SyntaxError) and error.lineno:
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).name == path.name]
    return (lines or [None])[-1] or 0


def _complete(config: Config, course: Course) -> None:
    """Set what nbgrader would look for elsewhere, and refuse what lies elsewhere."""
    path, section = course.root / CONFIG, config.CourseDirectory
    root = section.get("root", str(course.root))
    if not isinstance(root, str) or Path(root).resolve() != course.root.resolve():
        raise CourseError(
            f"{path}: c.CourseDirectory.root is {root!r}, and not the folder of this file",
            "Write c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__)).",
        )
    section.root = root
    for name, folder in FOLDERS.items():
        value = section.get(name)
        if not isinstance(value, str) or course.root / value != course.root / folder:
            said = f"is {value!r}" if name in section else "is not set"
            raise CourseError(
                f"{path}: c.CourseDirectory.{name} {said}, and nbgrader would not find what "
                f"autograder keeps in {folder}",
                f'Write c.CourseDirectory.{name} = "{folder}".',
            )
    for name, value in (
        ("course_id", ""),
        ("db_url", f"{SQLITE}{course.root / 'gradebook.db'}"),  # as nbgrader's own
    ):
        section.setdefault(name, value)
        if not isinstance(section[name], str):
            raise CourseError(
                f"{path}: c.CourseDirectory.{name} is {section[name]!r}", "Write a text there."
            )
    url = section.db_url.removeprefix(SQLITE)
    if url != section.db_url and not Path(url).is_absolute():
        # From the root, where nbgrader starts, and not from wherever somebody is.
        section.db_url = f"{SQLITE}{course.root / url}"


def secret_places(course: Course) -> tuple[Path, ...]:
    """What no student's code may read: a file of the course, and nbgrader's exchange.

    In the exchange lie other students' submissions and feedback; it need not exist.
    """
    exchange = load_config(course).get("Exchange", {}).get("root", EXCHANGE)
    return course.root / CONFIG, Path(str(exchange))
