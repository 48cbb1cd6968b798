"""A notebook is read by whatever program it was saved; of what is none, its kind is named."""

import codecs
import contextlib
import json
import zlib

import nbformat
import pytest

from autograder.course.errors import SubmissionError
from autograder.course.folders import Course
from autograder.course.notebook_file import MAX_PARTS, plain_source, read_notebook
from tests.growth import growth
from tests.toy_course import ROOT

SOURCES = ["# Ein Titel: né, 汉字, 🙂", "def f(x):\n    return {'a': [x]}", "Because of “it”."]


def notebook(sources=SOURCES):
    kinds = ["markdown", "code", "markdown"]
    cells = [
        {"cell_type": kind, "metadata": {"nbgrader": {"grade_id": f"cell {number}"}}, "source": one}
        for number, (kind, one) in enumerate(zip(kinds, sources, strict=True))
    ]
    cells[1] |= {"outputs": [], "execution_count": None}
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def text(**how):
    return json.dumps(notebook(), indent=1, **how)


def readable(**how):
    return text(ensure_ascii=False, **how)


def format_3():
    old = nbformat.convert(nbformat.from_dict(notebook()), 3)
    sheet = json.loads(nbformat.writes(old, version=nbformat.NO_CONVERT))
    assert "worksheets" in sheet and "cells" not in sheet
    return json.dumps(sheet).encode()


SAVED = {
    "as Jupyter saves it": (readable().encode(), ()),
    "in one line": (json.dumps(notebook()).encode(), ()),
    "UTF-8 with a mark": (codecs.BOM_UTF8 + readable().encode(), ()),
    "two marks": (codecs.BOM_UTF8 * 2 + readable().encode(), ()),
    "ends of lines of Windows": (readable().replace("\n", "\r\n").encode(), ()),
    "blanks around it": (b"\n\n" + readable().encode() + b"\n\n\t", ()),
    "UTF-16 with a mark": (readable().encode("utf-16"), ("unusual encoding",)),
    "UTF-16 LE": (readable().encode("utf-16-le"), ("unusual encoding",)),
    "UTF-16 BE": (readable().encode("utf-16-be"), ("unusual encoding",)),
    "UTF-16 BE with a mark": (
        codecs.BOM_UTF16_BE + readable().encode("utf-16-be"),
        ("unusual encoding",),
    ),
    "UTF-16 with half a character": (
        readable().encode("utf-16") + b"\n",
        ("unusual encoding",),
    ),
    "UTF-32": (readable().encode("utf-32"), ("unusual encoding",)),
    "zero bytes": (readable().encode() + bytes(4096), ("zero bytes at the end",)),
    "zero bytes and a line": (readable().encode() + b"\0\0\n", ("zero bytes at the end",)),
    "zero bytes in UTF-16": (
        readable().encode("utf-16") + bytes(101),
        ("unusual encoding", "zero bytes at the end"),
    ),
    "format 3": (format_3(), ("old notebook format",)),
    "a server's answer": (
        json.dumps({"name": "toy.ipynb", "type": "notebook", "content": notebook()}).encode(),
        (),
    ),
}


@pytest.mark.parametrize("way", SAVED)
def test_every_way_of_saving_gives_the_same_cells(way):
    """To the letter; what was unusual is said with its remedy."""
    data, kinds = SAVED[way]
    file = read_notebook(data)
    given = json.loads(json.dumps(file.cells))
    sources = ["".join(cell["source"]) for cell in given]
    assert [cell["cell_type"] for cell in given] == ["markdown", "code", "markdown"]
    assert sources == SOURCES
    assert [cell["metadata"]["nbgrader"]["grade_id"] for cell in given] == [
        f"cell {number}" for number in range(3)
    ]
    assert [flag.partition(": ")[0] for flag in file.flags] == list(kinds)
    assert all("Jupyter" in flag for flag in file.flags)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("name", Course(ROOT).names)
def test_a_tail_that_was_saved_twice_is_left_out(name, share):
    """Wherever it begins, in the middle of a character as well; every release is read whole."""
    data = Course(ROOT).assignment(name).release.read_bytes()
    cells = json.loads(data)["cells"]
    tail = data[-int(len(data) * share) :]
    file = read_notebook(data + tail)
    assert file.cells == cells
    assert [flag.partition(":")[0] for flag in file.flags] == ["text after the end"]


def test_a_tail_may_begin_in_the_middle_of_a_character():
    """The notebook before it keeps all its letters."""
    data = readable().encode()
    half = data.index("汉".encode()) + 1
    file = read_notebook(data + data[half:])
    assert ["".join(cell["source"]) for cell in file.cells] == SOURCES
    assert [flag.partition(":")[0] for flag in file.flags] == ["text after the end"]


def test_a_notebook_that_was_saved_twice_is_read_and_two_notebooks_are_not():
    """Nobody can say which of two is meant."""
    data = text().encode()
    assert read_notebook(data + b"\n" + data).cells == notebook()["cells"]
    other = json.dumps(notebook([*SOURCES[:2], "Something else."])).encode()
    with pytest.raises(SubmissionError, match=r"two different notebooks.*hand in one of them"):
        read_notebook(data + other)


