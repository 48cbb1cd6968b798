"""Bring the catalogs of other languages up to date with what people read in English.

    python -m autograder.authoring.catalogs          every language that there are catalogs of
    python -m autograder.authoring.catalogs fr       and a new one

`solutions/locale/LANGUAGE/LC_MESSAGES/NAME.po` holds an assignment's messages in the order in which
they stand in its notebook, and then those of its checks; `shared.po` those of several assignments.
`autograder/locale/LANGUAGE/LC_MESSAGES/autograder.po` holds those of this package that students
read. A message that changed keeps its translation, marked fuzzy, until somebody has looked at it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from autograder.authoring.code_messages import Translate, translated_code
from autograder.authoring.markdown_messages import has_words
from autograder.authoring.translated import STUB, translated_cell
from autograder.course.cells import grade_id, is_code
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment, Course, find_course
from autograder.course.notebook_source import read_source
from autograder.course.translation import DOMAIN, PACKAGE, SHARED, read_catalog

WIDTH = 100
PROJECT = "convnet-course"
# The code of this package whose texts students read: all of a file, or some of its definitions.
STUDENTS_READ = {
    "authoring/progress.py": ("TITLES", "HEADER", "where_you_stand"),
    "checks/checking.py": (),
    "checks/torchchecks.py": (),
    "checks/layouts.py": (),
    "checks/forbidden.py": (),
    "checks/loading.py": ("Trusted",),
    "grading/failed_cells.py": (),
    "grading/outputs.py": ("NO_TIME_LEFT", "NOT_RUN"),
    "grading/routes.py": (),
    "grading/scorer.py": (),
    "grading/session.py": ("NO_TIME",),
    "sandbox/remote_call.py": ("GARBLED", "MEMORY", "SLOW", "ENDED"),
    "wire/errors.py": ("RULES_OUT",),
    "course/notebook_file.py": ("SAVE", "_decode", "_after_the_end"),
    "feedback/wording.py": ("SIGNS", "_FLAGS", "_SEVERAL", "_UNITS", "verdict", "status"),
}
# Flags of which students read the middle: "blank notebook: a.ipynb holds no answers; ask …".
FLAGS = {"course/notebook_choice.py": (), "grading/grade.py": ("grade_submission",)}
# What is marked as a message: by `text("…")` of a catalog, and by `_("…")` in a template.
MARKED = re.compile(r"""(?:\b_|\.text)\(\s*("(?:\\.|[^"\\])*")""")
Messages = dict[str, list[str]]  # where each message stands, by message


def update(course: Course, languages: list[str], package: Path = PACKAGE) -> list[Path]:
    """Write the catalogs of languages again; returns those that changed.

    package : the folder of the package's own catalogs
    """
    general = package_messages()
    by_name = {name: assignment_messages(course.assignment(name)) for name in course.names}
    counts = Counter(message for messages in by_name.values() for message in messages)
    shared: Messages = {}
    for messages in by_name.values():
        for message, places in messages.items():
            if counts[message] > 1:
                shared.setdefault(message, []).extend(places)
    known = {*general, *shared}
    changed = []
    for language in languages:
        folder = course.catalogs / language / "LC_MESSAGES"
        files = {
            folder / f"{name}.po": {
                message: places for message, places in messages.items() if message not in known
            }
            for name, messages in by_name.items()
        }
        files[folder / f"{SHARED}.po"] = {
            message: places for message, places in shared.items() if message not in general
        }
        files[package / language / "LC_MESSAGES" / f"{DOMAIN}.po"] = general
        # A message may have moved from one to another.
        translations: dict[str, str] = {}
        for path in filter(Path.is_file, files):
            translations |= read_catalog(path)
        changed += [
            path for path, messages in files.items() if _write(path, messages, translations)
        ]
    return changed


def assignment_messages(assignment: Assignment) -> Messages:
    """The messages of an assignment's notebook and of its checks, and the cell of each."""
    messages: Messages = {}
    root = assignment.course.root
    source = assignment.notebook_source.relative_to(root)
    for cell in read_source(assignment).cells:
        place = f"{source}#{grade_id(cell)}" if is_code(cell) else f"{source}"
        translated_cell(cell, _recorder(messages, place))
    checks = assignment.checks_source.relative_to(root)
    text = assignment.checks_source.read_text(encoding="utf-8")
    for name, part in _definitions(text):
        translated_code(part, _recorder(messages, f"{checks}#{name}"), docstrings=False)
    return messages


