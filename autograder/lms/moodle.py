"""Read files of Moodle: students' lists, grading worksheets, the zip of “Download all submissions”.

As in Moodle's own source (github.com/moodle/moodle):

- mod/assign/classes/downloader.php (until 4.0 download_submissions in mod/assign/locallib.php):
  a folder NAME_NUMBER_assignsubmission_file for each student, with the files as they were called;
  …_assignsubmission_onlinetext with what was typed. Some versions end the folder's name with an
  underscore. Where a teacher has turned folders off, the file is NAME_NUMBER_assignsubmission_
  file_ORIGINAL. NAME is the full name in any script, its underscores blanks, without & < > " ` | '
  : \\ / ; in anonymous assignments it is “Participant”. A group's folder has the group's name.
- It packs drafts that were never submitted as well. The times in the zip are those of the packing.
- NUMBER is get_uniqueid_for_user: a number of the student in this assignment and nowhere else. The
  grading worksheet (mod/assign/gradingtable.php) has it as Identifier, “Participant NUMBER”; then
  Full name, Email address, ID number (where teachers see them), Status, Last modified (submission).
- Its times are written by userdate() in the language and the time zone of who downloads it:
  `Tuesday, 3 November 2026, 11:58 PM` (strftimedaydatetime in lang/en/langconfig.php).
- The list of participants and the export of grades have First name, Last name (once Surname), ID
  number, Username, Email address, and Groups.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.course.errors import CourseError
from autograder.course.safe_text import unguard_cell
from autograder.lms.spreadsheet import Sheet, read_sheet
from autograder.lms.uploads import ListedStudent, SubmissionFacts, Upload

FOLDER = re.compile(r"(?P<name>[^_]*)(_(?P<number>\d+))?_assignsubmission_(?P<kind>[a-z]+)_?")
FLAT = re.compile(FOLDER.pattern.removesuffix("_?") + r"_(?P<original>.+)", re.DOTALL)
SUBMITTED = "last modified (submission)"
TIMES = ("%d %B %Y, %I:%M %p", "%B %d, %Y, %I:%M %p", "%d %B %Y, %H:%M", "%B %d, %Y, %H:%M")
IDS = {"email address": "email", "id number": "sis_user_id", "username": "sis_login_id"}


def upload(path: str) -> Upload | None:
    """The upload that the path of a file in the zip describes; None for a path not of Moodle."""
    *folders, base = path.split("/")
    for folder in folders:
        if match := FOLDER.fullmatch(folder):
            return _upload(path, match, base)
    match = FLAT.fullmatch(base)
    return _upload(path, match, match["original"]) if match else None


def _upload(path: str, match: re.Match[str], original: str) -> Upload:
    kind = "file" if match["kind"] == "file" else "text"
    # Without a number it is the work of all who are in no group.
    return Upload(path, match["number"] or "", match["name"], original, kind)


def is_list(sheet: Sheet) -> bool:
    """Whether a CSV file lists students as Moodle does in English, with a name and an id."""
    head = column_names(sheet)
    return bool({"full name", "first name"} & set(head)) and bool(set(IDS) & set(head))


def read_students(sheet: Sheet) -> list[ListedStudent]:
    """The students of a worksheet, a list of participants or an export of grades, row by row.

    Where Moodle writes only the full name, its last word is taken for the surname.
    """
    head, students = column_names(sheet), []
    rows = [dict(zip(head, map(unguard_cell, row.values), strict=True)) for row in sheet.rows]
    counts = Counter(row.get("email address", "").partition("@")[0].casefold() for row in rows)
    for row, fields in zip(sheet.rows, rows, strict=True):
        first, _, last = fields.get("full name", "").rpartition(" ")
        address = fields.get("email address", "")
        local = address.partition("@")[0]
        ids = [fields.get("id number", ""), fields.get("username", "")]
        ids.append(local if counts[local.casefold()] == 1 else address)
        about = {field: fields.get(heading, "") for heading, field in IDS.items()}
        about["first_name"] = fields.get("first name", first)
        about["last_name"] = fields.get("last name", fields.get("surname", last))
        about["section"] = fields.get("groups", "")
        cells = dict(zip(sheet.head.values, row.values, strict=True))
        students.append(ListedStudent(row.line, cells, about, next(filter(None, ids), "")))
    return students


def read_worksheet(path: Path, zone: ZoneInfo | None) -> dict[str, SubmissionFacts]:
    """The facts about submissions in a grading worksheet, by the numbers of its Identifiers.

    zone : that of the Moodle account which downloaded it
    Raises `CourseError` when it is no worksheet, and when it has times but `zone` is None.
    """
    sheet = read_sheet(path)
    head, facts = column_names(sheet), {}
    if (column := address_column(sheet)) is not None:
        head[column] = "email address"
    for row in sheet.rows:
        fields = dict(zip(head, map(unguard_cell, row.values), strict=True))
        number = re.search(r"(\d+)$", row.values[0].strip(), re.ASCII)
        if number is None:
            raise CourseError(
                f"{path}, line {row.line}: {row.values[0]!r} is no Identifier of Moodle",
                "Download the worksheet again: View all submissions, Download grading worksheet.",
            )
        if number[1] in facts:
            raise CourseError(f"{path}, line {row.line}: Participant {number[1]} is there twice")
        when, status = fields.get(SUBMITTED, ""), fields.get("status", "").casefold()
        facts[number[1]] = SubmissionFacts(
            _time(when, zone, path),
            late=re.search(r"\blate\b", status) is not None,
            draft=status.startswith("draft"),
            name=fields.get("full name", row.values[1] if len(row.values) > 1 else ""),
            ids={field: fields[heading] for heading, field in IDS.items() if fields.get(heading)},
        )
    return facts


def _time(text: str, zone: ZoneInfo | None, path: Path) -> datetime | None:
    """The time, in UTC, that userdate() has written in English; None where it is another text."""
    text = re.sub(r"^[^\W\d]+, ", "", " ".join(text.split()))  # without the day of the week
    for form in TIMES:
        try:
            time = datetime.strptime(text, form)
        except ValueError:
            continue
        if zone is None:
            raise CourseError(
                f"{path} has times of submission without a time zone",
                "Name the zone of your Moodle profile, such as --zone Europe/Berlin.",
            )
        return time.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    return None


def column_names(sheet: Sheet) -> list[str]:
    """The headings of the columns in lower case."""
    return [name.strip().casefold() for name in sheet.head.values]


def address_column(sheet: Sheet) -> int | None:
    """The column of email addresses: by its English heading, or as the one that holds only such.

    The headings of a worksheet are in the language of whoever downloads it.
    """
    head = column_names(sheet)
    if "email address" in head:
        return head.index("email address")
    for index in range(len(head)):
        values = [row.values[index].strip() for row in sheet.rows if row.values[index].strip()]
        if values and all(re.fullmatch(r"[^@\s]+@[^@\s]+", value) for value in values):
            return index
    return None
