"""Pack the built book into a zip that works from a folder, without any server.

    python -m book.packing _build/html _build/book.zip

A browser loads no module from a file beside the page. So here a page loads one classic script for
each of its figures, which holds the figure's module and those that it imports.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

from book.bundling import bundle

SCRIPT = re.compile(r'<script type="module" src="([\w.-]+)\.mjs"></script>')
CLASSIC = r'<script defer src="\1.js"></script>'
# JupyterLite needs a server, so a folder is better off without it.
LITE, LITE_LINK = "lite", re.compile(r'<a href="(\.\./)?lite/[^"]*"[^>]*>[^<]*</a>\s*·\s*')
# Each language has a zip of its own, so the links from one to the other go.
SWITCH = re.compile(
    r'<a href="[^"]*"(?:(?!</a>).)*?fa-language.*?</a>|<link rel="alternate" hreflang[^>]*>',
    re.DOTALL,
)
# A search fetches the pages that it finds, for a summary; from a folder it may not.
SUMMARIES = "SHOW_SEARCH_SUMMARY: true"


def pack(site: Path, target: Path) -> int:
    """Write the pages of `site` into the zip `target`; the number of files.

    Raises `FileNotFoundError` when there is no built book, or a page loads a module that is not
    there, and `ValueError` where a module cannot be bundled.
    """
    if not (site / "index.html").is_file():
        raise FileNotFoundError(f"there is no built book at {site}: run `make book` first")
    target.parent.mkdir(parents=True, exist_ok=True)
    # JupyterLite, and the same book in other languages.
    others = {LITE, *(path.parent.name for path in site.glob("*/index.html"))}
    files = sorted(
        path
        for path in site.rglob("*")
        if path.is_file() and path.relative_to(site).parts[0] not in others
    )
    bundles: set[str] = set()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            name = f"book/{path.relative_to(site)}"
            if path.suffix == ".mjs":
                continue  # no browser would load it
            if path.suffix == ".html":
                text = path.read_text(encoding="utf-8")
                bundles.update(SCRIPT.findall(text))
                text = SWITCH.sub("", LITE_LINK.sub("", text))
                packed.writestr(name, SCRIPT.sub(CLASSIC, text))
            elif path.name == "documentation_options.js":
                text = path.read_text(encoding="utf-8")
                packed.writestr(name, text.replace(SUMMARIES, SUMMARIES.replace("true", "false")))
            else:
                packed.write(path, name)
        for name in sorted(bundles):
            packed.writestr(f"book/{name}.js", bundle(site, f"{name}.mjs"))
        return len(packed.namelist())


if __name__ == "__main__":
    site, target = map(Path, sys.argv[1:])
    try:
        print(f"{pack(site, target)} files in {target}: unpack it and open book/index.html")
    except (FileNotFoundError, ValueError) as error:
        sys.exit(str(error))
