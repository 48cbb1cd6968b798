"""Find the student whom files in a zip are of, and say why when that is not clear."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.lms.people import Finder, Person
from autograder.lms.picking import Refused
from autograder.lms.uploads import Told, Upload

IMPORT = "Import the list of students again: autograder roster FILE.csv"


class Owners:
    """The students of the course, as the systems that give zips name them.

    told : Moodle's worksheet by the numbers of its Identifiers; empty without one
    """

    def __init__(self, people: Mapping[str, Person], system: str, told: Mapping[str, Told]):
        self._people, self._system, self._told = people, system, told
        self._finder = Finder(people.values())

    def find(self, upload: Upload) -> str | Refused:
        """The student of a file."""
        if upload.doubt:
            return Refused(
                upload.doubt,
                "See in Canvas whose it is, and put it into grading/submitted by hand.",
            )
        if self._system == "canvas":
            hits, refused = self._by_canvas_id(upload)
        elif not upload.owner:  # students choose the names of groups: a name proves nothing
            hits = frozenset[str]()
            refused = Refused(
                f"it is the work of a group, {upload.name!r}",
                "Put a copy into grading/submitted for each of its members.",
            )
        elif not self._told:
            hits = self._finder.by_name(upload.name)
            refused = Refused(
                f"nobody on the roster is called {upload.name!r}",
                "Add the assignment's worksheet: --worksheet GRADES.csv.",
            )
        elif upload.owner in self._told:
            hits, refused = self._by_worksheet(upload.owner, self._told[upload.owner])
        else:
            hits = frozenset[str]()
            refused = Refused(
                f"the worksheet has no Participant {upload.owner}",
                "Download the worksheet of this assignment again.",
            )
        if len(hits) == 1:
            return next(iter(hits))
        return Refused(f"{' and '.join(sorted(hits))} fit it", refused.remedy) if hits else refused

    def _by_canvas_id(self, upload: Upload) -> tuple[frozenset[str], Refused]:
        finder, owner = self._finder, upload.owner
        if not owner:
            return frozenset(), Refused(
                "the assignment is anonymous in Canvas",
                "Turn off anonymous grading there and download the submissions again.",
            )
        hits = finder.by("lms_user_id", owner)
        if not hits:  # the id may be what the student is called here, and all that is known
            named = finder.by("student", owner)
            hits = frozenset(one for one in named if not self._people[one].lms_user_id)
        return hits, Refused(f"nobody on the roster has the Canvas id {owner}", f"{IMPORT}.")

    def _by_worksheet(self, number: str, row: Told) -> tuple[frozenset[str], Refused]:
        hits = frozenset[str]()
        for field, value in row.ids.items():
            hits |= self._finder.by(field, value)
            if field != "email":
                hits |= self._finder.by("student", value)
        if not hits:  # a name alone is enough for those of whom nothing else is known
            named = self._finder.by_name(row.name)
            hits = frozenset(one for one in named if not (row.ids and self._people[one].email))
        return hits, Refused(
            f"Participant {number} of the worksheet is nobody on the roster",
            f"{IMPORT}, or correct grading/roster.csv.",
        )
