"""`autograder collect` takes the zips of Canvas and Moodle in, whatever students put into them."""

import csv
import io
import json
import os
import random
import stat
import subprocess
import sys
import warnings
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from autograder.batch.history import read_history
from autograder.batch.state import alone
from autograder.cli.main import main
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.submissions import find_submissions
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.grading.intake import MAX_BYTES
from autograder.lms import canvas, moodle, picking
from autograder.lms.archive import MAX_NAME, Archive
from autograder.lms.collect import Sources, collect
from autograder.lms.roster import import_roster
from autograder.lms.uploads import Upload, is_called
from tests import zips
from tests.growth import growth
from tests.processes import LONG
from tests.small_class import copy_course
from tests.toy_course import make_course
from tests.zips import PACKED, make_zip, notebook, patch, patch_flags, with_extra

DATA = Path(__file__).parents[1] / "data"
BERLIN = ZoneInfo("Europe/Berlin")
DUE = datetime(2026, 11, 3, 23, 0, tzinfo=UTC)  # midnight in Berlin
# As Canvas calls them: sortable names, the user, the number of the file.
BRANDT = "brandtjürgen_40217_90101_toy.ipynb"
CRUZ = "delacruzmaríajosé_LATE_40218_90102_toy.ipynb"
OBRIEN = "obriensiobhán_40219_90103_toy.ipynb"
WANG = "王小明_40220_90104_toy.ipynb"


@pytest.fixture(scope="module")
def nobodys(tmp_path_factory):
    """The toy course with a deadline and without students."""
    made = make_course(tmp_path_factory.mktemp("collect"))
    made.grading.mkdir()
    with open_gradebook(load_config(made)) as book:
        book.add_assignment("toy", duedate=DUE)
    return made


@pytest.fixture
def course(nobodys, tmp_path):
    """A class of Canvas."""
    made = copy_course(nobodys, tmp_path / "course")
    import_roster(made, DATA / "canvas_gradebook.csv")
    return made


@pytest.fixture
def moodle_course(nobodys, tmp_path):
    """A class of Moodle."""
    made = copy_course(nobodys, tmp_path / "moodle")
    import_roster(made, DATA / "moodle_participants.csv")
    return made


@pytest.fixture
def zipped(tmp_path):
    """Makes a zip with the given files."""
    return lambda files, name="submissions.zip", **how: make_zip(tmp_path / name, files, **how)


def taken(course, path, sources=None):
    return collect(course.assignment("toy"), path, sources)


def there(course, student):
    """What the notebook and the timestamp of a student are."""
    folder = course.grading / "submitted" / student / "toy"
    stamp = folder / "timestamp.txt"
    data = (folder / "toy.ipynb").read_bytes() if (folder / "toy.ipynb").exists() else None
    return data, stamp.read_text() if stamp.exists() else None


def kept(course, student):
    """The notebooks that were replaced, the oldest first."""
    folder = course.grading / "collected" / "toy" / student
    return [path.read_bytes() for path in sorted(folder.glob("*/toy.ipynb"))]


