"""Where the files of a course lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.course.errors import CourseError, UnknownAssignmentError

CONFIG = "nbgrader_config.py"


@dataclass(frozen=True)
class Assignment:
    """The files of one assignment, by name; nothing here is opened or created.

    course : the course that it belongs to
    name : of its folder in `solutions/`, and of its notebook
    """

    course: Course
    name: str

    @property
    def notebook_source(self) -> Path:
        """The solved notebook that instructors edit."""
        return self.course.solutions / self.name / "notebook.py"

    @property
    def notebook_files(self) -> tuple[Path, ...]:
        """Everything that the solved notebook is written in: itself, and what it may include."""
        return (self.notebook_source, *sorted(self.course.shared.glob("*.py")))

    @property
    def checks_source(self) -> Path:
        """The trusted checks of its test cells."""
        return self.course.solutions / self.name / "checks.py"

    @property
    def extra_files(self) -> Path:
        """The folder of what ships beside the notebook; it need not exist."""
        return self.course.solutions / self.name / "files"

    @property
    def source(self) -> Path:
        """The solved notebook as nbgrader and formgrader see it."""
        return self.course.source / self.name / f"{self.name}.ipynb"

    @property
    def release(self) -> Path:
        """The notebook that students get."""
        return self.course.release / self.name / f"{self.name}.ipynb"

    def translation(self, language: str) -> Path:
        """The notebook that students get who read another language."""
        return self.course.release / language / self.name / f"{self.name}.ipynb"

    @property
    def translations(self) -> dict[str, Path]:
        """The students' notebooks in the languages of the catalogs, as far as they are there."""
        languages = sorted(path.parent.name for path in self.course.catalogs.glob("*/LC_MESSAGES"))
        paths = {language: self.translation(language) for language in languages}
        return {language: path for language, path in paths.items() if path.is_file()}

    @property
    def editions(self) -> tuple[Path, ...]:
        """The students' notebook in English, and in every other language."""
        return (self.release, *self.translations.values())


@dataclass(frozen=True)
class Course:
    """A course on disk, and its folders by name; nothing here is opened or created.

    root : the folder that holds `nbgrader_config.py` and `solutions/`
    built : where the solved notebooks for nbgrader lie, if not in grading/source
    released : where the students' notebooks lie, if not in assignments
    """

    root: Path
    built: Path | None = None
    released: Path | None = None

    @property
    def solutions(self) -> Path:
        """Where instructors write: a folder for each assignment, and `shared`."""
        return self.root / "solutions"

    @property
    def shared(self) -> Path:
        """The code that several notebooks include; the folder need not exist."""
        return self.solutions / "shared"

    @property
    def catalogs(self) -> Path:
        """The assignments in other languages: LANGUAGE/LC_MESSAGES/NAME.po; it need not exist."""
        return self.solutions / "locale"

    @property
    def release(self) -> Path:
        """What students get: a folder for each assignment."""
        return self.released or self.root / "assignments"

    @property
    def grading(self) -> Path:
        """Everything that grading writes; git ignores it."""
        return self.root / "grading"

    @property
    def source(self) -> Path:
        """The solved notebooks for nbgrader: a folder for each assignment."""
        return self.built or self.grading / "source"

    @property
    def results(self) -> Path:
        """The results files of batches, and what they keep for the next run."""
        return self.grading / "results"

    @property
    def names(self) -> list[str]:
        """The assignments that have a solved notebook, in alphabetical order."""
        return sorted(path.parent.name for path in self.solutions.glob("*/notebook.py"))

    def assignment(self, name: str) -> Assignment:
        """The assignment `name`; raises `UnknownAssignmentError` when it has no solved notebook."""
        if name not in self.names:
            names = ", ".join(self.names) or "none"
            raise UnknownAssignmentError(
                f"there is no assignment {name!r} in {self.solutions}",
                f"The assignments are: {names}.",
            )
        return Assignment(self, name)


def _is_course(folder: Path) -> bool:
    return (folder / CONFIG).is_file() and (folder / "solutions").is_dir()


def find_course(start: Path | None = None) -> Course:
    """The course that holds `start` (by default the working directory).

    What looks like a course below the `grading` of another one was handed in, settings and all, and
    is none. Raises `CourseError` when neither `start` nor a folder above it is a course.
    """
    start = (start or Path.cwd()).resolve()
    folders = [folder for folder in (start, *start.parents) if _is_course(folder)]
    for folder in folders:
        if not any(folder.is_relative_to(Course(outer).grading) for outer in folders):
            return Course(folder)
    raise CourseError(
        f"{start} is not inside a course",
        f"Run this in the folder that holds {CONFIG} and solutions/, or name it with --course.",
    )
