"""Publish a changed asset although no page changed.

Sphinx copies style sheets and scripts only when it writes at least one page. A build after a change
in `assets/` alone would report success and leave the old file in place.
"""

import filecmp
from pathlib import Path


def pages_to_write(app, env, added, changed, removed):
    """Return every page if a published asset differs from its source: they carry its checksum."""
    assets = Path(app.srcdir) / "assets"
    names = [str(path.relative_to(assets)) for path in assets.rglob("*") if path.is_file()]
    _, differing, missing = filecmp.cmpfiles(assets, app.outdir, names, shallow=False)
    return env.found_docs if differing or missing else []


def setup(app):
    app.connect("env-get-outdated", pages_to_write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
