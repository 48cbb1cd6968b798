"""No line breaks between what belongs together, in a real browser and at every width."""

import pytest
from unbroken import join

FORMULA = '<span class="math notranslate nohighlight">x + b</span>'
CODE = '<code class="docutils literal notranslate"><span class="pre">np.dot</span></code>'
WORDS = CODE.replace("</code>", ' <span class="pre">is</span> <span class="pre">it</span></code>')
LINKED = f'<a class="reference internal" href="there.html">{CODE}</a>'
NBSP = "\N{NO-BREAK SPACE}"
# Formulas and code as the book's pages have them: a line may break before and after each.
PAGE = """
<style>
  p { font: 16px sans-serif }
  .math { display: inline-flex; overflow: hidden }
  code, .pre { white-space: normal }
  .pre { display: inline-block }
</style>
<p>It is the neuron that you know <i>PLACE</i> and that has one bias.</p>
"""
# Whether all that stands in the frame shares a line.
ON_ONE_LINE = """
() => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector("i"));
  const boxes = [...range.getClientRects()];
  return Math.max(...boxes.map((box) => box.top)) < Math.min(...boxes.map((box) => box.bottom));
}
"""


@pytest.mark.browser
@pytest.mark.parametrize("piece", [FORMULA, CODE, LINKED])
@pytest.mark.parametrize("marks", ["{}.", "({}).", "{}”;", "{}。"])
def test_a_mark_stays_with_its_formula_or_code(browser, piece, marks):
    """At no width does a full stop or a bracket stand on another line than what it belongs to."""
    page = browser.new_page()
    split = {}
    for name, text in (("plain", marks.format(piece)), ("joined", join(marks.format(piece)))):
        page.set_content(PAGE.replace("PLACE", text))
        split[name] = []
        for width in range(90, 420, 3):  # a mark is wider than that
            page.evaluate(f"document.querySelector('p').style.width = '{width}px'")
            split[name] += [] if page.evaluate(ON_ONE_LINE) else [width]
    page.close()
    assert split["plain"], "the browser breaks no such line, so `unbroken` can go"
    assert split["joined"] == []


@pytest.mark.browser
def test_words_of_code_part_nevertheless(browser):
    """Three words of code with a full stop take two lines where they have no room on one."""
    page = browser.new_page()
    page.set_content(PAGE.replace("PLACE", join(f"{WORDS}.")))
    page.evaluate("document.querySelector('p').style.width = '60px'")
    assert not page.evaluate(ON_ONE_LINE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_a_path_may_break():
    """What has no room on a line of a phone is marked, and nothing else."""
    path = CODE.replace("np.dot", "grading/submitted/STUDENT/NAME/NAME.ipynb")
    assert 'class="pre long"' in join(f"<p>In {path}.</p>")
    assert join(f"<p>In {CODE}</p>") == f"<p>In {CODE}</p>"


@pytest.mark.parametrize("text", ["8 MB", "23 GB", "5 ms", "8 MB of 23 GB"])
def test_a_unit_stays_with_its_number(text):
    """The blank between them is one at which no line breaks."""
    words = text.replace("8 MB", f"8{NBSP}MB").replace("3 GB", f"3{NBSP}GB")
    words = words.replace("5 ms", f"5{NBSP}ms")
    assert join(f"<p>It is {text}.</p>") == f"<p>It is {words}.</p>"


@pytest.mark.browser
def test_a_name_keeps_its_number(browser):
    """VGG-16 moves to the next line as a whole."""
    page = browser.new_page()
    page.set_content(PAGE.replace("PLACE", join("<i>VGG-16</i>")))
    for width in range(90, 420, 3):
        page.evaluate(f"document.querySelector('p').style.width = '{width}px'")
        assert page.evaluate(ON_ONE_LINE), width
    page.close()


@pytest.mark.parametrize(
    "html",
    [
        "<p>In 5 steps, 8 Msomething, 3 × 3 and a-b.</p>",
        '<img alt="95 MB"/>',
        "<pre>share 95 MB <span>8 MB</span></pre>",
        '<code class="docutils literal">95 MB</code>',
        FORMULA.replace("span", "div").replace("x + b", "\\[ \\sum_{p=0}^{KH-1} 95 MB \\]"),
        FORMULA.replace("x + b", "KH-1"),
        f"<p>{FORMULA} and {CODE} and {LINKED}</p>",
        "<script>const share = '95 MB'</script>",
    ],
)
def test_everything_else_stays_as_it_is(html):
    """Other words, attributes, code, outputs and scripts, and pieces without a mark."""
    assert join(html) == html
