"""Of a student's files the notebook that is meant is taken, or a sentence says why none is."""

import json
import random

import pytest

from autograder.course.notebook_choice import GivenCells
from autograder.course.notebook_file import MAX_BYTES
from autograder.course.submissions import find_submissions
from autograder.lms import picking
from autograder.lms.rejections import read_rejections
from autograder.lms.uploads import Upload
from tests import zips
from tests.growth import growth
from tests.lms.zips_of_systems import (
    BRANDT,
    CRUZ,
    collect_zip,
    packed_zip,
    refusal_of,
    run_collect,
    submission_of,
)
from tests.toy_course import write_release
from tests.zips import notebook


def test_the_latest_attempt_counts(course, zipped):
    """By the number that Canvas puts behind a name it has seen, in whatever order they are."""
    files = {
        "b_40217_90109_toy-10.ipynb": notebook("tenth"),
        "b_40217_90101_toy.ipynb": notebook("first"),
        "b_40217_90108_toy-9.ipynb": notebook("ninth"),
    }
    done = collect_zip(course, zipped(files))
    assert submission_of(course, "jbrandt")[0] == notebook("tenth")
    assert done.works[0].remarks == ("2 earlier copies left out",)
    uuid = "b_40217_90110_toy-0b9f4d5c-94f0-4a0e-8f3e-2d4b5c6d7e8f.ipynb"
    done = collect_zip(course, zipped({**files, uuid: notebook("eleventh")}, "later.zip"))
    assert submission_of(course, "jbrandt")[0] == notebook("eleventh")


@pytest.mark.parametrize(
    "name",
    [
        *("toy (1).ipynb", "Toy.ipynb", "TOY.IPYNB", "toy-Copy1.ipynb", "toy copy 2.ipynb"),
        *("toy.ipynb.txt", "toy.ipynb.json", "Untitled.ipynb", "Ann Ahn final!!.ipynb"),
        "my_toy_v2.ipynb",
    ],
)
def test_a_renamed_notebook_is_taken_when_it_is_the_only_one(course, zipped, name):
    """Beside files of other kinds."""
    done = collect_zip(
        course, zipped({f"b_40217_5_{name}": notebook("mine"), "b_40217_6_plot.png": b"\x89PNG"})
    )
    assert submission_of(course, "jbrandt")[0] == notebook("mine") and not done.unmatched


def test_of_several_notebooks_the_one_called_like_the_assignment_is_taken(course, zipped):
    """Or the only one whose name holds the assignment's."""
    files = {
        "b_40217_5_toy (2).ipynb": notebook("right"),
        "b_40217_6_scratch.ipynb": notebook("wrong"),
        "o_40219_5_obrien_toy.ipynb": notebook("right"),
        "o_40219_6_scratch.ipynb": notebook("wrong"),
    }
    collect_zip(course, zipped(files))
    for student in ("jbrandt", "sobrien"):
        assert submission_of(course, student)[0] == notebook("right")


@pytest.mark.parametrize("way", ["files", "a zip"])
@pytest.mark.parametrize("other", ["toy_final.ipynb", "my toy.ipynb", "Toy_v2..ipynb"])
def test_another_notebook_with_other_answers_is_marked_and_kept(course, zipped, other, way):
    """Beside the one of the assignment's name, until a person acts or more is handed in."""
    files = {"toy.ipynb": notebook("half"), other: notebook("whole"), "x.ipynb": notebook("x")}
    if way == "a zip":
        files = {"toy.zip": packed_zip(files)}
    path = zipped({f"b_40217_5_{name}": data for name, data in files.items()})
    (work,) = collect_zip(course, path).works
    assert any(other in remark and "which one counts" in remark for remark in work.remarks)
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    contents = sorted(file.read_bytes() for file in folder.glob("*.ipynb"))
    assert contents == sorted([notebook("half"), notebook("whole")])
    (submission,) = find_submissions(course.grading / "submitted", "toy")
    assert submission.path.name == "toy.ipynb" and "several notebooks" in submission.flags[0]
    # A person decides, and the same zip changes nothing.
    (beside,) = (file for file in folder.glob("*.ipynb") if file.name != "toy.ipynb")
    beside.rename(folder / "toy.ipynb")
    assert collect_zip(course, path).works[0].outcome == "unchanged"
    assert [file.read_bytes() for file in folder.glob("*.ipynb")] == [notebook("whole")]


