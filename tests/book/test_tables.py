"""Tables of numbers: commas, a caption, a frame that scrolls, and the same in a terminal."""

import numpy as np
from bs4 import BeautifulSoup
from networks import LeNet5, layers
from tables import of_layers, percent, table


def test_a_table_is_a_table():
    """Heads, row heads and cells are marked as such, and what is written is escaped."""
    shown = table(["layer", "weights"], [["a < b", 1_234_567], ["c", "1.5"]], "A & B")
    html = BeautifulSoup(shown._repr_html_(), "html.parser")
    assert [th.get_text() for th in html.select("thead th[scope=col]")] == ["layer", "weights"]
    assert [th.get_text() for th in html.select("tbody th[scope=row]")] == ["a < b", "c"]
    assert [td.get_text() for td in html.find_all("td")] == ["1,234,567", "1.5"]
    frame = html.find("div", class_="numbers")
    assert frame["tabindex"] == "0" and frame["aria-label"] == html.caption.get_text() == "A & B"


def test_numbers_stand_to_the_right_and_words_to_the_left():
    """Column by column, with the column's head, whatever unit or sign the numbers have."""
    rows = [["a", 60_965_224, "CONV", "−1.5%", "3 × 3"], ["b", np.int64(7), "", "–", ""]]
    shown = table(["net", "weights", "kind", "change", "filter"], rows, "Sides")
    html = BeautifulSoup(shown._repr_html_(), "html.parser")
    for row in html.find_all("tr"):
        sides = [cell.get("class") == ["right"] for cell in row.find_all(["th", "td"])]
        assert sides == [False, True, False, True, True]
    by_side = BeautifulSoup(table(["side"], [[28], [56]], "")._repr_html_(), "html.parser")
    assert all(cell["class"] == ["right"] for cell in by_side.find_all("th"))


def test_a_terminal_shows_the_same():
    """Under each other, numbers to the right."""
    shown = table(["layer", "weights"], [["conv", 1_234], ["a", 5]], "Sizes")
    assert repr(shown).split("\n") == [
        "Sizes",
        "layer  weights",
        "conv     1,234",
        "a            5",
    ]


def test_the_spread_of_runs_is_shown():
    """The mean, the least and the largest; one number where they agree."""
    assert percent([0.9, 0.95, 0.91]) == "92.0% (90.0–95.0)"
    assert percent([1.0, 1.0]) == "100.0%"


def test_a_network_s_table_has_its_sums():
    """The last row adds up weights, biases and multiply-adds."""
    rows = layers(LeNet5)
    shown = of_layers(rows, "LeNet-5")
    assert len(shown.rows) == len(rows) + 1
    assert shown.rows[-1][3] == f"{sum(row.weights for row in rows):,}"
    assert shown.rows[-1][5] == f"{sum(row.multiply_adds for row in rows):,}"
