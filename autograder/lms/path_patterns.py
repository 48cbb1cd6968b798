"""Read from a file's path who handed it in, by a pattern such as `{last}{first}_{id}_{file}`.

A pattern is what stands between the fields of a path, and the fields in curly brackets: those in
`FIELDS`, and `{file}`, the path of the file within the student's folder, or its name. `{field:…}`
gives a field another regular expression. Folders around the ones that a pattern describes do not
matter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import takewhile

from autograder.course.errors import CourseError
from autograder.course.notebook_names import few
from autograder.lms.uploads import Upload

# The regular expression of each field, and what it says.
FIELDS = {
    "student": (r"[^/]+?", "the student's id here"),
    "id": (r"[^/]+?", "any id or login on the roster"),
    "canvas": (r"\d+", "Canvas's ID"),
    "login": (r"[^/]+?", "the login"),
    "email": (r"[^/]+?", "the address"),
    "github": (r"[^/]+?", "the name on GitHub"),
    "name": (r"[^/]*?", "the full name"),
    "first": (r"[^/]*?", "the first name"),
    "last": (r"[^/]*?", "the last name"),
    "number": (r"\d+", "a number of the student that the roster does not have"),
    "time": (r"[^/]*?\d[^/]*?", "when it was handed in"),
    "late": (r"(?:LATE_)?", "LATE_ or nothing"),
    "upload": (r"\d+", "a number that grows with each upload"),
    "kind": (r"[a-z]+", "file, text or link"),
    "group": (r"[^/]*?", "the name of a group"),
    "code": (r"[0-9A-Za-z]+", "a code that stands for nobody"),
    "skip": (r"[^/]*?", "anything"),
}
FILE = r".+"
FREE = ("name", "first", "last", "skip")  # fields that can be of any length
# The fields that name a person, and the columns of the roster that each can be. A later column
# counts for those alone who have nothing in the first.
IDS = {
    "student": ("student",),
    "canvas": ("lms_user_id", "student"),
    "login": ("sis_login_id", "student"),
    "email": ("email", "student"),
    "github": ("github", "student"),
    "id": ("sis_user_id", "lms_user_id", "sis_login_id", "student"),
}
PLACE = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[\d,]+\})*))?\}|\*")
KINDS = {"file": "file", "link": "link"}  # all others are text


@dataclass(frozen=True)
class PathPattern:
    """A pattern of paths; raises `CourseError` where it cannot be one."""

    text: str

    @property
    def depth(self) -> int:
        """How many folders the pattern describes."""
        return PLACE.sub("", self.text).count("/")

    @cached_property
    def fields(self) -> tuple[str, ...]:
        names = (match[1] for match in PLACE.finditer(self.text))
        return tuple(name for name in names if name and name != "skip")

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """The regular expression of a path."""
        expression, end = "", 0
        for match in PLACE.finditer(self.text):
            expression += re.escape(self.text[end : match.start()])
            expression += self._field(match)
            end = match.end()
        rest = re.escape(self.text[end:])
        if not {*IDS, "name", "first", "last", "number", "code", "group"} & set(self.fields):
            raise self._refusal("it names no student")
        if re.search(r"[{}]", self.text[end:]) or len(set(self.fields)) < len(self.fields):
            raise self._refusal("a bracket is open, or a field is there twice")
        try:
            return re.compile(expression + rest, re.DOTALL)
        except re.error as error:
            raise self._refusal(str(error)) from None

    @cached_property
    def rest(self) -> re.Pattern[str] | None:
        """The regular expression without the free text that a name begins with; None without it."""
        match = PLACE.match(self.text)
        if match is None or match[1] not in FREE or self.depth:
            return None
        head = self._field(match)
        return re.compile(self.whole.pattern.removeprefix(head), re.DOTALL)

    @cached_property
    def lead(self) -> str:
        """The sign behind the free text that a name begins with; "" for none that is fixed."""
        match = PLACE.match(self.text)
        sign = self.text[match.end() : match.end() + 1] if match else ""
        return "" if sign in ("{", "*") else sign

    @cached_property
    def is_chosen(self) -> bool:
        """Whether the student chose the text that a name begins with."""
        return not self.text.startswith("{skip")

    def _field(self, match: re.Match[str]) -> str:
        name, expression = match[1], match[2]
        if name is None:
            return r"[^/]*?"
        if name == "file":
            return f"(?P<file>{expression or FILE})"
        if name not in FIELDS:
            raise self._refusal(f"there is no field {{{name}}}")
        if name == "skip":
            return f"(?:{expression or FIELDS[name][0]})"
        return f"(?P<{name}>{expression or FIELDS[name][0]})"

    def _refusal(self, why: str) -> CourseError:
        fields = ", ".join(f"{{{name}}} {meaning}" for name, (_, meaning) in FIELDS.items())
        return CourseError(
            f"{self.text!r} is no pattern of paths: {why}",
            f"Write it as in {{student}}/{{file}}. The fields are {fields}, and {{file}}.",
        )


@dataclass(frozen=True)
class _Reading:
    """One way to read a path.

    start : where the student's name ends
    end : where the field ends that names the owner
    folder : how many folders of the path lie around what the pattern describes
    is_known : whether it names somebody on the roster
    """

    upload: Upload
    start: int
    end: int
    folder: int
    is_known: bool = False


def read_uploads(
    patterns: Sequence[PathPattern], paths: Sequence[str], is_known: Callable[[Upload], bool]
) -> list[Upload | None]:
    """The uploads that the paths of one zip or folder describe, each as `read_upload` has it.

    Nobody can see in a path of a stranger how many folders lie around the stranger's. So many are
    taken as around those of most students, or else as all paths have in common.
    """
    readings = [_read(patterns, path, is_known, 0) for path in paths]
    known = Counter(reading.folder for reading in readings if reading and reading.is_known)
    folder = known.most_common(1)[0][0] if known else _common_folders(paths)
    for index, reading in enumerate(readings):
        if reading is not None and not reading.is_known:
            readings[index] = _read(patterns, paths[index], is_known, folder)
    return [None if reading is None else reading.upload for reading in readings]


def _common_folders(paths: Sequence[str]) -> int:
    """How many folders all paths have in common."""
    levels = zip(*(path.split("/")[:-1] for path in paths), strict=False)
    return sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, levels))


def read_upload(
    patterns: Sequence[PathPattern], path: str, is_known: Callable[[Upload], bool]
) -> Upload | None:
    """The upload that a path describes; None for a path that none of the patterns has.

    Students choose their names and those of their files, so that a path can often be read in
    several ways. Of each pattern the first way counts; if it names nobody on the roster, the next
    one, where it begins just behind, as of a name that ends in digits. Behind a text of the system
    an owner can be a part of what stands there, as a login with an underscore. The first pattern
    that names somebody counts, or the first that fits. Where two ways name two people, `doubt` says
    so.

    is_known : whether an upload names somebody on the roster
    """
    reading = _read(patterns, path, is_known, 0)
    return None if reading is None else reading.upload


def _read(
    patterns: Sequence[PathPattern], path: str, is_known: Callable[[Upload], bool], folder: int
) -> _Reading | None:
    """As `read_upload`; of a path that names nobody known, this many folders are passed over."""
    choices: list[_Reading] = []
    owners: set[str] = set()
    for pattern in patterns:
        readings = list(_readings(pattern, path))
        if not readings:
            continue
        if not pattern.is_chosen:
            # What follows the first owner is the student's: nobody is looked for in it.
            readings = [reading for reading in readings if reading.end == readings[0].end]
        readings = [replace(reading, is_known=is_known(reading.upload)) for reading in readings]
        known = [reading for reading in readings if reading.is_known]
        owners |= {reading.upload.owner for reading in known}
        first, choice = readings[0], readings[0]
        if not first.is_known:
            behind = [
                reading
                for reading in known
                if pattern.depth or not pattern.is_chosen or reading.start == first.end
            ]
            # The first of those that lie deepest, but not too deep.
            stranger = max(readings, key=lambda one: one.folder if one.folder <= folder else 0)
            choice = behind[0] if behind else stranger
        choices.append(choice)
    if not choices:
        return None
    choice = next((choice for choice in choices if choice.is_known), choices[0])
    if len(owners) > 1:
        doubt = f"its name fits the ids {few(owners)}"
        return replace(choice, upload=replace(choice.upload, doubt=doubt))
    return choice


def _readings(pattern: PathPattern, path: str) -> Iterator[_Reading]:
    """All ways to read a path: a way begins at a folder, or where a student's name can end."""
    parts = path.split("/")
    if pattern.rest is None:
        for index in range(len(parts) - pattern.depth):
            base = "/".join(parts[index:]) if pattern.depth else parts[-1]
            if match := pattern.whole.fullmatch(base):
                yield _Reading(_upload(path, match), 0, 0, index)
            if not pattern.depth:
                break
        return
    base = parts[-1]
    for start in range(len(base)):
        if pattern.lead and base[start] != pattern.lead:
            continue
        if match := pattern.rest.fullmatch(base, start):
            owner = next((name for name in IDS if match.groupdict().get(name)), None)
            end = match.end(owner) if owner else start
            yield _Reading(_upload(path, match, base[:start]), start, end, 0)


