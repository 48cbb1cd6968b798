"""What the tests of the book's live figures share: a page that holds one, and what it says."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import figure_data
import numpy as np
from playwright.sync_api import Browser, Page

from tests.browser import ANY, NARROW, WIDE, barriers, opened, overflow, served

ASSETS = Path(__file__).parents[2] / "book" / "assets"
# Every module that defines an element.
FIGURES = sorted(
    path.stem for path in ASSETS.glob("*.mjs") if "customElements.define(" in path.read_text()
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Figure</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>:root {{ color-scheme: light dark }}</style></head><body><main><h1>Figure</h1>
<script type="module" src="{name}.mjs"></script>{markup}</main></body></html>"""


def figure_site(folder: Path) -> Path:
    """A folder with all modules of the figures, those that the build writes included."""
    site = folder / "site"
    shutil.copytree(ASSETS, site)
    for name in figure_data.FILES:
        (site / name).write_text(data_module(name), encoding="utf-8")
    return site


@cache
def data_module(name: str) -> str:
    return figure_data.written(name)


@contextmanager
def figure_pages(
    browser: Browser, folder: Path, change: Callable[[Path], None] = lambda site: None
) -> Iterator[Callable[..., Page]]:
    """A function that opens a page with the given element; at the end no page has a fault.

    `change` may change the folder of the modules before.
    """
    site = figure_site(folder)
    change(site)
    found = []  # one list of faults for each page, still filling while the test runs
    with ExitStack() as stack:
        address = stack.enter_context(served(site))

        def open_page(name: str, attributes: str = "", children: str = "", **settings) -> Page:
            markup = f"<{name} {attributes}>{children}</{name}>"
            text = PAGE.format(name=name, markup=markup)
            (site / "index.html").write_text(text, encoding="utf-8")
            page, faults = stack.enter_context(opened(browser, f"{address}/", **settings))
            found.append(faults)
            page.wait_for_function(f"document.querySelector('{name}').shadowRoot !== null")
            return page

        yield open_page
    assert not any(found), found


def state(page: Page, name: str):
    """The figure's settings and results; only what JSON can hold comes through."""
    return page.locator(name).evaluate("figure => JSON.parse(JSON.stringify(figure.state))")


def hold_clock(page: Page) -> None:
    """Stops the page's time, which goes on by `page.clock.run_for` alone."""
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))


def follow(page: Page, name: str) -> None:
    """Keeps the details of the figure's events from now on, for `heard` to read."""
    page.evaluate(
        "name => { window.heard = []; document.addEventListener(`${name}:change`,"
        " event => window.heard.push(event.detail)) }",
        name,
    )


def heard(page: Page) -> list:
    return page.evaluate("window.heard")


def spoken(page: Page) -> str:
    """What a screen reader was told last."""
    return page.locator(".live").inner_text()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str, selector: str) -> None:
    """Goes on by Tab until the element that matches has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        inside = "(figure, wanted) => Boolean(figure.shadowRoot.activeElement?.matches(wanted))"
        if page.locator(name).evaluate(inside, selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")


def drag(page: Page, points: list[tuple[float, float]]) -> None:
    """Presses the mouse at the first point and draws it along the others."""
    page.mouse.move(*points[0])
    page.mouse.down()
    for x, y in points[1:]:
        page.mouse.move(x, y, steps=8)
    page.mouse.up()


def touch(page: Page, points: list[tuple[float, float]]) -> None:
    """Puts a finger on the first point and draws it along the others."""
    session = page.context.new_cdp_session(page)

    def send(kind: str, *places: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    send("touchStart", points[0])
    for point in points[1:]:
        send("touchMove", point)
    send("touchEnd")


def assert_welcoming(show: Callable[..., Page], name: str, theme: str, *variants: str) -> None:
    """axe-core finds nothing, and the page never scrolls sideways, for any of the attributes."""
    for attributes in ("", *variants):
        page = show(name, attributes, theme=theme, viewport=WIDE)
        assert barriers(page, ANY) == []
        assert overflow(page) <= 0
        page.set_viewport_size(NARROW)
        assert overflow(page) <= 0
    assert barriers(page, ANY) == []


def assert_refused(show: Callable[..., Page], name: str, attributes: str, reason: str) -> None:
    """Attributes that make no figure: a readable alert, the fallback, and a way back."""
    page = show(name, attributes, "<p>kept</p>")
    assert reason in page.get_by_role("alert").inner_text()
    assert page.get_by_text("kept").is_visible()
    assert state(page, name) is None
    page.locator(name).evaluate(
        "figure => figure.getAttributeNames().forEach(name => figure.removeAttribute(name))"
    )
    assert page.get_by_role("alert").count() == 0
    assert page.get_by_text("kept").is_hidden()
    assert state(page, name) is not None


def plain(settings: dict) -> dict:
    """The same with Python's own integers, which can be sent to a page."""
    return {name: int(value) for name, value in settings.items()}


def numbers(rng: np.random.Generator, *shape: int) -> list:
    return rng.normal(size=shape).round(2).tolist()
