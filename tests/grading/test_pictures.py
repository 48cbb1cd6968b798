"""Whatever a student makes, the pictures of a page unpack to a bounded number of pixels."""

import base64
import copy
import io
import json
import re
import struct
import zlib

import nbformat
import pytest
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

from autograder.feedback.boxes import Box
from autograder.feedback.notebook import ReleasedNotebook
from autograder.grading.attachments import Album, safe_attachments
from autograder.grading.grade import _text
from autograder.grading.outputs import clean_outputs
from autograder.grading.pictures import (
    MAX_PIXELS,
    MAX_SIDE,
    MAX_TOTAL_PIXELS,
    PNG,
    read_jpeg,
    read_picture,
    read_png,
)
from autograder.reports.formgrader import OnlyWhatShows

ROOM = 8_000_000


def base64_of(content):
    return base64.b64encode(content).decode()


def chunk(kind, data):
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def png(width, height, *, before=(), after=()):
    """A black picture of a few bytes that unpacks to its size; one bit a pixel."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(height * (1 + (width + 7) // 8)), 9)
    parts = (chunk(b"IHDR", header), *before, chunk(b"IDAT", rows), *after, chunk(b"IEND", b""))
    return PNG + b"".join(parts)


def jpeg(width=64, height=64, **how):
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "JPEG", **how)
    return file.getvalue()


def pixels(data):
    """How many pixels a picture of base64 unpacks to, by another reader than ours."""
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        return image.width * image.height * getattr(image, "n_frames", 1)


def shown(text):
    """The pictures of a page, by what it says to a browser."""
    return re.findall(r"data:image/[a-z]+;base64,([A-Za-z0-9+/=]+)", text)


LARGE = base64_of(png(4_000, 4_000))


def notebook(pictures=100, answers=3):
    """A notebook of cells that draw and answers that show the largest picture that is allowed."""
    display = {"output_type": "display_data", "metadata": {}, "data": {"image/png": LARGE}}
    cells = [
        nbformat.v4.new_code_cell("draw()", outputs=[nbformat.from_dict(copy.deepcopy(display))])
        for _ in range(pictures)
    ]
    for number in range(answers):
        names = [f"{index}.png" for index in range(20)]
        cell = nbformat.v4.new_markdown_cell(
            " ".join(f"![](attachment:{name})" for name in names),
            metadata={"nbgrader": {"grade_id": f"why_{number}", "solution": True, "grade": True}},
        )
        cell.attachments = {name: {"image/png": LARGE} for name in names}
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


@pytest.mark.parametrize("size", [(1, 16_000_000), (16_000_000, 1), (MAX_SIDE + 1, 2)])
def test_a_picture_has_no_endless_side(size):
    """A browser makes a page as long or as wide."""
    assert read_png(base64_of(png(*size))) is None
    assert read_png(base64_of(png(MAX_SIDE, 2))).pixels == 2 * MAX_SIDE


def test_many_pictures_of_few_bytes_fill_no_page():
    """Neither the notebook for formgrader, nor formgrader's page of it, nor an answer."""
    nb = notebook()
    before = len(nb.cells)
    graded = nbformat.reads(_text(nb), as_version=4)
    nbformat.validate(graded)
    assert len(graded.cells) == before
    text = json.dumps(graded)
    pictures = [data for data in re.findall(r'"image/png": "([^"]+)"', text)]
    assert 0 < sum(map(pixels, pictures)) <= MAX_TOTAL_PIXELS
    assert "a picture is left out" in text
    stock, _ = OnlyWhatShows().preprocess(notebook(), {})
    pictures = re.findall(r'"image/png": "([^"]+)"', json.dumps(stock))
    assert 0 < sum(map(pixels, pictures)) <= MAX_TOTAL_PIXELS
    album = Album()
    album.take("", {f"{index}.png": {"image/png": LARGE} for index in range(20)})
    kept = [data for bundle in album.attachments.values() for data in bundle.values()]
    assert 0 < sum(map(pixels, kept)) <= MAX_TOTAL_PIXELS
    assert len(album.left_out) == 20 - len(kept)


