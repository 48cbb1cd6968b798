"""Every number of the notes stands on its page, or the number that is right in its place."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

pytestmark = pytest.mark.slow  # the pages have to be built
BUILT = Path(__file__).parents[2] / "_build" / "html"

# By page, as a reader sees them; spaces around × do not count. A fact is found as a whole: 75 is
# not in 175, 0.75 or 75,000.
FACTS = {
    "overview": ["3,072 weights", "120,000 weights", "7,510", "58,710", "translation invariance"],
    "layers": [
        *("32×32×12", "16×16×12", "1×1×10", "16 · 16 · 12 = 3,072"),
        *("weights and biases: 912 here", "weights and biases: 30,730 here"),
    ],
    "convolutional-layer": [
        *("5 · 5 · 3 = 75", "3 · 3 · 20 = 180", "(10 - 3 + 0)/2 + 1 = 4.5", "[1, 0, -1]"),
        *("227×227×3", "55×55×96", "290,400", "105,705,600"),
        *("363 weights", "364", "34,848", "34,944", "(11, 11, 4)", "X[x, y, :]"),
        *("(224 - 11)/4 + 1 = 54.25", "224 with padding 2: formula 55.25, PyTorch 55"),
    ],
    "matrix-multiplication": [
        *("(96, 363) · (363, 3025) = (96, 3025)", "layers at dilation 2 see", "9×9"),
        "nothing is flipped",
    ],
    "pooling": [
        *("2×2", "3×3", "activations are gone: 75%", "PyTorch floors it to 15 in silence"),
        *("AlexNet: 55 27 13 6", "VGG: 224 112 56 28 14 7"),
    ],
    "normalization": [
        *("fell out of favour", "network year local response batch parameters of the latter"),
        *("AlexNet 2012 2 0 0", "VGG16 2014 0 0 0", "ResNet50 2015 0 53"),
    ],
    "fully-connected": [
        *("7×7×512", "12×12×512", "6×6×1000", "(384 - 224)/32 + 1 = 6", "384/2^5 = 12"),
        *("padding 0: 36 of 36 positions agree", "padding 1: 0 of 36 positions agree"),
        *("cover 61 of the 121", "(0, 0), (16, 0), (0, 16) and (16, 16)"),
        *("227 → 55 → 27 → 27 → 13 → 6", "6×6×256 = 9,216", "123,642,856 parameters"),
    ],
    "patterns": [
        "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC",
        *("3 · C · (3 · 3 · C) = 27C^2", "49C^2"),
    ],
    "sizing-rules": [
        *("9,633,792", "77.1 MB", "73.5 MiB", "72 MB", "10 million activations"),
        *("3,211,264 values", "CONV of stride 2 for POOL", "padding, a second POOL", "13,834"),
    ],
    "case-studies": [
        *(
            "60,965,224",
            "62,378,344",
            "61,100,840",
            "16% against 26%",
            "16.4%",
            "26.2%",
            "13.5%",
        ),
        *("Clarifai, Zeiler", "4 million parameters", "about 6.8 million", "6,998,552"),
        *("torchvision has 6,624,904", "1,025,000 parameters", "2,049,000 parameters"),
        *("25,557,032 parameters", "74.3%", "89.4%", "read zip codes first", "4,652,008"),
    ],
    "vgg": [
        *("15,237,608 values", "60.95 MB", "58.1 MiB", "24M×4 bytes ≈ 93 MB", "28.8 million"),
        *("138,344,128 weights", "138,357,544 parameters", "15.47 G multiply-adds"),
        *("15,227,688", "drop of 1 to 2 percentage points"),
    ],
    "memory": [
        *("12 GB as the best", "15,237,608 activations an image", "makes three copies at least"),
        *("optimizer copies values for VGG-16", "momentum 3", "RMSProp 3", "Adam 4"),
        *("memory images 4 GB 19 12 GB 84", "141 GB 1,143", "288 GB 2,348"),
    ],
    "training": ["8,938 parameters", "moved and mirrored", "plain"],
    "seeing": ["4.65 million parameters", "385 million", "7×7×1280", "Egyptian cat"],
    "detector": ["704 windows agree", "2×2×24", "1×1×48"],
    "performance": ["convnet-benchmarks", "27 ms forward", "4.5 times as long", "June 2017"],
    "resources": [
        *("convnet-benchmarks, 2014", "ConvNetJS, 2014", "Caffe and its Model Zoo, 2014"),
        "ResNets in Torch, 2016",
    ],
}


@cache
def text(page):
    """What stands in the page's article, formulas included."""
    html = BeautifulSoup((BUILT / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    return plain(html.find("article").get_text(" "))


def plain(words):
    words = words.replace("{,}", ",").replace("\\times", "×").replace("\N{NO-BREAK SPACE}", " ")
    words = words.replace("\\cdot", "·")
    words = re.sub(r"\s+", " ", words)
    words = re.sub(r"(?<=\d)[\\, ]*%", " %", words)
    return re.sub(r"\s*×\s*", "×", words)


def stands_in(fact, words):
    """Whether plain text holds the fact, and not as a part of a longer number."""
    return re.search(rf"(?<!\d)(?<!\d[.,]){re.escape(plain(fact))}(?![.,]?\d)", words) is not None


@pytest.mark.parametrize("page", FACTS)
def test_the_page_has_the_numbers_of_its_section(page):
    """What the notes say there, checked, and what is right where they are wrong."""
    assert [fact for fact in FACTS[page] if not stands_in(fact, text(page))] == []


@pytest.mark.parametrize("words", ["175 weights", "0.75", "75.3%", "3,750", "7 5"])
def test_a_part_of_a_number_is_no_fact(words):
    """The digits of 75 in a row are not enough."""
    assert not stands_in("75", plain(words))
    assert stands_in("75", plain(f"{words}, and 75."))


@pytest.mark.parametrize("page", sorted(path.stem for path in BUILT.glob("*.html")))
def test_long_numbers_are_parted_by_commas(page):
    """In the cells of tables and in what code prints, but for shapes, which are Python's tuples."""
    html = BeautifulSoup((BUILT / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    places = html.select("article :is(td, th, .cell_output pre)")
    printed = [re.sub(r"\([^()]*\)", "", place.get_text()) for place in places]
    assert [line for line in printed if re.search(r"(?<![\w.,/-])\d{5,}(?!\w)", line)] == []


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
