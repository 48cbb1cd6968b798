"""Pictures of a written answer are shown when they are PNG or JPEG, and nothing else ever is."""

import base64
import io
import json
import random
import re

import nbformat
import pytest
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

from autograder.course.cells import is_written
from autograder.course.notebook_file import read_notebook
from autograder.grading import attachments as module
from autograder.grading.attachments import Album, safe_attachments
from autograder.grading.grade import _text
from autograder.grading.intake import clean_copy
from autograder.grading.outputs import harmless_markdown
from autograder.grading.pictures import read_picture
from tests.grading.test_written_answers import RELEASED, Work
from tests.growth import growth

SVG = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").decode()
HTML = base64.b64encode(b"<script>alert(1)</script>").decode()


def drawn(kind, colour="red", size=(3, 2), *, noise=False, **how):
    """A picture as base64: of one colour, or of noise, which cannot be packed."""
    file = io.BytesIO()
    image = Image.effect_noise(size, 90) if noise else Image.new("RGB", size, colour)
    image.save(file, kind, **how)
    return base64.b64encode(file.getvalue()).decode()


PNG, JPEG, GIF = drawn("PNG"), drawn("JPEG"), drawn("GIF")
PICTURES = {
    "PNG": ("image/png", PNG, PNG),
    "JPEG": ("image/jpeg", JPEG, JPEG),
    "progressive JPEG": ("image/jpeg", *[drawn("JPEG", progressive=True, size=(70, 50))] * 2),
    "lines of base64": ("image/png", [f"{PNG[:40]}\n", PNG[40:]], PNG),
    "under another type": ("image/gif", PNG, PNG),
    "something after its end": (
        "image/jpeg",
        base64.b64encode(base64.b64decode(JPEG) + b"<script>").decode(),
        JPEG,
    ),
}
UNSAFE = {
    "SVG": ("image/svg+xml", SVG),
    "SVG that says PNG": ("image/png", SVG),
    "HTML": ("text/html", HTML),
    "GIF": ("image/gif", GIF),
    "cut off PNG": ("image/png", PNG[:40]),
    "cut off JPEG": ("image/jpeg", base64.b64encode(base64.b64decode(JPEG)[:-9]).decode()),
    "no base64": ("image/png", "ä"),
    "a number": ("image/png", 7),
    "an object": ("image/png", {"a": PNG}),
}
# How a picture stands in the text; NAME is the attachment's.
FORMS = {
    "Jupyter": "![image.png](attachment:NAME)",
    "with a title": '![a](attachment:NAME "my title")',
    "in brackets": "![a](<attachment:NAME>)",
    "HTML": "<img src='attachment:NAME' width=\"300\"/>",
    "HTML with a description": '<img alt="a" src="attachment:NAME">',
    "reference": "![a][1]\n\n[1]: attachment:NAME",
    "not at all": "see the picture",
}


def answer(text, attachments):
    """The answer's cell of the clean copy, with this text and these attachments handed in."""
    work = Work("pooling")
    work.own |= {"source": text, "attachments": attachments}
    clean = clean_copy(read_notebook(json.dumps(work.nb).encode()), RELEASED["pooling"])
    nb = nbformat.reads(_text(clean.nb), as_version=4)
    nbformat.validate(nb)
    (cell,) = [cell for cell in nb.cells if is_written(cell)]
    return cell, clean.flags


def pictures_on_page(cell):
    """The pictures that stock nbconvert shows of a cell; it fails where one is missing."""
    renderer = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}))
    page = MarkdownWithMath(renderer=renderer).render(cell.source)
    assert "<script>alert" not in page and "<svg" not in page
    return [part for part in re.findall(r'src="([^"]*)"', page) if part.startswith("data:")]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["image.png", "photo (1) of mine.jpeg", "Ünï.png", "a.png.png"])
@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_is_shown_however_it_stands_in_the_text(picture, name, form):
    """Nothing of it but the picture: neither its name nor its size nor what follows its end."""
    kind, data, safe = PICTURES[picture]
    cell, flags = answer(FORMS[form].replace("NAME", name), {name: {kind: data}})
    ((called, bundle),) = cell.attachments.items()
    ((shown_kind, shown),) = bundle.items()
    assert shown == safe and shown_kind.removeprefix("image/") == called[-3:].replace("jpg", "jpeg")
    assert pictures_on_page(cell) == [f"data:{shown_kind};base64,{safe}"]
    assert flags == ()


@pytest.mark.parametrize("picture", UNSAFE)
@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_safe_picture_is_left_out_and_named(picture, form):
    """The text around it stays, the page can be made, and the flag says where to look."""
    kind, data = UNSAFE[picture]
    text = f"My answer. {FORMS[form].replace('NAME', 'mine.png')}"
    cell, flags = answer(text, {"mine.png": {kind: data}})
    assert not cell.get("attachments")
    assert "My answer." in cell.source
    assert pictures_on_page(cell) == []
    assert flags[0].startswith("picture not shown: written_pool has mine.png")
    assert "notebook that was handed in" in flags[0]


