"""Pack the built book into an EPUB, for readers of electronic books, which run no scripts.

    python -m book.epub _build/html _build/book.epub

It holds what the pages show, as the PDF does: solutions and quiz answers unfold, code that a page
hides stays hidden, and of live figures the still ones are left. Formulas become MathML.
"""

from __future__ import annotations

import html
import re
import tempfile
import uuid
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from latex2mathml.converter import convert

from book.paper import CONTENTS, letters_of, main, needed_font

BOOK = Path(__file__).parent
ROOT = BOOK.parent
DROPPED = "a.headerlink, button, script, noscript, style, template, input, details.hide, .onlyprint"
# What reading systems do not know or have no use for. Classes stay, for the style sheet.
KEPT = {"alt", "class", "colspan", "href", "id", "lang", "rowspan", "src", "start"}
NO_PARAGRAPH = {"span", "p", "a", "em", "strong", "h1", "h2", "h3", "h4", "dt", "caption", "code"}
STYLE = """\
pre { font-size: 80%; white-space: pre-wrap; overflow-wrap: anywhere; border-left: 2px solid #888;
  padding-left: 0.6em }
img { max-width: 100% }
table { border-collapse: collapse; font-size: 85% }
td, th { padding: 0.1em 0.5em; text-align: left; vertical-align: top }
.admonition, .quiz { border-left: 3px solid #46c; padding-left: 0.8em }
.admonition-title, .quiz-title, .summary { font-weight: bold }
.display { display: block; text-align: center }
"""
PAGE = """\
<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="{lang}"
xml:lang="{lang}"><head><title>{title}</title><link rel="stylesheet" href="book.css"/></head>
<body>{body}</body>
</html>
"""
CONTAINER = """\
<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="book/content.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
PACKAGE = """\
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>{title}</dc:title><dc:language>{lang}</dc:language>
<meta property="dcterms:modified">{date}T00:00:00Z</meta>
</metadata>
<manifest>{manifest}</manifest>
<spine>{spine}</spine>
</package>
"""
TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif"}
TYPES |= {".css": "text/css", ".ttf": "font/ttf", ".xhtml": "application/xhtml+xml"}
FONT = "letters.ttf"
FACE = f"""\
@font-face {{ font-family: "Letters"; src: url({FONT}) }}
body {{ font-family: sans-serif, "Letters" }}
"""


@dataclass(frozen=True)
class Chapter:
    """A page of the book: its name, its title, and its article."""

    name: str
    title: str
    article: Tag

    def body(self) -> str:
        """The article as XHTML."""
        return self.article.decode(formatter="minimal")


@dataclass(frozen=True)
class Book:
    """A built book: its title, its language as HTML names it, and its parts.

    parts : title and names of pages of each, the front page first, in a part without a title
    """

    title: str
    language: str
    parts: list[tuple[str, list[str]]]

    @property
    def pages(self) -> list[str]:
        return [name for _, names in self.parts for name in names]


def read_book(folder: Path) -> Book:
    """What the front page says of the book, and `_toc.yml` of its pages.

    Raises `FileNotFoundError` when the book is not built.
    """
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    front = folder / f"{toc['root']}.html"
    if not front.is_file():
        raise FileNotFoundError(f"there is no book in {folder}: run `make epub`, which builds it")
    soup = BeautifulSoup(front.read_text(encoding="utf-8"), "html.parser")
    captions = [tag.get_text().strip() for tag in soup.select("#pst-primary-sidebar .caption-text")]
    names = [[entry["file"] for entry in part["chapters"]] for part in toc["parts"]]
    parts = [("", [toc["root"]]), *zip(captions, names, strict=True)]
    title = soup.select_one(".logo__title").get_text().strip()
    return Book(title, soup.html["lang"], parts)


def chapter(path: Path) -> Chapter:
    """Read a built page, and leave of it what an EPUB may hold."""
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    article = soup.select_one("article.bd-article")
    for tag in article.select(DROPPED):
        tag.decompose()
    for tag in article.find_all(lambda tag: "-" in tag.name):  # live figures
        tag.decompose()
    for tag in article.find_all(["details", "summary", "label"]):
        tag["class"] = [*tag.get("class", []), tag.name]
        tag.name = "div" if tag.name != "label" else "span"
    for tag in article.select(".math"):
        _set_formula(tag)
    taken: set[str] = set()
    for tag in article.find_all(True):
        if tag.find_parent("math") or tag.name == "math":
            continue
        if tag.name in ("p", "div") and tag.find_parent(NO_PARAGRAPH):
            tag.name = "span"
        tag.attrs = {name: value for name, value in tag.attrs.items() if name in KEPT}
        if tag.get("id") in taken:
            del tag["id"]
        taken.add(tag.get("id", ""))
    return Chapter(path.stem, article.find("h1").get_text().strip(), article)


def _set_formula(tag: Tag) -> None:
    """Put MathML in the place of a formula in TeX."""
    tex = tag.get_text().strip()
    display = tex.startswith("\\[")
    number = tag.select_one(".eqno")
    source = re.sub(r"^\\[\[(]|\\[\])]$", "", tex.replace(number.get_text() if number else "", ""))
    mathml = convert(source.strip(), display="block" if display else "inline")
    tag.clear()
    tag.name = "span"
    tag["class"] = "display" if display else "formula"
    tag.append(BeautifulSoup(mathml, "html.parser"))


def link(chapters: list[Chapter], folder: Path) -> set[Path]:
    """Let links lead within the EPUB or to the web, and end those that lead elsewhere.

    Returns the pictures that the chapters show.
    """
    ids = {one.name: {tag["id"] for tag in one.article.find_all(id=True)} for one in chapters}
    pictures = set()
    for one in chapters:
        for tag in one.article.find_all("a"):
            address = urlsplit(tag.get("href", ""))
            if address.scheme in ("http", "https", "mailto"):
                continue
            name = address.path.removesuffix(".html") or one.name
            is_page = address.path in ("", f"{name}.html") and name in ids
            if is_page and address.fragment in ids[name] | {""}:
                tag["href"] = f"{name}.xhtml" + (address.fragment and f"#{address.fragment}")
            else:
                tag.unwrap()
        for tag in one.article.find_all("img"):
            pictures.add(folder / tag["src"])
            tag["src"] = f"images/{Path(tag['src']).name}"
    return pictures


def contents(book: Book, chapters: dict[str, Chapter]) -> str:
    """The list of parts, chapters and sections, which readers show as contents."""

    def entry(one: Chapter) -> str:
        sections = [
            (section.get("id"), section.find(["h2", "h3"]))
            for section in one.article.find_all("section")
            if section.parent.name == "section" and section.parent.find_parent("section") is None
        ]
        listed = "".join(
            f'<li><a href="{one.name}.xhtml#{name}">{html.escape(heading.get_text())}</a></li>'
            for name, heading in sections
            if name and heading
        )
        title = f'<a href="{one.name}.xhtml">{html.escape(one.title)}</a>'
        return f"<li>{title}{f'<ol>{listed}</ol>' if listed else ''}</li>"

    lines = []
    for title, names in book.parts:
        entries = "".join(entry(chapters[name]) for name in names)
        part = f"<li><span>{html.escape(title)}</span><ol>{entries}</ol></li>"
        lines.append(part if title else entries)
    title = CONTENTS[book.language]
    return f'<nav epub:type="toc"><h1>{title}</h1><ol>{"".join(lines)}</ol></nav>'


def pack(folder: Path, target: Path) -> None:
    """Write the pages in `folder` as the EPUB `target`.

    Raises `FileNotFoundError` when the book is not built, or a font for its language is missing.
    """
    book = read_book(folder)
    names, language = book.pages, book.language
    chapters = [chapter(folder / f"{name}.html") for name in names]
    pictures = link(chapters, folder)
    by_name = {one.name: one for one in chapters}
    files = {
        f"{one.name}.xhtml": PAGE.format(
            title=html.escape(one.title), body=one.body(), lang=language
        )
        for one in chapters
    }
    listed = contents(book, by_name)
    files["nav.xhtml"] = PAGE.format(title=CONTENTS[language], body=listed, lang=language)
    font = needed_font(language)
    files["book.css"] = (FACE if font else "") + STYLE
    data = {name: text.encode() for name, text in files.items()}
    if font:
        with tempfile.TemporaryDirectory() as place:
            letters_of(font, "".join(files.values()), Path(place, FONT))
            data[FONT] = Path(place, FONT).read_bytes()
    data |= {f"images/{path.name}": _picture(path) for path in sorted(pictures)}
    released = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["date-released"]
    number = version("convnet-course-autograder")
    package = PACKAGE.format(
        identifier=uuid.uuid5(uuid.NAMESPACE_URL, f"{book.title} {number}"),
        title=html.escape(book.title),
        lang=language,
        date=released,
        manifest="".join(_item(name, content) for name, content in data.items()),
        spine="".join(
            f'<itemref idref="{_id(f"{name}.xhtml")}"/>' for name in [names[0], "nav", *names[1:]]
        ),
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        packed.writestr("META-INF/container.xml", CONTAINER)
        packed.writestr("book/content.opf", package)
        for name, content in data.items():
            packed.writestr(f"book/{name}", content)


def _picture(path: Path) -> bytes:
    """The file; Matplotlib gives the same id to a picture within a drawing twice."""
    if path.suffix != ".svg":
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    return re.sub(r'(<image\b[^>]*?)\sid="[^"]*"', r"\1", text).encode()


def _item(name: str, content: bytes) -> str:
    properties = ["nav"] if name == "nav.xhtml" else []
    if name.endswith(".xhtml"):
        properties += [
            kind for kind, sign in (("mathml", b"<math"), ("svg", b"<svg")) if sign in content
        ]
    shown = f' properties="{" ".join(properties)}"' if properties else ""
    return f'<item id="{_id(name)}" href="{name}" media-type="{TYPES[Path(name).suffix]}"{shown}/>'


def _id(name: str) -> str:
    return "f-" + re.sub(r"\W", "-", name)


if __name__ == "__main__":
    main(pack)
