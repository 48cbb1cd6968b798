"""What the book's own extensions make, on a small book that is built here, in a real browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import nbformat
import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
import yaml
from bs4 import BeautifulSoup
from pypdf import PdfReader

from book.packing import pack
from tests.browser import NARROW, PATIENCE, barriers, opened, overflow, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
OFFERED = ("book.pdf", "book.epub", "book.zip", "notebooks.zip")
REPOSITORY = "https://github.com/Someone/course"
LONG = "".join(f" + value_{number:02d}" for number in range(20))
PAGE = f"""\
---
myst:
  html_meta:
    description: A page that tries what the book can do.
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Try everything

{{launch}}`assignments/pooling/pooling.ipynb`

::::{{quiz}} What keeps the size of $W = 5$ under $F = 3$?
- [ ] no padding

  It takes *two* rows.
- [x] padding 1

  $(5 - 3 + 2)/1 + 1 = 5$.
::::

::::{{quiz}} Which have parameters?
- [x] CONV

  Its filters.
- [x] FC

  Its weights.
- [ ] POOL

  It has nothing to learn.
::::

$$\\frac{{W - F + 2P}}{{S}} + 1, \\qquad H_2 = \\frac{{H_1 - F + 2P}}{{S}} + 1, \\qquad D_2 = K$$

```{{table}}
:class: stacked

| what | why it is there |
|---|---|
| one | The first reason. |
```

```{{code-cell}} ipython3
:tags: [hide-input]

import helping

print("six times seven is", helping.ANSWER)
```

```python
total = value{LONG}
```

<script type="module" src="conv-demo.mjs"></script><conv-demo></conv-demo>
"""

# Code and boxes of many lengths, so that pages of paper end everywhere in them.
BOX = """
## Read {number} lines

```python
{code}
```

````{{note}} A box
{text}

