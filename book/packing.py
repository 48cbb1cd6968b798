"""Pack the built book into a zip that works from a folder, without any server.

    python -m book.packing _build/html _build/book.zip

A browser loads no module from a file beside the page. So here each module stands in its page, as a
`data:` address that holds it and, within it, those it imports.
"""

from __future__ import annotations

import base64
import re
import sys
import zipfile
from pathlib import Path

SCRIPT = re.compile(r'<script type="module" src="([\w.-]+\.mjs)"></script>')
IMPORT = re.compile(r'(\bfrom\s*|\bimport\s*)"\./([\w.-]+\.mjs)"')
# JupyterLite needs a server, so a folder is better off without it.
LITE, LITE_LINK = "lite", re.compile(r'<a href="lite/[^"]*"[^>]*>[^<]*</a>\s*·\s*')
# A search fetches the pages that it finds, for a summary; from a folder it may not.
SUMMARIES = "SHOW_SEARCH_SUMMARY: true"


def pack(site: Path, target: Path) -> int:
    """Write the pages of `site` into the zip `target`; the number of files.

    Raises `FileNotFoundError` when there is no built book, or a page loads a module that is not
    there.
    """
    if not (site / "index.html").is_file():
        raise FileNotFoundError(f"there is no built book at {site}: run `make book` first")
    target.parent.mkdir(parents=True, exist_ok=True)
    files = sorted(
        path
        for path in site.rglob("*")
        if path.is_file() and path.relative_to(site).parts[0] != LITE
    )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            name = f"book/{path.relative_to(site)}"
            if path.suffix == ".html":
                packed.writestr(name, with_modules_inside(path.read_text(encoding="utf-8"), site))
            elif path.name == "documentation_options.js":
                text = path.read_text(encoding="utf-8")
                packed.writestr(name, text.replace(SUMMARIES, SUMMARIES.replace("true", "false")))
            else:
                packed.write(path, name)
    return len(files)


def with_modules_inside(page: str, site: Path) -> str:
    """The page with its modules in it, and without links to what needs a server."""
    return SCRIPT.sub(
        lambda found: f'<script type="module" src="{_address(site, found[1])}"></script>',
        LITE_LINK.sub("", page),
    )


def _address(site: Path, name: str, within: tuple[str, ...] = ()) -> str:
    if name in within:
        raise ValueError(f"modules import each other: {' → '.join((*within, name))}")
    text = (site / name).read_text(encoding="utf-8")
    text = IMPORT.sub(
        lambda found: f'{found[1]}"{_address(site, found[2], (*within, name))}"', text
    )
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()


if __name__ == "__main__":
    site, target = map(Path, sys.argv[1:])
    try:
        print(f"{pack(site, target)} files in {target}: unpack it and open book/index.html")
    except FileNotFoundError as error:
        sys.exit(str(error))