def test_letters_of_windows_are_read():
    """They may come out wrong, which is said; what is ASCII, as code, stays whatever happens."""
    data = json.dumps(notebook(["né", SOURCES[1], "“so”"]), ensure_ascii=False).encode("cp1252")
    file = read_notebook(data)
    assert [cell["source"] for cell in file.cells] == ["né", SOURCES[1], "“so”"]
    assert "WINDOWS-1252, a guess" in file.flags[0]


def conflict(data, *, style):
    """The file as Git leaves it where both sides have changed the same lines."""
    lines = data.split("\n")
    at = next(number for number, line in enumerate(lines) if "Because" in line)
    base = ["||||||| 1a2b3c4", lines[at]] if style == "diff3" else []
    other = lines[at].replace("Because", "Since")
    lines[at : at + 1] = ["<<<<<<< HEAD", lines[at], *base, "=======", other, ">>>>>>> theirs"]
    return "\n".join(lines)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_a_merge_conflict_has_its_own_remedy(style, ending):
    """To download such a file again would not help."""
    data = conflict(text(), style=style).replace("\n", ending).encode()
    with pytest.raises(SubmissionError) as caught:
        read_notebook(data)
    said = str(caught.value)
    line = data.split(b"\n").index(b"<<<<<<< HEAD" + ending.encode()[:-1]) + 1
    assert "resolve the conflict, or hand in the version before the merge" in said
    assert f"line {line})" in said and "download" not in said.lower()


def test_the_markers_of_a_merge_inside_a_cell_are_no_damage():
    """There they are what the student wrote."""
    sources = ["<<<<<<< HEAD\na\n=======\nb\n>>>>>>> theirs", *SOURCES[1:]]
    assert read_notebook(json.dumps(notebook(sources)).encode()).flags == ()


@pytest.mark.parametrize(
    ("data", "kind", "remedy"),
    [
        (b"", "is empty", "upload"),
        (bytes(5000), "nothing but zero bytes", "upload"),
        (b"%PDF-1.7 \xff", "a PDF", "the .ipynb file itself"),
        (b"PK\3\4\x14\0\xff", "a zip archive", "unpack"),
        (b"\x1f\x8b\x08" + zlib.compress(b"a"), "a gzip archive", "unpack"),
        (b"\x89PNG\r\n\x1a\n\0", "a picture", "the .ipynb file itself"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture", "the .ipynb file itself"),
        (b"\0\5\x16\7\0\2\0\0Mac OS X", "macOS", "without “._”"),
        (b"<!DOCTYPE html>\n<title>GitHub</title>", "a web page", "Download raw file"),
        (b"import numpy as np\nprint({})", "Python code", "the .ipynb file itself"),
        (b"# %%\nx = 1", "Python code", "the .ipynb file itself"),
        (b"{\\rtf1\\ansi", "a word processor", "the .ipynb file itself"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS", "git lfs pull"),
        (b"https://colab.research.google.com/drive/x\n", "an address", "the .ipynb file itself"),
        (text().encode()[:-300], "breaks off after", "download it again"),
        (text().encode()[:-300] + bytes(300), "breaks off after", "download it again"),
        (text().encode().replace(b",", b";"), "not JSON", "download it again"),
        (b'{"a": 1}', "no list of cells", "the .ipynb file"),
        (b'"text"', "no list of cells", "the .ipynb file"),
        (b'{"worksheets": [7]}', "no list of cells", "the .ipynb file"),
        (bytes(range(128, 256)) * 9, "not UTF-8", "the .ipynb file"),
    ],
)
def test_what_is_no_notebook_is_named_with_its_remedy(data, kind, remedy):
    """One sentence, which can be shown to the student."""
    with pytest.raises(SubmissionError) as caught:
        read_notebook(data)
    said = str(caught.value)
    assert kind in said and remedy in said and said.isprintable() and len(said) < 400


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16"])
def test_a_file_of_far_too_many_parts_is_not_read(encoding):
    """In any encoding, before Python makes objects of them."""
    with pytest.raises(SubmissionError, match="far more parts"):
        read_notebook(("{" + "[" * MAX_PARTS).encode(encoding))


@pytest.mark.parametrize(
    "data",
    [
        lambda size: b"<" * size,
        lambda size: b'{"cells": []}' + b'{"cells": ' * size,
        lambda size: b'{"cells": []' + b"\0" * size + b"x",
        lambda size: b"\n=======" * size,
        lambda size: b"{" + b"\xff" * size,
    ],
    ids=["markers", "notebooks", "zeros", "lines", "no text"],
)
def test_the_time_for_a_file_grows_no_faster_than_its_length(data):
    """Whatever it holds."""

    def read(size):
        with contextlib.suppress(SubmissionError):
            read_notebook(data(size))

    assert growth(read, 20_000) < 8


def test_cells_of_other_types_are_handed_on_as_they_are():
    """Whoever uses them looks at their types."""
    for cells in ([7, None, {}], [{"source": {"a": 1}}]):
        for content in ({"cells": cells}, {"worksheets": [{"cells": cells}]}):
            assert len(read_notebook(json.dumps(content).encode()).cells) == len(cells)


def test_what_editors_change_is_no_difference():
    """Ends of lines and blanks at them."""
    assert (
        plain_source("a  \r\nb\t\r\n\n") == plain_source("a\nb") == plain_source("\na\rb") != "ab"
    )