def test_several_notebooks_of_other_names_are_listed(course, zipped):
    """Nobody can say which is meant; two of the same contents are one."""
    files = {"b_40217_5_a.ipynb": notebook("a"), "b_40217_6_b.ipynb": notebook("b")}
    one = refusal_of(course, files, zipped)
    assert one.student == "jbrandt" and "several notebooks" in one.why and "a.ipynb" in one.why
    done = collect_zip(course, zipped({name: notebook("a") for name in files}))
    assert submission_of(course, "jbrandt")[0] == notebook("a") and not done.unmatched


def test_a_notebook_of_another_assignment_is_not_taken_for_this_one(course, zipped):
    """It would be graded as empty."""
    other = course.solutions / "other_one"
    other.mkdir()
    (other / "notebook.py").write_text("")
    one = refusal_of(course, {"b_40217_5_Other_One-1.ipynb": notebook("")}, zipped)
    assert "another assignment, other_one" in one.why


def test_the_notebook_of_another_assignment_is_named_whatever_it_is_called(course, zipped):
    """It is told by its cells, recorded as handed in, and makes way for the right one later."""
    for name, functions in {"toy": ("double",), "other_one": ("triple", "sum_up")}.items():
        (course.solutions / name).mkdir(exist_ok=True)
        (course.solutions / name / "notebook.py").touch()
        write_release(course.assignment(name), functions, {f"test_{word}": 1 for word in functions})
    wrong, right = (course.assignment(name).release.read_bytes() for name in ("other_one", "toy"))
    path = zipped({BRANDT: wrong, CRUZ: right})
    code, text = run_collect(course, path, "toy")
    assert code == 1 and "toy.ipynb is the notebook of other_one" in text
    assert "see whether other_one was handed in as well" in text
    assert submission_of(course, "jbrandt") == (None, None)
    assert submission_of(course, "mcruz@uni.example")[0] == right
    toy = course.assignment("toy")
    assert list(read_rejections(toy).by_student) == ["jbrandt"]
    run_collect(course, zipped({BRANDT: right}, "again.zip"), "toy")
    assert submission_of(course, "jbrandt")[0] == right and not read_rejections(toy).by_student


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("toy.py", b"print()", "no notebook: toy.py"),
        ("toy.txt", notebook(""), "no notebook: toy.txt"),
        ("toy.pdf", b"%PDF-1.7", "no notebook: toy.pdf"),
        ("toy.html", b"<html>", "no notebook"),
        ("toy.tar.gz", b"\x1f\x8b", "an archive"),
        ("toy.zip", b"not a zip", "the student's zip: it is not a zip file"),
    ],
)
def test_what_is_no_notebook_is_listed(course, zipped, name, data, why):
    """With the student's id and what to ask for."""
    one = refusal_of(course, {f"b_40217_5_{name}": data}, zipped)
    assert one.why.startswith(why) and one.student == "jbrandt"
    assert one.paths == (f"b_40217_5_{name}",) and ".ipynb" in one.remedy


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"plot.png": b"x"}, "@ holds no notebook"),
        ({"a.ipynb": notebook("a"), "b.ipynb": notebook("b")}, "in @: several notebooks, none"),
        ({"toy.ipynb": b""}, "in @: the file is empty: toy.ipynb"),
        (None, "@: it is not a zip file"),
    ],
)
def test_a_refusal_names_the_zip_it_is_about_once(depth, files, why):
    """From the innermost to the student's own, whatever is wrong in it."""
    data, title = b"no zip" if files is None else packed_zip(files), "the student's zip"
    for number in range(1, depth):
        data = packed_zip({f"z{number}.zip": data})
    for number in reversed(range(1, depth)):
        title = f"z{number}.zip in {title}"
    upload = Upload("b_1_2_work.zip", "1", "b", "work.zip", "file")
    refusal = picking.choose([upload], lambda _: data, "toy")
    assert refusal.why.startswith(why.replace("@", title)), refusal.why
    assert refusal.why.count("the student's zip") == 1


