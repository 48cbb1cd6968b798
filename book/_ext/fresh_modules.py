"""Run a page again when a module of the book that it imports has changed.

MyST-NB runs a page again when one of its own cells changed. What the cells import is kept here, as
a fingerprint for each page beside the cache of executed pages.
"""

import json
import sys
from pathlib import Path

from jupyter_cache import get_cache
from side_by_side import notebook

sys.path.append(str(Path(__file__).resolve().parents[1]))
from modules import dependencies, fingerprint


def modules_of(page, book):
    """A fingerprint of the modules that a page's cells import; None where it has no cells."""
    if page is None:
        return None
    code = [cell.source for cell in page.cells if cell.cell_type == "code"]
    code = [text for text in code if not text.lstrip().startswith("%")]
    return fingerprint(dependencies(code, book=book), book)


def pages_to_run(app, env, added, changed, removed):
    """The pages whose modules changed; what the cache holds of them is dropped."""
    settings = env.mystnb_config
    if settings.execution_mode != "cache":
        return []
    folder = Path(settings.execution_cache_path or ".jupyter_cache")
    kept = folder / "modules.json"
    before = json.loads(kept.read_text()) if kept.is_file() else {}
    book = Path(app.srcdir)
    now = {name: modules_of(notebook(env, name), book) for name in sorted(env.found_docs)}
    stale = {name for name, known in now.items() if known and before.get(name) != known}
    cache = get_cache(folder)
    paths = {str(Path(env.doc2path(name))) for name in stale}
    for record in cache.list_cache_records():
        if record.uri in paths:
            cache.remove_cache(record.pk)
    folder.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(now, indent=1) + "\n")
    return sorted(stale - removed)


def setup(app):
    app.connect("env-get-outdated", pages_to_run)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
