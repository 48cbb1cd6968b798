"""Malformed submissions: files, notebooks and names that no notebook editor makes."""

import copy
import json
import os
from pathlib import Path

from tests.attacks.attack import FULL, ONE, Group, edited, meta, of, written
from tests.small_class import GOOD

GROUP = Group("malformed")
UNREADABLE = {"verdicts": ("unreadable",)}
HONEST_WORK = {"sources": GOOD, "least": FULL, "most": FULL}


def raw(name: str, why: str, data: bytes) -> None:
    """A file that is no notebook."""
    GROUP.add(name, why, make=written(data), **UNREADABLE)


raw("no bytes", "the file is empty", b"")
raw("a picture", "the file is a PNG", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10)
raw("spaces", "the file holds white space only", b" \n\t" * 1000)
raw("null", "the file is the JSON value null", b"null")
raw("a list", "the file is a JSON list", b"[[], {}, 7]")
raw("a word", "the file is a JSON string", b'"cells"')
raw("half a notebook", "the file was cut off while it was copied", b'{"cells": [{"cell_type": "co')
raw("deep brackets", "a JSON document a million brackets deep", b'{"cells": ' + b"[" * 1_000_000)
raw(
    "deep objects",
    "objects in objects, all of them closed",
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
)
raw("an endless number", "an integer of a million digits", b'{"cells": ' + b"9" * 1_000_000 + b"}")
raw("cells in an object", "the list of cells is an object", b'{"cells": {"0": {}}, "nbformat": 4}')
raw("HTML", "the page of a login instead of the notebook", b"<!DOCTYPE html><title>Log in</title>")


def odd(name: str, why: str, data: bytes) -> None:
    """A file that is read as a notebook, without any cell in it."""
    GROUP.add(name, why, make=written(data), verdicts=("graded",), most=0)


odd("UTF-16", "the notebook's text in another encoding", '{"cells": []}'.encode("utf-16"))
odd("Latin-1", "one byte that is no UTF-8", b'{"cells": [], "who": "Ren\xe9"}')
odd("format 3", "a notebook of ten years ago", b'{"worksheets": [{"cells": []}], "nbformat": 3}')


def _folder(place: Path, honest: bytes) -> None:
    (place / "toy.ipynb").mkdir(parents=True)
    (place / "toy.ipynb" / "toy.ipynb").write_bytes(honest)


def _fifo(place: Path, honest: bytes) -> None:
    place.mkdir()
    os.mkfifo(place / "toy.ipynb")


def _device(place: Path, honest: bytes) -> None:
    place.mkdir()
    try:
        os.mknod(place / "toy.ipynb", 0o020666, os.makedev(1, 5))
    except PermissionError:  # only root can make one
        (place / "toy.ipynb").symlink_to("/dev/zero")


def _socket(place: Path, honest: bytes) -> None:
    place.mkdir()
    os.mknod(place / "toy.ipynb", 0o140666)


def _sparse(place: Path, honest: bytes) -> None:
    place.mkdir()
    with open(place / "toy.ipynb", "wb") as file:
        file.write(honest)
        file.truncate(10**12)


def _closed(place: Path, honest: bytes) -> None:
    place.mkdir()
    (place / "toy.ipynb").write_bytes(honest)
    (place / "toy.ipynb").chmod(0)


def _file_for_folder(place: Path, honest: bytes) -> None:
    place.write_bytes(honest)


GROUP.add("a folder", "a folder in the notebook's place", make=_folder, **UNREADABLE)
GROUP.add("a FIFO", "whoever opens it waits for ever", make=_fifo, **UNREADABLE)
GROUP.add("a device", "a file without end", make=_device, **UNREADABLE)
GROUP.add("a socket", "a file that cannot be opened", make=_socket, **UNREADABLE)
GROUP.add("a terabyte", "a sparse file of 10¹² bytes", make=_sparse, **UNREADABLE)
GROUP.add(
    "no rights",
    "a file that its owner may not read; root may",
    make=_closed,
    verdicts=("unreadable", "graded"),
    sources=GOOD,
    most=FULL,
)
GROUP.add(
    "a file for a folder",
    "a file in the assignment's place",
    make=_file_for_folder,
    verdicts=("missing", "unreadable"),
)