```python
{less_code}
```
````
"""
BOXES = "# Read more\n" + "".join(
    BOX.format(
        number=number,
        code="\n".join(["value = 1"] * number),
        text="It has a line. " * number,
        less_code="\n".join(["value = 2"] * (number % 7 + 1)),
    )
    for number in range(1, 60)
)


def build(root, *more):
    """Build the book below `root` with the project's own configuration."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", "book", "--config", "_config.yml"]
    command += ["--path-output", ".", "-W", "-n", "--keep-going", *more]
    environment = os.environ | {"REPOSITORY_URL": REPOSITORY, "REPOSITORY_BRANCH": "autumn"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "_build"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A small book of the course, published at an address of GitHub's."""
    root = tmp_path_factory.mktemp("small")
    for name in ("_ext", "assets", "references.bib", "figures.py"):
        (root / "book").mkdir(exist_ok=True)
        (root / "book" / name).symlink_to(ROOT / "book" / name)
    (root / "assignments").symlink_to(ROOT / "assignments")
    (root / "_build" / "figure-data").mkdir(parents=True)
    (root / "book" / "helping.py").write_text("import deeper\n\nANSWER = deeper.SIX * 7\n")
    (root / "book" / "deeper.py").write_text("SIX = 6\n")
    (root / "book" / "index.md").write_text(PAGE)
    (root / "book" / "more.md").write_text(BOXES)
    toc = "format: jb-book\nroot: index\nchapters:\n  - file: more\n"
    (root / "book" / "_toc.yml").write_text(toc)
    (root / "_config.yml").symlink_to(ROOT / "_config.yml")
    return root


@pytest.fixture(scope="module")
def built(root):
    """Its pages, and those of the book built as one page."""
    build(root, "--builder", "singlehtml")
    return build(root) / "html"


@pytest.fixture(scope="module")
def page(browser, built):
    with served(built) as address, opened(browser, f"{address}/index.html") as (page, faults):
        page.evaluate("window.MathJax?.startup?.promise")
        yield page
        assert faults == []


def quiz(page, number):
    return page.locator(".quiz").nth(number)


def test_a_quiz_says_whether_an_answer_is_right_and_why(page):
    """Wrong, right and none at all: each is answered in words, and said to a screen reader."""
    one = quiz(page, 0)
    one.get_by_role("button", name="Check").click()
    assert one.get_by_role("status").inner_text() == "Choose an answer first."
    one.get_by_label("no padding").check()
    assert one.get_by_role("status").inner_text() == ""
    one.get_by_role("button", name="Check").click()
    assert " ".join(one.get_by_role("status").inner_text().split()) == "No. It takes two rows."
    one.get_by_label("padding 1").check()
    one.get_by_role("button", name="Check").click()
    assert one.get_by_role("status").inner_text().startswith("Right.")
    assert one.get_by_role("status").locator("mjx-container").count() == 1


def test_a_quiz_with_several_right_answers_wants_them_all(page):
    """Boxes to tick; a right one alone is not enough."""
    one = quiz(page, 1)
    one.get_by_label("CONV").check()
    one.get_by_role("button", name="Check").click()
    assert one.get_by_role("status").inner_text().split()[-3:] == ["There", "is", "more."]
    one.get_by_label("FC").check()
    one.get_by_role("button", name="Check").click()
    said = one.get_by_role("status").inner_text()
    assert "Its filters." in said and "Its weights." in said and "more" not in said


def test_a_quiz_is_answered_by_keyboard(page):
    """Tab reaches it, an arrow chooses, Enter checks."""
    page.reload()
    one = quiz(page, 0)
    one.get_by_label("no padding").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert one.get_by_role("status").inner_text().startswith("Right.")


def test_a_quiz_without_javascript_unfolds_its_reasons(built):
    """The answers are on the page, folded, for whoever has no script."""
    reasons = BeautifulSoup((built / "index.html").read_text(), "html.parser").select("details li")
    assert [one["data-right"] for one in reasons] == ["false", "true", "true", "true", "false"]


def test_figures_are_drawn_and_the_page_is_loaded_before_formulas_are_set(browser, built):
    """MathJax, which takes longest, comes last; whoever waits for its promise has all formulas."""
    with served(built) as address:
        context = browser.new_context()
        context.add_init_script("""
            window.order = [];
            document.addEventListener('conv-demo:change', () => window.order.push('figure'), true);
            window.addEventListener('load', () => window.order.push(
                window.MathJax.version ? 'MathJax' : 'loaded'));
        """)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/index.html", wait_until="load")
        page.evaluate("window.MathJax.startup.promise")
        assert page.evaluate("window.order") == ["figure", "loaded"]
        formulas = page.locator(".math.notranslate")
        assert formulas.count() >= 3
        assert formulas.locator("mjx-container").count() == formulas.count()
        context.close()


@pytest.mark.parametrize(("width", "lines"), [(390, 3), (1000, 0)])
def test_a_phone_has_the_parts_of_a_formula_below_each_other(browser, built, width, lines):
    """There nothing of it is out of sight; a wide screen has them side by side."""
    screen = {"width": width, "height": 800}
    with (
        served(built) as address,
        opened(browser, f"{address}/index.html", viewport=screen) as (page, _),
    ):
        page.evaluate("window.MathJax.startup.promise")
        formula = page.locator('mjx-container[display="true"]')
        assert formula.evaluate("(one) => one.scrollWidth <= one.clientWidth")
        assert formula.locator("[data-mml-node=mtr]").count() == lines
        assert formula.locator("[data-mml-node=merror]").count() == 0


def test_a_cell_says_its_column_where_cells_stand_below_each_other(browser, built):
    """All but the first of a row, and only on a phone."""
    said = "(cell) => getComputedStyle(cell, '::before').content"
    with (
        served(built) as address,
        opened(browser, f"{address}/index.html", viewport=NARROW) as (page, _),
    ):
        name, reason = page.locator("table.stacked td").all()
        assert name.evaluate(said) == "none"
        assert reason.evaluate(said) == '"why it is there"'
        page.set_viewport_size({"width": 1000, "height": 800})
        assert reason.evaluate(said) == "none"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_quiz_has_no_barriers(browser, built, theme):
    """axe-core finds nothing, and nothing hangs over on a phone."""
    settings = {"theme": theme, "viewport": NARROW}
    with (
        served(built) as address,
        opened(browser, f"{address}/index.html", **settings) as (page, _),
    ):
        page.evaluate("window.MathJax?.startup?.promise")
        assert barriers(page) == []
        assert overflow(page) <= 0


def test_launch_links_name_the_repository_the_branch_and_a_file_that_is_there(built):
    """Colab and Binder open the notebook that lies in the repository at the configured branch."""
    page = BeautifulSoup((built / "index.html").read_text(), "html.parser")
    links = {link.get_text(): link["href"] for link in page.select("article a[aria-label]")}
    path = "assignments/pooling/pooling.ipynb"
    assert links["Colab"].endswith(f"/github/Someone/course/blob/autumn/{path}")
    assert links["Binder"].endswith(f"/v2/gh/Someone/course/autumn?urlpath=lab/tree/{path}")
    assert (ROOT / path).is_file()
    assert (built / links["pooling"]).read_bytes() == (ROOT / path).read_bytes()


def test_a_page_can_be_downloaded_as_a_notebook_that_runs(built, tmp_path):
    """All pages in one zip, without outputs, with every module that they import."""
    page = BeautifulSoup((built / "index.html").read_text(), "html.parser")
    assert page.find("a", href="_sources/index.ipynb")
    with zipfile.ZipFile(built / "notebooks.zip") as packed:
        packed.extractall(tmp_path)
    folder = tmp_path / "notebooks"
    assert {path.name for path in folder.iterdir()} == {
        *("index.ipynb", "helping.py", "deeper.py", "requirements.txt")
    }
    nb = nbformat.read(folder / "index.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in nb.cells)
    assert f'"{REPOSITORY}"' in nb.cells[1].source  # where the page's files are not beside it
    code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == "six times seven is 42\n"


def test_the_footer_tells_the_version_and_links_what_lies_beside_the_pages(built):
    """The version is the package's; the links are whole, so that they work from every page."""
    page = BeautifulSoup((built / "index.html").read_text(), "html.parser")
    footer = page.select_one("footer.bd-footer-content")
    assert f"version {version('convnet-course-autograder')}" in footer.get_text()
    links = [link["href"] for link in footer.select(".extra_footer a")]
    site = "https://someone.github.io/course/"
    assert links == [site + name for name in OFFERED]


def test_there_is_a_page_for_what_is_not_there_and_a_card_for_what_is(built):
    """The 404 page finds its style from any address; a card shows the page's own description."""
    lost = BeautifulSoup((built / "404.html").read_text(), "html.parser")
    sheets = [link["href"] for link in lost.select("link[rel=stylesheet]")]
    assert sheets and all(sheet.startswith("/course/") for sheet in sheets)
    page = BeautifulSoup((built / "index.html").read_text(), "html.parser")
    cards = {meta["property"]: meta["content"] for meta in page.select("meta[property]")}
    assert cards["og:description"] == "A page that tries what the book can do."
    site = "https://someone.github.io/course/"
    assert cards["og:url"] == f"{site}index.html"
    image = cards["og:image"].removeprefix(site)
    assert (built / image).read_bytes().startswith(b"\x89PNG")
    assert page.find("meta", {"name": "description"})["content"] == cards["og:description"]


def test_the_zip_works_from_a_folder(built, browser, tmp_path):
    """Without a server the live figures start and the search finds."""
    pack(built, tmp_path / "book.zip")
    with zipfile.ZipFile(tmp_path / "book.zip") as packed:
        packed.extractall(tmp_path)
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((tmp_path / "book" / "index.html").as_uri())
    page.wait_for_function("document.querySelector('conv-demo').output !== undefined")
    assert page.locator("conv-demo").evaluate("demo => demo.output.length") == 2
    page.goto((tmp_path / "book" / "search.html").as_uri() + "?q=seven")
    page.wait_for_selector("ul.search li a")
    assert faults == []
    page.close()


def test_a_zip_of_nothing_is_refused(tmp_path):
    """The message says what to do first."""
    with pytest.raises(FileNotFoundError, match="make book"):
        pack(tmp_path, tmp_path / "book.zip")
    assert not (tmp_path / "book.zip").exists()


@pytest.fixture(scope="module")
def printed(root, built, tmp_path_factory):
    """The small book as a PDF."""
    target = tmp_path_factory.mktemp("printed") / "book.pdf"
    single = root / "_build" / "singlehtml" / "index.html"
    command = [sys.executable, "-m", "book.printing", single, target]
    subprocess.run(command, cwd=ROOT, check=True)
    return target


def test_the_printed_book_holds_what_the_pages_show(printed):
    """Quiz answers unfold, formulas are drawn, a long line goes on; hidden code is not there."""
    text = "".join(page.extract_text() for page in PdfReader(printed).pages)
    squeezed = re.sub(r"\s", "", text)
    assert re.sub(r"\s", "", LONG) in squeezed
    assert "sixtimessevenis42" in squeezed and "importhelping" not in squeezed
    assert "Ittakestworows." in squeezed
    assert "\\frac" not in text


def test_the_contents_of_the_printed_book_name_the_pages(printed):
    """Each section is on the page that its entry names; bookmarks lead there as well."""
    pdf = PdfReader(printed)
    texts = [page.extract_text() for page in pdf.pages]
    first = next(number for number, text in enumerate(texts) if text.startswith("Contents"))
    listed = "".join(texts[first : first + 2])
    for lines in (1, 30, 59):
        page = int(re.search(rf"Read {lines} lines\s+(\d+)", listed)[1])
        assert f"Read {lines} lines" in texts[page - 1]
    chapter, sections = pdf.outline
    assert chapter.title == "Read more"
    assert [entry.title for entry in sections] == [f"Read {n} lines" for n in range(1, 60)]


def test_no_page_of_the_printed_book_has_a_frame_without_text(printed):
    """A box that ends a page holds a line there, and so does the piece on the next page."""
    kinds = [raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_PATH]
    boxes, empty = 0, []
    for number, page in enumerate(pdfium.PdfDocument(printed), start=1):
        places = {kind: [one.get_bounds() for one in page.get_objects([kind])] for kind in kinds}
        for left, bottom, right, top in places[raw.FPDF_PAGEOBJ_PATH]:
            is_line = right - left <= 4  # at the side of code; text stands beside it
            if top - bottom < 8 or not (is_line or right - left >= 200) or bottom < 1:
                continue
            boxes += 1
            if not any(
                low < top and high > bottom and (is_line or (far > left and near < right))
                for near, low, far, high in places[raw.FPDF_PAGEOBJ_TEXT]
            ):
                empty.append((number, left, bottom, right, top))
    assert boxes > 59
    assert empty == []


def test_a_page_runs_again_when_a_module_changed(root, built):
    """What its cells import, and what that imports in turn; a comment there changes nothing. An
    edition that is built afterwards from the same cache shows the new run."""
    cache = root / "_build" / ".jupyter_cache"
    deeper = root / "book" / "deeper.py"
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["execute"]["cache"] = str(cache)
    (root / "other.yml").write_text(yaml.safe_dump(config))
    other = ("--config", "other.yml", "--path-output", "other")

    def printed(*options):
        html = root / options[-1] / "_build" / "html" if options else built
        build(root, *options)
        page = BeautifulSoup((html / "index.html").read_text(), "html.parser")
        return page.select_one(".cell_output").get_text().strip()

    before = sorted(path.name for path in (cache / "executed").iterdir())
    deeper.write_text("# A number.\nSIX = 6\n")
    assert printed() == printed(*other) == "six times seven is 42"
    assert sorted(path.name for path in (cache / "executed").iterdir()) == before
    deeper.write_text("SIX = 8\n")
    assert printed() == printed(*other) == "six times seven is 56"
    deeper.write_text("SIX = 6\n")


def test_pages_run_again_with_another_version_of_a_library(root, built):
    """What the cells print, draw and measure may be another."""
    cache = root / "_build" / ".jupyter_cache"
    before = {path: path.stat().st_mtime_ns for path in cache.glob("executed/*/*.ipynb")}
    noted = cache / "libraries.json"
    noted.write_text(noted.read_text().replace('"torch": "', '"torch": "0.'))
    build(root)
    after = {path: path.stat().st_mtime_ns for path in cache.glob("executed/*/*.ipynb")}
    assert after and after != before
    assert '"torch": "0.' not in noted.read_text()