def said(course, *arguments):
    """The exit code of `autograder collect`, and what it said."""
    done = CliRunner().invoke(main, ["--course", str(course.root), "collect", *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, " ".join(done.output.split())


def refused(course, files, zipped, **how):
    """Why and with what remedy nothing is taken from a zip of one student's files."""
    done = taken(course, zipped(files, **how))
    assert done.works == ()
    assert not list((course.grading / "submitted").rglob("*.ipynb"))
    (one,) = done.unmatched
    assert one.remedy
    return one


def test_a_zip_of_canvas_is_put_where_nbgrader_looks(course, zipped):
    """By the user's id, names of all scripts, with nothing but a notebook and a time."""
    files = {name: notebook(name) for name in (BRANDT, CRUZ, OBRIEN, WANG)}
    done = taken(course, zipped(files, unflagged=True))
    assert done.system == "canvas" and not done.unmatched
    assert {work.student: work.outcome for work in done.works} == {
        name: "new" for name in ("jbrandt", "mcruz@uni.example", "sobrien", "xwang")
    }
    assert there(course, "xwang")[0] == notebook(WANG)
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    assert sorted(path.name for path in folder.iterdir()) == ["timestamp.txt", "toy.ipynb"]
    found = find_submissions(course.grading / "submitted", "toy")
    assert len(found) == 4 and all(one.path and not one.flags for one in found)
    assert done.missing == ("S1008", "bsmith", "davni", "formula")


@pytest.mark.parametrize("unflagged", [True, False], ids=["as rubyzip", "flagged"])
def test_names_are_utf8_whether_the_zip_says_so_or_not(course, zipped, unflagged):
    """Canvas does not set the bit."""
    done = taken(course, zipped({BRANDT: notebook("")}, unflagged=unflagged))
    assert [work.path for work in done.works] == [BRANDT]


def test_a_zip_that_was_unpacked_and_packed_again_is_read(course, zipped):
    """With a folder around everything, and what macOS leaves behind."""
    files = {
        f"submissions/{BRANDT}": notebook("mine"),
        f"__MACOSX/submissions/._{BRANDT}": b"\0\5\26\7",
        "submissions/.DS_Store": b"\0\0\0\1Bud1",
    }
    done = taken(course, zipped(files))
    assert there(course, "jbrandt")[0] == notebook("mine") and not done.unmatched


@pytest.mark.parametrize(
    ("name", "owner", "number", "late", "original"),
    [
        ("ahnann_5_9_toy.ipynb", "5", 9, False, "toy.ipynb"),
        ("ahnann_LATE_5_9_toy-2.ipynb", "5", 9, True, "toy-2.ipynb"),
        ("ahnann_5_9_1_2_toy.ipynb", "5", 9, False, "1_2_toy.ipynb"),
        ("team_7_5_9_toy.ipynb", "5", 9, False, "toy.ipynb"),
        ("12345_5_9_toy.ipynb", "5", 9, False, "toy.ipynb"),
        ("_5_9_toy.ipynb", "5", 9, False, "toy.ipynb"),
        ("anon_5_9_toy.ipynb", "5", 9, False, "toy.ipynb"),
        ("anon_aB3xZ_9_toy.ipynb", "", 9, False, "toy.ipynb"),
        ("LATE_anon_aB3xZ_9_toy.ipynb", "", 9, True, "toy.ipynb"),
        ("ahnann_5_text.html", "5", 0, False, ""),
        ("ahnann_LATE_5_link.html", "5", 0, True, ""),
        ("ahnann_5_9_text.html", "5", 9, False, "text.html"),
        ("アン_5_9_課題 1.ipynb", "5", 9, False, "課題 1.ipynb"),
    ],
)
def test_canvas_says_in_a_name_whose_a_file_is(name, owner, number, late, original):
    """Names that end in digits, of groups and of students who are called Anon included."""
    found = canvas.upload(f"folder/{name}", {"5"})
    assert (found.owner, found.number, found.late, found.original) == (
        *(owner, number, late, original),
    )


def test_no_file_name_makes_work_somebody_elses(zipped):
    """A stranger who puts a student's id into the name of a file stays a stranger."""
    assert canvas.upload("x_77_9_5_12_toy.ipynb", {"5"}).owner == "77"
    assert canvas.upload("x_77_9_ann_5_12_toy.ipynb", {"5"}).owner == "77"
    assert canvas.upload("toy.ipynb", {"5"}) is None


@pytest.mark.parametrize(
    "name",
    [
        "x_40220_7_40217_502_toy.ipynb",
        "x_1_40220_7_40217_502_toy.ipynb",
        "x_40220_7_LATE_40217_502_toy.ipynb",
        "x_40220_7_40217_text.html",
    ],
)
@pytest.mark.parametrize("has_handed_in", [True, False])
def test_no_student_hands_in_for_another_by_changing_a_name(course, zipped, name, has_handed_in):
    """A Canvas name that ends in somebody's id and a number makes a file nobody's."""
    files = {name: notebook("forged"), **({WANG: notebook("mine")} if has_handed_in else {})}
    done = taken(course, zipped(files))
    assert there(course, "xwang")[0] == (notebook("mine") if has_handed_in else None)
    (one,) = done.unmatched
    assert one.why == "its name fits the Canvas ids 40217, 40220" and "by hand" in one.remedy
    assert one.paths == (name,) and not one.student


def test_an_id_of_another_system_is_no_canvas_id(course, zipped):
    """A Canvas name that ends in what somebody is called here makes a file nobody's, too."""
    with open_gradebook(load_config(course)) as book:
        book.add_student("1001", lms_user_id="50001")
        book.add_student("50002")
    forged = "x_1001_7_40217_502_toy.ipynb"
    done = taken(course, zipped({forged: notebook("forged"), "y_50002_8_toy.ipynb": notebook("")}))
    assert [one.student for one in done.works] == ["50002"]
    assert [one.paths for one in done.unmatched] == [(forged,)]


def test_a_stranger_of_such_a_name_replaces_nobodys_work(course, zipped):
    """Whose id is not on the roster; Canvas gives all files of one student the same name."""
    files = {WANG: notebook("mine"), "x_40220_99999_777_502_toy.ipynb": notebook("forged")}
    done = taken(course, zipped(files))
    (one,) = done.unmatched
    assert not done.works and one.student == "xwang" and len(one.paths) == 2
    assert "2 people of the zip" in one.why and "in Canvas" in one.remedy


@pytest.mark.parametrize(
    ("path", "name", "owner", "kind", "original"),
    [
        ("Ann Ahn_17_assignsubmission_file/toy.ipynb", "Ann Ahn", "17", "file", "toy.ipynb"),
        ("Ann Ahn_17_assignsubmission_file_/toy.ipynb", "Ann Ahn", "17", "file", "toy.ipynb"),
        ("Ann Ahn_17_assignsubmission_file/a/b/toy.ipynb", "Ann Ahn", "17", "file", "toy.ipynb"),
        ("all/Ann_17_assignsubmission_file/toy.ipynb", "Ann", "17", "file", "toy.ipynb"),
        ("Ann Ahn_17_assignsubmission_file_my_toy.ipynb", "Ann Ahn", "17", "file", "my_toy.ipynb"),
        ("王小明_17_assignsubmission_file_/課題.ipynb", "王小明", "17", "file", "課題.ipynb"),
        ("Ann_17_assignsubmission_onlinetext_/onlinetext.html", *("Ann", "17", "text"), ""),
        ("Default group_assignsubmission_file/toy.ipynb", *("Default group", "", "file"), ""),
    ],
)
def test_moodle_says_in_a_path_whose_a_file_is(path, name, owner, kind, original):
    """In folders of old and of new versions, without folders, and in any script."""
    found = moodle.upload(path)
    assert (found.name, found.owner, found.kind) == (name, owner, kind)
    assert not original or found.original == original
    assert moodle.upload("Ann Ahn/toy.ipynb") is None


def test_the_latest_attempt_counts(course, zipped):
    """By the number that Canvas puts behind a name it has seen, in whatever order they are."""
    files = {
        "b_40217_90109_toy-10.ipynb": notebook("tenth"),
        "b_40217_90101_toy.ipynb": notebook("first"),
        "b_40217_90108_toy-9.ipynb": notebook("ninth"),
    }
    done = taken(course, zipped(files))
    assert there(course, "jbrandt")[0] == notebook("tenth")
    assert done.works[0].remarks == ("2 earlier copies left out",)
    uuid = "b_40217_90110_toy-0b9f4d5c-94f0-4a0e-8f3e-2d4b5c6d7e8f.ipynb"
    done = taken(course, zipped({**files, uuid: notebook("eleventh")}, "later.zip"))
    assert there(course, "jbrandt")[0] == notebook("eleventh")


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
    done = taken(
        course, zipped({f"b_40217_5_{name}": notebook("mine"), "b_40217_6_plot.png": b"\x89PNG"})
    )
    assert there(course, "jbrandt")[0] == notebook("mine") and not done.unmatched


def test_of_several_notebooks_the_one_called_like_the_assignment_is_taken(course, zipped):
    """Or the only one whose name holds the assignment's."""
    files = {
        "b_40217_5_toy (2).ipynb": notebook("right"),
        "b_40217_6_scratch.ipynb": notebook("wrong"),
        "o_40219_5_obrien_toy.ipynb": notebook("right"),
        "o_40219_6_scratch.ipynb": notebook("wrong"),
    }
    taken(course, zipped(files))
    for student in ("jbrandt", "sobrien"):
        assert there(course, student)[0] == notebook("right")


def test_several_notebooks_of_other_names_are_listed(course, zipped):
    """Nobody can say which is meant; two of the same contents are one."""
    files = {"b_40217_5_a.ipynb": notebook("a"), "b_40217_6_b.ipynb": notebook("b")}
    one = refused(course, files, zipped)
    assert one.student == "jbrandt" and "several notebooks" in one.why and "a.ipynb" in one.why
    done = taken(course, zipped({name: notebook("a") for name in files}))
    assert there(course, "jbrandt")[0] == notebook("a") and not done.unmatched


def test_a_notebook_of_another_assignment_is_not_taken_for_this_one(course, zipped):
    """It would be graded as empty."""
    other = course.solutions / "other_one"
    other.mkdir()
    (other / "notebook.py").write_text("")
    one = refused(course, {"b_40217_5_Other_One-1.ipynb": notebook("")}, zipped)
    assert "another assignment, other_one" in one.why


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("toy.py", b"print()", "no notebook: toy.py"),
        ("toy.pdf", b"%PDF-1.7", "no notebook: toy.pdf"),
        ("toy.html", b"<html>", "no notebook"),
        ("toy.tar.gz", b"\x1f\x8b", "an archive"),
        ("toy.zip", b"not a zip", "the student's zip: it is not a zip file"),
    ],
)
def test_what_is_no_notebook_is_listed(course, zipped, name, data, why):
    """With the student's id and what to ask for."""
    one = refused(course, {f"b_40217_5_{name}": data}, zipped)
    assert one.why.startswith(why) and one.student == "jbrandt"
    assert one.paths == (f"b_40217_5_{name}",) and ".ipynb" in one.remedy


