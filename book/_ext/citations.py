"""Give the bibliography a list that screen readers understand.

docutils marks it as a list, but its entries with the role `doc-biblioentry`, which ARIA has
withdrawn; browsers then find a list without items.
"""


def mark_list_items(app, pagename, templatename, context, doctree):
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app):
    app.connect("html-page-context", mark_list_items)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