def nb(name: str, why: str, change, **rest) -> None:
    """The honest notebook (or that of `sources`) after something was done to its JSON."""
    GROUP.add(name, why, make=edited(change), **(HONEST_WORK | rest))


def _points(book: dict) -> None:
    for one in book["cells"]:
        if meta(one).get("grade"):
            meta(one).update(points=1000, grade=True, checksum="0" * 32)


def _no_tests(book: dict) -> None:
    book["cells"] = [
        one for one in book["cells"] if not meta(one).get("grade_id", "").startswith("test_")
    ]


def _easy_tests(book: dict) -> None:
    for one in book["cells"]:
        if meta(one).get("grade_id", "").startswith("test_"):
            one["source"] = "pass"
            one["outputs"] = []
            meta(one).update(locked=False, solution=True)


def _double_tests(book: dict) -> None:
    book["cells"] += [copy.deepcopy(of(book, "test_double_values")) for _ in range(3)]
    book["cells"].insert(0, copy.deepcopy(of(book, "double_sum")))


def _setup(book: dict) -> None:
    of(book, "setup")["source"] = (
        "import builtins\nbuiltins.AssertionError = KeyError\nraise SystemExit"
    )


def _new_cells(book: dict) -> None:
    tag = {"grade": True, "points": 100, "grade_id": "test_bonus", "schema_version": 3}
    tag |= {"solution": False, "locked": False, "task": False, "cell_type": "code"}
    for where in (0, len(book["cells"])):
        book["cells"].insert(
            where,
            {"cell_type": "code", "source": "1000.0", "outputs": [], "execution_count": 1,
             "id": f"bonus-{where}", "metadata": {"nbgrader": tag}},
        )  # fmt: skip


def _swapped(book: dict) -> None:
    one, other = of(book, "double_sum"), of(book, "test_double_sum")
    one["metadata"], other["metadata"] = other["metadata"], one["metadata"]


def _pointed(book: dict) -> None:
    meta(of(book, "double"))["grade_id"] = "test_double_values"
    meta(of(book, "double_sum"))["grade_id"] = "written_why"
    of(book, "setup")["metadata"]["nbgrader"]["grade_id"] = "double"


def _claims(book: dict) -> None:
    book["metadata"]["nbgrader"] = {"student": "malformed-neighbour", "assignment": "toy"}
    book["metadata"]["student_id"] = "malformed-neighbour"
    book["metadata"]["celltoolbar"] = {"deep": [[[]]]}


def _kernel(book: dict) -> None:
    book["metadata"]["kernelspec"] = {"name": "../../evil", "argv": ["sh"], "language": "bash"}
    book["metadata"]["language_info"] = {"name": "<script>", "file_extension": "/../x"}
    book["nbformat"], book["nbformat_minor"] = "4\n", -1


def _stored(book: dict) -> None:
    for one in book["cells"]:
        if one["cell_type"] == "code":
            one["outputs"] = [
                {"output_type": "execute_result", "execution_count": 1, "metadata": {},
                 "data": {"text/plain": "1000.0"}}
            ]  # fmt: skip
            one["execution_count"] = 1


def _types(book: dict) -> None:
    book["cells"][:0] = [
        None, 7, "cell", [], {}, {"cell_type": ["code"], "source": 5},
        {"cell_type": "code", "source": {"a": 1}, "metadata": None, "id": {}},
        {"cell_type": "code", "source": ["x", None, 5, ["y"]], "metadata": {"nbgrader": []}},
        {"source": "x = 1", "metadata": {"nbgrader": {"grade_id": {"double": 1}}}},
        {"source": "x = 1", "metadata": {"nbgrader": {"grade_id": ["double"]}}, "id": 1e999},
    ]  # fmt: skip
    book["metadata"] = 5
    book["nbformat"] = float("nan")


def _ids(book: dict) -> None:
    for number, one in enumerate(book["cells"]):
        one["id"] = "a" * 1_000_000 if number == 0 else "../../../tmp/x"


def _surrogates(book: dict) -> None:
    of(book, "double")["source"] += "\n# \ud83d half a sign"
    of(book, "written_why")["source"] += " \udc80\ud800"


def _nul(book: dict) -> None:
    of(book, "double")["source"] = "def double(x):\n    return x\x00 + x"


def _control(book: dict) -> None:
    of(book, "double")["source"] += "\n# \x1b]0;title\x07 \x1b[2J \u202e\u2066 \x08\x7f"


