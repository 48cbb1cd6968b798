"""Intake reads hostile files safely and keeps only what students were asked to write."""

import copy
import json
import os

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.errors import SubmissionError
from autograder.course.notebook_file import read_bytes, read_notebook
from autograder.course.submissions import Submission, find_submissions
from autograder.gradebook.sidecar import moment, read_secret, read_stamp, remarks
from autograder.grading import definitions
from autograder.grading.intake import clean_copy, fingerprint


def cell(grade_id, source, *, kind="code", grade=False, solution=False):
    new = new_code_cell if kind == "code" else new_markdown_cell
    meta = {"grade_id": grade_id, "grade": grade, "solution": solution, "checksum": "c"}
    return new(source, metadata={"nbgrader": meta}, id=grade_id)


RELEASED = new_notebook(
    cells=[
        cell("setup", "import numpy as np"),
        cell("f", "def f(x):\n    raise NotImplementedError()", solution=True),
        cell("test_f", "assert f(1) == 2", grade=True),
        cell("why", "YOUR ANSWER HERE", kind="markdown", grade=True, solution=True),
    ]
)
ANSWER = "def f(x):\n    return 2 * x"


def submitted(change=lambda nb: None):
    """The release with `f` answered, then changed by `change`, as bytes."""
    nb = copy.deepcopy(RELEASED)
    nb.cells[1].source = ANSWER
    change(nb)
    return json.dumps(nb).encode()


def take(data):
    return clean_copy(read_notebook(data), RELEASED)


def test_released_cells_come_back_and_own_cells_stay():
    """A changed given cell runs before the given one; a changed check does not run at all."""

    def change(nb):
        nb.cells[0].source = "import os"
        nb.cells[2].source = "assert True"
        nb.cells[3].source = "Because."
        nb.cells.insert(2, new_code_cell("print('mine')"))

    clean = take(submitted(change))
    assert [one.source for one in clean.nb.cells] == [
        "import os",
        "import numpy as np",
        ANSWER,
        "print('mine')",
        "assert f(1) == 2",
        "Because.",
    ]
    assert clean.flags == ("edited cell: setup", "edited cell: test_f")


def test_an_honest_submission_has_no_flags():
    """Answering is not tampering."""
    assert take(submitted()).flags == ()


def drop(index):
    return lambda nb: nb.cells.pop(index)


def double(index):
    return lambda nb: nb.cells.insert(index, copy.deepcopy(nb.cells[index]))


def forget_metadata(nb):
    nb.cells[1].metadata = {}


def forget_everything(nb):
    nb.cells[1].metadata = {}
    nb.cells[1]["id"] = "b4c1"


def empty_copy_below(nb):
    nb.cells.insert(2, copy.deepcopy(RELEASED.cells[1]))


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        pytest.param(drop(2), ("deleted cell: test_f",), id="deleted test"),
        pytest.param(double(2), ("duplicated cell: test_f",), id="duplicated test"),
        pytest.param(double(1), ("duplicated cell: f",), id="duplicated solution"),
        pytest.param(empty_copy_below, ("duplicated cell: f",), id="empty copy below"),
        pytest.param(forget_metadata, ("recovered cell: f",), id="metadata lost"),
        pytest.param(forget_everything, ("recovered cell: f",), id="metadata and id lost"),
    ],
)
def test_damage_is_mended_and_flagged(change, flags):
    """The answer survives whatever happened to the cells around it."""
    clean = take(submitted(change))
    assert clean.sources["f"] == ANSWER
    assert clean.flags == flags


def test_a_deleted_solution_cell_is_an_empty_answer():
    """Nothing to take: the stub stays, and the flag says why."""
    clean = take(submitted(drop(1)))
    assert clean.sources["f"] == RELEASED.cells[1].source
    assert clean.flags == ("deleted cell: f",)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b'{"cells": [', "not JSON", id="broken off"),
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(b"\x89PNG\xff", "not UTF-8", id="a picture"),
        pytest.param(b"[1, 2]", "no list of cells", id="a list"),
        pytest.param(b'{"worksheets": []}', "no list of cells", id="format 3"),
        pytest.param(b"[" * 200_000, "not JSON", id="nested too deep"),
        pytest.param(b'{"cells": 1' + b"0" * 5000 + b"}", "not JSON", id="an endless number"),
    ],
)
def test_what_is_no_notebook_is_refused_in_a_sentence(data, says):
    """Every malformed file ends in a SubmissionError, not in a crash."""
    with pytest.raises(SubmissionError, match=says):
        take(data)


