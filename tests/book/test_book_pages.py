"""Every page of the built book, as a reader meets it: in a browser, without a network."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import numpy as np
import pypdfium2 as pdfium
import pytest
import torch
from bs4 import BeautifulSoup

from tests.browser import ANY, NARROW, barriers, opened, overflow, served

pytestmark = pytest.mark.browser

BUILT = Path(__file__).parents[2] / "_build" / "html"
CHAPTER = "convolutional-layer.html"
# Without a build there is still one page to ask for, so the tests fail and say why.
PAGES = sorted(page.name for page in BUILT.glob("*.html")) or ["index.html"]
# Pages that Sphinx makes by itself.
NOT_WRITTEN = ("genindex.html", "search.html", "404.html")
DESKTOP = {"width": 1400, "height": 900}
# Solutions, which their buttons unfold and fold.
TURN = """([from, to]) => {
    for (const box of document.querySelectorAll(`.${from}`)) box.classList.replace(from, to);
}"""
OUT_OF_FRAME = """
    [...document.querySelectorAll(".numbers caption")].filter((caption) => {
        const words = document.createRange();
        words.selectNodeContents(caption);
        const frame = caption.closest(".numbers").getBoundingClientRect();
        return words.getBoundingClientRect().right > frame.right + 1;
    }).map((caption) => caption.innerText).concat(
        [...document.querySelectorAll("figure img")]
            .filter((image) => image.getBoundingClientRect().width > image.naturalWidth + 1)
            .map((image) => image.src))
