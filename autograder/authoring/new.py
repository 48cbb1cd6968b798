"""Begin an assignment: a notebook, checks and wrong answers that release, grade and pass the tests.

What is written is whole and small, so that an author replaces cell by cell what works already.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.folders import CONFIG, Course

TEMPLATES = Path(__file__).with_name("templates")
NAME = re.compile(r"[a-z][a-z0-9_]*")
FUNCTION = "moving_sums"  # what the template asks for
ROW = "| `{name}` | what students write in it | 10 + 2 | {{launch}}`{path}` |"


@dataclass(frozen=True)
class NewAssignment:
    """The files of an assignment that was begun.

    written : the files that were made, or got a line
    """

    name: str
    written: tuple[Path, ...]


def new_assignment(course: Course, name: str) -> NewAssignment:
    """Write an assignment that can be released as it is.

    Where the course has tests of fairness, or a book with a table of the assignments, it is written
    into them too. In a folder without a configuration, one is written first.

    Raises `CourseError` for a name that is taken, or is no name for a folder and a module, and
    `OSError` where something cannot be written; then no part of it is left.
    """
    if not NAME.fullmatch(name) or name == course.shared.name:
        raise CourseError(
            f"{name!r} is no name for an assignment",
            "Write small letters, digits and underscores, such as transposed_convolution.",
        )
    folder = course.solutions / name
    if folder.exists():
        raise CourseError(f"{folder} is there already", "Take another name.")
    try:
        return NewAssignment(name, tuple(_write_all(course, name)))
    except OSError:
        for path in (folder, course.root / "tests" / "fairness" / name):
            shutil.rmtree(path, ignore_errors=True)
        raise


def _write_all(course: Course, name: str) -> list[Path]:
    """Write everything that belongs to an assignment; the paths."""
    folder, written = course.solutions / name, []
    if not (course.root / CONFIG).exists():
        written.append(_write(course.root / CONFIG, CONFIG, course.root.name))
    written += [_write(folder / file, file, name) for file in ("notebook.py", "checks.py")]
    variants = course.root / "tests" / "fairness"
    if variants.is_dir():
        package = variants / name / "__init__.py"
        package.parent.mkdir()
        write_atomically(package, f'"""Right and wrong answers to {name}, by function."""\n')
        written += [package, _write(package.with_name(f"{FUNCTION}.py"), "fairness.py", name)]
    page = course.root / "book" / "assignments.md"
    if page.is_file() and _add_row(page, name):
        written.append(page)
    return written


def _write(path: Path, template: str, name: str) -> Path:
    text = (TEMPLATES / f"{template}.template").read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.replace("@NAME@", name), mode=0o644)
    return path


def _add_row(page: Path, name: str) -> bool:
    """Put a row below the last one of the table of assignments; whether there is a table."""
    lines = page.read_text(encoding="utf-8").split("\n")
    rows = [at for at, line in enumerate(lines) if "{launch}`assignments/" in line]
    if not rows:
        return False
    lines.insert(rows[-1] + 1, ROW.format(name=name, path=f"assignments/{name}/{name}.ipynb"))
    write_atomically(page, "\n".join(lines), mode=0o644)
    return True
