"""The live figures in Debian's Firefox: each opens and takes the focus, one is drawn on."""

from __future__ import annotations

import pytest

from book.bundling import bundle
from tests.book.live_figures import FIGURES, PAGE, figure_site
from tests.browser import served
from tests.firefox import MISSING, PROGRAM, firefox

pytestmark = [pytest.mark.browser, pytest.mark.skipif(PROGRAM is None, reason=MISSING)]

TAB = "\ue004"
FIGURE = "document.querySelector('{name}')"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """All modules of the figures, with a page for each of them."""
    folder = figure_site(tmp_path_factory.mktemp("firefox"))
    for name in FIGURES:
        (folder / f"{name}.html").write_text(PAGE.format(name=name, markup=f"<{name}></{name}>"))
    return folder


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """One Firefox for all of these tests."""
    with firefox(tmp_path_factory.mktemp("program")) as running:
        yield running


@pytest.fixture
def opened(site, tab):
    """Opens the page of a figure, served without a network beyond this machine."""
    with served(site) as address:

        def open_figure(name):
            tab.open(f"{address}/{name}.html")
            tab.wait_for(f"{FIGURE.format(name=name)}.state")
            return FIGURE.format(name=name)

        yield open_figure
    assert tab.faults == []


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_opens_and_takes_the_focus(opened, tab, name):
    """It draws itself without a fault, and Tab reaches a control of it that has a name."""
    figure = opened(name)
    assert tab.evaluate(f"return {figure}.shadowRoot.querySelector('[role=alert]')") is None
    tab.press(TAB)
    assert tab.evaluate(f"return {figure}.shadowRoot.activeElement !== null")
    assert tab.evaluate("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("kind", ["mouse", "touch"])
def test_a_drawn_one_is_read(opened, tab, kind):
    """A stroke down the pad is a 1, drawn by a mouse or a finger."""
    figure = opened("network-reader")
    tab.evaluate(f"{figure}.shadowRoot.querySelector('[name=clear]').click()")
    box = tab.evaluate(
        f"const pad = {figure}.shadowRoot.querySelector('.pad'); pad.scrollIntoView();"
        "const { x, y, width } = pad.getBoundingClientRect(); return [x, y, width]"
    )
    x, y, width = box
    points = [(x + width / 2, y + width * share) for share in (0.1, 0.3, 0.5, 0.7, 0.9)]
    tab.drag(points, kind)
    tab.wait_for(f"{figure}.state.best === '1'")


def test_a_worker_trains(opened, tab):
    """The step button takes one step, in a thread of its own."""
    figure = opened("convnet-trainer")
    tab.wait_for(f"{figure}.shadowRoot.querySelector('[name=step]:not(:disabled)')")
    tab.evaluate(f"{figure}.shadowRoot.querySelector('[name=step]').click()")
    tab.wait_for(f"{figure}.state.step === 1")


def test_figures_work_from_a_folder(site, tab):
    """Opened as files: the demo computes, and the trainer's worker takes a step."""
    done = {"conv-demo": "output.length === 2", "convnet-trainer": "state.step === 1"}
    for name, condition in done.items():
        (site / f"{name}.js").write_text(bundle(site, f"{name}.mjs"), encoding="utf-8")
        page = PAGE.format(name=name, markup=f"<{name}></{name}>")
        page = page.replace(f'type="module" src="{name}.mjs"', f'defer src="{name}.js"')
        (site / "folder.html").write_text(page)
        tab.open((site / "folder.html").as_uri())
        figure = FIGURE.format(name=name)
        step = f"{figure}.shadowRoot.querySelector('[name=step]:not(:disabled)')"
        tab.wait_for(step)
        tab.evaluate(f"{step}.click()")
        tab.wait_for(f"{figure}.{condition}")
        assert tab.faults == []
