"""A student's work is found wherever it lies in the folder, or what lies there is named."""

import json
import os

import pytest

from autograder.course import notebook_search
from autograder.course.folders import Course
from autograder.course.notebook_file import MAX_BYTES
from autograder.course.submissions import find_submissions
from tests.toy_course import ROOT

NAMES = Course(ROOT).names
APPLE = b"\0\5\x16\7\0\2\0\0Mac OS X        "
SOLVED, BLANK, DRAFT, OTHER, CUT = "solved", "blank", "draft", "other", "cut off"


def released(name):
    return Course(ROOT).assignment(name).release


def work(name, what):
    """The bytes of a notebook of the assignment: as released, or with answers in its cells."""
    nb = json.loads(released(name).read_bytes())
    solutions = [
        cell for cell in nb["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")
    ]
    for number, cell in enumerate({BLANK: [], DRAFT: solutions[:1]}.get(what, solutions)):
        cell["source"] = f"# {OTHER if what == OTHER else SOLVED}\nanswer = {number}"
    data = json.dumps(nb).encode()
    return data[: len(data) // 2] if what == CUT else data


def lay(folder, name, files, student="ann"):
    """Write the files, by their paths in the student's folder; NAME stands for the assignment."""
    for path, what in files.items():
        file = folder / student / path.replace("NAME", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(what if isinstance(what, bytes) else work(name, what))


def found(folder, name):
    (submission,) = find_submissions(folder, name, released(name))
    return submission


# Where the work lies besides the place where it belongs, and the kinds of the flags.
WAYS = {
    "as asked": ({"NAME/NAME.ipynb": SOLVED}, []),
    "a blank one beside": ({"NAME/NAME.ipynb": BLANK, "NAME/NAME (1).ipynb": SOLVED}, ["blank"]),
    "a blank copy": ({"NAME/NAME.ipynb": SOLVED, "NAME/NAME (1).ipynb": BLANK}, []),
    "two equal ones": ({"NAME/NAME.ipynb": SOLVED, "NAME/NAME-Copy1.ipynb": SOLVED}, []),
    "a draft beside": ({"NAME/NAME.ipynb": DRAFT, "NAME/NAME (2).ipynb": SOLVED}, ["several"]),
    "a copy in the making": ({"NAME/NAME.ipynb": SOLVED, "NAME/NAME-1.ipynb": DRAFT}, ["several"]),
    "a damaged one beside": (
        {"NAME/NAME.ipynb": CUT, "NAME/NAME - Copy.ipynb": SOLVED},
        ["unreadable"],
    ),
    "another name with other answers beside": (
        {"NAME/NAME.ipynb": SOLVED, "NAME/NAME_final.ipynb": OTHER},
        ["several"],
    ),
    "a name of its own with other answers beside": (
        {"NAME/NAME.ipynb": SOLVED, "NAME/Untitled3.ipynb": OTHER},
        ["several"],
    ),
    "another name with the same answers, and a blank one": (
        {"NAME/NAME.ipynb": SOLVED, "NAME/NAME_final.ipynb": SOLVED, "NAME/x.ipynb": BLANK},
        [],
    ),
    "a note of macOS": ({"NAME/NAME.ipynb": SOLVED, "NAME/._NAME.ipynb": APPLE}, []),
    "a note of macOS about a copy": (
        {"NAME/NAME (1).ipynb": SOLVED, "NAME/._NAME (1).ipynb": APPLE, "NAME/.DS_Store": b"x"},
        ["renamed"],
    ),
    "a zip unpacked on macOS": (
        {"NAME/NAME/NAME.ipynb": SOLVED, "NAME/__MACOSX/NAME/._NAME.ipynb": APPLE},
        ["renamed"],
    ),
    "large letters": ({"NAME/NAME.IPYNB": SOLVED}, ["renamed"]),
    "an ending more": ({"NAME/NAME.ipynb.txt": SOLVED}, ["renamed"]),
    "another ending more": ({"NAME/NAME.ipynb.json": SOLVED}, ["renamed"]),
    "one folder deeper": ({"NAME/NAME/NAME.ipynb": SOLVED}, ["renamed"]),
    "two folders deeper": ({"NAME/NAME/NAME/NAME.ipynb": SOLVED}, ["renamed"]),
    "one folder deeper, a blank one above": (
        {"NAME/NAME/NAME.ipynb": SOLVED, "NAME/NAME.ipynb": BLANK},
        ["blank"],
    ),
    "no folder": ({"NAME.ipynb": SOLVED}, ["renamed"]),
    "a folder of another name": ({"homework/NAME.ipynb": SOLVED}, ["renamed"]),
    "a checkpoint alone": (
        {"NAME/.ipynb_checkpoints/NAME-checkpoint.ipynb": SOLVED},
        ["checkpoint"],
    ),
    "a checkpoint deeper down": (
        {"NAME/NAME/.ipynb_checkpoints/NAME-checkpoint.ipynb": SOLVED},
        ["checkpoint"],
    ),
    "a checkpoint beside": (
        {"NAME/NAME.ipynb": SOLVED, "NAME/.ipynb_checkpoints/NAME-checkpoint.ipynb": OTHER},
        [],
    ),
    "another name": ({"NAME/Untitled.ipynb": SOLVED}, ["renamed"]),
    "another name beside scratch": (
        {"NAME/Untitled.ipynb": SOLVED, "NAME/scratch.ipynb": b'{"cells": [{"source": "a"}]}'},
        ["renamed"],
    ),
    "another name beside a blank one": (
        {"NAME/a.ipynb": BLANK, "NAME/b.ipynb": SOLVED},
        ["renamed", "blank"],
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_the_work_is_taken_wherever_it_lies(tmp_path, name, way):
    """Whatever was unusual is flagged with file and remedy."""
    files, kinds = WAYS[way]
    lay(tmp_path, name, files)
    submission = found(tmp_path, name)
    assert submission.path.read_bytes() == work(name, SOLVED)
    assert submission.folder == tmp_path / "ann" / name
    assert [flag.split()[0] for flag in submission.flags] == kinds
    assert all(".ipynb" in flag.lower() for flag in submission.flags)
    assert submission.reason == ""


@pytest.mark.parametrize("other", [OTHER, SOLVED])
def test_of_two_full_notebooks_the_one_of_the_right_name_counts_and_a_person_is_told(
    tmp_path, other
):
    """Two with the same answers are one, whatever their outputs are."""
    name = "pooling"
    lay(tmp_path, name, {"NAME/NAME.ipynb": SOLVED, "NAME/NAME (1).ipynb": other})
    submission = found(tmp_path, name)
    assert submission.path.name == "pooling.ipynb"
    told = [flag for flag in submission.flags if "ask the student which one counts" in flag]
    assert len(told) == len(submission.flags) == (other == OTHER)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, ""),
        ({"NAME/timestamp.txt": b"2026", "NAME/.DS_Store": b"x"}, ""),
        ({"NAME/._NAME.ipynb": APPLE}, "macOS writes beside a file"),
        ({"NAME/homework.zip": b"PK"}, "there is an archive, homework.zip; unpack it"),
        ({"NAME/NAME.py": b"", "NAME/a.png": b""}, "no notebook among the files, a.png, NAME.py"),
        ({"NAME": b"x"}, "a file lies in the place of the folder NAME"),
        (
            {"NAME/a.ipynb": OTHER, "NAME/b.ipynb": SOLVED},
            "several notebooks of other names, a.ipynb, b.ipynb; give the right one the name NAME",
        ),
        ({f"NAME/{n}.ipynb": SOLVED for n in range(11)}, "several notebooks of other names"),
    ],
)
def test_what_lies_there_instead_is_said_with_the_remedy(tmp_path, files, says):
    """Nothing is said where nothing lies there."""
    (tmp_path / "ann").mkdir()
    lay(tmp_path, "pooling", files)
    submission = found(tmp_path, "pooling")
    assert submission.path is None
    assert says.replace("NAME", "pooling") in submission.reason
    assert bool(says) == bool(submission.reason)


def test_a_notebook_of_another_assignment_is_not_taken_beside_the_right_one(tmp_path):
    """Assignments have some cells in common."""
    lay(tmp_path, "pooling", {"NAME/Untitled.ipynb": SOLVED})
    other = tmp_path / "ann" / "pooling" / "Another.ipynb"
    other.write_bytes(work("naive_convolution", SOLVED))
    assert found(tmp_path, "pooling").path.name == "Untitled.ipynb"
    os.rename(other.parent / "Untitled.ipynb", other.parent / "pooling.ipynb")
    assert found(tmp_path, "pooling").flags == ()


def test_a_single_notebook_is_not_opened_to_be_found(tmp_path, monkeypatch):
    """A class of hundreds is found at once; where there is a choice, ten files are opened."""
    opened = []
    monkeypatch.setattr(notebook_search, "read_bytes", lambda path: opened.append(path) or b"")
    lay(tmp_path, "pooling", {"NAME/NAME.ipynb": SOLVED}, "ann")
    lay(tmp_path, "pooling", {f"NAME/NAME ({n}).ipynb": b"" for n in range(30)}, "bob")
    assert len(find_submissions(tmp_path, "pooling", released("pooling"))) == 2
    assert len(opened) == notebook_search.MAX_CANDIDATES


def test_links_pipes_and_giants_cost_only_themselves(tmp_path):
    """What cannot be read is left out where something else can."""
    lay(tmp_path, "pooling", {"NAME/NAME (4).ipynb": SOLVED})
    place = tmp_path / "ann" / "pooling"
    (place / "pooling.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(place / "pooling (1).ipynb")
    (place / "pooling (2).ipynb").mkdir()
    with open(place / "pooling (3).ipynb", "wb") as file:
        file.truncate(MAX_BYTES + 1)
    (place / "up").symlink_to(tmp_path)
    submission = found(tmp_path, "pooling")
    assert submission.path.name == "pooling (4).ipynb"
    assert "and 1 more cannot be read, so pooling (4).ipynb was taken" in submission.flags[0]


def test_folders_without_end_are_not_searched_without_end(tmp_path, monkeypatch):
    """The notebook in its own place is found among any number of others."""
    monkeypatch.setattr(notebook_search, "MAX_ENTRIES", 20)
    place = tmp_path / "ann" / "pooling"
    deep = place
    for number in range(10):
        deep = deep / "deeper"
        deep.mkdir(parents=True)
        (deep / f"{number}.txt").write_bytes(b"")
    (deep / "pooling.ipynb").write_bytes(work("pooling", SOLVED))
    assert found(tmp_path, "pooling").path is None
    for number in range(200):
        (place / f"{number}.csv").write_bytes(b"")
    (place / "pooling.ipynb").write_bytes(work("pooling", SOLVED))
    assert found(tmp_path, "pooling").path == place / "pooling.ipynb"


def test_of_several_that_cannot_be_read_the_first_is_taken_and_says_why(tmp_path):
    """Grading it says what is wrong with the file."""
    lay(tmp_path, "pooling", {"NAME/NAME.ipynb": CUT, "NAME/NAME (1).ipynb": b"%PDF"})
    submission = found(tmp_path, "pooling")
    assert submission.path.name == "pooling.ipynb" and submission.flags == ()
