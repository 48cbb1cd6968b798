"""Every number of the notes stands on its page, or the number that is right in its place."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

BUILT = Path(__file__).parents[1] / "_build" / "html"

# By page, as a reader sees them. Commas between digits and spaces around × do not count.
FACTS = {
    "overview": ["3,072", "120,000"],
    "layers": ["32×32×12", "16×16×12", "1×1×10"],
    "convolutional-layer": [
        *("75", "180", "4.5", "227×227×3", "55×55×96", "290,400", "364", "105,705,600"),
        *("34,848", "34,944", "363 weights", "(11, 11, 4)", "224"),
    ],
    "matrix-multiplication": ["(363, 3025)", "(96, 363)", "(96, 3025)", "9×9"],
    "pooling": ["2×2", "3×3", "75 %"],
    "fully-connected": [
        *("7×7×512", "12×12×512", "6×6×1000", "224", "384", "0 of 36", "36 of 36"),
        *("cover 61 of the 121", "6×6×256", "9,216"),
    ],
    "patterns": ["INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC", "49", "27"],
    "sizing-rules": ["9,633,792", "77.1 MB", "73.5 MiB", "72 MB", "224×224"],
    "case-studies": [
        *("60,965,224", "62,378,344", "61,100,840", "15.3", "26.2", "Clarifai", "6,624,904"),
        *("1,025,000", "2,049,000", "25,557,032", "74.3", "89.4"),
    ],
    "vgg": [
        *("15,237,608", "60.95 MB", "58.1 MiB", "93 MB", "138,344,128", "138,357,544"),
        "15.47",
    ],
    "memory": ["12 GB", "15,237,608"],
    "resources": ["convnet-benchmarks", "ConvNetJS", "Caffe"],
}


@cache
def text(page):
    """What stands in the page's article, formulas included."""
    html = BeautifulSoup((BUILT / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    return plain(html.find("article").get_text(" "))


def plain(words):
    words = words.replace("{,}", ",").replace("\\times", "×").replace("\N{NO-BREAK SPACE}", " ")
    words = re.sub(r"(?<=\d),(?=\d{3})", "", re.sub(r"\s+", " ", words))
    words = re.sub(r"(?<=\d)[\\, ]*%", " %", words)
    return re.sub(r"\s*×\s*", "×", words)


@pytest.mark.parametrize("page", FACTS)
def test_the_page_has_the_numbers_of_its_section(page):
    """What the notes say there, checked, and what is right where they are wrong."""
    assert [fact for fact in FACTS[page] if plain(fact) not in text(page)] == []


def test_every_erratum_has_its_box_and_every_box_its_row():
    """The list of errata and the boxes in the chapters are the same."""
    table = BeautifulSoup((BUILT / "errata.html").read_text(encoding="utf-8"), "html.parser")
    links = {link["href"] for link in table.select("article td a")}
    boxes = set()
    for path in BUILT.glob("*.html"):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for box in page.select(".admonition.erratum, .admonition.since-then"):
            names = {box.get("id"), *(span.get("id") for span in box.find_all("span", id=True))}
            above = box.find_previous_sibling("span", id=True)
            names |= {above.get("id")} if above else set()
            if "erratum" in box["class"]:
                assert names & {link.rpartition("#")[2] for link in links}, (path.name, names)
            boxes |= {f"{path.name}#{name}" for name in names if name}
    assert links and links <= boxes