def test_a_feedback_page_unpacks_a_bounded_number_of_pixels():
    """Whoever wrote the notebook in autograded/: here it was not the batch."""
    nb = notebook()
    for number, cell in enumerate(nb.cells):
        cell.id = f"cell-{number}"
    release = copy.deepcopy(nb)
    for cell in release.cells:
        cell.source += " "
    cells = ReleasedNotebook(release).show(nb, dict[str, Box](), ())
    pictures = [
        output["picture"] for cell in cells for output in cell.outputs if "picture" in output
    ]
    assert 0 < sum(map(pixels, pictures)) <= MAX_TOTAL_PIXELS


def test_one_picture_that_is_named_often_is_shown_once():
    """nbconvert writes all of it at every reference."""
    cell = nbformat.v4.new_markdown_cell(metadata={"nbgrader": {"solution": True, "grade": True}})
    album = Album()
    cell.source = album.take("![](attachment:a.png) " * 1_000, {"a.png": {"image/png": LARGE}})
    cell.attachments = album.attachments
    (cell,) = nbformat.reads(_text(nbformat.v4.new_notebook(cells=[cell])), as_version=4).cells
    page = MarkdownWithMath(
        renderer=IPythonRenderer(escape=False, attachments=cell.attachments)
    ).render(cell.source)
    assert len(shown(page)) == 1


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"acTL", struct.pack(">II", 50_000, 0)),
        chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 9, 9, 0, 0, 1, 1, 0, 0)),
        chunk(b"fdAT", bytes(4) + zlib.compress(bytes(27))),
        chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10_000_000), 9)),
        chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(10_000_000), 9)),
        chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(10_000_000), 9)),
        chunk(b"eXIf", b"II*\0"),
        chunk(b"tEXt", b"Comment\0<script>alert(1)</script>"),
    ],
    ids=lambda extra: extra[4:8].decode(),
)
def test_of_a_png_only_what_draws_it_is_kept(extra):
    """No frames of an animation, no texts or profiles that unpack, wherever they stand."""
    plain = base64_of(png(9, 9))
    for where in ("before", "after"):
        assert read_png(base64_of(png(9, 9, **{where: (extra,)}))).data == plain


def test_a_png_with_two_headers_is_none():
    """Another reader may believe the other one."""
    other = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0))
    assert read_png(base64_of(png(9, 9, after=(other,)))) is None
    assert read_png(base64_of(png(9, 9, before=(other,)))) is None


def test_a_jpeg_with_two_sizes_is_none():
    """Whichever of them comes first."""
    whole = jpeg()
    at = whole.index(b"\xff\xc0")
    frame = whole[at : at + 2 + int.from_bytes(whole[at + 2 : at + 4])]
    large = frame[:5] + b"\xff\xff\xff\xff" + frame[9:]
    assert read_jpeg(base64_of(whole)).pixels == 64 * 64
    for frames in (large + frame, frame + large, large):
        assert read_jpeg(base64_of(whole.replace(frame, frames))) is None


def test_a_jpeg_of_thousands_of_scans_is_none():
    """Each makes a browser draw all of it again; programs write about ten."""
    whole = jpeg(progressive=True)
    assert read_jpeg(base64_of(whole)) is not None
    last = whole.rindex(b"\xff\xda")
    scan = whole[last:-2]
    assert read_jpeg(base64_of(whole[:-2] + scan * 1_000 + whole[-2:])) is None


@pytest.mark.parametrize("size", [(640, 480), (4_000, 3_000), (3_000, 4_000)])
def test_ordinary_pictures_are_shown(size):
    """A plot, and photos of a page."""
    for content in (png(*size), jpeg(*size), jpeg(*size, progressive=True)):
        picture = read_picture(base64_of(content))
        assert picture.pixels == size[0] * size[1] <= MAX_PIXELS
    display = {"output_type": "display_data", "data": {"image/png": base64_of(png(*size))}}
    assert clean_outputs([display], ROOM)
    assert safe_attachments({"attachments": {"a": {"image/jpeg": base64_of(jpeg(*size))}}})