def test_text_and_addresses_are_listed(course, zipped):
    """They are no files; beside a notebook they do not matter."""
    files = {"brandtjürgen_40217_text.html": b"<p>", "o_40219_link.html": b"<a>"}
    done = taken(course, zipped(files))
    assert [one.why for one in done.unmatched] == ["typed text, no file", "an address, no file"]
    done = taken(course, zipped({**files, BRANDT: notebook("")}))
    assert [one.student for one in done.unmatched] == ["sobrien"]


def packed_zip(files, **how):
    """The bytes of a zip."""
    data = io.BytesIO()
    make_zip(data, files, **how)
    return data.getvalue()


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
    done = taken(course, zipped({"b_40217_5_homework.zip": inner}))
    assert there(course, "jbrandt")[0] == notebook("mine")
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
        ({"inner.zip": packed_zip({"toy.ipynb": b""})}, "holds no notebook"),
        ({"toy.ipynb": b" " * (MAX_BYTES + 1)}, "MB, more than 20"),
    ],
    ids=["empty", "two", "slip", "absolute", "twice", "many", "nested", "bomb"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bad_zip_in_the_zip_is_refused(course, zipped, inner, why):
    """Nothing in it is written anywhere."""
    before = {path for path in course.root.parent.rglob("*") if "results" not in path.parts}
    one = refused(course, {"b_40217_5_homework.zip": packed_zip(inner)}, zipped)
    assert why in one.why
    new = {path for path in course.root.parent.rglob("*") if "results" not in path.parts} - before
    assert {path.name for path in new} <= {"submissions.zip", "log", "toy.jsonl"}


def damaged(method=zipfile.ZIP_DEFLATED):
    """A student's zip to damage."""
    return packed_zip({"toy.ipynb": notebook("mine" * 50)}, method=method)


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        (with_extra(damaged(), b""), None),
        (patch(damaged(), zips.OFFSET, b"\xff\xff\xff\x7f"), "damaged"),
        (
            patch(
                with_extra(damaged(), b"\1\0\x08\0" + (2**63).to_bytes(8, "little")),
                *(zips.OFFSET, b"\xff" * 4),
            ),
            "damaged",
        ),
        (with_extra(damaged(), b"\1\0\xff\xff"), "not a whole one"),
        (patch(damaged(), zips.VERSION, b"\xff"), "not a whole one"),
        (patch(damaged(), zips.FLAGS, b"\1"), "encrypted"),
        (patch(damaged(), zips.FLAGS, b"\x20"), "damaged"),
        (patch(damaged(), zips.FLAGS, b"\x40"), "damaged"),
        (patch(patch(damaged(), zips.FLAGS, b"\0\x08"), zips.NAME, b"\xff"), "not a whole"),
        (patch(damaged(), zips.METHOD, b"\x63"), "a method"),
        (patch(damaged(), zips.METHOD, b"\x0e"), "a method"),
        (patch(damaged(), zips.METHOD, b"\0"), "damaged"),
        (patch(damaged(zipfile.ZIP_STORED), zips.METHOD, b"\x08"), "damaged"),
        (patch(damaged(), zips.CRC, b"\0\0\0\0"), "damaged"),
        (patch(damaged(), zips.PACKED_SIZE, b"\1\0\0\0"), "damaged"),
        (patch(damaged(zipfile.ZIP_STORED), zips.PACKED_SIZE, b"\0\0\0\1" * 2), "damaged"),
        (patch(damaged(), zips.SIZE, b"\1\0\0\0"), "damaged"),
        (patch(damaged(), zips.SIZE, b"\xff\xff\0\0"), "another size"),
        (
            patch(
                patch(damaged(), zips.SIZE, b"\1\0\0\0"),
                *(zips.CRC, zlib.crc32(notebook("mine")[:1]).to_bytes(4, "little")),
            ),
            "damaged",
        ),
        (patch(damaged(), zips.SIZE, b"\0\0\0\xff"), "MB, more than 20"),
        (patch(damaged(), zips.NAME, b"x"), "damaged"),
        (patch(damaged(), zips.NAME, b"\0"), "no notebook"),
        (damaged()[:-10], "not a zip file"),
        (zips.announcing(101), "101 files"),
    ],
    ids=[
        *("whole", "offset", "offset of 2**63", "extra", "version", "encrypted", "patched"),
        *("strongly encrypted", "name", "method", "LZMA", "not packed", "not deflated", "crc"),
        *("cut", "end", "smaller", "larger", "smaller, its crc", "huge", "two names", "no name"),
        *("cut off", "many"),
    ],
)
def test_no_damage_in_a_students_zip_costs_more_than_that_zip(course, zipped, inner, why):
    """Whatever Python's zipfile trips over; everybody else's work is collected."""
    done = taken(course, zipped({"b_40217_5_work.zip": inner, WANG: notebook("fine")}))
    assert there(course, "xwang")[0] == notebook("fine")
    assert [one.student for one in done.works] == (["xwang"] if why else ["jbrandt", "xwang"])
    for one in done.unmatched:
        assert one.student == "jbrandt" and "the student's zip" in one.why and why in one.why
        assert ".ipynb" in one.remedy and len(one.why) < 400


