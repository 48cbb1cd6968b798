"""Write what the live figures load beside their code into the built site."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))


def write(app, exception):
    """Each file of `book/figure_data.py` whose content changed."""
    if exception or app.builder.name not in ("html", "dirhtml", "singlehtml"):
        return
    from figure_data import FILES, written  # torch is loaded only where pages are written

    for name in FILES:
        path, text = Path(app.outdir) / name, written(name)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
