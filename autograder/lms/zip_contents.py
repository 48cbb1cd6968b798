"""Read what the paths of a class's files say, and what a system says besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.course.errors import CourseError
from autograder.course.safe_text import label
from autograder.lms import facts
from autograder.lms.archive import Archive
from autograder.lms.dates import read_times
from autograder.lms.path_patterns import PathPattern, path_pattern, read_uploads
from autograder.lms.people import Person
from autograder.lms.student_matching import StudentMatcher
from autograder.lms.submission_files import Entry, Folder
from autograder.lms.system_records import System
from autograder.lms.systems import BY_NAME, SYSTEMS
from autograder.lms.uploads import SubmissionFacts, Upload

METADATA = "submission_metadata.yml"
RENAME = (
    "Give the folder or file the name that the student has in grading/roster.csv, or import the "
    "list of students again: autograder roster FILE.csv."
)


@dataclass(frozen=True)
class Sources:
    """What a zip does not say: when submissions were handed in, and what its paths mean.

    worksheet : Moodle's grading worksheet of the assignment
    times : what Canvas's API says of its submissions, a page a file
    zone : of the times in a worksheet, in paths, and of the packing; by default UTC for the latter
    language : of the worksheet, by its code; by default the one that fits
    pattern : of the paths, as `path_patterns` has them; by default those of all known systems
    """

    worksheet: Path | None = None
    times: tuple[Path, ...] = ()
    zone: ZoneInfo | None = None
    language: str | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class Contents:
    """What a zip or folder holds.

    system : whose it is, by most of its paths
    strangers : paths that name no student
    """

    system: System
    uploads: tuple[Upload, ...]
    strangers: tuple[str, ...]


def read_contents(
    files: Archive | Folder,
    path: Path,
    assignment: str,
    people: Mapping[str, Person],
    pattern: str | None,
) -> Contents:
    """The uploads of a zip or folder, and the system that they are from.

    One path decides nothing about the system, as a student can choose it.

    pattern : of the paths, or the name of a system; by default those of all systems
    Raises `CourseError` when no path is of any pattern.
    """
    entries: Sequence[Entry] = files.entries
    readings = {}
    for system, patterns in _patterns(assignment, pattern):
        is_known = StudentMatcher(people, system, {}).is_known
        readings[system.name] = (
            system,
            read_uploads(patterns, [entry.path for entry in entries], is_known),
        )
    system, uploads = max(
        readings.values(), key=lambda reading: sum(upload is not None for upload in reading[1])
    )
    placed, strangers = [], []
    for place, (entry, upload) in enumerate(zip(entries, uploads, strict=True)):
        if upload is not None:
            placed.append(replace(upload, place=place))
        elif entry.path.rpartition("/")[2] not in system.beside:
            strangers.append(entry.path)
    if not placed:
        titles = ", ".join(one.title for one in SYSTEMS if one.paths)
        raise CourseError(
            f"{path} holds no file that is named as {titles} name submissions"
            if pattern is None
            else f"{path} holds no file of the pattern {pattern!r}",
            "Say what its paths mean, as in --pattern '{student}/{file}', or put each notebook at "
            f"grading/submitted/STUDENT/{assignment}/{assignment}.ipynb.",
        )
    return Contents(system, tuple(placed), tuple(strangers))


def _patterns(assignment: str, pattern: str | None) -> list[tuple[System, list[PathPattern]]]:
    """The patterns that paths are compared with, by system."""
    if pattern is not None and pattern not in BY_NAME:
        own = System("pattern", "the other system", by_name=True, remedy=RENAME)
        return [(own, [path_pattern(pattern, assignment)])]
    systems = SYSTEMS if pattern is None else (BY_NAME[pattern],)
    return [
        (system, [path_pattern(text, assignment) for text in system.paths])
        for system in systems
        if system.paths
    ]


def read_facts(
    contents: Contents, files: Archive | Folder, path: Path, sources: Sources
) -> dict[str, SubmissionFacts]:
    """What the system says besides, by what it calls the owners of files.

    Raises `CourseError` for a file that the system does not have, or that cannot be read.
    """
    system = contents.system
    given = {"--worksheet GRADES.csv": sources.worksheet, "--times SUBMISSIONS.json": sources.times}
    for option, value in given.items():
        if value and option != system.exact:
            raise CourseError(
                f"{path} is of {system.title}, which has no file for {option.partition(' ')[0]}",
                f"Use {system.exact}." if system.exact else "Leave it out.",
            )
    if sources.worksheet:
        return facts.read_worksheet(sources.worksheet, sources.zone, sources.language)
    if METADATA in system.beside:
        entries: Sequence[Entry] = files.entries
        for index, entry in enumerate(entries):
            if entry.path.endswith(METADATA):
                return facts.read_metadata(files.read(index))
    pages = map(facts.read_submission_list, sources.times)
    return {user: row for page in pages for user, row in page.items()}


def path_times(uploads: Iterable[Upload], path: Path, sources: Sources) -> dict[str, datetime]:
    """The times in paths, in UTC, by their texts.

    Raises `CourseError` without their zone, and when one cannot be read.
    """
    texts = [upload.time for upload in uploads if upload.time]
    zone = sources.zone
    if not texts:
        return {}
    if zone is None:
        raise CourseError(
            f"{path} has times of submission without a time zone",
            "Name the zone of your profile there, such as --zone Europe/Berlin.",
        )
    reading = read_times(texts, sources.language)
    if reading.unread:
        count = sum(text in reading.unread for text in texts)
        raise CourseError(
            f"{path}: {count} of {len(texts)} times of submission cannot be read, such as "
            f"{label(reading.unread[0], 60)!r}",
            "Name their language, such as --language de. Nothing was collected.",
        )
    return {
        text: time.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
        for text, time in reading.times.items()
    }
