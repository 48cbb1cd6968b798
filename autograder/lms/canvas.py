"""Read files of Canvas: the gradebook's list of students, and the zip of “Download Submissions”.

As in Canvas's own source (github.com/instructure/canvas-lms):

- lib/content_zipper.rb names a file NAME_[LATE_]USER_FILE_ORIGINAL: the sortable name in lower
  case without anything but letters, digits and underscores; LATE for a late submission; the user's
  Canvas ID; the number of the file, which grows with every upload; the name the file had. A text
  is NAME_[LATE_]USER_text.html, an address …_link.html. In an anonymous assignment it begins with
  [LATE_]anon_CODE_ and tells nobody. A group's work is there once, under one member's ID.
- It packs the files of each student's latest attempt and no others. The times in the zip are those
  of the packing; when a file was handed in is not in it.
- app/models/attachment.rb: a file of a name that the student has used before becomes NAME-1, then
  NAME-2, and after the seventh NAME-UUID.
- lib/gradebook_exporter.rb: Student (“Last, First”) or LastName and FirstName, ID, SIS User ID,
  SIS Login ID, …, Section; a row of Points Possible, at times one of “Manual Posting”; at the end
  Canvas's own test student. A name that begins with = is written as ="…".
- `GET /api/v1/courses/…/assignments/…/submissions?per_page=100` has user_id, submitted_at and late.
  In a browser Canvas puts `while(1);` before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.course.notebook_names import few
from autograder.course.safe_text import unguard_cell
from autograder.lms.spreadsheet import Sheet
from autograder.lms.uploads import ListedStudent, SubmissionFacts, Upload

NAMED = re.compile(
    r"(?P<name>.*?)_(?P<late>LATE_)?(?P<user>\d+)_"
    r"(?:(?P<file>\d+)_(?P<original>.+)|(?P<kind>text|link)\.html)",
    re.DOTALL | re.ASCII,
)
ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?anon_(?P<user>[0-9A-Za-z]+)_"
    r"(?:(?P<file>\d+)_(?P<original>.+)|(?P<kind>text|link)\.html)",
    re.DOTALL | re.ASCII,
)
# Wherever a user's ID can stand; a match takes up nothing, so that all of them are found.
USER = re.compile(r"(?=_(?P<user>\d+)_(?:\d+_.|(?:text|link)\.html\Z))", re.DOTALL | re.ASCII)
MAX_BYTES = 50_000_000
TEST_STUDENTS = {"Student, Test", "Test Student"}  # Canvas's own, for teachers


def upload(path: str, known: Collection[str]) -> Upload | None:
    """The upload that the name of a file in the zip describes; None for a name not of Canvas.

    Students choose their names and those of their files. Where a name fits two students, the
    upload says so in `doubt`.
    known : Canvas's IDs of the students
    """
    base = path.rpartition("/")[2]
    candidate = _upload_of(path, base, known)
    users = {match["user"] for match in USER.finditer(base)}.intersection(known)
    if candidate is None or len(users) < 2:
        return candidate
    return replace(candidate, doubt=f"its name fits the Canvas ids {few(users)}")


def _upload_of(path: str, base: str, known: Collection[str]) -> Upload | None:
    match, anonymous = NAMED.fullmatch(base), ANONYMOUS.fullmatch(base)
    if anonymous and not (match and match["user"] in known):
        return _upload(path, anonymous, "")
    if match is None:
        return None
    if match["file"] and match["user"] not in known:
        # A name may end in digits, as of a group: team_5_12345_678_x.ipynb is of 12345.
        shifted = NAMED.fullmatch(f"_{match['file']}_{match['original']}")
        if shifted and not shifted["name"] and shifted["user"] in known:
            return _upload(path, shifted, shifted["user"], f"{match['name']}_{match['user']}")
    return _upload(path, match, match["user"])


def _upload(path: str, match: re.Match[str], owner: str, name: str | None = None) -> Upload:
    return Upload(
        path,
        owner,
        name if name is not None else match.groupdict().get("name", ""),
        match["original"] or "",
        match["kind"] or "file",
        number=int(match["file"] or 0),
        late=bool(match["late"]),
    )


def is_gradebook(sheet: Sheet) -> bool:
    """Whether a CSV file is the gradebook that Canvas exports."""
    head = sheet.head.values
    return head[0] in {"Student", "LastName"} and {"ID", "Section"} <= set(head)


def read_students(sheet: Sheet) -> list[ListedStudent]:
    """The students of an exported gradebook, in the order of its rows."""
    head, students = sheet.head.values, []
    for row in sheet.rows:
        # A column of the same name further right is an assignment's.
        fields = dict(zip(reversed(head), map(unguard_cell, reversed(row.values)), strict=True))
        last, _, first = fields.get("Student", "").partition(",")
        ids = [fields.get(name, "") for name in ("SIS Login ID", "SIS User ID", "ID")]
        test = fields.get("Student") in TEST_STUDENTS and not ids[1]
        if not ids[2].isdecimal() or test:
            continue  # Points Possible, Manual Posting, or Canvas's student for teachers
        about = {
            "first_name": fields.get("FirstName", first.strip()),
            "last_name": fields.get("LastName", last.strip()),
            "email": ids[0] if "@" in ids[0] else "",
            "lms_user_id": ids[2],
            "sis_user_id": ids[1],
            "sis_login_id": ids[0],
            "section": fields.get("Section", ""),
        }
        students.append(ListedStudent(row.line, fields, about, next(filter(None, ids))))
    return students


def read_times(path: Path) -> dict[str, SubmissionFacts]:
    """The time at which each user handed in, by Canvas ID, from a list of Canvas's API.

    Raises `CourseError` when the file holds something else.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("it is too large")
        text = path.read_bytes().decode("utf-8-sig").strip().removeprefix("while(1);")
        times = {}
        for entry in json.loads(text):
            user, when = entry["user_id"], entry["submitted_at"]
            if user is None or when is None:  # anonymous, or nothing handed in
                continue
            time = datetime.fromisoformat(when)
            if time.tzinfo is None:
                raise ValueError(f"{when} has no time zone")
            times[str(user)] = SubmissionFacts(
                time.astimezone(UTC).replace(tzinfo=None), bool(entry.get("late"))
            )
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise CourseError(
            f"{path} is not Canvas's list of submissions: {type(error).__name__}: {error}",
            "Save what Canvas shows at /api/v1/courses/COURSE/assignments/ASSIGNMENT/submissions"
            "?per_page=100.",
        ) from None
    return times
