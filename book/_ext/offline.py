"""Make every page work without any network.

Formulas: the PyPI package `sphinx-mathjax-offline` carries MathJax 3, but publishes all 24 MB of it
in another output format. One of its files is enough: `tex-svg.js` reads TeX and draws SVG without
any font. It takes longer than all else on a page, so `formulas.js` loads it when the text stands
and the live figures are drawn.

Comments: `_config.yml` leaves out `sphinx_comments`, which asks other hosts. Jupyter Book sets its
option all the same, and Sphinx warns of an option that nobody knows, so this extension knows it.
"""

from importlib.metadata import files
from pathlib import Path


def find_mathjax() -> Path:
    """Return the installed `tex-svg.js`; `FileNotFoundError` says what to install."""
    for file in files("sphinx-mathjax-offline") or ():
        if file.name == "tex-svg.js":
            return Path(file.locate())
    raise FileNotFoundError("tex-svg.js is not in sphinx-mathjax-offline: reinstall that package")


def use_local_mathjax(app, config):
    config.html_static_path.append(str(find_mathjax()))
    config.mathjax_path = "formulas.js"


def setup(app):
    app.add_config_value("comments_config", {}, "html")
    app.connect("config-inited", use_local_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
