"""Publish a changed asset although no page changed.

Sphinx copies style sheets and scripts only when it writes at least one page. A build after a change
in `assets/` alone would report success and leave the old file in place.
"""

from filecmp import cmp
from pathlib import Path


def pages_to_write(app, env, added, changed, removed):
    """Return every page if a published asset differs from its source: they carry its checksum."""
    assets = {}  # where the words of another language replace the English ones, those
    for folder in app.config.html_extra_path:
        root = Path(app.confdir or app.srcdir, folder)
        assets |= {path.relative_to(root): path for path in root.rglob("*") if path.is_file()}
    for name, path in assets.items():
        published = Path(app.outdir, name)
        if not published.is_file() or not cmp(path, published, shallow=False):
            return env.found_docs
    return []


def setup(app):
    app.connect("env-get-outdated", pages_to_write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
