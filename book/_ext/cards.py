"""Give social cards the description that a page has, in place of its first sentences."""

from docutils import nodes


def describe(app, pagename, templatename, context, doctree):
    if doctree is None:
        return
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            fields = dict(context["meta"] or {})
            fields["og:description"] = fields["og:image:alt"] = meta["content"]
            context["meta"] = fields


def setup(app):
    app.connect("html-page-context", describe, priority=400)  # before the cards are made
    return {"parallel_read_safe": True, "parallel_write_safe": True}