def test_a_nameless_file_in_a_zip_is_left_out(course, zipped):
    """A name of one NUL is none to Python; the notebook beside it is taken."""
    inner = packed_zip({"toy.ipynb": notebook("mine"), "x": b""})
    at = inner.rindex(b"PK\3\4") + 30
    inner = patch(inner[:at] + b"\0" + inner[at + 1 :], zips.NAME, b"\0")
    taken(course, zipped({"b_40217_5_work.zip": inner}))
    assert there(course, "jbrandt")[0] == notebook("mine")


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
        assert isinstance(found, picking.Chosen) or (found.why and found.remedy)


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


def test_a_name_of_very_many_digits_is_read(course, zipped):
    """Python refuses to make a number of them; the files of the others are taken."""
    digits = f"b_40217_{'9' * 5000}_toy.ipynb"
    path = zipped({digits: b"", WANG: notebook("mine")})
    assert [one.student for one in taken(course, path).works] == ["xwang"]


@pytest.mark.parametrize(
    "name",
    [lambda size: " " * size + "(1)" * 40, lambda size: "(1)" * size, lambda size: "9" * size],
    ids=["blanks", "copies", "digits"],
)
def test_the_time_for_a_name_grows_no_faster_than_its_length(name):
    """Also for names that were made to be read again and again."""

    def read(size):
        assert not is_called(f"{name(size)}.ipynb", "toy")

    assert growth(read, 2_000) < 8


def test_the_time_for_a_zip_grows_no_faster_than_its_names(zipped):
    """Long ones of many accents are cut before they are normalized, which takes their square."""
    paths = {
        size: zipped(
            {f"{n}" + "\u0315\u0316" * size: b"" for n in range(10)}, f"{size}-accents.zip"
        )
        for size in (4_000, 16_000)
    }

    def read(size):
        with Archive(paths[size]) as archive:
            assert all(len(one.path) <= MAX_NAME for one in archive.entries)

    assert growth(read, 4_000) < 8


def test_the_time_for_a_zip_grows_no_faster_than_the_number_of_its_files():
    """One that announces far too many is refused with their number."""
    upload = Upload("b_1_2_work.zip", "1", "b", "work.zip", "file")
    data = {size: zips.announcing(size) for size in (25_000, 100_000)}

    def read(size):
        found = picking.choose([upload], lambda _: data[size], "toy")
        assert f"it holds {size} files" in found.why

    assert growth(read, 25_000) < 8


def test_links_encrypted_and_damaged_files_are_refused(course, zipped):
    """Each with a sentence; the files of the others are taken."""
    link, locked, broken = "b_40217_5_toy.ipynb", "c_40218_6_toy.ipynb", "o_40219_7_toy.ipynb"
    files = {link: b"/etc/passwd", locked: notebook("b"), broken: notebook("c")}
    path = zipped({**files, WANG: notebook("fine")}, method=zipfile.ZIP_STORED)
    patch_flags(path, locked, 1)
    data = path.read_bytes().replace(notebook("c"), notebook("d"))
    # The mode of the file is in the central header, 8 bytes before its name.
    at = data.index(link.encode(), data.index(b"PK\1\2")) - 8
    mode = ((stat.S_IFLNK | 0o777) << 16).to_bytes(4, "little")
    path.write_bytes(data[:at] + mode + data[at + 4 :])
    done = taken(course, path)
    assert [work.student for work in done.works] == ["xwang"]
    why = {one.student: one.why for one in done.unmatched}
    assert "it is a link" in why["jbrandt"]
    assert "encrypted" in why["mcruz@uni.example"]
    assert "damaged" in why["sobrien"]


def test_bombs_and_other_packings_are_refused(course, zipped):
    """What says that it is larger is not read, and no method is used that takes gigabytes."""
    one = refused(course, {BRANDT: b"0" * (MAX_BYTES + 1)}, zipped)
    assert "20 MB, more than 20" in one.why
    one = refused(course, {BRANDT: notebook("")}, zipped, method=zipfile.ZIP_LZMA)
    assert "a method" in one.why