def _outputs(book: dict) -> None:
    book["cells"][1]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": ["x" * 1000] * 9_000}
    ]


def _lines(book: dict) -> None:
    for one in book["cells"]:
        one["source"] = (
            one["source"].splitlines(True) if isinstance(one["source"], str) else one["source"]
        )


nb("points", "every test claims a thousand points", _points)
nb(
    "no tests",
    "the test cells are gone",
    _no_tests,
    sources={},
    least=0,
    most=0,
    flags=("deleted cell",),
)
nb(
    "easy tests",
    "the test cells say pass",
    _easy_tests,
    sources={},
    least=0,
    most=0,
    flags=("edited cell",),
)
nb("double tests", "tests and solutions stand there several times", _double_tests, flags=("dupl",))
nb("another setup", "the given cell breaks what it prepares", _setup, flags=("edited cell: setup",))
nb("new graded cells", "cells that give themselves a hundred points", _new_cells)
nb(
    "swapped cells",
    "a test's metadata stands on a solution, a solution's on a test",
    _swapped,
    least=ONE,
    flags=("edited cell: test_double_sum",),
)
nb("pointed elsewhere", "solutions claim to be tests and given cells", _pointed, least=0)
nb("somebody else's", "the metadata name another student", _claims)
nb("another kernel", "the metadata ask for a kernel that is a path", _kernel)
nb(
    "stored outputs",
    "every cell shows a thousand points already",
    _stored,
    sources={},
    least=0,
    most=0,
)
nb("wrong types", "cells, ids and metadata of every wrong type", _types)
nb("giant ids", "ids of a megabyte, and ids that are paths", _ids)
nb("surrogate halves", "text that no file can hold", _surrogates)
nb("a NUL byte", "a byte that ends strings in C", _nul, least=ONE, most=ONE)
nb("control characters", "signs that turn text round or clear a screen", _control)
nb("nine megabytes of output", "honest work that was never cleared", _outputs)
nb("sources as lines", "honest work as Jupyter writes it", _lines)


def _bytes(change):
    def make(place: Path, honest: bytes) -> None:
        written(change(honest))(place, honest)

    return make


GROUP.add(
    "a BOM",
    "Windows editors begin a file with a mark",
    make=_bytes(lambda b: b"\xef\xbb\xbf" + b),
    **HONEST_WORK,
)
GROUP.add(
    "keys that come twice",
    "the list of cells stands there twice; the last one is empty",
    make=_bytes(lambda data: data.rstrip()[:-1] + b', "cells": []}'),
    sources=GOOD,
    flags=("deleted cell",),
)
GROUP.add(
    "a million cells",
    "cells without content, as many as fit",
    make=written(b'{"cells": [' + b"{}," * 1_000_000 + b"{}]}"),
    **UNREADABLE,
)
GROUP.add(
    "numbers that are none",
    "NaN and Infinity instead of cells",
    make=written(b'{"cells": [NaN, Infinity, -Infinity, 1e999]}'),
    flags=("deleted cell",),
)
GROUP.add(
    "lost cells that have to be read",
    "ten thousand cells without metadata, any of which might hold the answer",
    make=written(
        json.dumps(
            {"cells": [{"cell_type": "code", "metadata": {}, "source": f"x_{n} = [{n}] * 3\n" * 20}
                       for n in range(10_000)]}
        ).encode()
    ),
    flags=("metadata lost", "too many cells"),
)  # fmt: skip


# A comment names the function, so that the cell has to be read; a line is a statement.
_SLOW_TO_READ = "# double_sum\n" + "a\n" * 99_900


def _slow(metadata: dict) -> bytes:
    one = {"cell_type": "code", "metadata": metadata, "source": _SLOW_TO_READ}
    return json.dumps({"cells": [one] * 20}).encode()


GROUP.add(
    "lost cells that take long to read",
    "each of twenty cells without metadata takes the better part of a second",
    make=written(_slow({})),
    flags=("metadata lost",),
)
GROUP.add(
    "copies that take long to read",
    "twenty copies of a solution, each as large as may be",
    make=written(_slow({"nbgrader": {"grade_id": "double_sum"}})),
    flags=("duplicated cell: double_sum",),
    verdicts=("graded", "timed_out"),  # it takes as long in the jail, at the student's own cost
)
