"""A formula becomes MathML that does nothing but stand there, or stays text."""

import pytest
from bs4 import BeautifulSoup

from autograder.feedback.markup import markdown
from autograder.feedback.mathml import mathml
from tests.growth import ratio


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed}{x}",
        r"\class{skip}{x}",
        r"\color{red}x",
        r"\rule{1000em}{1000em}",
        r"\hspace{-100em}x",
        r"\lower 9em x",
        r"x\mathllap{xxxx}",
        r"\phantom{x}",
        r"\unicode{x3c}script\unicode{x3e}",
        "\\text{&lt;img src=x onerror=alert(1)&gt;}",
        "\\text{&amp;lt;img&amp;gt;}",
    ],
)
def test_a_formula_does_nothing_but_stand_there(tex):
    """No HTML, no links, no styles, and nothing that leaves its line or cannot be seen."""
    made = mathml(tex)
    if made is None:
        return
    soup = BeautifulSoup(made, "html.parser")
    found = {one.name for one in soup.find_all(True)}
    assert found <= {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle"}
    values = [one.attrs for one in soup.find_all(True) if one.name != "math"]
    assert all(
        not set(one) - {"stretchy", "mathvariant", "width", "height", "depth"} for one in values
    )
    assert "000em" not in made and "-100em" not in made


@pytest.mark.parametrize(
    "tex",
    [
        r"\newcommand{\a}{\b\b}\newcommand{\b}{\c\c}\a",
        "\\def\\a{\\a\\a}\\a",
        "{" * 900,
        "x" * 5_000,
        r"\nosuchcommand{x}",
        r"\frac{1}",
        r"\begin{matrix}" * 50,
        "\\",
    ],
)
def test_what_is_no_formula_stays_text(tex):
    """And takes hardly longer than a formula: bombs are not lit."""
    read = mathml.__wrapped__  # without its cache
    formula = r"\frac{a_{i}+b^2}{\sqrt{c}} + " * 30 + "1"
    assert read(formula) is not None and read(tex) is None
    assert ratio(lambda: read(tex), lambda: read(formula), 10) < 10
    assert BeautifulSoup(markdown(f"see ${tex}$ there"), "html.parser").find("math") is None
