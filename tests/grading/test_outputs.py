"""Outputs and written answers become text and pictures, and nothing that a page would run."""

import base64
import json
import struct
import zlib
from html.parser import HTMLParser

import nbformat
import pytest
from nbconvert.filters import ansi2html, markdown2html

from autograder.course.safe_text import MAX_COLOURS, MAX_LINE, MAX_LINES, output_text
from autograder.grading.outputs import (
    MAX_NAME,
    MAX_OUTPUTS,
    clean_outputs,
    harmless_markdown,
)
from autograder.grading.pictures import PNG, read_png
from autograder.reports.formgrader import highlighted
from tests.growth import growth

ROOM = 100_000


def png(width=1, height=1, after=b""):
    """A PNG of one colour that says it has this size, and what follows it, as base64."""

    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b""))
    return base64.b64encode(PNG + b"".join(parts) + after).decode()


PICTURE = png()


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def display(kind="display_data", **data):
    return {
        "output_type": kind,
        "data": {key.replace("_", "/", 1): one for key, one in data.items()},
    }


def error(**fields):
    whole = {"ename": "ValueError", "evalue": "no", "traceback": ["ValueError: no"]}
    return {"output_type": "error"} | whole | fields


def test_text_pictures_and_errors_come_through():
    """What feedback shows is as it was, and is a valid part of a notebook."""
    outputs = clean_outputs([stream("a\n"), display(image_png=PICTURE), error()], ROOM)
    assert outputs[0].text == "a\n"
    assert outputs[1].data == {"image/png": PICTURE}
    assert (outputs[2].ename, outputs[2].evalue) == ("ValueError", "no")
    assert outputs[2].traceback == ["ValueError: no"]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    nbformat.validate(nb)


