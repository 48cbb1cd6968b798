"""Print the whole book, built as one page, into a PDF.

    python -m book.printing _build/singlehtml/index.html _build/book.pdf

It holds what the pages show: solutions and quiz answers unfold, while code that a page hides stays
hidden. Formulas are set and pictures loaded before Chromium prints, and lines of code that are
longer than the paper go on in the next line. It is printed twice: the first copy tells on which
pages the chapters begin, and the second has these numbers in its contents.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import IndirectObject

from book.paper import CONTENTS, main, needed_font

CHROMIUM = Path("/usr/bin/chromium")
MINUTES = 60_000  # in ms
SCALE = 0.77  # text of 9.2 points
FOR_PAPER = """
  * { animation: none !important; transition: none !important }
  pre, pre code, .cell_output pre { max-height: none !important; overflow: visible !important;
    overflow-wrap: anywhere !important; white-space: pre-wrap !important }
  .highlight, .cell_output, .output, .admonition, figure, table { max-width: 100% !important;
    overflow: visible !important }
  td, th { overflow-wrap: anywhere }
  .bd-article-container, .bd-article, .bd-content { max-width: 100% !important;
    padding: 0 !important }
  article { line-height: 1.4 }
  h2, h3, h4 { margin-block: 1.2em 0.4em !important; break-after: avoid }
  details, .cell, .quiz { break-inside: auto !important }
  /* Code has a line at its side and no frame, of which a new page could leave an empty piece. */
  pre { background: none !important; border: 0 !important; padding-block: 0 !important }
  .cell_input, .cell_output, div[class*="highlight-"] .highlight { background: none !important;
    border-block: 0 !important; border-right: 0 !important; box-shadow: none !important }
  .admonition, .sd-card { box-decoration-break: clone; box-shadow: none !important }
  .admonition-title { break-after: avoid }
  figure, img, svg, tr, .quiz li { break-inside: avoid }
  figure img, .cell_output img { max-height: 150mm; object-fit: contain }
  .toctree-wrapper > section, .on-pages { break-before: page }
  p, li, pre { orphans: 3; widows: 3 }
  .on-pages > ol { columns: 2; font-size: 85% }
  .on-pages ol { list-style: none; margin: 0; padding: 0 }
  .on-pages ol ol { padding-left: 1.5em }
  .on-pages > ol > li { break-inside: avoid; margin-bottom: 0.6em }
  .on-pages a { display: flex; justify-content: space-between; gap: 1em; color: inherit;
    text-decoration: none }
  a.headerlink, button, .copybtn, .bd-header-article, .bd-sidebar, .bd-sidebar-primary,
  .bd-sidebar-secondary, #pst-back-to-top, #jb-print-toc, details.hide { display: none !important }
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
# The chapters and their sections as links with room for a number, and as a list.
LIST_CONTENTS = """
(CONTENTS) => {
  const entries = [];
  const listed = (sections, level) => {
    const list = document.createElement("ol");
    for (const section of sections) {
      const heading = section.querySelector(":scope > :is(h1, h2, h3)");
      if (!heading) continue;
      const title = heading.cloneNode(true);
      title.querySelector(".headerlink")?.remove();
      // Ids of sections repeat on one page: every chapter has its "exercises".
      heading.id = `heading-${entries.length}`;
      entries.push([heading.id, title.textContent, level]);
      const link = Object.assign(document.createElement("a"), { href: `#${heading.id}` });
      link.append(title.textContent, document.createElement("span"));
      const entry = document.createElement("li");
      entry.append(link, listed(section.querySelectorAll(":scope > section"), level + 1));
      list.append(entry);
    }
    return list;
  };
  const chapters = document.querySelectorAll(".toctree-wrapper > section");
  const contents = Object.assign(document.createElement("nav"), { className: "on-pages" });
  const title = Object.assign(document.createElement("h2"), { textContent: CONTENTS });
  contents.append(title, listed(chapters, 0));
  chapters[0]?.parentElement.before(contents);
  return entries;
}
"""
NUMBER_CONTENTS = """
(pages) => {
  for (const link of document.querySelectorAll(".on-pages a")) {
    link.lastChild.textContent = pages[link.hash.slice(1)] ?? "";
  }
}
"""


def print_book(page: Path, target: Path) -> None:
    """Write `page` as the PDF `target`.

    Raises `FileNotFoundError` when the page is not built, or a font for its language is missing.
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
        language = shown.evaluate("document.documentElement.lang")
        needed_font(language)
        shown.evaluate("window.MathJax?.startup?.promise")
        shown.add_style_tag(content=FOR_PAPER)
        shown.evaluate(UNFOLD)
        shown.evaluate(
            "Promise.all([...document.images].map((one) => { one.loading = 'eager'; "
            "return one.decode().catch(() => null); }))"
        )
        entries = shown.evaluate(LIST_CONTENTS, CONTENTS[language])
        _print(shown, target)
        pdf = PdfReader(target)
        places = pdf.named_destinations
        pages = {name: pdf.get_destination_page_number(places[f"/{name}"]) for name, *_ in entries}
        shown.evaluate(NUMBER_CONTENTS, {name: page + 1 for name, page in pages.items()})
        _print(shown, target)
        browser.close()
    # Chromium's own bookmarks name a heading twice when it went on to the next page.
    writer = PdfWriter(clone_from=target)
    parents: list[IndirectObject] = []
    for name, title, level in entries:
        above = parents[level - 1] if level else None
        parents[level:] = [writer.add_outline_item(title, pages[name], above)]
    writer.write(target)


def _print(page: Page, target: Path) -> None:
    page.pdf(
        path=target,
        format="A4",
        scale=SCALE,
        margin={"top": "16mm", "bottom": "16mm", "left": "18mm", "right": "18mm"},
        display_header_footer=True,
        header_template="<span></span>",
        footer_template='<span style="font-size:8px;margin:auto" class="pageNumber"></span>',
        tagged=True,
    )


if __name__ == "__main__":
    main(print_book)
