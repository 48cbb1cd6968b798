"""Collect submissions from the zip that a learning platform gives for an assignment, or a folder.

A zip of Canvas or Moodle says who handed in what, and not when: its times are those of the packing.
When, Moodle's grading worksheet says and Canvas's API. Without them a submission that may be in
time gets no time after the deadline, and one that Canvas calls late gets the time of the packing,
the latest that it can have been. Brightspace, Blackboard and ILIAS write the time into the path.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from nbgrader import api
from nbgrader.utils import parse_utc

from autograder.batch import audit_log, state
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError, SubmissionError
from autograder.course.faults import stops_everything
from autograder.course.folders import Assignment
from autograder.course.notebook_choice import given_cells
from autograder.course.notebook_names import CHECKPOINTS
from autograder.course.notebook_origin import other_assignment
from autograder.course.safe_text import file_name, label
from autograder.gradebook.deadlines import deadlines
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms import rejections
from autograder.lms.archive import Archive
from autograder.lms.people import Person, read_people
from autograder.lms.picking import ChosenNotebook, Refusal, choose
from autograder.lms.rejections import Rejection
from autograder.lms.storing import Source, SubmissionFolder, hashed, written
from autograder.lms.student_matching import StudentMatcher
from autograder.lms.submission_files import Entry, Folder, fingerprint, open_files
from autograder.lms.uploads import SubmissionFacts, Upload
from autograder.lms.zip_contents import Sources, path_times, read_contents, read_facts

NO_CHANGE = ("unchanged", "older")  # outcomes that leave everything as it was
MINUTE = timedelta(minutes=1)  # to which a worksheet says times
AFTER_PACKING = (
    "handed in after the zip was packed, so the zip may hold an earlier notebook: download zip and "
    "times together, and see whether --zone is right"
)
BLIND = 3  # owners of one name whom nobody knows: the name stands for everybody


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


def collect(
    assignment: Assignment, path: Path, sources: Sources | None = None, *, write: bool = True
) -> Collection:
    """Put every student's notebook of a zip or a folder at grading/submitted/STUDENT/NAME/.

    Raises `CourseError` when the file is not such a zip, or there is no roster.
    """
    sources = sources or Sources()
    people = read_people(assignment.course)
    if not people:
        raise CourseError("the course has no students yet", "First: autograder roster FILE.csv")
    try:
        with open_files(path) as files, state.alone(assignment) if write else nullcontext():
            return _Collector(assignment, path, files, people, sources, write).run()
    except SubmissionError as error:
        raise CourseError(f"{path}: {error}", "Download it again, whole.") from None


class _Collector:
    """Collects one zip: matches its files to students, and stores their notebooks."""

    def __init__(
        self,
        assignment: Assignment,
        path: Path,
        files: Archive | Folder,
        people: Mapping[str, Person],
        sources: Sources,
        write: bool,
    ):
        self.assignment, self.path, self.files = assignment, path, files
        self.people, self.sources, self.write = people, sources, write
        self.contents = read_contents(files, path, assignment.name, people, sources.pattern)
        self.system = self.contents.system
        self.facts = read_facts(self.contents, files, path, sources)
        self.matcher = StudentMatcher(people, self.system, self.facts)
        self.owners = {self._student(owner): owner for owner in self.facts}
        self.unmatched: list[Rejection] = []
        self.matched: set[str] = set()  # by what the other system calls them
        self.given = given_cells(*assignment.editions)
        self.due = deadlines(assignment)
        self.times = path_times(self.contents.uploads, path, sources)  # of the texts in paths

    def run(self) -> Collection:
        for stranger in self.contents.strangers:
            self._unknown(stranger)
        by_student = self._by_student()
        remarks = self._share(by_student)
        works = []
        for student, people in sorted(by_student.items()):
            if len(people) > 1:
                files = [upload for person in people for upload in person]
                why = f"{len(people)} people of the zip fit {student}"
                remedy = f"See in {self.system.title} whose is whose, and put the right one into "
                remedy += "grading/submitted by hand"
                remedy += f", or add {self.system.exact}." if self.system.exact else "."
                self._refuse(files, student, why, remedy)
                continue
            (files,) = people
            work = self._take(student, files, remarks.get(student, ()))
            if work is not None:
                works.append(work)
        self._without_file(set(by_student))
        unmatched = sorted(self.unmatched, key=lambda files: (files.student, files.paths))
        if self.write:
            _correct(self.assignment, works)
            self._note(works)
            rejections.store(self.assignment, [*self._open_rejections(works), *unmatched])
        having = {work.student for work in works} | {files.student for files in unmatched}
        having |= rejections.read_rejections(self.assignment).by_student.keys()
        missing = [
            student
            for student, person in sorted(self.people.items())
            if student not in having
            and not person.withdrawn
            and not SubmissionFolder(self.assignment, student).is_filled
        ]
        return Collection(self.system.name, tuple(works), tuple(unmatched), tuple(missing))

    def _in_order(self, upload: Upload) -> Upload:
        """An upload with a number that grows with its time, where only its path has one."""
        time = self.times.get(upload.time)
        return upload if time is None else replace(upload, number=int(time.timestamp()))

    def _by_student(self) -> dict[str, list[list[Upload]]]:
        """The files of each student, by their owners in the other system."""
        by_student: dict[str, list[list[Upload]]] = defaultdict(list)
        groups = _by_owner(map(self._in_order, self.contents.uploads))
        names = Counter(name for _, name, _ in groups)
        for (_, name, _), files in groups.items():
            students = self.matcher.find(files[0])
            if not isinstance(students, Refusal):
                self.matched.add(files[0].owner)
                for student in students:
                    by_student[student].append(files)
            elif names[name] >= BLIND and not files[0].ids:
                why = f"{self.system.title} names nobody, as the assignment is marked blind"
                remedy = "Reveal the students' identities there, and download it again."
                self._refuse(files, "", why, remedy)
            else:
                self._refuse(files, "", students.why, students.remedy)
        return by_student

    def _share(self, by_student: dict[str, list[list[Upload]]]) -> dict[str, tuple[str, ...]]:
        """Give the work of a group, which a zip has once, to the members with the same time.

        Returns what is to be known about it, by student.
        """
        works = {
            (row.group, row.time): files
            for people in by_student.values()
            for files in people
            if (row := self.facts.get(files[0].owner)) and row.group
        }
        remarks: dict[str, tuple[str, ...]] = {}
        for owner, row in self.facts.items():
            student = self._student(owner)
            files = works.get((row.group, row.time))
            if files is not None and student and student not in by_student:
                by_student[student].append(files)
                remarks[student] = ("the work of a group, which another member handed in",)
        return remarks

    def _without_file(self, having: set[str]) -> None:
        """Refuse what has a time and no file: somebody has handed something in."""
        for owner, row in self.facts.items():
            if row.time is None or owner in self.matched:
                continue
            student = self._student(owner)
            place = SubmissionFolder(self.assignment, student) if student else None
            if place is None or student in having or place.is_filled:
                continue
            what = row.kind.replace("_", " ") or "a submission without a file"
            title = self.system.title
            why = f"{title} has it since {written(row.time)}, and there is no file of it"
            remedy = f"Look in {title}: it may be a text, a link or the work of a group."
            self.unmatched.append(
                Rejection(student, (), (label(what),), why, remedy, self.path.name, owner)
            )

    def _student(self, owner: str) -> str:
        """The student whom the other system calls so; "" where that is nobody or not clear."""
        ids = ((self.system.facts_by, owner),) if self.system.facts_by else ()
        students = self.matcher.find(Upload("", owner, "", "", "file", ids=ids))
        return "" if isinstance(students, Refusal) or len(students) != 1 else students[0]

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

    def _unknown(self, path: str) -> None:
        if CHECKPOINTS in path.split("/"):  # Jupyter's, of who looked into the zip's folder
            return
        name = file_name(path)
        why = "its name names no student"
        remedy = "Put it into grading/submitted by hand if it is somebody's work."
        self.unmatched.append(Rejection("", (name,), (name,), why, remedy, self.path.name))

    def _take(
        self, student: str, files: list[Upload], remarks: tuple[str, ...]
    ) -> CollectedSubmission | None:
        # A group's file names no owner, and its members have a row each with the time of it.
        owner = files[0].owner or self.owners.get(student, "")
        facts = self.facts.get(owner, SubmissionFacts(None, False))
        others = self.assignment.course.names
        origin = partial(other_assignment, assignment=self.assignment)
        choice = choose(files, self._read, self.assignment.name, others, self.given, origin)
        if isinstance(choice, Refusal):
            self._refuse(files, student, choice.why, choice.remedy)
            return None
        entry = self.files.entries[choice.upload.place]
        packed = self._packed(entry)
        limit = self.due.get(student, self.due.get(None))
        exact = facts.time or self.times.get(choice.upload.time)
        time = exact
        late = choice.upload.late or facts.late
        if time is None and packed is not None:
            time = packed
            if not late and limit is not None and packed > limit:
                time = limit if self.system.says_late else None
        elif time is not None and limit is not None:
            # A system knows its own deadline, and nothing of an extension that was given here.
            late = time > limit or (late and student not in self.due)
        source = Source(
            self.system.name,
            self.path.name,
            entry.path,
            choice.upload.number,
            late,
            written(time),
            exact is not None,
            written(packed),
            hashed(choice.data),
            "".join(hashed(data) for _, data in choice.beside),
            facts.draft,
        )
        remarks = (*choice.remarks, *remarks, *(["a draft in Moodle"] if facts.draft else []))
        if exact is not None and packed is not None and exact >= packed + MINUTE:
            remarks = (*remarks, f"{AFTER_PACKING} ({written(packed)})")
        return self._store(student, files, choice, source, tuple(map(label, remarks)))

    def _store(
        self,
        student: str,
        files: list[Upload],
        choice: ChosenNotebook,
        source: Source,
        remarks: tuple[str, ...],
    ) -> CollectedSubmission | None:
        place = SubmissionFolder(self.assignment, student)
        try:
            outcome = place.outcome(choice.data, source)
            if self.write:
                place.put(choice.data, source, outcome, choice.beside)
        except SubmissionError as error:
            self._refuse(files, student, str(error), "Put a folder in its place.")
            return None
        except OSError as error:  # what is there is in the way; the others get theirs
            if stops_everything(error):
                raise
            remedy = f"Look into {place.folder} and {place.collected}, and collect once more."
            self._refuse(files, student, f"it cannot be put there: {error}", remedy)
            return None
        path = file_name(source.path)
        return CollectedSubmission(
            student, path, outcome, source.late, source.time, source.told, remarks
        )

    def _read(self, upload: Upload) -> bytes:
        return self.files.read(upload.place)

    def _packed(self, entry: Entry) -> datetime | None:
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

    def _note(self, works: list[CollectedSubmission]) -> None:
        """Write a line into the assignment's audit log, if any submission changed."""
        outcomes = {work.student: work.outcome for work in works if work.outcome not in NO_CHANGE}
        if outcomes:
            facts = {"file": self.path.name, "sha256": fingerprint(self.path)}
            system = self.system.name
            audit_log.note(self.assignment, "collect", students=outcomes, system=system, **facts)


def _by_owner(uploads: Iterable[Upload]) -> dict[tuple[str, str, str], list[Upload]]:
    """The files of a zip, grouped by their owners.

    A system gives all files of one owner the same name, so a second name is somebody else's work.
    """
    groups: dict[tuple[str, str, str], list[Upload]] = defaultdict(list)
    for upload in uploads:
        groups[upload.owner, upload.name, upload.doubt].append(upload)
    return groups


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