@pytest.mark.parametrize(
    "mime",
    [
        *("text/html", "text/markdown", "text/latex", "image/svg+xml", "image/jpeg"),
        *("application/javascript", "application/json", "text/plain ", "IMAGE/PNG"),
        "application/vnd.jupyter.widget-view+json",
    ],
)
def test_no_other_kind_of_data_is_kept(mime):
    """HTML, SVG, scripts and widgets go; the plain text beside them stays."""
    whole = {"output_type": "display_data", "data": {mime: "<script>1</script>"}}
    assert clean_outputs([whole], ROOM) == []
    whole["data"]["text/plain"] = "<Figure>"
    (kept,) = clean_outputs([whole], ROOM)
    assert kept.data == {"text/plain": "<Figure>"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<svg onload='alert(1)'/>", id="SVG"),
        pytest.param(b"<script>alert(1)</script>", id="HTML"),
        pytest.param(b"\xff\xd8\xff\xe0 JFIF", id="JPEG"),
        pytest.param(b" " + PNG, id="PNG later on"),
        pytest.param(PNG[:-1], id="half a PNG"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_picture_that_is_no_png_is_left_out(content):
    """The first bytes say what it is, not the student."""
    assert clean_outputs([display(image_png=base64.b64encode(content).decode())], ROOM) == []


def test_a_picture_has_no_more_pixels_than_a_browser_can_hold():
    """Its header says how many; a small file can unpack to gigabytes."""
    for size in ((65_000, 65_000), (0, 5), (5, 0), (4_001, 4_000)):
        assert clean_outputs([display(image_png=png(*size))], ROOM) == []
    assert clean_outputs([display(image_png=png(4_000, 4_000))], ROOM)


def test_a_picture_ends_where_a_png_ends():
    """What was put behind it is not carried along, and half of one is none."""
    (kept,) = clean_outputs([display(image_png=png(after=b"<script>1</script>"))], ROOM)
    assert kept.data["image/png"] == PICTURE
    whole = base64.b64decode(PICTURE)
    for length in range(len(whole)):
        assert read_png(base64.b64encode(whole[:length])) is None
    for other in ("PHN2Zz4=", "", None, 7, ["x"], "\u202e", "AA"):
        assert read_png(other) is None
    endless = PNG + b"\xff\xff\xff\xffIHDR" + whole[16:]
    assert read_png(base64.b64encode(endless)) is None


def test_a_picture_is_nothing_but_base64():
    """What stands between its letters, such as the end of an attribute, is gone."""
    (kept,) = clean_outputs([display(image_png=f'{PICTURE[:8]}"\n<>{PICTURE[8:]}')], ROOM)
    assert kept.data["image/png"] == PICTURE
    for broken in ("é" + PICTURE, PICTURE[:9]):
        assert clean_outputs([display(image_png=broken)], ROOM) == []


def test_stderr_and_results_are_shown_as_ordinary_output():
    """nbgrader gives 0 for stderr and takes a last number for points."""
    outputs = clean_outputs(
        [stream("w", "stderr"), display("execute_result", text_plain="1")], ROOM
    )
    assert [one.output_type for one in outputs] == ["stream", "display_data"]
    assert outputs[0].name == "stdout"
    assert "execution_count" not in outputs[1]


@pytest.mark.parametrize(
    "raw",
    [
        *(None, 5, "text", {"output_type": "stream"}, [None], [[]], ["text"], [{}], [True]),
        [{"output_type": "stream", "text": ["a"]}],
        [{"output_type": "stream", "text": None}],
        [{"output_type": ["stream"], "text": "a"}],
        [{"output_type": "display_data", "data": [["text/plain", "a"]]}],
        [{"output_type": "display_data", "data": {"text/plain": ["a"], "image/png": b"x"}}],
        [{"output_type": "display_data", "data": {("text", "plain"): "a"}}],
        [{"output_type": "update_display_data", "data": {"text/plain": "a"}}],
    ],
    ids=str,
)
def test_what_is_no_output_is_left_out(raw):
    """Wrong types anywhere; what comes out of a jail may be anything that the codec carries."""
    assert clean_outputs(raw, ROOM) == []


@pytest.mark.parametrize("wrong", [None, 5, ["x"], {"a": 1}, b"x" * 100], ids=str)
def test_an_error_of_wrong_types_stays_an_error(wrong):
    """Its place is kept, since an error in a cell means something; its text is not."""
    (kept,) = clean_outputs([error(ename=wrong, evalue=wrong, traceback=[wrong, "x"])], ROOM)
    assert (kept.output_type, kept.ename, kept.evalue) == ("error", "", "")
    assert kept.traceback == ["x"]
    (kept,) = clean_outputs([error(traceback=wrong)], ROOM)
    assert set(kept.traceback) <= {"x"}


def test_all_outputs_of_a_cell_fit_into_its_room():
    """What is too large goes, what still fits stays, in order."""
    outputs = clean_outputs([stream("a" * 60), stream("b" * 60), stream("c" * 40)], 100)
    assert [one.text[0] for one in outputs] == ["a", "c"]
    assert clean_outputs([display(image_png=PICTURE)], len(PICTURE) - 1) == []
    assert clean_outputs([stream("a"), error()], 0) == []


def test_every_text_of_an_output_counts():
    """An exception's name too, which is cut; and a letter of four bytes is four."""
    (kept,) = clean_outputs([error(ename="n" * 90_000)], ROOM)
    assert len(kept.ename) == MAX_NAME
    assert clean_outputs([error(ename="n" * 50, evalue="", traceback=[])], 49) == []
    assert clean_outputs([stream("\U0001d6fc" * 10)], 39) == []
    assert clean_outputs([display(text_plain="é" * 10)], 19) == []


def test_an_output_has_no_endless_number_of_colours():
    """Those above are left out, of a traceback's lines together; the text stays."""
    text = "\x1b[1m'" * 1_000
    assert (output_text(text).count("\x1b"), output_text(text).count("'")) == (MAX_COLOURS, 1_000)
    (kept,) = clean_outputs([error(traceback=[text] * 50)], ROOM)
    assert "".join(kept.traceback).count("\x1b") == MAX_COLOURS
    assert "".join(kept.traceback).count("'") == 50_000


def test_the_time_for_blank_lines_grows_no_faster_than_their_number():
    """nbgrader's own filter took their square; the language that a notebook names is not asked."""

    def draw(lines):
        return highlighted("x = 1\n" + " \n" * lines + "y = '<b>'", metadata={"language": "sql"})

    assert growth(draw, 2_000) < 8
    page = draw(2_000)
    assert "<b>" not in page and page.startswith('<div class="highlight')


def test_the_time_for_coloured_lines_grows_no_faster_than_their_number():
    """Colours in an output took the square of their number on nbgrader's page."""

    def draw(lines):
        (kept,) = clean_outputs([stream(("\x1b[1m'" * 800 + "\n") * lines)], 2_000_000)
        return ansi2html(kept.text)

    assert growth(draw, 60) < 8


def test_a_cell_has_no_endless_number_of_outputs():
    """Nor of lines, nor of letters in one."""
    assert len(clean_outputs([stream("")] * (MAX_OUTPUTS + 1), ROOM)) == MAX_OUTPUTS
    text = output_text("x\n" * (MAX_LINES + 5) + "y")
    assert (text.count("\n"), "y" in text) == (MAX_LINES - 1, False)
    assert len(output_text("x" * (MAX_LINE + 1))) == MAX_LINE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("é ∂ 𝛼\t\n", "é ∂ 𝛼\t\n", id="ordinary text"),
        pytest.param("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m", id="colours"),
        pytest.param("\x1b[2J\x1b[?25l\x1b[10;3Hx", "x", id="cursor and screen"),
        pytest.param("\x1b]0;title\x07x\x9b31m", "]0;titlex31m", id="title of the window"),
        pytest.param("\x1b[38mx\x1b[1;48my\x1b[038;5mz", "xyz", id="half an extended colour"),
        pytest.param("\x1b[" + "9" * 4_900 + "mx", "x", id="a colour without end"),
        pytest.param("\x1b[3\x008mx", "[38mx", id="a colour in two parts"),
        pytest.param("10%\r20%\rdone\nnext", "done\nnext", id="a progress bar"),
        pytest.param("a\x00\x08\x0b\x7fb", "ab", id="control characters"),
        pytest.param("a\u202eb\u2066c\u2069", "abc", id="text from right to left"),
        pytest.param("a\ud800b", "a?b", id="half a surrogate"),
    ],
)
def test_text_keeps_its_colours_and_nothing_else_that_controls(text, shown):
    """A terminal and a page show the same, and can show it."""
    assert output_text(text) == shown
    assert "\x1b" not in ansi2html(output_text(text))
    json.dumps(output_text(text)).encode()


