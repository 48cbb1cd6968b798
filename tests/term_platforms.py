"""What the platforms of the made-up term give and take: zips of submissions, lists, gradebooks.

Each assignment of the term is handed in on one of them: Canvas, Brightspace, or Moodle in German.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
import numpy as np

from autograder.course.folders import Assignment
from tests.edits import edit_bytes
from tests.lms.zips_of_systems import packed_zip
from tests.term import Student, Work, canvas_gradebook, notebook

DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
WORKSHEET = (
    *("ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung"),
    *("Bewertung kann geändert werden", "Zuletzt geändert (Abgabe)"),
    *("Zuletzt geändert (Bewertung)", "Feedback als Kommentar"),
)
NOBODY = Work(Student(9999, "Nobody", "Knows"), "solved", 0, 0)


@dataclass
class HandedIn:
    """What a platform has of an assignment.

    zip : the file that is collected
    options : of `autograder collect`, with the platform's other files
    strangers : paths that cannot be taken
    """

    zip: Path
    options: tuple[object, ...] = ()
    strangers: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Platform:
    """One platform.

    format : of `autograder export`
    path : of a file, from the work, the file's name, the time in Berlin, a number, and the kind
    gradebook : the list of the class that grades go back into
    login : of a row of it, the student
    cell : of a row of it, the heading of an assignment's column
    """

    name: str
    format: str
    path: Callable[[Work, str, datetime, int, str], str]
    gradebook: Callable[[list[Student], dict[str, float]], str]
    login: Callable[[dict[str, str]], str]
    cell: Callable[[str], str]


def canvas_path(work: Work, name: str, time: datetime, number: int, kind: str) -> str:
    """NAME_[LATE_]USER_FILE_ORIGINAL, or …_text.html."""
    late = "LATE_" if work.late else ""
    head = f"{work.student.slug}_{late}{work.student.canvas_id}"
    return f"{head}_text.html" if kind == "text" else f"{head}_{number}_{name}"


def brightspace_path(work: Work, name: str, time: datetime, number: int, kind: str) -> str:
    """NUMBER-NUMBER - NAME - DATE/ORIGINAL; a text is a page."""
    hour = f"{time:%I}".lstrip("0")
    moment = f"{time:%b} {time.day}, {time.year} {hour}{time:%M} {time:%p}"
    who = f"{work.student.first} {work.student.last}"
    file = "submission.html" if kind == "text" else name
    return f"{70_000 + work.student.number}-4711 - {who} - {moment}/{file}"


def moodle_path(work: Work, name: str, time: datetime, number: int, kind: str) -> str:
    """NAME_NUMBER_assignsubmission_file/ORIGINAL; its names have no apostrophe."""
    who = f"{work.student.first} {work.student.last}".replace("'", "")
    folder = f"{who}_{moodle_number(work.student)}_assignsubmission"
    return f"{folder}_onlinetext/onlinetext.html" if kind == "text" else f"{folder}_file/{name}"


def moodle_number(student: Student) -> int:
    """The number of a student's Identifier."""
    return 2_718_000 + student.number