@pytest.mark.parametrize("count", [1, 2, picking.MAX_OPENED])
def test_a_notebook_is_looked_at_for_its_assignment_once(count):
    """However many there are: a large one takes long to read."""
    uploads = [Upload(f"{n}", "1", "b", f"toy ({n}).ipynb", "file", n) for n in range(count)]
    contents = {upload: answered(upload.path) for upload in uploads}
    texts = []

    def origin(cells):
        texts.append(str(cells))
        return ""

    choice = picking.choose(uploads, contents.get, "toy", (), RELEASED, origin)
    assert choice.data == contents[uploads[-1]]
    assert len(texts) == len(set(texts)) == count


def test_text_and_addresses_are_listed(course, zipped):
    """They are no files; beside a notebook they do not matter."""
    files = {"brandtjürgen_40217_text.html": b"<p>", "o_40219_link.html": b"<a>"}
    done = collect_zip(course, zipped(files))
    assert [one.why for one in done.unmatched] == ["typed text, no file", "an address, no file"]
    done = collect_zip(course, zipped({**files, BRANDT: notebook("")}))
    assert [one.student for one in done.unmatched] == ["sobrien"]


def test_a_zip_in_the_zip_is_looked_into(course, zipped):
    """Once: a student's folder, with what macOS and Jupyter leave in it."""
    inner = packed_zip(
        {
            "hw/toy.ipynb": notebook("mine"),
            "hw/.ipynb_checkpoints/toy-checkpoint.ipynb": notebook("old"),
            "__MACOSX/hw/._toy.ipynb": b"\0",
            "hw/data.csv": b"1,2",
        }
    )
    done = collect_zip(course, zipped({"b_40217_5_homework.zip": inner}))
    assert submission_of(course, "jbrandt")[0] == notebook("mine")
    assert done.works[0].remarks == ("was in homework.zip",)


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        ({"a.txt": b""}, "holds no notebook"),
        ({"a.ipynb": notebook("a"), "b.ipynb": notebook("b")}, "several notebooks"),
        ({"../../toy.ipynb": notebook("")}, "leads out"),
        ({"/etc/toy.ipynb": notebook("")}, "leads out"),
        ([("toy.ipynb", notebook("a")), ("toy.ipynb", notebook("b"))], "holds a name twice"),
        ({f"{n}.ipynb": b"" for n in range(101)}, "101 files"),
        ({"inner.zip": packed_zip({"toy.txt": b""})}, "holds no notebook"),
        ({"toy.ipynb": b" " * (MAX_BYTES + 1)}, "MB, more than 20"),
    ],
    ids=["empty", "two", "slip", "absolute", "twice", "many", "nested", "bomb"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bad_zip_in_the_zip_is_refused(course, zipped, inner, why):
    """Nothing in it is written anywhere."""
    before = {path for path in course.root.parent.rglob("*") if "results" not in path.parts}
    one = refusal_of(course, {"b_40217_5_homework.zip": packed_zip(inner)}, zipped)
    assert why in one.why
    new = {path for path in course.root.parent.rglob("*") if "results" not in path.parts} - before
    names = {"submissions.zip", "log", "toy.jsonl", "collected", "toy", "rejections.json"}
    assert {path.name for path in new} <= names


def test_any_bytes_of_a_zip_end_in_a_notebook_or_a_sentence():
    """With a few of them replaced by chance."""
    whole = packed_zip({"a/toy.ipynb": notebook("a"), "b.ipynb": notebook("b")})
    upload = Upload("b_1_2_work.zip", "1", "b", "work.zip", "file")
    rng = random.Random(1)
    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            byte = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
            data[rng.randrange(len(data))] = byte
        found = picking.choose([upload], lambda _, data=data: bytes(data), "toy")
        assert isinstance(found, picking.ChosenNotebook) or (found.why and found.remedy)


@pytest.mark.parametrize("same", [True, False])
def test_a_students_notebooks_are_not_all_held_in_memory(same):
    """A zip of 2 MB can hold a hundred of 20 MB each."""
    read = []

    def unpack(upload):
        read.append(upload)
        return bytes(MAX_BYTES) if same else str(len(read)).encode()

    many = [Upload(f"{n}.ipynb", "1", "b", f"{n}" * 200 + ".ipynb", "file") for n in range(100)]
    found = picking.choose(many, unpack, "toy")
    assert len(read) <= picking.MAX_UNPACKED / MAX_BYTES + 1
    assert ("more than 100 MB" if same else "and 97 more") in found.why and len(found.why) < 400


def test_the_time_for_a_zip_grows_no_faster_than_the_number_of_its_files():
    """One that announces far too many is refused with their number."""
    upload = Upload("b_1_2_work.zip", "1", "b", "work.zip", "file")
    data = {size: zips.announcing(size) for size in (25_000, 100_000)}

    def read(size):
        found = picking.choose([upload], lambda _: data[size], "toy")
        assert f"it holds {size} files" in found.why

    assert growth(read, 25_000) < 8


def answered(text: str) -> bytes:
    """The released notebook of one cell, and an answer in another."""
    nb = json.loads(notebook(text))
    nb["cells"] += json.loads(notebook("released"))["cells"]
    return json.dumps(nb).encode()


APPLE = b"\0\5\x16\7\0\2\0\0Mac OS X        "
BLANK = notebook("released")
RELEASED = GivenCells(frozenset({"released"}), 1)
SOLVED, OTHER = answered("mine"), answered("other")
# What lies in a student's zip or folder, and how the remark on what was taken begins.
WAYS = {
    "a blank one beside": ({"toy.ipynb": BLANK, "toy (1).ipynb": SOLVED}, "blank notebook"),
    "a blank copy": ({"toy.ipynb": SOLVED, "toy (1).ipynb": BLANK}, None),
    "a blank copy of Canvas": ({"toy.ipynb": SOLVED, "toy-1.ipynb": BLANK}, "toy-1.ipynb came"),
    "two equal ones": ({"toy.ipynb": SOLVED, "toy-Copy1.ipynb": SOLVED}, None),
    "a damaged copy": ({"toy.ipynb": SOLVED, "toy (1).ipynb": SOLVED[:-9]}, "unreadable copy"),
    "a note of macOS": ({"toy.ipynb": SOLVED, "._toy.ipynb": APPLE}, None),
    "macOS's folder": ({"toy.ipynb": SOLVED, "__MACOSX/._toy.ipynb": APPLE}, None),
    "large letters": ({"toy.IPYNB": SOLVED}, None),
    "another ending": ({"toy.ipynb.json": SOLVED}, None),
    "one folder deeper": ({"toy/toy.ipynb": SOLVED}, None),
    "two folders deeper": ({"toy/toy/toy.ipynb": SOLVED}, None),
    "a checkpoint alone": (
        {".ipynb_checkpoints/toy-checkpoint.ipynb": SOLVED},
        "taken from toy-checkpoint.ipynb",
    ),
    "a checkpoint beside": (
        {"toy.ipynb": SOLVED, ".ipynb_checkpoints/toy-checkpoint.ipynb": OTHER},
        None,
    ),
    "a checkpoint beside another name": (
        {"Untitled.ipynb": SOLVED, ".ipynb_checkpoints/Untitled-checkpoint.ipynb": OTHER},
        "renamed from Untitled.ipynb",
    ),
    "another name beside a blank one": ({"a.ipynb": BLANK, "b.ipynb": SOLVED}, "renamed from"),
}


def test_the_notebook_with_most_answers_is_taken_and_the_other_kept():
    """Where none has the assignment's name: a person is told that there is another."""
    more = json.loads(answered("mine"))
    more["cells"] += json.loads(notebook("and more"))["cells"]
    contents = {"a.ipynb": json.dumps(more).encode(), "b.ipynb": SOLVED, "c.ipynb": BLANK}
    uploads = [Upload(name, "1", "b", name, "file") for name in contents]
    choice = picking.choose(uploads, lambda one: contents[one.path], "toy", (), RELEASED)
    assert choice.data == contents["a.ipynb"]
    assert choice.beside == (("b.ipynb", SOLVED),)
    assert "b.ipynb holds other answers" in "; ".join(choice.remarks)


@pytest.mark.parametrize("around", ["{}", "work/{}"])
@pytest.mark.parametrize("way", WAYS)
def test_the_work_is_picked_however_it_lies_in_a_students_zip(way, around):
    """And what is to be known about it is said."""
    files, remark = WAYS[way]
    data = packed_zip({around.format(path): content for path, content in files.items()})
    upload = Upload("b_1_2_work.zip", "1", "b", "work.zip", "file")
    found = picking.choose([upload], lambda _: data, "toy", (), RELEASED)
    check_choice(found, remark)


@pytest.mark.parametrize("way", WAYS)
def test_the_work_is_picked_however_it_lies_in_a_students_folder(way):
    """Moodle gives one for each student; macOS's own folder is never among what it holds."""
    files, remark = WAYS[way]
    uploads = [
        Upload(f"b_1_assignsubmission_file/{path}", "1", "b", path.rpartition("/")[2], "file")
        for path in files
        if "__MACOSX" not in path
    ]
    contents = dict(zip(uploads, (files[path] for path in files if "__M" not in path), strict=True))
    found = picking.choose(uploads, contents.__getitem__, "toy", (), RELEASED)
    check_choice(found, remark)


def check_choice(found, remark):
    assert isinstance(found, picking.ChosenNotebook), found
    assert found.data == SOLVED
    remarks = [one for one in found.remarks if not one.startswith(("was in", "1 earlier"))]
    assert bool(remark) == bool(remarks) and (not remark or remarks[0].startswith(remark))


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"toy.ipynb": SOLVED, "toy (1).ipynb": OTHER}, "with different answers: toy (1).ipynb"),
        ({"a.ipynb": SOLVED, "b.ipynb": OTHER}, "several notebooks, none called toy.ipynb"),
        ({"._toy.ipynb": APPLE}, "only what macOS writes beside a file: ._toy.ipynb"),
        (
            {".ipynb_checkpoints/a-checkpoint.ipynb": SOLVED, "b-checkpoint.ipynb": OTHER},
            "only several checkpoints",
        ),
    ],
)
def test_what_nobody_can_choose_is_listed_with_the_remedy(files, why):
    """The instructor asks the student."""
    uploads = [Upload(path, "1", "b", path.rpartition("/")[2], "file") for path in files]
    found = picking.choose(uploads, lambda one: files[one.path], "toy", (), RELEASED)
    assert isinstance(found, picking.Refusal) and why in found.why and found.remedy


def test_a_blank_notebook_beside_a_solved_copy_is_told_by_the_release(course, zipped):
    """`collect` reads it; without one, whatever has cells in it has answers."""
    release = course.assignment("toy").release
    release.parent.mkdir(parents=True)
    release.write_bytes(BLANK)
    files = {"toy.ipynb": BLANK, "toy (1).ipynb": SOLVED}
    done = collect_zip(course, zipped({"b_40217_5_work.zip": packed_zip(files)}))
    assert submission_of(course, "jbrandt")[0] == SOLVED
    assert "blank notebook: toy.ipynb holds no answers" in done.works[0].remarks[1]
