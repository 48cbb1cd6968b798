"""Collect submissions from the zip that Canvas or Moodle gives for an assignment.

A zip says who handed in what, and by Canvas whether that was late. It does not say when: its times
are those of the packing. When, Moodle's grading worksheet says and Canvas's API. Without them a
submission that may be in time gets no time after the deadline, and one that Canvas calls late gets
the time of the packing, the latest that it can have been.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
from autograder.course.notebook_choice import released_sources
from autograder.course.notebook_names import CHECKPOINTS
from autograder.course.safe_text import file_name, label
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms import canvas, moodle, rejections
from autograder.lms.archive import Archive, ZipEntry
from autograder.lms.people import Person, read_people
from autograder.lms.picking import Refusal, choose
from autograder.lms.rejections import Rejection
from autograder.lms.storing import Source, SubmissionFolder, hashed, written
from autograder.lms.student_matching import StudentMatcher
from autograder.lms.uploads import SubmissionFacts, Upload

REMEDIES = {  # where several people of a zip fit one student
    "canvas": "See in Canvas whose is whose, and put the right one into grading/submitted by hand.",
    "moodle": "Tell them apart with --worksheet GRADES.csv.",
}
NO_CHANGE = ("unchanged", "older")  # outcomes that leave everything as it was


@dataclass(frozen=True)
class CollectedSubmission:
    """A student's submission, and what became of it.

    outcome : `new`, `replaced`, `older`, `unchanged` or `corrected`; see `SubmissionFolder.outcome`
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
class Collection:
    """The outcome of collecting a zip; `missing` are the students who handed in nothing at all.

    unmatched : what could not be taken; it is kept for reports, feedback and exports
    """

    system: str
    works: tuple[CollectedSubmission, ...]
    unmatched: tuple[Rejection, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Sources:
    """The files that say when submissions were handed in, which a zip does not.

    worksheet : Moodle's grading worksheet of the assignment
    times : what Canvas's API says of its submissions, a page a file
    zone : of the times in the worksheet, and of the packing; by default UTC for the latter
    """

    worksheet: Path | None = None
    times: tuple[Path, ...] = ()
    zone: ZoneInfo | None = None


def collect(
    assignment: Assignment, path: Path, sources: Sources | None = None, *, write: bool = True
) -> Collection:
    """Put every student's notebook of a zip at grading/submitted/STUDENT/NAME/NAME.ipynb.

    Raises `CourseError` when the file is not such a zip, or there is no roster.
    """
    sources = sources or Sources()
    people = read_people(assignment.course)
    if not people:
        raise CourseError("the course has no students yet", "First: autograder roster FILE.csv")
    try:
        with Archive(path) as archive, state.alone(assignment) if write else nullcontext():
            return _Collector(assignment, path, archive, people, sources, write).run()
    except SubmissionError as error:
        remedy = "Download it again, whole."
        if path.is_dir():
            remedy = "A browser has unpacked it: give the folder to `zip -r` and collect that."
        raise CourseError(f"{path}: {error}", remedy) from None


class _Collector:
    """Collects one zip: matches its files to students, and stores their notebooks."""

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
        self.unmatched: list[Rejection] = []
        self.matched: set[str] = set()  # by what the other system calls them
        self.given = released_sources(assignment.release)

    def run(self) -> Collection:
        system, uploads = self._uploads()
        facts = self._facts(system)
        by_student: dict[str, list[list[Upload]]] = defaultdict(list)
        matcher = StudentMatcher(self.people, system, facts)
        for files in _by_owner(uploads).values():
            student = matcher.find(files[0])
            if isinstance(student, Refusal):
                self._refuse(files, "", student.why, student.remedy)
            else:
                by_student[student].append(files)
                self.matched.add(files[0].owner)
        due = _deadlines(self.assignment)
        works = []
        for student, people in sorted(by_student.items()):
            if len(people) > 1:
                files = [upload for person in people for upload in person]
                why = f"{len(people)} people of the zip fit {student}"
                self._refuse(files, student, why, REMEDIES[system])
                continue
            (files,) = people
            work = self._take(system, student, files, facts.get(files[0].owner), due)
            if work is not None:
                works.append(work)
        unmatched = sorted(self.unmatched, key=lambda files: (files.student, files.paths))
        if self.write:
            _correct(self.assignment, works)
            self._note(system, works)
            rejections.store(self.assignment, [*self._open_rejections(works), *unmatched])
        having = {work.student for work in works} | {files.student for files in unmatched}
        having |= rejections.read_rejections(self.assignment).by_student.keys()
        missing = [
            student
            for student in sorted(self.people)
            if student not in having and not SubmissionFolder(self.assignment, student).is_filled
        ]
        return Collection(system, tuple(works), tuple(unmatched), tuple(missing))

    def _open_rejections(self, works: list[CollectedSubmission]) -> list[Rejection]:
        """The rejections of earlier zips that this one neither repeats nor settles."""
        changed = {work.student for work in works if work.outcome not in NO_CHANGE}
        again = {files.student for files in self.unmatched if files.student} | changed
        here = {work.student for work in works}
        owners = self.matched | {files.owner for files in self.unmatched if files.owner}
        return [
            rejection
            for rejection in rejections.stored(self.assignment)
            if not (
                rejection.student in again
                or (rejection.source == self.path.name and rejection.student in {"", *here})
                or (not rejection.student and rejection.owner in owners)
            )
        ]

    def _uploads(self) -> tuple[str, list[Upload]]:
        """The system that made the zip, by most of its names, and the files in it.

        One name decides nothing, as a student can choose it.
        """
        known = {person.lms_user_id or person.student for person in self.people.values()}
        readings = {
            "canvas": [canvas.upload(entry.path, known) for entry in self.archive.entries],
            "moodle": [moodle.upload(entry.path) for entry in self.archive.entries],
        }
        system = max(readings, key=lambda name: len(list(filter(None, readings[name]))))
        uploads = []
        for place, upload in enumerate(readings[system]):
            if upload is None:
                self._unknown(self.archive.entries[place].path)
            else:
                uploads.append(replace(upload, place=place))
        if not uploads:
            raise CourseError(
                f"{self.path} holds no file that is named as Canvas or Moodle name submissions",
                "In Canvas it is “Download Submissions” of an assignment, in Moodle “Download all "
                "submissions”.",
            )
        return system, uploads

    def _unknown(self, path: str) -> None:
        if CHECKPOINTS in path.split("/"):  # Jupyter's, of who looked into the zip's folder
            return
        name = file_name(path)
        why = "its name names no student"
        remedy = "Put it into grading/submitted by hand if it is somebody's work."
        self.unmatched.append(Rejection("", (name,), (name,), why, remedy, self.path.name))

    def _facts(self, system: str) -> dict[str, SubmissionFacts]:
        sources = self.sources
        if system == "canvas" and sources.worksheet:
            raise CourseError(f"{self.path} is of Canvas, which has no worksheets", "Use --times.")
        if system == "moodle" and sources.times:
            raise CourseError(f"{self.path} is of Moodle", "Use --worksheet GRADES.csv.")
        if sources.worksheet:
            return moodle.read_worksheet(sources.worksheet, sources.zone)
        pages = map(canvas.read_times, sources.times)
        return {user: facts for page in pages for user, facts in page.items()}

    def _take(
        self,
        system: str,
        student: str,
        files: list[Upload],
        facts: SubmissionFacts | None,
        due: Mapping[str | None, datetime],
    ) -> CollectedSubmission | None:
        others = self.assignment.course.names
        choice = choose(files, self._read, self.assignment.name, others, self.given)
        if isinstance(choice, Refusal):
            self._refuse(files, student, choice.why, choice.remedy)
            return None
        entry = self.archive.entries[choice.upload.place]
        late = choice.upload.late or bool(facts and facts.late)
        remarks = [*choice.remarks, *(["a draft in Moodle"] if facts and facts.draft else [])]
        packed = self._packed(entry)
        time = facts.time if facts else None
        if time is None and packed is not None:
            time = packed
            limit = due.get(student, due.get(None))
            if not late and limit is not None and packed > limit:
                time = limit if system == "canvas" else None
        source = Source(
            system,
            self.path.name,
            entry.path,
            choice.upload.number,
            late,
            written(time),
            bool(facts and facts.time),
            written(packed),
            hashed(choice.data),
        )
        place = SubmissionFolder(self.assignment, student)
        try:
            outcome = place.outcome(choice.data, source)
            if self.write:
                place.put(choice.data, source, outcome)
        except SubmissionError as error:
            self._refuse(files, student, str(error), "Put a folder in its place.")
            return None
        except OSError as error:  # what is there is in the way; the others get theirs
            remedy = f"Look into {place.folder} and {place.collected}, and collect once more."
            self._refuse(files, student, f"it cannot be put there: {error}", remedy)
            return None
        path = file_name(entry.path)
        return CollectedSubmission(
            student, path, outcome, late, source.time, source.told, tuple(map(label, remarks))
        )

    def _read(self, upload: Upload) -> bytes:
        return self.archive.read(self.archive.entries[upload.place])

    def _packed(self, entry: ZipEntry) -> datetime | None:
        if entry.packed is None:
            return None
        here = entry.packed.replace(tzinfo=self.sources.zone or UTC)
        return here.astimezone(UTC).replace(tzinfo=None)

    def _refuse(self, files: Sequence[Upload], student: str, why: str, remedy: str) -> None:
        self.unmatched.append(
            Rejection(
                student,
                tuple(sorted(file_name(upload.path) for upload in files)),
                tuple(sorted(file_name(upload.title) for upload in files)),
                label(why),
                remedy,
                self.path.name,
                files[0].owner,
                rejections.notebook_hash(self.assignment, student) if student else "",
            )
        )

    def _note(self, system: str, works: list[CollectedSubmission]) -> None:
        """Write a line into the assignment's audit log, if any submission changed."""
        outcomes = {work.student: work.outcome for work in works if work.outcome not in NO_CHANGE}
        if outcomes:
            with open(self.path, "rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            facts = {"file": self.path.name, "sha256": sha256, "system": system}
            audit_log.note(self.assignment, "collect", students=outcomes, **facts)


def _by_owner(uploads: Iterable[Upload]) -> dict[tuple[str, str, str], list[Upload]]:
    """The files of a zip, grouped by their owners.

    A system gives all files of one owner the same name, so a second name is somebody else's work.
    """
    groups: dict[tuple[str, str, str], list[Upload]] = defaultdict(list)
    for upload in uploads:
        groups[upload.owner, upload.name, upload.doubt].append(upload)
    return groups


def _deadlines(assignment: Assignment) -> dict[str | None, datetime]:
    """The deadline, under the key None, and that of each student with an extension, in UTC."""
    with open_gradebook(load_config(assignment.course)) as gradebook:
        rows = gradebook.db.query(api.Assignment).filter_by(name=assignment.name).all()
        if not rows or rows[0].duedate is None:
            return {}
        due = rows[0].duedate
        submissions = gradebook.db.query(api.SubmittedAssignment).filter_by(
            assignment_id=rows[0].id
        )
        extensions = {
            work.student_id: due + work.extension for work in submissions if work.extension
        }
    return {None: due, **extensions}


def _correct(assignment: Assignment, works: Iterable[CollectedSubmission]) -> None:
    """Write corrected times into the gradebook, as an unchanged notebook is not graded again."""
    times = {work.student: work.time for work in works if work.outcome == "corrected"}
    if not times:
        return
    with open_gradebook(load_config(assignment.course)) as gradebook:
        rows = gradebook.db.query(api.SubmittedAssignment).join(api.Assignment)
        for submission in rows.filter(api.Assignment.name == assignment.name):
            if submission.student_id in times:
                submission.timestamp = parse_utc(times[submission.student_id])
        gradebook.db.commit()
