"""Whatever is wrong with a zip costs no more than the files that it is wrong with."""

import stat
import zipfile
import zlib

import pytest

from autograder.course.notebook_file import MAX_BYTES
from autograder.lms.archive import MAX_NAME, Archive
from tests import zips
from tests.growth import growth
from tests.lms.zips_of_systems import (
    BRANDT,
    WANG,
    collect_zip,
    packed_zip,
    refusal_of,
    submission_of,
)
from tests.zips import notebook, patch, patch_flags, with_extra


@pytest.mark.parametrize("unflagged", [True, False], ids=["as rubyzip", "flagged"])
def test_names_are_utf8_whether_the_zip_says_so_or_not(course, zipped, unflagged):
    """Canvas does not set the bit."""
    done = collect_zip(course, zipped({BRANDT: notebook("")}, unflagged=unflagged))
    assert [work.path for work in done.works] == [BRANDT]


def test_a_zip_that_was_unpacked_and_packed_again_is_read(course, zipped):
    """With a folder around everything, and what macOS and Jupyter leave behind."""
    files = {
        f"submissions/{BRANDT}": notebook("mine"),
        f"__MACOSX/submissions/._{BRANDT}": b"\0\5\26\7",
        "submissions/.DS_Store": b"\0\0\0\1Bud1",
        f"submissions/.ipynb_checkpoints/{BRANDT}": notebook("before"),
        "submissions/.ipynb_checkpoints/notes-checkpoint.ipynb": notebook("an instructor's"),
    }
    done = collect_zip(course, zipped(files))
    assert submission_of(course, "jbrandt")[0] == notebook("mine") and not done.unmatched


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
    done = collect_zip(course, zipped({"b_40217_5_work.zip": inner, WANG: notebook("fine")}))
    assert submission_of(course, "xwang")[0] == notebook("fine")
    assert [one.student for one in done.works] == (["xwang"] if why else ["jbrandt", "xwang"])
    for one in done.unmatched:
        assert one.student == "jbrandt" and "the student's zip" in one.why and why in one.why
        assert ".ipynb" in one.remedy and len(one.why) < 400


def test_a_nameless_file_in_a_zip_is_left_out(course, zipped):
    """A name of one NUL is none to Python; the notebook beside it is taken."""
    inner = packed_zip({"toy.ipynb": notebook("mine"), "x": b""})
    at = inner.rindex(b"PK\3\4") + 30
    inner = patch(inner[:at] + b"\0" + inner[at + 1 :], zips.NAME, b"\0")
    collect_zip(course, zipped({"b_40217_5_work.zip": inner}))
    assert submission_of(course, "jbrandt")[0] == notebook("mine")


def test_a_name_of_very_many_digits_is_read(course, zipped):
    """Python refuses to make a number of them; the files of the others are taken."""
    digits = f"b_40217_{'9' * 5000}_toy.ipynb"
    path = zipped({digits: b"", WANG: notebook("mine")})
    assert [one.student for one in collect_zip(course, path).works] == ["xwang"]


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
    done = collect_zip(course, path)
    assert [work.student for work in done.works] == ["xwang"]
    why = {one.student: one.why for one in done.unmatched}
    assert "it is a link" in why["jbrandt"]
    assert "encrypted" in why["mcruz@uni.example"]
    assert "damaged" in why["sobrien"]


def test_bombs_and_other_packings_are_refused(course, zipped):
    """What says that it is larger is not read, and no method is used that takes gigabytes."""
    one = refusal_of(course, {BRANDT: b"0" * (MAX_BYTES + 1)}, zipped)
    assert "20 MB, more than 20" in one.why
    one = refusal_of(course, {BRANDT: notebook("")}, zipped, method=zipfile.ZIP_LZMA)
    assert "a method" in one.why


def test_a_file_that_lies_about_its_size_ends_where_it_said(course, zipped):
    """The header says ten bytes; more are never unpacked."""
    path = zipped({BRANDT: b"0" * (MAX_BYTES + 1)})
    data = bytearray(path.read_bytes())
    size = (MAX_BYTES + 1).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    (one,) = collect_zip(course, path).unmatched
    assert "damaged" in one.why


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused_unless_it_is_the_same(course, zipped):
    """Programs differ on which of the two they unpack."""
    one = refusal_of(course, [(BRANDT, notebook("a")), (BRANDT, notebook("b"))], zipped)
    assert "twice" in one.why
    done = collect_zip(course, zipped([(BRANDT, notebook("a")), (BRANDT, notebook("a"))]))
    assert submission_of(course, "jbrandt")[0] == notebook("a") and not done.unmatched
