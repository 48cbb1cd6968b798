"""Names that a course's own files may still use for what has moved since they were written."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.course.errors import CourseError

# The former name of everything that `checks.py` and `nbgrader_config.py` could name in version 0.1.
FORMER_NAMES = {
    "autograder.checking": "autograder.checks.checking",
    "autograder.desk.formgrader": "autograder.reports.formgrader",
    "autograder.errors": "autograder.course.errors",
    "autograder.forbidden": "autograder.checks.forbidden",
    "autograder.late": "autograder.gradebook.late",
    "autograder.torchchecks": "autograder.checks.torchchecks",
}
_FORMER = re.compile(rf"\b({'|'.join(map(re.escape, FORMER_NAMES))})\b")
_ALLOWED = re.compile(r"\bRoutes\([^)]*\bmodules\s*=|^\s*modules\s*=\s*\(.*\),$")  # as in 0.1


def require_current_names(path: Path) -> None:
    """Raise `CourseError`, with the line and the new name, where a file uses a former name.

    path : a course's `checks.py` or `nbgrader_config.py`; one that cannot be read is passed over
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return  # whoever reads it next says so
    for number, line in enumerate(text.splitlines(), 1):
        if _ALLOWED.search(line):
            raise CourseError(
                f"{path}, line {number}: Routes names the libraries that are ruled out now, not "
                "the modules that are allowed",
                'Write Routes(libraries=("torch", "scipy")), or leave it out where none is.',
            )
        if former := _FORMER.search(line):
            name = FORMER_NAMES[former.group()]
            raise CourseError(
                f"{path}, line {number}: {former.group()} is {name} now",
                f"Write {name} there.",
            )
