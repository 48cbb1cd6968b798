"""Print the whole book, built as one page, into a PDF.

    python -m book.printing _build/singlehtml/index.html _build/book.pdf

Formulas are set and pictures loaded before Chromium prints; solutions and quiz answers unfold, and
lines of code that are longer than the paper go on in the next line.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
MINUTES = 60_000  # in ms
FOR_PAPER = """
  * { animation: none !important; transition: none !important }
  pre, pre code, .cell_output pre { max-height: none !important; overflow: visible !important;
    overflow-wrap: anywhere !important; white-space: pre-wrap !important }
  .highlight, .cell_output, .output, .admonition, figure, table { max-width: 100% !important;
    overflow: visible !important }
  td, th { overflow-wrap: anywhere }
  details, .cell { break-inside: auto !important }
  figure, img, svg, tr, .quiz { break-inside: avoid }
  section > section > h1 { break-before: page }
  h1, h2, h3 { break-after: avoid }
  a.headerlink, button, .copybtn, .bd-header-article, .bd-sidebar, .bd-sidebar-primary,
  .bd-sidebar-secondary, #pst-back-to-top, details.hide > summary { display: none !important }
"""
UNFOLD = """
() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  for (const one of document.querySelectorAll(".quiz-reasons[hidden]")) one.hidden = false;
  for (const one of document.querySelectorAll(".toggle-hidden")) {
    one.classList.remove("toggle-hidden");
  }
}
"""


def print_book(page: Path, target: Path) -> None:
    """Write `page` as the PDF `target`.

    Raises `FileNotFoundError` when the page is not built.
    """
    if not page.is_file():
        raise FileNotFoundError(f"there is no page {page}: run `make pdf`, which builds it")
    target.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM) if CHROMIUM.exists() else None, args=["--no-sandbox"]
        )
        shown = browser.new_page(color_scheme="light", reduced_motion="reduce")
        shown.set_default_timeout(5 * MINUTES)
        shown.goto(page.resolve().as_uri(), wait_until="load")
        shown.evaluate("window.MathJax?.startup?.promise")
        shown.add_style_tag(content=FOR_PAPER)
        shown.evaluate(UNFOLD)
        shown.evaluate(
            "Promise.all([...document.images].map((one) => { one.loading = 'eager'; "
            "return one.decode().catch(() => null); }))"
        )
        shown.pdf(
            path=target,
            format="A4",
            margin={"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
            display_header_footer=True,
            header_template="<span></span>",
            footer_template='<span style="font-size:8px;margin:auto" class="pageNumber"></span>',
            outline=True,
            tagged=True,
        )
        browser.close()


if __name__ == "__main__":
    page, target = map(Path, sys.argv[1:])
    try:
        print_book(page, target)
    except FileNotFoundError as error:
        sys.exit(str(error))
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