def hand_in(
    platform: Platform,
    folder: Path,
    assignment: Assignment,
    works: list[Work],
    rng: np.random.Generator,
) -> HandedIn:
    """Write what a platform has of an assignment: a zip, and in Moodle a worksheet."""
    released = nbformat.read(assignment.release, as_version=4)
    solved = nbformat.read(assignment.source, as_version=4)
    name = assignment.name
    handed = HandedIn(folder / f"{name}.zip")
    times = {}
    names = Counter(work.student.sortable for work in works)
    with zipfile.ZipFile(handed.zip, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(work: Work, file: str, data: bytes, day: int, kind: str = "file") -> str:
            time = datetime(2026, 11, day, 12, 30)  # in Berlin: an hour before that in UTC
            times[work.student] = time
            number = int(rng.integers(10**6, 10**7))
            path = platform.path(work, file, time, number, kind)
            archive.writestr(zipfile.ZipInfo(path, time.timetuple()[:6]), data)
            return path

        for work in works:
            day = 3 + 2 * work.late
            stem = "Untitled3" if work.kind == "renamed" else name
            if work.kind == "missing":
                continue
            if work.kind == "pdf":
                handed.strangers.add(put(work, f"{name}.pdf", b"%PDF-1.7 ...", day))
                continue
            if work.kind == "text":
                handed.strangers.add(put(work, "", b"<p>see my blog", day, "text"))
                continue
            data = json.dumps(notebook(work, released, solved)).encode()
            if work.kind == "two":
                other = edit_bytes(data, ("windows, says", "windows, said"))
                handed.strangers.add(put(work, "a.ipynb", data, day))
                handed.strangers.add(put(work, "b.ipynb", other, day))
                continue
            if work.kind == "zip_in_zip":
                inner = packed_zip({"hw/inner.zip": packed_zip({f"{name}.ipynb": data})})
                put(work, "homework.zip", inner, day)
                continue
            if work.kind == "not_json":
                data = data[: len(data) // 2]
            attempts = 1 if platform.name == "moodle" else work.attempts
            if platform.name == "brightspace" and names[work.student.sortable] > 1:
                # Its paths have names alone, so who shares one is put there by hand.
                handed.strangers.add(put(work, f"{name}.ipynb", data, day))
                place = assignment.course.grading / "submitted" / work.student.login / name
                place.mkdir(parents=True)
                (place / f"{name}.ipynb").write_bytes(data)
                (place / "timestamp.txt").write_text(f"2026-11-{day:02d} 11:30:00 UTC")
                continue
            for attempt in range(attempts - 1):  # worth nothing
                suffix = f"-{attempt}" if attempt and platform.name == "canvas" else ""
                put(work, f"{stem}{suffix}.ipynb", json.dumps(released).encode(), 1 + attempt)
            suffix = f"-{attempts - 1}" if attempts > 1 and platform.name == "canvas" else ""
            put(work, f"{stem}{suffix}.ipynb", data, day)
        handed.strangers.add(put(NOBODY, f"{name}.ipynb", json.dumps(released).encode(), 3))
    if platform.name == "moodle":
        sheet = folder / f"{name}-bewertungen.csv"
        sheet.write_text(worksheet([work.student for work in works], times), encoding="utf-8-sig")
        handed.options = ("--worksheet", sheet, "--zone", "Europe/Berlin")
    elif platform.name == "brightspace":
        handed.options = ("--zone", "Europe/Berlin")
    return handed


def worksheet(people: list[Student], times: dict[Student, datetime], maximum: float = 45.0) -> str:
    """Moodle's grading worksheet as a teacher with a German profile downloads it."""
    file = io.StringIO()
    sheet = csv.writer(file, lineterminator="\n")
    sheet.writerow(WORKSHEET)
    due = datetime(2026, 11, 5, 11, 0)
    for one in people:
        time = times.get(one)
        status, written = "Keine Abgabe -  - ", "-"
        if time is not None:
            late = time - due
            is_late = late > timedelta()
            status = "Zur Bewertung abgegeben"
            status += f" - {late.seconds // 3600} Stunden zu spät -  - " if is_late else " -  - "
            written = f"{DAYS[time.weekday()]}, {time.day}. November 2026, {time:%H:%M}"
        who = [f"Teilnehmer/in{moodle_number(one)}", f"{one.first} {one.last}", one.email]
        most = f"{maximum:.2f}".replace(".", ",")
        sheet.writerow([*who, status, "", most, "Ja", written, "-", ""])
    return file.getvalue()


def brightspace_gradebook(people: list[Student], columns: dict[str, float]) -> str:
    """The CSV that Brightspace exports, with both key fields."""
    file = io.StringIO()
    sheet = csv.writer(file, lineterminator="\r\n")
    names = [f"{name} Points Grade <Numeric MaxPoints:{most:g}>" for name, most in columns.items()]
    head = ["OrgDefinedId", "Username", "Last Name", "First Name", "Email"]
    sheet.writerow([*head, *names, "End-of-Line Indicator"])
    for one in people:
        about = [f"#{one.sis}", f"#{one.login}", one.last, one.first, one.email]
        sheet.writerow([*about, *[""] * len(columns), "#"])
    return file.getvalue()


def moodle_gradebook(people: list[Student], columns: dict[str, float]) -> str:
    """The worksheet of one assignment, before anybody has a grade."""
    (maximum,) = set(columns.values())
    return "\ufeff" + worksheet(people, {}, maximum)


CANVAS = Platform(
    "canvas",
    "canvas",
    canvas_path,
    canvas_gradebook,
    lambda row: row["SIS Login ID"],
    lambda name: rf"{name} \(\d+\)",
)
BRIGHTSPACE = Platform(
    "brightspace",
    "brightspace",
    brightspace_path,
    brightspace_gradebook,
    lambda row: row["Username"].removeprefix("#"),
    lambda name: rf"{name} Points Grade .*",
)
MOODLE = Platform(
    "moodle",
    "moodle",
    moodle_path,
    moodle_gradebook,
    lambda row: row["E-Mail-Adresse"].partition("@")[0],
    lambda name: "Bewertung",
)
PLATFORMS = (CANVAS, BRIGHTSPACE, MOODLE)