def package_messages() -> Messages:
    """The messages of this package that students read, and the file of each."""
    root = PACKAGE.parent
    messages: Messages = {STUB: ["autograder/authoring/translated.py"]}
    for file, names in (STUDENTS_READ | FLAGS).items():
        record = _recorder(messages, f"autograder/{file}")
        for name, part in _definitions((root / file).read_text(encoding="utf-8")):
            if names and name not in names:
                continue
            if file in FLAGS:
                translated_code(part, partial(_gist, record), docstrings=False)
            elif name in ("SIGNS", "_UNITS", "_FLAGS", "_SEVERAL"):
                _values_of(part, record)
            else:
                translated_code(part, record, docstrings=False)
    for path in (*root.glob("feedback/*.py"), *root.glob("feedback/templates/*.j2")):
        record = _recorder(messages, f"autograder/{path.relative_to(root)}")
        for marked in MARKED.findall(path.read_text(encoding="utf-8")):
            record(ast.literal_eval(marked))
    return messages


def _gist(record: Translate, message: str) -> str:
    """Record what students read of a flag, without its kind and the instructor's remedy."""
    _, _, detail = message.partition(": ")
    if detail:
        record(detail.partition("; ")[0])
    return message


def _values_of(definition: str, record: Translate) -> None:
    """Record the texts of a table with words in them, but for its keys."""
    tree = ast.parse(definition)
    keys = {id(key) for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in keys else None
        if isinstance(text, str) and has_words(text):
            record(text)


def _recorder(messages: Messages, place: str) -> Translate:
    def record(message: str) -> str:
        messages.setdefault(message, []).append(place)
        return message

    return record


def _definitions(text: str) -> Iterator[tuple[str, str]]:
    """The parts of a program at its top level, and the name that each defines; "" for others."""
    for node in ast.parse(text).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else node
        name = getattr(target, "name", getattr(target, "id", ""))
        yield name, ast.get_source_segment(text, node) or ""


def _write(path: Path, messages: Messages, translations: Mapping[str, str]) -> bool:
    """Write one catalog, with what is translated already; says whether it changed."""
    language = path.parent.parent.name
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    before = path.read_bytes() if path.is_file() else b""
    content = None
    if before:
        catalog = read_po(BytesIO(before), locale=language, domain=path.stem)
        if isinstance(catalog.creation_date, datetime):
            now = catalog.creation_date  # so that nothing changes by itself
        content = _content(catalog)
    else:
        header = f"# The messages of {path.stem}, in {language}."
        catalog = Catalog(language, path.stem, header, PROJECT, fuzzy=False, revision_date=now)
    template = Catalog(domain=path.stem, project=PROJECT, creation_date=now)
    for message, places in messages.items():
        # With a line in place of 0 each edit of a notebook would change every catalog.
        template.add(message, locations=[(place, 0) for place in dict.fromkeys(places)])
    catalog.update(template)
    catalog.obsolete.clear()
    for entry in catalog._messages.values():
        entry.flags -= {"python-format", "python-brace-format"}  # Babel's guess; see the tests
        if entry.id and not entry.string:
            entry.string = translations.get(str(entry.id), "")
    if _content(catalog) == content:  # whoever translates may break lines as they like
        return False
    file = BytesIO()
    write_po(file, catalog, width=WIDTH, ignore_obsolete=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, file.getvalue())
    return True


def _content(catalog: Catalog) -> list[tuple[object, ...]]:
    """What a catalog says, however it is written."""
    obsolete = [(name,) for name in catalog.obsolete]
    return obsolete + [
        (entry.id, entry.string, entry.fuzzy) for entry in catalog._messages.values()
    ]


def main(arguments: list[str]) -> None:
    """Update the catalogs of the course in the working directory, and name those that changed."""
    course = find_course()
    languages = {path.name for path in (*course.catalogs.glob("*"), *PACKAGE.glob("*"))}
    for path in update(course, sorted(languages | set(arguments))):
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