@pytest.mark.parametrize(
    "raw",
    [
        7,
        {"cell_type": "code"},
        {"source": {"a": 1}, "metadata": []},
        {"source": ["x", 5, None], "metadata": {"nbgrader": "f"}},
        {"source": "x", "metadata": {"nbgrader": {"grade_id": ["f"]}}, "id": 5, "cell_type": {}},
    ],
)
def test_malformed_cells_are_passed_over(raw):
    """A cell of the wrong type changes nothing about the others."""
    data = json.loads(submitted())
    data["cells"].insert(0, raw)
    assert take(json.dumps(data).encode()).sources["f"] == ANSWER


def test_half_a_surrogate_pair_can_be_written_again():
    """Text that no file can hold is replaced, so that the clean copy can be saved."""
    clean = take(submitted(lambda nb: nb.cells[3].update(source="broken \ud83d answer")))
    clean.sources["why"].encode("utf-8")


def test_only_ordinary_files_of_bounded_size_are_read(tmp_path):
    """Links, FIFOs, folders and giants are refused without waiting or following."""
    secret = tmp_path / "secret"
    secret.write_text("{}")
    (tmp_path / "link.ipynb").symlink_to(secret)
    os.mkfifo(tmp_path / "fifo.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    with open(tmp_path / "giant.ipynb", "wb") as file:
        file.truncate(20_000_001)
    for name in ("link", "fifo", "folder", "giant", "absent"):
        with pytest.raises(SubmissionError, match=f"{name}.ipynb"):
            read_bytes(tmp_path / f"{name}.ipynb")
    assert read_bytes(secret) == b"{}"


def test_submissions_are_found_by_student(tmp_path):
    """Students in order; a missing notebook has no path; a renamed one is taken and flagged."""
    (tmp_path / "zoe" / "toy").mkdir(parents=True)
    (tmp_path / "zoe" / "toy" / "toy (1).ipynb").write_text("{}")
    (tmp_path / "ann" / "toy").mkdir(parents=True)
    (tmp_path / "ann" / "toy" / "toy.ipynb").write_text("{}")
    (tmp_path / "bob").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "eve").symlink_to(tmp_path / "ann")
    found = find_submissions(tmp_path, "toy")
    assert [(one.student, one.path and one.path.name) for one in found] == [
        ("ann", "toy.ipynb"),
        ("bob", None),
        ("eve", "eve"),  # a link, which cannot be read
        ("zoe", "toy (1).ipynb"),
    ]
    assert found[3].flags == ("renamed notebook: toy (1).ipynb",)


def test_a_name_that_is_no_text_can_be_told_and_remembered(tmp_path):
    """The sentence about a file has no byte that cannot be written, and no other file's hash."""
    path = tmp_path / os.fsdecode(b"toy \xe9\x1b[2J.ipynb")
    os.mkfifo(path)
    one = Submission("ann", tmp_path, path)
    with pytest.raises(SubmissionError) as caught:
        read_bytes(path)
    assert str(caught.value).encode().isascii() is False
    assert "\x1b" not in str(caught.value) and "is not an ordinary file" in str(caught.value)
    hashes = {fingerprint(one, what) for what in (str(caught.value), f"{path.name} is gone", b"")}
    assert len(hashes) == 3


@pytest.mark.parametrize("closed", ["eve", "eve/toy"])
def test_a_folder_that_may_not_be_entered_stops_nobody_else(tmp_path, monkeypatch, closed):
    """Its student is there, and reading says why there is nothing to grade."""
    for name in ("ann", "eve"):
        (tmp_path / name / "toy").mkdir(parents=True)
        (tmp_path / name / "toy" / "toy.ipynb").write_text("{}")
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)  # the folders above may be closed to anybody but root
    (tmp_path / closed).chmod(0)
    me = os.geteuid()
    try:
        if me == 0:
            os.seteuid(65534)  # root may enter any folder
        ann, eve = find_submissions(tmp_path.relative_to(tmp_path), "toy")
        assert read_bytes(ann.path) == b"{}"
        with pytest.raises(SubmissionError, match="toy cannot be opened: Permission denied"):
            read_bytes(eve.path)
    finally:
        os.seteuid(me)
        (tmp_path / closed).chmod(0o755)