def test_a_file_that_lies_about_its_size_ends_where_it_said(course, zipped):
    """The header says ten bytes; more are never unpacked."""
    path = zipped({BRANDT: b"0" * (MAX_BYTES + 1)})
    data = bytearray(path.read_bytes())
    size = (MAX_BYTES + 1).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    (one,) = taken(course, path).unmatched
    assert "damaged" in one.why


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused_unless_it_is_the_same(course, zipped):
    """Programs differ on which of the two they unpack."""
    one = refused(course, [(BRANDT, notebook("a")), (BRANDT, notebook("b"))], zipped)
    assert "twice" in one.why
    done = taken(course, zipped([(BRANDT, notebook("a")), (BRANDT, notebook("a"))]))
    assert there(course, "jbrandt")[0] == notebook("a") and not done.unmatched


def test_a_newer_file_replaces_an_older_one_does_not_and_nothing_is_lost(course, zipped):
    """What was there is kept, with its time and where it came from."""
    name = "b_40217_{}_toy{}.ipynb".format
    first = zipped({name(100, ""): notebook("first")}, "1.zip")
    second = zipped({name(200, "-1"): notebook("second")}, "2.zip")
    third = zipped({name(300, "-2"): notebook("third")}, "3.zip")
    assert taken(course, first).works[0].outcome == "new"
    assert taken(course, second).works[0].outcome == "replaced"
    before = there(course, "jbrandt")
    assert taken(course, first).works[0].outcome == "older"
    assert there(course, "jbrandt") == before == (notebook("second"), before[1])
    assert taken(course, third).works[0].outcome == "replaced"
    assert taken(course, third).works[0].outcome == "unchanged"
    assert kept(course, "jbrandt") == [notebook("first"), notebook("second")]
    record = course.grading / "collected" / "toy" / "jbrandt" / "1" / "now.json"
    assert json.loads(record.read_text())["zip"] == "1.zip"


def test_an_upload_of_before_that_was_chosen_once_more_counts(course, zipped):
    """Canvas keeps its number; the zip that was packed later says what counts."""
    first, second = "b_40217_100_toy.ipynb", "b_40217_200_toy-1.ipynb"
    for day, (name, text) in enumerate([(first, "A"), (second, "B"), (first, "A")], 1):
        path = zipped({name: notebook(text)}, f"{day}.zip", packed=datetime(2026, 11, day))
        assert taken(course, path).works[0].outcome == ("new" if day == 1 else "replaced")
    assert there(course, "jbrandt")[0] == notebook("A")
    assert kept(course, "jbrandt") == [notebook("A"), notebook("B")]