@pytest.mark.parametrize(
    "form", ["![image.png]({})", "<img src='{}'>", '<img width="3" src="{}" alt="a">']
)
@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_picture_in_the_text_becomes_an_attachment(form, kind):
    """As Colab writes it; the answer is no longer for it, whatever its size."""
    huge = drawn(kind.upper(), size=(2000, 1500), **({"quality": 95} if kind == "jpeg" else {}))
    large = drawn(kind.upper(), size=(700, 700), noise=True)
    assert len(large) > 200_000
    for one in (drawn(kind.upper()), huge, large):
        address = f"data:image/{kind};base64,{one}"
        cell, flags = answer(f"Look: {form.format(address)} and so on.", {})
        assert pictures_on_page(cell) == [address] and flags == ()
        assert cell.source.endswith("and so on.") and len(cell.source) < 200


def test_unsafe_data_in_the_text_is_left_out():
    """Nothing of it is left that a browser could run."""
    for kind, data in (("svg+xml", SVG), ("png", HTML)):
        cell, flags = answer(f"So: ![a](data:image/{kind};base64,{data})", {})
        assert data not in cell.source and not cell.get("attachments")
        assert flags[0].startswith("picture not shown: written_pool has a picture in the text")


def test_another_picture_is_another_answer():
    """By the text alone nbgrader decides whether a person is asked again."""
    texts = {
        answer("![a](attachment:a.png)", {"a.png": {"image/png": drawn("PNG", colour)}})[0].source
        for colour in ("red", "green", "red")
    }
    assert len(texts) == 2


def test_pictures_of_one_name_in_two_cells_are_both_shown():
    """Jupyter calls every pasted picture image.png."""
    work = Work("pooling")
    red, green = drawn("PNG", "red"), drawn("PNG", "green")
    work.own |= {"source": "![](attachment:image.png)"}
    work.own["attachments"] = {"image.png": {"image/png": red}}
    work.add(1, "![](attachment:image.png)")
    work.cells[work.at + 1]["attachments"] = {"image.png": {"image/png": green}}
    clean = clean_copy(read_notebook(json.dumps(work.nb).encode()), RELEASED["pooling"])
    (cell,) = [cell for cell in nbformat.reads(_text(clean.nb), 4).cells if is_written(cell)]
    assert pictures_on_page(cell) == [f"data:image/png;base64,{one}" for one in (red, green)]


@pytest.mark.parametrize(
    "text",
    [
        "![a](attachment:other.png)",
        "![a](attachment:picture-1-00000000.png)",
        "[a](attachment:picture-1-00000000.png)",
        "![a][1]\n\n[1]: attachment:gone.png",
        "<img src='attachment:gone.png'>",
    ],
)
def test_a_picture_that_is_not_there_does_not_stop_the_page(text):
    """nbconvert cannot make a page with such a reference."""
    cell, _ = answer(text, {"image.png": {"image/png": PNG}})
    assert len(pictures_on_page(cell)) == 1


def test_only_so_many_pictures_are_taken(monkeypatch):
    """The others are named; so are those that together are too large."""
    many = {f"{number}.png": {"image/png": PNG} for number in range(30)}
    cell, flags = answer("text", many)
    assert len(cell.attachments) == module.MAX_PICTURES
    assert "and 7 more" in flags[0]
    monkeypatch.setattr(module, "MAX_BASE64", 2 * len(PNG))
    assert len(answer("text", many)[0].attachments) == 2


def test_the_pictures_of_a_graded_notebook_are_looked_at_again():
    """Stock nbgrader leaves attachments as the student made them."""
    raw = {
        name: {kind: data} for name, (kind, data) in {**UNSAFE, "fine": ("image/png", PNG)}.items()
    }
    (only,) = safe_attachments({"attachments": raw}).items()
    assert (only[0], only[1].type, only[1].data) == ("fine", "image/png", PNG)
    for odd in (None, 7, [1], {"a": 7}):
        assert safe_attachments({"attachments": odd}) == {}


def test_any_bytes_are_a_whole_picture_or_none():
    """With a few of them replaced by chance; what is shown can always be opened."""
    rng = random.Random(3)
    for whole in (drawn("JPEG", size=(40, 30)), drawn("PNG", size=(40, 30))):
        for _ in range(1000):
            data = bytearray(base64.b64decode(whole))
            for _ in range(rng.randint(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            found = read_picture(base64.b64encode(data).decode())
            assert found is None or found.type in ("image/png", "image/jpeg")


def test_a_picture_of_too_many_pixels_is_not_shown():
    """A browser unpacks them all."""
    jpeg = bytearray(base64.b64decode(JPEG))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = b"\xff\xff\xff\xff"
    assert read_picture(base64.b64encode(jpeg).decode()) is None


@pytest.mark.parametrize(
    "text",
    [
        "<img " * 2,
        "![" * 2,
        "![a](attachment:",
        "data:image/png;base64,A",
        "attachment:a.png ",
        "<img src=data:image/png;base64,",
    ],
)
def test_the_time_for_a_text_grows_no_faster_than_its_length(text):
    """Whatever looks like the beginning of a picture."""

    def read(size):
        Album().take(text * size, {"a.png": {"image/png": PNG}})

    assert growth(read, 4_000) < 8


def test_a_text_without_pictures_is_as_it_was():
    """And is made harmless as before."""
    text = "see [the notes](https://cs231n.github.io) and ![a plot](plot.png)"
    assert Album().take(text, {}) == Album().take(text, None) == text
    assert harmless_markdown(text, ()) == text
