"""Choose the notebook that a student means, among the files of one attempt."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.course.errors import SubmissionError
from autograder.course.notebook_choice import (
    NOTHING,
    Choice,
    GivenCells,
    choose_notebook,
    other_answers,
    related,
    several,
)
from autograder.course.notebook_file import read_notebook
from autograder.course.notebook_names import (
    CHECKPOINTS,
    few,
    is_called,
    is_notebook,
    plain,
    version,
)
from autograder.lms.archive import Archive
from autograder.lms.uploads import Upload

MAX_FILES = 100  # that one student has in a zip
MAX_OPENED = 10  # notebooks of other names that are opened to find the one that is meant
MAX_DEPTH = 3  # zips in each other
MAX_UNPACKED = 100_000_000  # bytes of notebooks that are compared for one student
ENTRY = b"PK\1\2"  # stands before each file in the directory of a zip
ZIPS = (".zip",)
TEXTS = (".txt", ".json")  # endings under which a notebook may hide
OTHER_ARCHIVES = (".tar", ".gz", ".tgz", ".rar", ".7z")
BLANK = b"\0 \t\r\n"  # all that a broken upload may leave of a file
ASK = "Ask the student for the .ipynb file"


@dataclass(frozen=True)
class ChosenNotebook:
    """The notebook that was chosen among a student's files.

    remarks : what is to be known about it, such as that it had another name
    beside : the student's other notebooks of the assignment with other answers, by their names
    """

    upload: Upload
    data: bytes
    remarks: tuple[str, ...] = ()
    beside: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Why no notebook or student could be chosen, and what can be done."""

    why: str
    remedy: str


def choose(
    uploads: Sequence[Upload],
    read: Callable[[Upload], bytes],
    assignment: str,
    others: Collection[str] = (),
    given: GivenCells = NOTHING,
    origin: Callable[[Sequence[Any]], str] = lambda cells: "",
) -> ChosenNotebook | Refusal:
    """The notebook of the assignment among a student's files.

    It is the one of the assignment's name, of several copies the latest that has any answers in it.
    Otherwise it is the only one, or the only one whose name holds the assignment's. A zip is looked
    into where there is no notebook beside it, and what Jupyter saved before where there is nothing
    else.
    others : the names of other assignments, for notebooks that belong to these
    given : the release's cells
    origin : gives the other assignment that a notebook's cells are of; "" where it is none
    """
    if len(uploads) > MAX_FILES:
        return Refusal(f"the student has {len(uploads)} files there", f"{ASK} alone.")
    files = [upload for upload in uploads if upload.kind == "file"]
    picker = _Picker(read, assignment, others, given, origin)
    notebooks = [file for file in files if is_notebook(file.original)]
    zips = [file for file in files if file.original.lower().endswith(ZIPS)]
    if not any(map(is_work, notebooks)) and len(zips) == 1:
        return _inside(zips[0], picker)
    return picker.among(notebooks) or _nothing(uploads, files)


def is_work(upload: Upload) -> bool:
    """Whether a file is a student's own, and not what Jupyter wrote beside it at a save."""
    return CHECKPOINTS not in upload.path.split("/") and "-checkpoint." not in upload.original


def _inside(
    outer: Upload, picker: _Picker, depth: int = 1, title: str = "the student's zip"
) -> ChosenNotebook | Refusal:
    """The notebook in a zip that the student made, or in a zip within it.

    title : what a refusal calls the zip
    """
    try:
        data = picker.read(outer)
        # Python lists all that a zip announces before it can be asked how many that are, and a zip
        # can announce hundreds of thousands.
        if (count := data.count(ENTRY)) > MAX_FILES:
            raise SubmissionError(f"it holds {count} files, more than {MAX_FILES}")
        with Archive(io.BytesIO(data)) as archive:
            entries = {entry.path: index for index, entry in enumerate(archive.entries)}
            names = {path: path.rpartition("/")[2] for path in entries}
            notebooks = [
                Upload(path, outer.owner, outer.name, name, "file", outer.number)
                for path, name in names.items()
                if is_notebook(name)
            ]
            if len(entries) != len(archive.entries):
                return Refusal(f"{title} holds a name twice", f"{ASK}.")
            within = replace(picker, read=lambda file: archive.read(entries[file.path]))
            zips = [path for path, name in names.items() if name.lower().endswith(ZIPS)]
            if not notebooks and len(zips) == 1:
                if depth == MAX_DEPTH:
                    return Refusal(f"more than {MAX_DEPTH} zips in each other", f"{ASK}.")
                inner = replace(outer, path=zips[0], original=names[zips[0]])
                inner_title = f"{few([inner.original])} in {title}"
                choice = _inside(inner, within, depth + 1, inner_title)
                if isinstance(choice, Refusal):  # it names the zip that it is about
                    return choice
            else:
                notebook = within.among(notebooks)
                if notebook is None:
                    return Refusal(f"{title} holds no notebook", f"{ASK}.")
                if isinstance(notebook, Refusal):
                    return Refusal(f"in {title}: {notebook.why}", notebook.remedy)
                choice = notebook
    except SubmissionError as error:
        return Refusal(f"{title}: {error}", f"{ASK}.")
    remarks = (f"was in {few([outer.original])}", *choice.remarks)
    return replace(choice, upload=outer, remarks=remarks)


