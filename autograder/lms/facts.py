"""Read what systems say about submissions besides their files: whose they are, and when they came.

Each system has a file of its own for that: Moodle the grading worksheet of an assignment, a CSV in
the language of whoever downloads it; Canvas the answer of its API, JSON; Gradescope a YAML file in
the zip itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import yaml

from autograder.course.errors import CourseError
from autograder.course.safe_text import label, unguard_cell
from autograder.course.spreadsheet import Sheet, read_sheet
from autograder.lms.dates import read_times
from autograder.lms.systems import MOODLE
from autograder.lms.uploads import SubmissionFacts

MAX_BYTES = 50_000_000
NOTHING = {"", "-"}
SUBMITTED = (
    *("last modified (submission)", "zuletzt geändert (abgabe)"),
    *("dernière modification (travail remis)", "última modificación (entrega)"),
    *("laatst gewijzigd (inzending)", "последнее изменение (ответ)", "最終更新日時 (提出)"),
)
# How a status begins that is no submission yet, in languages of Moodle.
DRAFTS = (
    *("draft", "entwurf", "brouillon", "borrador", "bozza", "rascunho", "concept", "utkast"),
    *("kladde", "luonnos", "szkic", "koncept", "návrh", "taslak", "zirriborroa", "esborrany"),
    *("черновик", "草稿", "下書き", "초안"),
)


def read_worksheet(
    path: Path, zone: ZoneInfo | None, language: str | None = None
) -> dict[str, SubmissionFacts]:
    """The facts in a grading worksheet of Moodle, by the numbers of its Identifiers.

    zone : that of the Moodle account which downloaded it
    language : of the account, by its code; by default the one that fits
    Raises `CourseError` when it is no worksheet, when a time cannot be read, and when it has times
    but `zone` is None.
    """
    sheet = read_sheet(path)
    columns = worksheet_columns(sheet)
    numbers = [re.search(r"(\d+)$", row.values[0].strip(), re.ASCII) for row in sheet.rows]
    for row, number in zip(sheet.rows, numbers, strict=True):
        if number is None:
            raise CourseError(
                f"{path}, line {row.line}: {row.values[0]!r} is no Identifier of Moodle",
                "Download the worksheet again: View all submissions, Download grading worksheet.",
            )
    texts = {}
    if "time" in columns:
        values = [row.values[columns["time"]].strip() for row in sheet.rows]
        texts = _times(path, [value for value in values if value not in NOTHING], language)
    if texts and zone is None:
        raise CourseError(
            f"{path} has times of submission without a time zone",
            "Name the zone of your Moodle profile, such as --zone Europe/Berlin.",
        )
    facts: dict[str, SubmissionFacts] = {}
    for row, number in zip(sheet.rows, numbers, strict=True):
        if number is None or number[1] in facts:
            raise CourseError(f"{path}, line {row.line}: {row.values[0]!r} is there twice")
        fields = {name: unguard_cell(row.values[index]) for name, index in columns.items()}
        status = fields.get("status", "").casefold()
        time = texts.get(row.values[columns["time"]].strip()) if "time" in columns else None
        ids = ("email", "sis_user_id", "sis_login_id")
        facts[number[1]] = SubmissionFacts(
            None if time is None or zone is None else _utc(time.replace(tzinfo=zone)),
            late=time is not None and says_late(status),
            draft=status.startswith(DRAFTS),
            name=fields.get("full_name", row.values[1] if len(row.values) > 1 else ""),
            ids={name: fields[name] for name in ids if fields.get(name)},
        )
    return facts


def worksheet_columns(sheet: Sheet) -> dict[str, int]:
    """The indices of a worksheet's columns: by their headings, or else by what is in them.

    That is `time`, of the submission, `status`, `email`, `full_name` and the student's ids. In a
    language whose headings are not known the addresses are the column that holds nothing else, the
    times the first one that holds times, and the status stands behind the addresses.
    """
    head = sheet.keys
    columns = {}
    people = MOODLE.people.columns if MOODLE.people else {}
    for field in ("full_name", "email", "sis_user_id", "sis_login_id"):
        index = next((head.index(name) for name in people[field] if name in head), None)
        if index is not None:
            columns[field] = index
    cells = [[row.values[index].strip() for row in sheet.rows] for index in range(len(head))]
    if "email" not in columns:
        address = _first(cells, lambda value: bool(re.fullmatch(r"[^@\s]+@[^@\s]+", value)))
        if address is not None:
            columns["email"] = address
    times = next((head.index(name) for name in SUBMITTED if name in head), None)
    if times is None:
        times = _first(cells, lambda value: len(re.findall(r"\d+", value)) >= 3 and ":" in value)
    if times is not None:
        columns["time"] = times
    if "status" in head:
        columns["status"] = head.index("status")
    elif "email" in columns and columns["email"] + 1 < len(head):
        columns["status"] = columns["email"] + 1
    return columns


def says_late(status: str) -> bool:
    """Whether a status says how late a submission was, in whatever language.

    Its parts stand between hyphens: “Zur Bewertung abgegeben - 36 Tage 10 Stunden zu spät - ”. The
    only other part with a number in it is the date until which the deadline was extended.
    """
    parts = re.split(r"\s-\s|\s-$", status)
    return any(re.search(r"\d", part) and not re.search(r"\d{4}", part) for part in parts) or bool(
        re.search(r"\blate\b", status)
    )


def _first(columns: Iterable[list[str]], is_wanted: Callable[[str], bool]) -> int | None:
    """The first column in which every cell that is not empty is of a kind."""
    for index, values in enumerate(columns):
        written = [value for value in values if value not in NOTHING]
        if written and all(map(is_wanted, written)):
            return index
    return None


def _times(path: Path, texts: list[str], language: str | None) -> dict[str, datetime]:
    reading = read_times(texts, language)
    if reading.unread:
        count = sum(text in reading.unread for text in texts)
        raise CourseError(
            f"{path}: {count} of {len(texts)} times of submission cannot be read, such as "
            f"{label(reading.unread[0], 60)!r}",
            "Name the language of the file, such as --language de, or download it with Moodle in "
            "English. Nothing was collected.",
        )
    return dict(reading.times)


def read_submission_list(path: Path) -> dict[str, SubmissionFacts]:
    """What a list of Canvas's API says of each submission, by Canvas ID.

    A group's work is there once for each member, with the group where it was asked for. Raises
    `CourseError` when the file holds something else.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("it is too large")
        text = path.read_bytes().decode("utf-8-sig").strip().removeprefix("while(1);")
        entries = json.loads(text)
        if isinstance(entries, dict):
            _refuse_answer(path, entries)
        facts = {}
        for entry in entries:
            user, when = entry["user_id"], entry["submitted_at"]
            if user is None or when is None:  # anonymous, or nothing handed in
                continue
            time = datetime.fromisoformat(when)
            if time.tzinfo is None:
                raise ValueError(f"{when} has no time zone")
            group = (entry.get("group") or {}).get("id")
            facts[str(user)] = SubmissionFacts(
                _utc(time),
                bool(entry.get("late")),
                group="" if group is None else str(group),
                kind=str(entry.get("submission_type") or ""),
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CourseError(
            f"{path} is not Canvas's list of submissions: {type(error).__name__}: {error}",
            "Save what Canvas shows at /api/v1/courses/COURSE/assignments/ASSIGNMENT/submissions"
            "?per_page=100&include[]=group while you are logged in.",
        ) from None
    return facts


def _refuse_answer(path: Path, answer: dict[str, object]) -> NoReturn:
    """Raise `CourseError` where Canvas gave no list but said why it gives none."""
    status = label(str(answer.get("status") or "an error"), 60)
    remedy = "See in the address whether course and assignment are the right ones."
    if status in ("unauthenticated", "unauthorized"):
        remedy = (
            "Log in to Canvas as a teacher of the course, open the address in the same browser, "
            "and save what it shows then."
        )
    raise CourseError(f"{path} holds no submissions: Canvas answered “{status}”", remedy)


def read_metadata(data: bytes) -> dict[str, SubmissionFacts]:
    """What Gradescope's submission_metadata.yml says, by the number of each submission.

    Raises `CourseError` when it cannot be read.
    """
    try:
        entries = yaml.load(data, Loader=yaml.CSafeLoader)
        facts = {}
        for name, entry in entries.items():
            people = [_person(person) for person in entry[":submitters"]]
            when = entry.get(":created_at")
            time = when if isinstance(when, datetime) else None
            if isinstance(when, str):
                time = datetime.fromisoformat(when.replace(" UTC", "+00:00"))
            first, *others = people or [{}]
            facts[str(name).rpartition("_")[2]] = SubmissionFacts(
                None if time is None else _utc(time if time.tzinfo else time.replace(tzinfo=UTC)),
                late=False,
                ids=first,
                others=tuple(others),
            )
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"submission_metadata.yml cannot be read: {type(error).__name__}: {label(str(error))}",
            "Export the submissions again from Gradescope.",
        ) from None
    return facts


def _person(person: Mapping[str, Any]) -> dict[str, str]:
    names = {":sid": "sis_user_id", ":email": "email"}
    return {field: str(person[key]) for key, field in names.items() if person.get(key)}


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)
