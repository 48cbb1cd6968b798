"""Collect submissions from the zip that Canvas or Moodle gives for an assignment.

A zip says who handed in what, and by Canvas whether that was late. It does not say when: its times
are those of the packing. When, Moodle's grading worksheet says and Canvas's API. Without them a
submission that may be in time gets no time after the deadline, and one that Canvas calls late gets
the time of the packing, the latest that it can have been.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from nbgrader import api
from nbgrader.utils import parse_utc

from autograder.batch import audit_log, state
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError, SubmissionError
from autograder.course.folders import Assignment
from autograder.course.safe_text import file_name, label
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms import canvas, moodle
from autograder.lms.archive import Archive, Entry
from autograder.lms.people import Person, read_people
from autograder.lms.picking import Refused, choose
from autograder.lms.storing import Place, Source, hashed, written
from autograder.lms.student_matching import Owners
from autograder.lms.uploads import Told, Upload

APART = {  # how people are told apart
    "canvas": "See in Canvas whose is whose, and put the right one into grading/submitted by hand.",
    "moodle": "Tell them apart with --worksheet GRADES.csv.",
}
LEFT = ("unchanged", "older")  # outcomes that change nothing


@dataclass(frozen=True)
class Work:
    """A student's submission, and what became of it.

    outcome : `new`, `replaced`, `older`, `unchanged` or `corrected`; see `storing.Place`
    time : for timestamp.txt; "" for none. `told` is whether it is known and not only bounded
    """

    student: str
    path: str
    outcome: str
    late: bool
    time: str
    told: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Unmatched:
    """Files that were taken for nobody, why, and what can be done."""

    paths: tuple[str, ...]
    student: str
    why: str
    remedy: str


@dataclass(frozen=True)
class Collected:
    """What a collect did, or would do; `missing` are students without any submission."""

    system: str
    works: tuple[Work, ...]
    unmatched: tuple[Unmatched, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Sources:
    """The files beside the zip.

    worksheet : Moodle's grading worksheet of the assignment
    times : what Canvas's API says of its submissions, a page a file
    zone : of the times in the worksheet, and of the packing; by default UTC for the latter
    """

    worksheet: Path | None = None
    times: tuple[Path, ...] = ()
    zone: ZoneInfo | None = None


def collect(
    assignment: Assignment, path: Path, sources: Sources | None = None, *, write: bool = True
) -> Collected:
    """Put every student's notebook of a zip at grading/submitted/STUDENT/NAME/NAME.ipynb.

    Raises `CourseError` when the file is not such a zip, or there is no roster.
    """
    sources = sources or Sources()
    people = read_people(assignment.course)
    if not people:
        raise CourseError("the course has no students yet", "First: autograder roster FILE.csv")
    try:
        with Archive(path) as archive, state.alone(assignment) if write else nullcontext():
            return _Collect(assignment, path, archive, people, sources, write).all()
    except SubmissionError as error:
        remedy = "Download it again, whole."
        if path.is_dir():
            remedy = "A browser has unpacked it: give the folder to `zip -r` and collect that."
        raise CourseError(f"{path}: {error}", remedy) from None


class _Collect:
    def __init__(
        self,
        assignment: Assignment,
        path: Path,
        archive: Archive,
        people: Mapping[str, Person],
        sources: Sources,
        write: bool,
    ):
        self.assignment, self.path, self.archive = assignment, path, archive
        self.people, self.sources, self.write = people, sources, write
        self.unmatched: list[Unmatched] = []

    def all(self) -> Collected:
        system, uploads = self._uploads()
        told = self._told(system)
        by_student: dict[str, list[list[Upload]]] = defaultdict(list)
        owners = Owners(self.people, system, told)
        for files in _grouped(uploads).values():
            student = owners.find(files[0])
            if isinstance(student, Refused):
                self._refuse(files, "", student.why, student.remedy)
            else:
                by_student[student].append(files)
        due = _deadlines(self.assignment)
        works = []
        for student, found in sorted(by_student.items()):
            if len(found) > 1:
                files = [one for part in found for one in part]
                why = f"{len(found)} people of the zip fit {student}"
                self._refuse(files, student, why, APART[system])
                continue
            (files,) = found
            work = self._take(system, student, files, told.get(files[0].owner), due)
            if work is not None:
                works.append(work)
        if self.write:
            _correct(self.assignment, works)
            self._note(system, works)
        having = {work.student for work in works}
        missing = [
            student
            for student in sorted(self.people)
            if student not in having and not Place(self.assignment, student).is_filled
        ]
        unmatched = sorted(self.unmatched, key=lambda one: (one.student, one.paths))
        return Collected(system, tuple(works), tuple(unmatched), tuple(missing))

    def _uploads(self) -> tuple[str, list[Upload]]:
        """Whose zip it is, and its files; most names decide, as a student can make up one."""
        known = {one.lms_user_id or one.student for one in self.people.values()}
        read = {
            "canvas": [canvas.upload(one.path, known) for one in self.archive.entries],
            "moodle": [moodle.upload(one.path) for one in self.archive.entries],
        }
        system = max(read, key=lambda name: sum(one is not None for one in read[name]))
        uploads = []
        for place, one in enumerate(read[system]):
            if one is None:
                self._unknown(self.archive.entries[place].path)
            else:
                uploads.append(replace(one, place=place))
        if not uploads:
            raise CourseError(
                f"{self.path} holds no file that is named as Canvas or Moodle name submissions",
                "In Canvas it is “Download Submissions” of an assignment, in Moodle “Download all "
                "submissions”.",
            )
        return system, uploads

    def _unknown(self, path: str) -> None:
        why = "its name names no student"
        remedy = "Put it into grading/submitted by hand if it is somebody's work."
        self.unmatched.append(Unmatched((file_name(path),), "", why, remedy))

    def _told(self, system: str) -> dict[str, Told]:
        sources = self.sources
        if system == "canvas" and sources.worksheet:
            raise CourseError(f"{self.path} is of Canvas, which has no worksheets", "Use --times.")
        if system == "moodle" and sources.times:
            raise CourseError(f"{self.path} is of Moodle", "Use --worksheet GRADES.csv.")
        if sources.worksheet:
            return moodle.read_worksheet(sources.worksheet, sources.zone)
        pages = map(canvas.read_times, sources.times)
        return {user: one for page in pages for user, one in page.items()}

    def _take(
        self,
        system: str,
        student: str,
        files: list[Upload],
        told: Told | None,
        due: Mapping[str | None, datetime],
    ) -> Work | None:
        others = self.assignment.course.names
        chosen = choose(files, self._read, self.assignment.name, others)
        if isinstance(chosen, Refused):
            self._refuse(files, student, chosen.why, chosen.remedy)
            return None
        entry = self.archive.entries[chosen.upload.place]
        late = chosen.upload.late or bool(told and told.late)
        remarks = [*chosen.remarks, *(["a draft in Moodle"] if told and told.draft else [])]
        packed = self._packed(entry)
        time = told.time if told else None
        if time is None and packed is not None:
            time = packed
            limit = due.get(student, due.get(None))
            if not late and limit is not None and packed > limit:
                time = limit if system == "canvas" else None
        source = Source(
            system,
            self.path.name,
            entry.path,
            chosen.upload.number,
            late,
            written(time),
            bool(told and told.time),
            written(packed),
            hashed(chosen.data),
        )
        place = Place(self.assignment, student)
        try:
            outcome = place.outcome(chosen.data, source)
            if self.write:
                place.put(chosen.data, source, outcome)
        except SubmissionError as error:
            self._refuse(files, student, str(error), "Put a folder in its place.")
            return None
        except OSError as error:  # what is there is in the way; the others get theirs
            remedy = f"Look into {place.folder} and {place.beside}, and collect once more."
            self._refuse(files, student, f"it cannot be put there: {error}", remedy)
            return None
        path = file_name(entry.path)
        return Work(
            student, path, outcome, late, source.time, source.told, tuple(map(label, remarks))
        )

    def _read(self, upload: Upload) -> bytes:
        return self.archive.read(self.archive.entries[upload.place])

    def _packed(self, entry: Entry) -> datetime | None:
        if entry.packed is None:
            return None
        here = entry.packed.replace(tzinfo=self.sources.zone or UTC)
        return here.astimezone(UTC).replace(tzinfo=None)

    def _refuse(self, files: Iterable[Upload], student: str, why: str, remedy: str) -> None:
        paths = tuple(sorted(file_name(one.path) for one in files))
        self.unmatched.append(Unmatched(paths, student, label(why), remedy))

    def _note(self, system: str, works: list[Work]) -> None:
        """Leave a line in the assignment's log, where anything was done."""
        done = {work.student: work.outcome for work in works if work.outcome not in LEFT}
        if done:
            with open(self.path, "rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            facts = {"file": self.path.name, "sha256": sha256, "system": system}
            audit_log.note(self.assignment, "collect", students=done, **facts)


def _grouped(uploads: Iterable[Upload]) -> dict[tuple[str, str, str], list[Upload]]:
    """The files by their owners.

    A system gives all files of one owner the same name, so a second name is somebody else's work.
    """
    found: dict[tuple[str, str, str], list[Upload]] = defaultdict(list)
    for one in uploads:
        found[one.owner, one.name, one.doubt].append(one)
    return found


def _deadlines(assignment: Assignment) -> dict[str | None, datetime]:
    """The deadline under None, and that of every student who has an extension; in UTC."""
    with open_gradebook(load_config(assignment.course)) as gradebook:
        rows = gradebook.db.query(api.Assignment).filter_by(name=assignment.name).all()
        if not rows or rows[0].duedate is None:
            return {}
        due = rows[0].duedate
        longer = gradebook.db.query(api.SubmittedAssignment).filter_by(assignment_id=rows[0].id)
        extended = {one.student_id: due + one.extension for one in longer if one.extension}
    return {None: due, **extended}


def _correct(assignment: Assignment, works: Iterable[Work]) -> None:
    """Tell the gradebook of corrected times; a notebook that did not change isn't graded again."""
    times = {work.student: work.time for work in works if work.outcome == "corrected"}
    if not times:
        return
    with open_gradebook(load_config(assignment.course)) as gradebook:
        rows = gradebook.db.query(api.SubmittedAssignment).join(api.Assignment)
        for one in rows.filter(api.Assignment.name == assignment.name):
            if one.student_id in times:
                one.timestamp = parse_utc(times[one.student_id])
        gradebook.db.commit()