"""
LINKS = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}


@pytest.fixture(scope="module")
def book():
    """The address of the built book."""
    assert (BUILT / "index.html").exists(), "there is no built book: run `make book` first"
    with served(BUILT) as address:
        yield address


@pytest.fixture(scope="module", params=PAGES)
def visit(request, book, browser):
    """One page, read to its end on a wide light screen, and what went wrong meanwhile."""
    with opened(browser, f"{book}/{request.param}", viewport=DESKTOP) as (page, faults):
        settle(page)
        yield page, faults


def settle(page):
    """Waits until formulas are set, and scrolls through, so that late images are asked for too."""
    page.evaluate("window.MathJax?.startup?.promise")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")


@cache
def parsed(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path):
    """Every name in a page that a link may point at."""
    named = parsed(path).find_all(True)
    return {tag.get(key) for tag in named for key in ("id", "name") if tag.get(key)}


def broken_links(path):
    """The links of one page, images and scripts included, that lead to nothing in the book."""
    broken = []
    for tag in parsed(path).find_all(list(LINKS)):
        link = tag.get(LINKS[tag.name])
        if not link or urlsplit(link).scheme or urlsplit(link).netloc:
            continue  # nowhere, or out of the book
        target = urlsplit(urljoin(f"/{path.relative_to(BUILT).as_posix()}", link))
        file = BUILT / unquote(target.path).lstrip("/")
        if file.is_dir():
            file = file / "index.html"
        fragment = unquote(target.fragment)
        if not file.is_file():
            broken.append(f"{link}: no such file")
        elif fragment and file.suffix == ".html" and fragment not in anchors(file):
            broken.append(f"{link}: no such place in {file.name}")
    return broken


def test_the_page_loads_without_a_fault_or_an_outside_request(visit):
    """No exception, no error on the console, no missing file, nothing asked of another host."""
    _, faults = visit
    assert faults == []


def test_the_page_is_light(visit):
    """What it loads is less than 1 MB as a host sends it, but for the script that sets formulas."""
    page, _ = visit
    loaded = page.evaluate("""
        [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
            .map((one) => one.name)
    """)
    sizes = {name: sent(name) for name in loaded if "tex-svg.js" not in name}
    assert len(sizes) > 5
    assert sum(sizes.values()) < 1_000_000, sizes


@pytest.mark.parametrize("name", PAGES)
def test_the_figures_of_a_page_are_light(name):
    """Scripts, weights and pictures of its live figures have at most 300 kB, workers' included."""
    waiting = [tag["src"] for tag in parsed(BUILT / name).select("script[type=module][src]")]
    modules = {}
    while waiting:
        module = waiting.pop()
        if module not in modules:
            modules[module] = (BUILT / module).read_text(encoding="utf-8")
            waiting += re.findall(r'"\./([\w.-]+\.mjs)"', modules[module])
    sizes = {module: len(text.encode()) for module, text in modules.items()}
    assert sum(sizes.values()) <= 300_000, sizes


@cache
def sent(address):
    """The size of a file of the book, compressed as every host does it."""
    return len(gzip.compress((BUILT / urlsplit(address).path.lstrip("/")).read_bytes()))


def test_every_formula_is_set(visit):
    """Where a page has formulas, MathJax has set each of them, and none as an error."""
    page, _ = visit
    formulas = page.locator(".math.notranslate").count()
    assert page.locator("mjx-container").count() >= formulas
    assert page.locator("mjx-container mjx-merror, [data-mml-node=merror]").count() == 0


def test_no_code_is_cut_on_a_wide_screen(visit):
    """At 1400 px every line of code and of output that is not folded away fits into its frame, and
    no word of code in a table is broken."""
    page, _ = visit
    cut = page.evaluate("""
        [...document.querySelectorAll("article pre")]
            .filter((pre) => pre.innerText && pre.scrollWidth > pre.clientWidth + 1)
            .map((pre) => pre.innerText.slice(0, 100))
    """)
    assert cut == []
    broken = page.evaluate("""
        [...document.querySelectorAll("article td .pre:not(.long)")].filter((word) => {
            const letters = document.createRange();
            letters.selectNodeContents(word);
            return letters.getClientRects().length > 1;
        }).map((word) => word.innerText)
    """)
    assert broken == []


def test_the_page_fits_a_phone(visit):
    """At 360 px nothing makes the page scroll sideways, what unfolds included.

    A caption can be read without scrolling, and no picture is larger than on a wide screen.
    """
    page, _ = visit
    page.set_viewport_size(NARROW)
    page.evaluate(TURN, ["toggle-hidden", "unfolded"])
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    by, out_of_frame = overflow(page), page.evaluate(OUT_OF_FRAME)
    page.evaluate(TURN, ["unfolded", "toggle-hidden"])
    page.set_viewport_size(DESKTOP)
    assert by <= 0
    assert out_of_frame == []


def thin_out(page):
    """Leaves less for axe-core, which takes seconds for a thousand texts.

    Formulas and code go, which it is not asked about (but the code of one page, in all its
    colours), and of each table the rows after the fifth, which look like the others.
    """
    code = () if "notation" in page.url else (".highlight pre",)
    emptied = ", ".join(("mjx-container", *code))
    page.evaluate(f"""
        document.querySelectorAll("{emptied}").forEach((part) => part.replaceChildren());
        document.querySelectorAll("article tr:nth-child(n + 6)").forEach((row) => row.remove());
    """)
    return code


def test_the_light_page_has_no_barriers(visit):
    """axe-core finds nothing moderate, serious or critical in the light theme."""
    page, _ = visit
    assert page.locator("html").get_attribute("data-theme") == "light"
    assert barriers(page, ANY, thin_out(page)) == []


def test_the_page_is_legible_in_the_dark(visit):
    """The button turns it dark, and then, too, axe-core finds every text legible.

    The theme changes colours and nothing else, so only the contrast is asked again.
    """
    page, _ = visit
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    for _ in range(3):  # the button goes through dark, light and the system's choice
        if page.locator("html").get_attribute("data-theme") == "dark":
            break
        page.locator(".theme-switch-button:visible").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.mouse.move(0, 0)  # away from the button and its tooltip
    assert barriers(page, ANY, thin_out(page), rules=("color-contrast",)) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_code_ends_in_blank_lines(name):
    """What is cut out of a file ends with its last line."""
    codes = [code.get_text() for code in parsed(BUILT / name).select(".highlight pre")]
    assert [code for code in codes if code.endswith("\n\n")] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_internal_link_resolves(book, name):
    """Each link, image and script leads to a file of the book, each anchor to a place in it."""
    assert broken_links(BUILT / name) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_image_says_what_it_shows(book, name):
    """No image is without words for those who do not see it."""
    images = parsed(BUILT / name).find_all("img")
    assert [image["src"] for image in images if not image.get("alt", "").strip()] == []


@pytest.mark.parametrize("name", [name for name in PAGES if name not in NOT_WRITTEN])
def test_every_page_says_what_it_is(book, name):
    """A title of its own, and a description as long as search engines show."""
    page = parsed(BUILT / name)
    assert len(page.find("h1").get_text()) > 5
    (description,) = page.select("meta[name=description]")
    assert 60 <= len(description["content"]) <= 165, len(description["content"])


def test_no_two_pages_say_the_same(book):
    """Titles and descriptions differ from page to page."""
    pages = [parsed(BUILT / name) for name in PAGES if name not in NOT_WRITTEN]
    for said in (
        [page.title.get_text() for page in pages],
        [page.select_one("meta[name=description]")["content"] for page in pages],
    ):
        assert len(set(said)) == len(said)


def test_the_chapter_has_formulas_and_figures(book):
    """The checks of formulas and images have something to check."""
    chapter = parsed(BUILT / CHAPTER)
    assert len(chapter.select(".math")) >= 10
    assert len(chapter.select("main img, main svg")) >= 3


def test_a_dark_page_is_printed_on_white_paper(browser, book):
    """On paper no ground is dark, and afterwards the page is as it was."""
    with opened(browser, f"{book}/{CHAPTER}", theme="dark") as (page, _):
        paper = pdfium.PdfDocument(page.pdf(print_background=True))
        picture = np.asarray(paper[0].render(scale=0.5).to_pil().convert("L"))
        assert np.median(picture) == 255
        assert page.locator("html").get_attribute("data-theme") == "dark"


def test_the_keyboard_shows_where_it_is(browser, book):
    """Each of the first hundred stops of Tab has a frame or a shadow."""
    look = """() => {
        let stop = document.activeElement;
        while (stop.shadowRoot?.activeElement) stop = stop.shadowRoot.activeElement;
        const style = getComputedStyle(stop);
        return [stop.outerHTML.slice(0, 100), style.outlineStyle !== "none"
            || style.boxShadow !== "none" || stop === document.body];
    }"""
    with opened(browser, f"{book}/{CHAPTER}", viewport=DESKTOP) as (page, _):
        settle(page)
        unseen = []
        for _ in range(100):
            page.keyboard.press("Tab")
            name, is_seen = page.evaluate(look)
            unseen += [] if is_seen else [name]
        assert unseen == []


def test_the_chapter_demo_computes_refuses_and_explains(browser, book):
    """A reader steps the demo, meets the refusal of stride 3, goes back, and reads the products."""
    with opened(browser, f"{book}/{CHAPTER}") as (page, faults):
        settle(page)
        demo = page.locator("conv-demo")
        assert demo.count() == 1
        output = demo.evaluate("demo => demo.output")
        numbers = json.loads(demo.locator("script[type='application/json']").inner_text())
        x, w, b = (torch.tensor(numbers[name], dtype=torch.float64) for name in "xwb")
        expected = torch.nn.functional.conv2d(x[None], w, b, stride=2, padding=1)[0]
        np.testing.assert_array_equal(output, expected.numpy())

        demo.get_by_role("button", name="Step").click()
        selected = demo.evaluate("demo => demo.selected")
        assert (selected["filter"], selected["row"], selected["column"]) == (0, 0, 1)

        demo.get_by_label("Stride").select_option("3")
        refusal = demo.locator(".refusal").inner_text()
        assert "(5 − 3 + 2·1)/3 + 1 = 2.33… is not an integer" in refusal
        assert demo.evaluate("demo => demo.output") is None

        demo.get_by_label("Stride").select_option("2")
        assert demo.evaluate("demo => demo.output") == output
        value = str(output[0][0][1]).replace("-", "−")
        assert [line.count("·") for line in demo.locator(".channel").all_inner_texts()] == [9] * 3
        assert demo.locator(".total").inner_text().endswith(f"=\N{NO-BREAK SPACE}{value}")
        assert faults == []