class Seen(HTMLParser):
    """The elements of a page, and where its links lead."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.links, self.text = set(), [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        self.links += [value or "" for name, value in attributes if name in ("href", "src")]
        self.elements |= {name for name, _ in attributes if name.startswith("on")}

    def handle_data(self, data):
        self.text += data


def shown(text):
    """What a feedback page makes of a written answer."""
    return Seen(markdown2html(harmless_markdown(text)))


@pytest.mark.parametrize(
    "answer",
    [
        "<script>alert(1)</script>",
        "<SCRIPT\nsrc=x>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<!--><img src=x onerror=alert(1)>-->",
        "</p><iframe src=x></iframe>",
        "<?xml-stylesheet href='x'?>",
        "text <b onclick=alert(1)>b</b>",
        "`</code><script>x</script>`",
        "```<script>\nx\n```",
        "$<script>alert(1)</script>$",
        "\\begin{equation}<img src=x onerror=y>\\end{equation}",
        '[a](x "&quot; onclick=alert(1)")',
        '# x" onclick="alert(1)',
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&amp;lt;script&amp;gt;alert(1)",
    ],
)
def test_html_in_an_answer_is_text(answer):
    """None of it becomes an element or a handler of an event."""
    allowed = {*("p", "em", "strong", "code", "pre", "a", "h1", "h2", "span", "br"), "blockquote"}
    assert shown(answer).elements <= allowed


SCRIPTS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "vbscript:x",
    "data:text/html,x",
    "attachment:x.svg",
    "javascript\\:alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "javascript&#x3A;alert(1)",
    "&#106;avascript:alert(1)",
    "&#0000106avascript:alert(1)",
    "java&#115;cript:alert(1)",
    "java&#x73;cript:alert(1)",
    "java&amp;#115;cript:alert(1)",
    "java&amp#115;cript:alert(1)",
    "java&AMP;#115;cript:alert(1)",
    "java&#38;#115;cript:alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "&#1;javascript:alert(1)",
    "d&#97;ta:text/html,x",
)
LINKS = {
    "link": "[a]({})",
    "link in brackets": "[a](<{}>)",
    "link after a blank": "[a](< {}>)",
    "picture": "![a]({})",
    "reference": "[a][1]\n\n[1]: {}",
    "address": "<{}>",
    "bare": "see {} there",
}


@pytest.mark.parametrize("form", LINKS.values(), ids=LINKS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_no_link_of_an_answer_runs_anything(form, script):
    """However the scheme is spelled, and wherever it stands."""
    for link in shown(form.format(script)).links:
        scheme = "".join(link.split()).lower().partition(":")[0]
        assert scheme not in ("javascript", "vbscript", "data", "attachment"), link


@pytest.mark.parametrize(
    "answer",
    [
        "The kernel slides over 4 × 5 places; each costs 9 products.",
        "**Bold**, *emphasis* and a list:\n\n- one\n- two",
        "R&D, AT&T, a & b, a && b",
        "$H_{out} = (H + 2P - K) / S + 1$ and $x < y$",
        "$\\begin{matrix}1&2\\\\3&4\\end{matrix}$",
        "see [the notes](https://cs231n.github.io/?a=1&b=2#conv)",
        "![a plot](plot.png)",
        "```python\nfor i in range(3):\n    total += x[i]\n```",
        "5 < 6 and 7 > 6, so -> there",
        "JavaScript: is not Java, and my data is here",
        "日本語の答え",
    ],
)
def test_an_ordinary_answer_reads_as_it_was_written(answer):
    """Letter by letter; nothing but what cannot be seen may be put in."""
    assert shown(answer).text.replace("\u200b", "") == Seen(markdown2html(answer)).text
    assert shown(answer).links == Seen(markdown2html(answer)).links


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("$a<b$", "$a<\u200bb$"),
        ("`a<b` is true", "a<\u200bb is true"),
        ("```cpp\nvector<int> x;\n```", "vector<\u200bint> x;\n"),
        ("use the <div> element", "use the <\u200bdiv> element"),
        ("my data: three values", "my data\u200b: three values"),
    ],
)
def test_formulas_and_code_stay_readable(answer, text):
    """A space, which means nothing there, or a character that cannot be seen: no entities."""
    assert shown(answer).text.strip("\n") == text.strip("\n")
