"""Find the student who handed in a file of a zip, or say why that is not clear."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.gradebook.sections import is_in_group
from autograder.lms.path_patterns import IDS
from autograder.lms.people import Person, StudentFinder
from autograder.lms.picking import Refusal
from autograder.lms.system_records import System
from autograder.lms.uploads import SubmissionFacts, Upload

IMPORT = "Import the list of students again: autograder roster FILE.csv"


class StudentMatcher:
    """Finds the students of an upload among those of the course.

    facts : what the system says besides, by what it calls the owners; empty without
    """

    def __init__(
        self,
        people: Mapping[str, Person],
        system: System,
        facts: Mapping[str, SubmissionFacts],
    ):
        self._people, self._system, self._facts = people, system, facts
        self._finder = StudentFinder(people.values())

    def is_known(self, upload: Upload) -> bool:
        """Whether the ids in an upload's path are of one student.

        A name proves something only where a person has said by a pattern that paths have names.
        """
        if upload.ids or not self._system.by_name:
            return len(self._by_ids(upload)) == 1
        return len(self._finder.by_name(upload.name)) == 1

    def find(self, upload: Upload) -> tuple[str, ...] | Refusal:
        """The students whose work a file is, or why that is not clear.

        It is one student, or the members of a group that the roster or the system's own file knows.
        """
        if upload.doubt:
            return Refusal(
                upload.doubt,
                f"See in {self._system.title} whose it is, and put it into grading/submitted by "
                "hand.",
            )
        if upload.ids:
            hits, refusal = self._by_ids(upload), self._unknown_id(upload)
            if not hits and len(upload.ids) == 1 and upload.name and self._system.by_name:
                hits = self._finder.by_name(upload.name)
        elif upload.owner in self._facts:
            return self._by_facts(upload.owner, self._facts[upload.owner])
        elif not upload.owner:
            return self._group(upload)
        elif self._facts:
            hits = frozenset[str]()
            refusal = Refusal(
                f"the worksheet has no Participant {upload.owner}",
                "Download the worksheet of this assignment again.",
            )
        else:
            hits = self._finder.by_name(upload.name)
            refusal = Refusal(
                f"nobody on the roster is called {upload.name!r}", self._system.remedy
            )
        return self._clear(hits, refusal)

    def _clear(self, hits: frozenset[str], refusal: Refusal) -> tuple[str, ...] | Refusal:
        if len(hits) == 1:
            return tuple(hits)
        return Refusal(f"{' and '.join(sorted(hits))} fit it", refusal.remedy) if hits else refusal

    def _by_ids(self, upload: Upload) -> frozenset[str]:
        hits = frozenset[str]()
        for field, value in upload.ids:
            first, *others = IDS[field]
            hits |= self._finder.by(first, value)
            for column in others:
                hits |= {
                    student
                    for student in self._finder.by(column, value)
                    if column != "student" or not getattr(self._people[student], first)
                }
        return hits

    def _unknown_id(self, upload: Upload) -> Refusal:
        field, value = upload.ids[0]
        names = {
            "canvas": "Canvas id",
            "login": "login",
            "email": "address",
            "github": "GitHub name",
        }
        why = f"nobody on the roster has the {names.get(field, 'id')} {value}"
        return Refusal(why, self._system.remedy)

    def _group(self, upload: Upload) -> tuple[str, ...] | Refusal:
        """The members of the group that a file names: those whom the roster has in it.

        A group's name alone proves nothing, as students choose it: the roster must have it, which
        another system wrote.
        """
        if not upload.name:
            return Refusal(
                f"the assignment is anonymous in {self._system.title}",
                "Turn off anonymous grading there and download the submissions again.",
            )
        members = [
            student
            for student, person in sorted(self._people.items())
            if is_in_group(person.section, upload.name)
        ]
        if members:
            return tuple(members)
        return Refusal(
            f"it is the work of a group, {upload.name!r}",
            "Import a list of participants with their groups, or put a copy into grading/submitted "
            "for each of its members.",
        )

    def _by_facts(self, number: str, row: SubmissionFacts) -> tuple[str, ...] | Refusal:
        """The student whom the system's own file names, and the other members of a group."""
        student = self._by_row(number, row.ids, row.name)
        if isinstance(student, Refusal):
            return student
        students = list(student)
        for other in row.others:
            member = self._by_row(number, other, "")
            students += [] if isinstance(member, Refusal) else member
        return tuple(dict.fromkeys(students))

    def _by_row(self, number: str, ids: Mapping[str, str], name: str) -> tuple[str, ...] | Refusal:
        hits = frozenset[str]()
        for field, value in ids.items():
            hits |= self._finder.by(field, value)
            if field != "email":
                hits |= self._finder.by("student", value)
        if not hits:  # a name alone is enough for students without an address on record
            students = self._finder.by_name(name)
            hits = frozenset(
                student for student in students if not (ids and self._people[student].email)
            )
        if not ids and not hits:
            return Refusal(
                f"{self._system.title} names nobody, as the assignment is marked blind",
                "Reveal the students' identities there, and download zip and worksheet again.",
            )
        return self._clear(
            hits,
            Refusal(
                f"Participant {number} of the worksheet is nobody on the roster",
                f"{IMPORT}, or correct grading/roster.csv.",
            ),
        )