class _TooMuch(Exception):
    """The notebooks of one student are together larger than is read."""


@dataclass(frozen=True)
class _Picker:
    """Picks the notebook of an assignment; the first fields are the parameters of `choose`.

    misfits : what `_misfit` has said of files, as to read a large notebook takes long
    """

    read: Callable[[Upload], bytes]
    assignment: str
    others: Collection[str]
    given: GivenCells
    origin: Callable[[Sequence[Any]], str]
    misfits: dict[Upload, Refusal | None] = field(default_factory=dict, init=False)

    def among(self, notebooks: list[Upload]) -> ChosenNotebook | Refusal | None:
        """The notebook that is meant among several; None where there is none."""
        works = [notebook for notebook in notebooks if is_work(notebook)]
        bounded = replace(self, read=_bounded(self.read))
        try:
            if not works:
                return bounded._checkpoint(notebooks)
            works = bounded._of_this(works)
            copies = [work for work in works if is_called(work.original, self.assignment)]
            choice = bounded._latest(copies) if copies else bounded._only(works)
            if isinstance(choice, Refusal):
                return choice
            taken = copies or [choice.upload]
            return bounded._with_rest(choice, [work for work in works if work not in taken])
        except _TooMuch as error:
            return Refusal(str(error), f"{ASK}, saved again with its outputs cleared.")

    def _of_this(self, works: list[Upload]) -> list[Upload]:
        """Those that are not of another assignment or empty; all where none is left."""

        def is_fit(work: Upload) -> bool:
            try:
                return self._misfit(work) is None
            except SubmissionError:
                return True

        fit = [work for work in works if is_fit(work)] if 1 < len(works) <= MAX_OPENED else []
        return fit or works

    def _latest(self, copies: list[Upload]) -> ChosenNotebook | Refusal:
        """The latest copy that has any answers in it; of those of one age that with most."""
        by_age: dict[tuple[int, int], list[Upload]] = defaultdict(list)
        for copy in copies:
            by_age[_age(copy)].append(copy)
        ages, is_choice = sorted(by_age, reverse=True), len(copies) > 1
        choices = ((age, *self._choose(by_age[age], is_choice=is_choice)) for age in ages)
        with_answers = next((option for option in choices if option[2].own), None)
        # Where no copy has any answers, the latest counts as it is.
        latest = (ages[0], *self._choose(by_age[ages[0]], is_choice=is_choice))
        age, uploads, choice = with_answers or latest
        if choice.is_tie:
            names = few(upload.original for upload in uploads)
            return Refusal(
                f"the same name is there twice, with different answers: {names}",
                "Keep the right one in the zip.",
            )
        remarks = list(choice.flags)
        chosen = uploads[choice.index]
        if newer := [copy.original for copy in copies if _age(copy) > age]:
            remarks.append(f"{few(newer)} came later, but has no answers that can be read")
        if older := sum(_age(copy) < age for copy in copies):
            remarks.append(f"{older} earlier {'copy' if older == 1 else 'copies'} left out")
        return self._taken(chosen, remarks)

    def _choose(self, uploads: list[Upload], *, is_choice: bool) -> tuple[list[Upload], Choice]:
        """The choice among copies of one age, those of the plain name first."""
        plainest = sorted(uploads, key=lambda copy: (len(copy.original), copy.original, copy.path))
        if not is_choice:
            return plainest, Choice(0)
        names = [upload.original for upload in plainest]
        return plainest, choose_notebook(names, lambda at: self.read(plainest[at]), self.given)

    def _with_rest(self, choice: ChosenNotebook, rest: Sequence[Upload]) -> ChosenNotebook:
        """The choice, and beside it the notebooks of other names that hold other answers."""
        if not rest:
            return choice
        # What an earlier attempt held is replaced, where the system dates every file.
        is_dated = bool(choice.upload.time)
        rest = [file for file in rest if not is_dated or file.number >= choice.upload.number]
        files = [choice.upload, *rest[: MAX_OPENED - 1]]
        names = [file.original for file in files]
        others = other_answers(names, lambda at: self.read(files[at]), self.given, self.assignment)
        if not others:
            return choice
        return replace(
            choice,
            remarks=(*choice.remarks, several(names[0], (names[at] for at in others))),
            beside=tuple((names[at], self.read(files[at])) for at in others),
        )

    def _only(self, works: list[Upload]) -> ChosenNotebook | Refusal:
        """The only notebook of another name, or the only one that is of this assignment."""
        wanted = plain(self.assignment)
        holding = [work for work in works if wanted in plain(work.original)]
        likely = holding if len(holding) == 1 else works
        if len(likely) > 1 and self._differ(likely):
            likely = self._related(likely) if len(likely) <= MAX_OPENED else []
        if not likely:
            candidates = few(notebook.original for notebook in works)
            return Refusal(
                f"several notebooks, none called {self.assignment}.ipynb: {candidates}",
                f"Find out which is meant and call it {self.assignment}.ipynb in the zip.",
            )
        only = likely[0]
        names = [name for name in self.others if name != self.assignment]
        wrong = [name for name in names if is_called(only.original, name)]
        if wrong and only not in holding:
            return Refusal(f"it is called like another assignment, {wrong[0]}", f"{ASK}.")
        return self._taken(only, [f"renamed from {few([only.original])}"])

    def _differ(self, uploads: list[Upload]) -> bool:
        try:
            data = self.read(uploads[0])
            return any(self.read(upload) != data for upload in uploads[1:])
        except SubmissionError:
            return True

    def _related(self, uploads: list[Upload]) -> list[Upload]:
        """The one with answers among those of this assignment; none where nobody can say."""
        fitting = related(len(uploads), lambda at: self.read(uploads[at]), self.given)
        likely = [uploads[at] for at in fitting]
        if not likely:
            return []
        ordered, choice = self._choose(likely, is_choice=True)
        return [] if choice.is_tie else [ordered[choice.index]]

    def _checkpoint(self, notebooks: list[Upload]) -> ChosenNotebook | Refusal | None:
        """What Jupyter saved before, where nothing else is there."""
        copies = [file for file in notebooks if is_called(file.original, self.assignment)]
        likely = copies or notebooks
        if not likely:
            return None
        ordered, choice = self._choose(likely, is_choice=len(likely) > 1)
        if choice.is_tie:
            names = few(upload.original for upload in likely)
            return Refusal(f"only several checkpoints of Jupyter: {names}", f"{ASK}.")
        only = ordered[choice.index]
        remark = (
            f"taken from {few([only.original])}, which Jupyter wrote at an earlier save; ask the "
            "student for the notebook itself"
        )
        return self._taken(only, [*choice.flags, remark])

    def _misfit(self, upload: Upload) -> Refusal | None:
        """Why a file cannot be a notebook of this assignment; None where it can.

        Raises `SubmissionError` where the file cannot be taken out of the zip.
        """
        if upload not in self.misfits:
            data, name = self.read(upload), few([upload.original])
            if not data.strip(BLANK):
                refusal = Refusal(f"the file is empty: {name}", f"{ASK} once more.")
            elif other := self._other(data):
                refusal = Refusal(
                    f"{name} is the notebook of {other}",
                    f"{ASK} of {self.assignment}, and see whether {other} was handed in as well.",
                )
            else:
                refusal = None
            self.misfits[upload] = refusal
        return self.misfits[upload]

    def _other(self, data: bytes) -> str:
        """The other assignment whose notebook a file is; "" where it is none."""
        try:
            return self.origin(read_notebook(data).cells)
        except SubmissionError:
            return ""

    def _taken(self, upload: Upload, remarks: Sequence[str]) -> ChosenNotebook | Refusal:
        try:
            misfit = self._misfit(upload)
            return misfit or ChosenNotebook(upload, self.read(upload), tuple(remarks))
        except SubmissionError as error:
            return Refusal(str(error), f"{ASK}, saved again with its outputs cleared.")