def test_what_a_person_mended_stays_until_the_student_hands_in_again(course, zipped):
    """The notebook, and its time."""
    name = "b_40217_{}_toy{}.ipynb".format
    first = zipped({name(100, ""): notebook("first")}, "1.zip")
    taken(course, first)
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    (folder / "toy.ipynb").write_bytes(notebook("mended"))
    (folder / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
    assert taken(course, first).works[0].outcome == "unchanged"
    assert there(course, "jbrandt") == (notebook("mended"), "2026-11-01 10:00:00 UTC")
    taken(course, zipped({name(101, "-1"): notebook("new")}, "2.zip"))
    assert there(course, "jbrandt")[0] == notebook("new")
    assert kept(course, "jbrandt") == [notebook("mended")]


def test_what_came_by_the_exchange_is_kept_beside(course, zipped):
    """nbgrader's exchange has its own files in the folder; they stay."""
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.ipynb").write_bytes(notebook("exchange"))
    (folder / "timestamp.txt").write_text("2026-11-02 10:00:00.250000 UTC")
    (folder / "notes.txt").write_text("mine")
    assert taken(course, zipped({BRANDT: notebook("zip")})).works[0].outcome == "replaced"
    assert there(course, "jbrandt")[0] == notebook("zip")
    assert kept(course, "jbrandt") == [notebook("exchange")]
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_zip_of_before_does_not_replace_what_came_by_the_exchange_later(course, zipped):
    """The times decide where files have no common numbers."""
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.ipynb").write_bytes(notebook("exchange"))
    (folder / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")
    old = zipped({BRANDT: notebook("zip")}, packed=datetime(2026, 11, 1))
    assert taken(course, old).works[0].outcome == "older"
    assert there(course, "jbrandt")[0] == notebook("exchange")


def test_a_renamed_notebook_by_hand_is_replaced_and_kept(course, zipped):
    """Two notebooks in one folder would be one too many."""
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    folder.mkdir(parents=True)
    (folder / "Untitled.ipynb").write_bytes(notebook("by hand"))
    taken(course, zipped({BRANDT: notebook("zip")}))
    assert [path.name for path in folder.glob("*.ipynb")] == ["toy.ipynb"]
    place = course.grading / "collected" / "toy" / "jbrandt" / "1" / "Untitled.ipynb"
    assert place.read_bytes() == notebook("by hand")


def test_links_in_the_course_are_not_followed(course, zipped, tmp_path):
    """A folder that is a link is nobody's; a notebook that is one is moved aside as it is."""
    submitted = course.grading / "submitted"
    (submitted / "jbrandt").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (submitted / "jbrandt" / "toy").symlink_to(tmp_path / "elsewhere")
    (submitted / "sobrien" / "toy").mkdir(parents=True)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (submitted / "sobrien" / "toy" / "toy.ipynb").symlink_to(secret)
    done = taken(course, zipped({BRANDT: notebook(""), OBRIEN: notebook("mine")}))
    assert "is a link" in done.unmatched[0].why and not list((tmp_path / "elsewhere").iterdir())
    assert there(course, "sobrien")[0] == notebook("mine") and secret.read_text() == "secret"


def test_what_is_in_the_way_of_one_students_work_stops_nobody_elses(course, zipped):
    """A folder where the time belongs, a file where the student's folder does."""
    submitted = course.grading / "submitted"
    (submitted / "jbrandt" / "toy" / "timestamp.txt").mkdir(parents=True)
    (submitted / "sobrien").write_text("")
    done = taken(course, zipped({one: notebook("mine") for one in (BRANDT, OBRIEN, WANG)}))
    assert there(course, "xwang")[0] == notebook("mine")
    assert [one.student for one in done.unmatched] == ["jbrandt", "sobrien"]
    assert all("cannot be put" in one.why and one.remedy for one in done.unmatched)


def test_an_id_in_the_gradebook_that_is_no_folder_is_refused(course, zipped):
    """nbgrader takes any; no file is written outside of the folder of submissions."""
    with open_gradebook(load_config(course)) as book:
        book.add_student("../../x", lms_user_id="666")
        book.add_student("..", lms_user_id="667")
    files = {"x_666_1_toy.ipynb": notebook(""), "y_667_2_toy.ipynb": notebook("")}
    done = taken(course, zipped(files))
    assert not done.works and ["cannot be a folder" in one.why for one in done.unmatched] == [
        True,
        True,
    ]
    assert not list(course.root.parent.rglob("*.ipynb"))


@pytest.mark.parametrize(
    ("packed", "name", "stamp"),
    [
        (datetime(2026, 11, 2, 9, 0), BRANDT, "2026-11-02 09:00:00 UTC"),
        (PACKED, BRANDT, "2026-11-03 23:00:00 UTC"),
        (PACKED, BRANDT.replace("_4", "_LATE_4"), "2026-11-09 14:30:02 UTC"),
    ],
    ids=["before the deadline", "in time, packed later", "late"],
)
def test_a_time_from_canvas_alone_is_the_latest_that_is_possible(
    course, zipped, packed, name, stamp
):
    """Packed days later, in time is still in time; late is late at the most until the packing."""
    (work,) = taken(course, zipped({name: notebook("")}, packed=packed)).works
    assert there(course, "jbrandt")[1] == work.time == stamp and not work.told
    assert work.late == ("LATE" in name)


def handed_in(course, student, time):
    """Tell the gradebook of a submission; nbgrader's rows come in an order that is warned of."""
    with open_gradebook(load_config(course)) as book, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book.add_submission("toy", student, timestamp=time)


def test_an_extension_moves_the_latest_time_that_is_possible(course, zipped):
    """As nbgrader's gradebook has it."""
    handed_in(course, "jbrandt", None)
    with open_gradebook(load_config(course)) as book:
        book.grant_extension("toy", "jbrandt", hours=48)
    taken(course, zipped({BRANDT: notebook(""), OBRIEN: notebook("")}))
    assert there(course, "jbrandt")[1] == "2026-11-05 23:00:00 UTC"
    assert there(course, "sobrien")[1] == "2026-11-03 23:00:00 UTC"


def test_canvas_api_says_when_things_were_handed_in(course, zipped):
    """To the second; and a second collect with it corrects what a first one could not know."""
    path = zipped({BRANDT: notebook("1"), CRUZ: notebook("2"), WANG: notebook("3")})
    taken(course, path)
    handed_in(course, "jbrandt", datetime(2026, 11, 3, 23))
    done = taken(course, path, Sources(times=(DATA / "canvas_submissions.json",)))
    assert {work.student: work.outcome for work in done.works} == {
        "jbrandt": "corrected",
        "mcruz@uni.example": "corrected",
        "xwang": "unchanged",
    }
    assert there(course, "jbrandt") == (notebook("1"), "2026-11-02 08:15:31 UTC")
    assert there(course, "mcruz@uni.example")[1] == "2026-11-04 00:01:07 UTC"
    with open_gradebook(load_config(course)) as book:
        found = book.find_submission("toy", "jbrandt")
        assert found.timestamp == datetime(2026, 11, 2, 8, 15, 31)
    again = taken(course, path, Sources(times=(DATA / "canvas_submissions.json",)))
    assert {work.outcome for work in again.works} == {"unchanged"}


def test_an_anonymous_zip_of_canvas_is_refused_with_a_remedy(course, zipped):
    """It tells nobody's name."""
    one = refused(course, {"anon_aB3xZ_5_toy.ipynb": notebook("")}, zipped)
    assert "anonymous" in one.why and "Turn off" in one.remedy


def moodle_files(*, folders=True):
    """The files of the class as Moodle packs them; its names have no apostrophe."""
    people = {
        "Jürgen Brandt_2718281": "toy.ipynb",
        "María José de la Cruz_2718282": "toy.ipynb",
        "Siobhán OBrien_2718283": "Untitled.ipynb",
        "王小明_2718284": "toy.ipynb",
        "Min-jun Kim_2718285": "toy.ipynb",
        "Min-jun Kim_2718286": "toy.ipynb",
    }
    sign = "/" if folders else "_"
    return {
        f"{who}_assignsubmission_file{sign}{name}": notebook(who) for who, name in people.items()
    }


@pytest.mark.parametrize("folders", [True, False], ids=["folders", "flat"])
def test_a_zip_of_moodle_is_matched_by_its_worksheet(moodle_course, zipped, folders):
    """By the numbers of the folders, two students of one name included; with their times."""
    sources = Sources(DATA / "moodle_worksheet.csv", zone=BERLIN)
    done = taken(moodle_course, zipped(moodle_files(folders=folders)), sources)
    assert done.system == "moodle" and not done.unmatched and done.missing == ("1007",)
    stamps = {work.student: there(moodle_course, work.student) for work in done.works}
    assert stamps["1001"] == (notebook("Jürgen Brandt_2718281"), "2026-11-02 08:15:00 UTC")
    assert stamps["1002"][1] == "2026-11-04 00:01:00 UTC"
    assert stamps["1003"][1] == "2026-11-03 22:58:00 UTC"
    assert stamps["kim@uni.example"][0] == notebook("Min-jun Kim_2718285")
    assert stamps["kim@other.example"][0] == notebook("Min-jun Kim_2718286")
    assert [work.student for work in done.works if work.late] == ["1002"]
    remarks = {work.student: work.remarks for work in done.works if work.remarks}
    assert remarks == {
        "1003": ("renamed from Untitled.ipynb",),
        "xiaoming.wang": ("a draft in Moodle",),
    }


def test_without_a_worksheet_moodle_is_matched_by_names_that_are_unique(moodle_course, zipped):
    """Namesakes are listed. Nobody is made late by the time of a download."""
    done = taken(moodle_course, zipped(moodle_files()))
    assert [work.student for work in done.works] == ["1001", "1002", "1003", "xiaoming.wang"]
    assert len(done.unmatched) == 2
    for one in done.unmatched:
        assert "kim@other.example and kim@uni.example" in one.why and "--worksheet" in one.remedy
    assert {work.time for work in done.works} == {""}
    assert there(moodle_course, "1001") == (notebook("Jürgen Brandt_2718281"), None)


def test_two_people_who_call_themselves_the_same_are_both_listed(moodle_course, zipped):
    """Whoever has taken a student's name hands in nothing in it."""
    done = taken(
        moodle_course,
        zipped(
            {
                "Jürgen Brandt_1_assignsubmission_file/toy.ipynb": notebook("mine"),
                "jürgen brandt_2_assignsubmission_file/toy.ipynb": notebook("forged"),
            }
        ),
    )
    assert not done.works and len(done.unmatched[0].paths) == 2
    assert there(moodle_course, "1001") == (None, None)


@pytest.mark.parametrize("worksheet", [True, False])
def test_a_group_that_is_called_like_a_student_hands_in_nothing_for_them(
    moodle_course, zipped, worksheet
):
    """By their name, or by their number; students choose the names of groups."""
    files = {
        f"{group}_assignsubmission_file/toy.ipynb": notebook("forged")
        for group in ("Siobhán OBrien", "2718281")
    }
    mine = {"Jürgen Brandt_2718281_assignsubmission_file/toy.ipynb": notebook("mine")}
    sources = Sources(DATA / "moodle_worksheet.csv", zone=BERLIN) if worksheet else None
    done = taken(moodle_course, zipped({**files, **mine}), sources)
    assert there(moodle_course, "1001")[0] == notebook("mine") and len(done.works) == 1
    assert ["a group" in one.why for one in done.unmatched] == [True, True]


def test_a_worksheet_needs_the_zone_of_its_times(moodle_course, zipped):
    """And every row must be somebody's."""
    path = zipped(moodle_files())
    with pytest.raises(CourseError) as refused:
        taken(moodle_course, path, Sources(DATA / "moodle_worksheet.csv"))
    assert "--zone" in refused.value.remedy
    assert not list((moodle_course.grading / "submitted").rglob("*.ipynb"))


def test_a_worksheet_in_another_language_still_says_who_is_who(moodle_course, zipped, tmp_path):
    """By the addresses; its times are not read."""
    path = tmp_path / "bewertungen.csv"
    with open(DATA / "moodle_worksheet.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    rows[0] = ["ID", "Vollständiger Name", "ID-Nummer", "E-Mail-Adresse", "Status", "Bewertung"]
    rows[0] += ["Bestwertung", "Bewertung kann geändert werden", "Zuletzt geändert", "x", "y"]
    for row in rows[1:]:
        row[0] = row[0].replace("Participant ", "Teilnehmer/in")
        row[8] = "Dienstag, 3. November 2026, 23:58"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    done = taken(moodle_course, zipped(moodle_files()), Sources(path))
    assert len(done.works) == 6 and not done.unmatched
    assert {work.told for work in done.works} == {False}


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Tuesday, 3 November 2026, 11:58 PM", datetime(2026, 11, 3, 22, 58)),
        ("Tuesday, 3 November 2026, 11:58\u202fPM", datetime(2026, 11, 3, 22, 58)),
        ("Tuesday, November 3, 2026, 11:58 PM", datetime(2026, 11, 3, 22, 58)),
        ("3 November 2026, 23:58", datetime(2026, 11, 3, 22, 58)),
        ("Wednesday, 1 July 2026, 12:05 AM", datetime(2026, 6, 30, 22, 5)),
        ("-", None),
        ("Dienstag, 3. November 2026, 23:58", None),
    ],
)
def test_times_of_moodle_are_read_in_their_zone(text, time, tmp_path):
    """In English, with twelve hours or twenty-four."""
    path = tmp_path / "w.csv"
    path.write_text(
        "Identifier,Full name,Email address,Last modified (submission)\n"
        f'Participant 7,Ann,a@x.org,"{text}"\n',
        encoding="utf-8",
    )
    assert moodle.read_worksheet(path, BERLIN)["7"].time == time


def test_files_that_name_nobody_are_listed_and_the_command_says_so(course, zipped):
    """Exit 1, each file by its name, with why and what can be done; the rest is collected."""
    stranger = "nobodyknows_55555_7_toy.ipynb"
    path = zipped({BRANDT: notebook(""), stranger: notebook(""), "readme\x1b[31m.txt": b"hi"})
    code, text = said(course, path, "toy")
    assert code == 1
    assert f"unmatched: {stranger}" in text and "nobody on the roster has the Canvas id" in text
    assert "autograder roster FILE.csv" in text and "\x1b" not in text
    assert "1 submissions from Canvas: 1 new; 0 late, 7 missing" in text
    assert "no submission of: S1008, bsmith" in text and "the files of 2" in text
    assert there(course, "jbrandt")[0] == notebook("")


def test_the_command_ends_with_0_when_all_is_matched(course, zipped):
    """And says that a zip does not tell when."""
    code, text = said(course, zipped({BRANDT: notebook(""), CRUZ: notebook("")}), "toy")
    assert code == 0
    assert "A zip does not say when" in text and "1 of them of late work" in text
    code, text = said(course, zipped({BRANDT: notebook(""), CRUZ: notebook("")}), "toy")
    assert code == 0 and "2 unchanged" in text


def test_a_dry_run_writes_nothing(course, zipped):
    """It says the same as the collect itself."""
    path = zipped({BRANDT: notebook(""), "b_1_2_toy.ipynb": notebook("")})
    before = {one: one.stat().st_mtime_ns for one in course.root.rglob("*") if one.is_file()}
    code, text = said(course, path, "toy", "--dry-run")
    assert code == 1 and "nothing was written" in text and "jbrandt new" in text
    after = {one: one.stat().st_mtime_ns for one in course.root.rglob("*") if one.is_file()}
    assert after == before
    code, told = said(course, path, "toy")
    assert "1 submissions from Canvas: 1 new" in text and "1 submissions from Canvas: 1 new" in told


@pytest.mark.parametrize(
    ("make", "said_of_it"),
    [
        (lambda path: path.write_bytes(b"PK\3\4 and then nothing"), "not a zip file"),
        (lambda path: path.mkdir(), "not a zip file"),
        (lambda path: make_zip(path, {"toy.ipynb": b"", "a/b.txt": b""}), "no file that is named"),
        (lambda path: make_zip(path, {}), "no file that is named"),
    ],
    ids=["cut off", "a folder", "other names", "empty"],
)
def test_what_is_no_zip_of_submissions_is_refused(course, tmp_path, make, said_of_it):
    """With a remedy."""
    path = tmp_path / "x.zip"
    make(path)
    with pytest.raises(CourseError) as refused:
        taken(course, path)
    assert said_of_it in str(refused.value) and refused.value.remedy


def test_the_wrong_files_beside_a_zip_are_refused(course, moodle_course, zipped, tmp_path):
    """Worksheets are Moodle's, lists of submissions Canvas's; neither is anything else."""
    ours, theirs = zipped({BRANDT: b""}), zipped(moodle_files(), "moodle.zip")
    times = DATA / "canvas_submissions.json"
    worksheet = DATA / "moodle_worksheet.csv"
    for course_of, path, sources in (
        (course, ours, Sources(worksheet)),
        (moodle_course, theirs, Sources(times=(times,))),
        (moodle_course, theirs, Sources(DATA / "canvas_gradebook.csv", zone=BERLIN)),
        (course, ours, Sources(times=(worksheet,))),
    ):
        with pytest.raises(CourseError):
            taken(course_of, path, sources)


def test_a_course_without_students_says_what_comes_first(tmp_path, zipped):
    """The roster."""
    with pytest.raises(CourseError) as refused:
        taken(make_course(tmp_path / "new"), zipped({BRANDT: b""}))
    assert "autograder roster" in refused.value.remedy


def test_no_batch_grades_while_submissions_come_in(course, zipped):
    """It would find half of them."""
    with (
        alone(course.assignment("toy")),
        pytest.raises(CourseError, match="another batch is grading"),
    ):
        taken(course, zipped({BRANDT: notebook("")}))


def test_every_collect_leaves_a_line_in_the_log(course, zipped):
    """Which zip, and whose work changed; nothing where nothing did."""
    path = zipped({BRANDT: notebook("")})
    taken(course, path)
    taken(course, path)
    (note,) = read_history(course.assignment("toy")).notes
    assert (note["event"], note["file"]) == ("collect", "submissions.zip")
    assert note["students"] == {"jbrandt": "new"} and len(note["sha256"]) == 64


def test_a_collect_that_was_interrupted_is_finished_by_the_next(course, zipped, monkeypatch):
    """Wherever it stopped, nothing is lost and the newer notebook is there in the end."""
    first = zipped({"b_40217_1_toy.ipynb": notebook("first")}, "1.zip")
    second = zipped({"b_40217_2_toy-1.ipynb": notebook("second")}, "2.zip")
    taken(course, first)
    replace = os.replace
    for stop in range(1, 4):
        calls = iter(range(1, 100))

        def cut(*paths, stop=stop, calls=calls):
            if next(calls) == stop:
                raise KeyboardInterrupt
            return replace(*paths)

        monkeypatch.setattr(os, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            taken(course, second)
        monkeypatch.setattr(os, "replace", replace)
        taken(course, second)
        assert there(course, "jbrandt")[0] == notebook("second")
        assert notebook("first") in kept(course, "jbrandt")
        copy = course.grading / "collected" / "toy" / "jbrandt"
        (copy / "now.json").unlink()
        (course.grading / "submitted" / "jbrandt" / "toy" / "toy.ipynb").write_bytes(
            notebook("first")
        )


def test_a_large_class_is_collected_whole(course, zipped):
    """From one zip, matched one by one."""
    listed = course.root / "many.csv"
    rows = "".join(f"s{n},F{n},L{n},{70000 + n}\n" for n in range(300))
    listed.write_text(f"student,first_name,last_name,lms_user_id\n{rows}")
    import_roster(course, listed)
    files = {f"l_{70000 + n}_{n}_toy.ipynb": notebook(str(n)) for n in range(300)}
    done = taken(course, zipped(files))
    assert len(done.works) == 300 and not done.unmatched
    assert there(course, "s299")[0] == notebook("299")


@pytest.mark.slow
def test_nbgrader_zip_collect_goes_on_working(course, tmp_path):
    """With the expression of the instructors' page, where folders are called by Canvas's ids."""
    with open(course.root / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(ZIP_COLLECT)
    archive = course.grading / "downloaded" / "toy" / "archive"
    archive.mkdir(parents=True)
    files = {BRANDT.replace("toy", "toy-3"): notebook("mine"), CRUZ: notebook("late")}
    make_zip(archive / "submissions.zip", files)
    command = [sys.executable, "-m", "nbgrader", "zip_collect", "toy"]
    done = subprocess.run(
        command, cwd=course.root, capture_output=True, text=True, timeout=LONG, check=False
    )
    assert done.returncode == 0, done.stderr
    assert there(course, "40217")[0] == notebook("mine")
    assert there(course, "40218")[0] == notebook("late")
    found = find_submissions(course.grading / "submitted", "toy")
    assert [one.student for one in found] == ["40217", "40218"]


ZIP_COLLECT = r"""
c.ZipCollectApp.downloaded_directory = "grading/downloaded"
c.FileNameCollectorPlugin.named_regexp = (
    r".*/[^/]*?_(LATE_)?(?P<student_id>\d+)_\d+_(?P<file_id>[^/]+?)(-\d+)?(?=\.ipynb$)"
)
"""
