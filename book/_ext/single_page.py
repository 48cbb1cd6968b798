"""Let the book be built as one page, which `make pdf` prints.

Sphinx has a node written as it is in HTML, unless one extension speaks of single pages by name
(`sphinx_exercise` does): then all others would have to as well.
"""


def write_as_html(app):
    handlers = app.registry.translation_handlers
    handlers["singlehtml"] = handlers.get("html", {}) | handlers.get("singlehtml", {})


def setup(app):
    app.connect("builder-inited", write_as_html)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