def _bounded(read: Callable[[Upload], bytes]) -> Callable[[Upload], bytes]:
    """`read` with a limit on the sum of what it reads, as a small zip can unpack to gigabytes."""
    sizes: dict[Upload, int] = {}

    def bounded(upload: Upload) -> bytes:
        data = read(upload)
        sizes[upload] = len(data)
        if sum(sizes.values()) > MAX_UNPACKED:
            limit = MAX_UNPACKED / 1e6
            raise _TooMuch(f"the notebooks together have more than {limit:.0f} MB")
        return data

    return bounded


def _age(upload: Upload) -> tuple[int, int]:
    return version(upload.original), upload.number


def _nothing(uploads: Sequence[Upload], files: list[Upload]) -> Refusal:
    names = few(upload.original for upload in files)
    if any(upload.original.lower().endswith(ZIPS) for upload in files):
        return Refusal("several zips and no notebook", f"{ASK}.")
    if any(upload.original.lower().endswith(OTHER_ARCHIVES) for upload in files):
        return Refusal(
            "an archive that is not read here", "Unpack it, and put its .ipynb file into the zip."
        )
    if files and all(upload.original.startswith("._") for upload in files):
        return Refusal(f"only what macOS writes beside a file: {names}", f"{ASK} itself.")
    texts = [upload.original for upload in files if upload.original.lower().endswith(TEXTS)]
    if len(texts) == 1:
        name = f"{texts[0].rpartition('.')[0]}.ipynb"
        return Refusal(
            f"no notebook: {names}", f"{ASK}; if it is one, rename it to {few([name])} in the zip."
        )
    if files:
        return Refusal(f"no notebook: {names}", f"{ASK}.")
    work = "an address" if any(upload.kind == "link" for upload in uploads) else "typed text"
    return Refusal(f"{work}, no file", f"{ASK}, and let the assignment take files alone.")