def _upload(path: str, match: re.Match[str], name: str = "") -> Upload:
    fields = {field: value for field, value in match.groupdict().items() if value is not None}
    ids = tuple((field, fields[field]) for field in IDS if fields.get(field))
    # In the path's order: where a name has several words, nobody knows which are the first ones.
    both = " ".join(value for field, value in fields.items() if field in ("first", "last"))
    name = fields.get("name", name) or fields.get("group") or both
    kind = fields.get("kind", "file")
    is_somebodys = not {"group", "code"} & set(fields)
    return Upload(
        path,
        ids[0][1] if ids else fields.get("number", name if is_somebodys else ""),
        name,
        fields.get("file", path).rpartition("/")[2] if kind == "file" else "",
        KINDS.get(kind, "text"),
        number=int(fields.get("upload", 0)),
        late=bool(fields.get("late")),
        ids=ids,
        time=fields.get("time", ""),
    )


@cache
def path_pattern(text: str, assignment: str = "") -> PathPattern:
    """A pattern; raises `CourseError` where it cannot be one.

    assignment : its name in any spelling is what `{assignment}` stands for
    """
    words = re.split(r"[\W_]+", assignment)
    spelling = f"{{skip:{'[ _-]?'.join(map(re.escape, words))}}}"
    pattern = PathPattern(text.replace("{assignment}", spelling))
    _ = pattern.whole
    return pattern