@pytest.mark.parametrize("name", ["two\nlines", "bell\x07", "\x9b2J", "a\u2028b"])
def test_a_students_id_with_a_control_character_is_refused(tmp_path, name):
    """The sentence shows the name and the remedy, and nothing that acts on a terminal."""
    (tmp_path / name / "toy").mkdir(parents=True)
    (one,) = find_submissions(tmp_path, "toy")
    assert one.student == name and "rename the folder" in one.refused
    assert one.refused.isprintable()
    assert Submission("姓名 [1] <b>", tmp_path, None).refused == ""


@pytest.mark.parametrize("meta", [{}, {"nbgrader": {"grade_id": "f"}}], ids=["lost", "copies"])
def test_cells_that_take_long_to_read_are_not_read_without_end(meta, monkeypatch):
    """Of twenty long cells two are read, and of twenty equal ones the first."""
    slow = {"cell_type": "code", "metadata": meta, "source": "# f\n" + "a\n" * 99_900}
    different = [slow | {"source": f"{slow['source']}{number}"} for number in range(20)]
    read = []

    def defined_functions(source):
        read.append(source)
        return frozenset()

    monkeypatch.setattr(definitions, "defined_functions", defined_functions)
    take(json.dumps({"cells": [slow] * 20}).encode())
    assert len(read) == 1
    read.clear()
    take(json.dumps({"cells": different}).encode())
    assert len(read) == 2 == definitions.MAX_PARSED // len(slow["source"])


def test_of_several_answers_the_last_that_defines_the_function_counts():
    """As in Python; a copy below that defines another function is none."""

    def change(nb):
        for source in ("def f(x):\n    return 3 * x", "def g(x):\n    return f(x)"):
            nb.cells.append(cell("f", source, solution=True))

    assert take(submitted(change)).sources["f"] == "def f(x):\n    return 3 * x"


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-11-01 10:00:00 UTC", 10),
        ("2026-11-01 10:00:00.250000 UTC", 10),
        ("2026-11-01 10:00 UTC", 10),
        ("2026-11-01T10:00:00+02:00", 8),
        ("2026-11-01 10:00:00", 10),
        *((text, None) for text in ("tomorrow", "", "10:00", "99999-01-01 00:00:00 UTC")),
        ("2026-13-01 10:00:00 UTC", None),
        ("2026-11-01 10:00:00 GMT,M3.2.0,M11.1.0", None),
        ("2026-11-01 10:00:00 /etc/localtime", None),
        ("2026-11-01 10:00:00 ../etc", None),
        ("0001-01-01 00:00:00 +2359", None),
        ("2026-11-01 10:00:00 UTC\n2026", None),
    ],
)
def test_a_timestamp_is_what_nbgrader_writes_and_nothing_else(tmp_path, text, hour):
    """Any other text is none, and is flagged."""
    assert (moment(text) and moment(text).hour) == hour
    one = Submission("ann", tmp_path, None)
    assert remarks(one) == ()
    one.timestamp.write_text(f"{text}\n")
    assert read_stamp(one.timestamp) == (text if hour else None)
    assert [flag.partition(":")[0] for flag in remarks(one)] == (
        [] if hour else ["unreadable timestamp"]
    )


@pytest.mark.parametrize(
    ("data", "taken"),
    [(b"a" * 128, True), (b"\xff\xfe" * 20, False), (b"a" * 300, False), (b"../" * 20, False)],
)
def test_a_secret_is_what_nbgrader_writes_and_nothing_else(tmp_path, data, taken):
    """It gets into nbgrader's own folders, where other bytes stop a whole class's feedback."""
    (tmp_path / "secret").write_bytes(data)
    assert read_secret(tmp_path / "secret") == (data.decode() if taken else None)
    assert read_secret(tmp_path / "nothing") is None
