"""A real browser for the tests of pages: local server, Chromium without a network, axe-core."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

CHROMIUM = "/usr/bin/chromium"
EXECUTABLE = CHROMIUM if Path(CHROMIUM).exists() else None  # None: Playwright's own download
# Every name but this machine's own fails to resolve, so a page that needs a network shows it.
OFFLINE = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
NARROW = {"width": 360, "height": 740}
PATIENCE = 300_000  # milliseconds that no page needs, however busy the machine is
ANY = ("moderate", "serious", "critical")  # impacts that axe-core gives its findings
WIDE = {"width": 1280, "height": 900}


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without writing a line to stderr for each."""

    def log_message(self, *args: object) -> None:
        """Say nothing: what went wrong is told by the page itself."""


@contextmanager
def served(folder: Path, handler: type[QuietHandler] = QuietHandler) -> Iterator[str]:
    """The address at which ``folder`` is served on this machine, as long as the block lasts."""
    handler = functools.partial(handler, directory=folder)  # knows .mjs as JavaScript
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium that reaches nothing but this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=OFFLINE)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser,
    url: str,
    *,
    theme: str = "light",
    viewport: dict = WIDE,
    touch: bool = False,
) -> Iterator[tuple[Page, list[str]]]:
    """A page in the given theme, and a list that fills with what goes wrong on it.

    The list takes exceptions, errors on the console, failed or refused answers, and every request
    to another host. The theme is set in both ways a page may ask for it: the system's preference,
    and the choice that the book's theme keeps in local storage. `touch` gives the screen
    fingers.
    """
    context = browser.new_context(
        viewport=viewport, color_scheme=theme, reduced_motion="reduce", has_touch=touch
    )
    context.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}');"
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults: list[str] = []

    def request_made(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != urlsplit(url).netloc:
            faults.append(f"outside request: {request.url}")

    def line_written(line: ConsoleMessage) -> None:
        if line.type == "error":
            faults.append(f"console: {line.text} ({line.location.get('url', '')})")

    def answer_came(answer: Response) -> None:
        if answer.status >= 400:
            faults.append(f"answer {answer.status}: {answer.url}")

    page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
    page.on("console", line_written)
    page.on("request", request_made)
    page.on("response", answer_came)
    try:
        page.goto(url, wait_until="load")
        yield page, faults
    finally:
        context.close()


def barriers(
    page: Page,
    impacts: tuple[str, ...] = ("serious", "critical"),
    besides: tuple[str, ...] = (),
    rules: tuple[str, ...] = (),
) -> list[str]:
    """Findings of axe-core on the page, a readable line for each element.

    Drawn formulas are left out (thousands of paths, which a screen reader meets as MathML), and
    what the selectors `besides` match. `rules` are those to ask, by default all.
    """
    context = {"exclude": [["mjx-container"], *([selector] for selector in besides)]}
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = Axe().run(page, context, options).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} — {node['failureSummary']}"
        for rule in found
        if rule["impact"] in impacts
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page scrolls sideways."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
