"""Find the student who handed in a file of a zip, or say why that is not clear."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.lms.people import Person, StudentFinder
from autograder.lms.picking import Refusal
from autograder.lms.uploads import SubmissionFacts, Upload

IMPORT = "Import the list of students again: autograder roster FILE.csv"


class StudentMatcher:
    """Finds the student of an upload among the students of the course.

    facts : Moodle's worksheet by the numbers of its Identifiers; empty without one
    """

    def __init__(
        self, people: Mapping[str, Person], system: str, facts: Mapping[str, SubmissionFacts]
    ):
        self._people, self._system, self._facts = people, system, facts
        self._finder = StudentFinder(people.values())

    def find(self, upload: Upload) -> str | Refusal:
        """The student who handed in a file, or why that is not clear."""
        if upload.doubt:
            return Refusal(
                upload.doubt,
                "See in Canvas whose it is, and put it into grading/submitted by hand.",
            )
        if self._system == "canvas":
            hits, refusal = self._by_canvas_id(upload)
        elif not upload.owner:  # students choose the names of groups: a name proves nothing
            hits = frozenset[str]()
            refusal = Refusal(
                f"it is the work of a group, {upload.name!r}",
                "Put a copy into grading/submitted for each of its members.",
            )
        elif not self._facts:
            hits = self._finder.by_name(upload.name)
            refusal = Refusal(
                f"nobody on the roster is called {upload.name!r}",
                "Add the assignment's worksheet: --worksheet GRADES.csv.",
            )
        elif upload.owner in self._facts:
            hits, refusal = self._by_worksheet(upload.owner, self._facts[upload.owner])
        else:
            hits = frozenset[str]()
            refusal = Refusal(
                f"the worksheet has no Participant {upload.owner}",
                "Download the worksheet of this assignment again.",
            )
        if len(hits) == 1:
            return next(iter(hits))
        return Refusal(f"{' and '.join(sorted(hits))} fit it", refusal.remedy) if hits else refusal

    def _by_canvas_id(self, upload: Upload) -> tuple[frozenset[str], Refusal]:
        finder, owner = self._finder, upload.owner
        if not owner:
            return frozenset(), Refusal(
                "the assignment is anonymous in Canvas",
                "Turn off anonymous grading there and download the submissions again.",
            )
        hits = finder.by("lms_user_id", owner)
        if not hits:  # the id may be the student's id in the course, with no other on record
            students = finder.by("student", owner)
            hits = frozenset(
                student for student in students if not self._people[student].lms_user_id
            )
        return hits, Refusal(f"nobody on the roster has the Canvas id {owner}", f"{IMPORT}.")

    def _by_worksheet(self, number: str, row: SubmissionFacts) -> tuple[frozenset[str], Refusal]:
        hits = frozenset[str]()
        for field, value in row.ids.items():
            hits |= self._finder.by(field, value)
            if field != "email":
                hits |= self._finder.by("student", value)
        if not hits:  # a name alone is enough for students without an address on record
            students = self._finder.by_name(row.name)
            hits = frozenset(
                student for student in students if not (row.ids and self._people[student].email)
            )
        return hits, Refusal(
            f"Participant {number} of the worksheet is nobody on the roster",
            f"{IMPORT}, or correct grading/roster.csv.",
        )
