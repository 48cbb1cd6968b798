"""Show what a cell printed as one text, however many pieces the kernel sent it in.

A busy kernel may send one line in two pieces. MyST-NB ends each piece with a line break, so the
line would be cut at a place that differs from build to build. Here pieces that follow each other
are joined before MyST-NB sees them.
"""

from myst_nb.core import render
from myst_nb.core.utils import coalesce_streams


def join(outputs):
    """The outputs of a cell, in which texts of one stream that follow each other are one."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            joined[-1] = type(last)({**last, "text": last["text"] + output["text"]})
        else:
            joined.append(output)
    return joined


def setup(app):
    render.coalesce_streams = lambda outputs: coalesce_streams(join(outputs))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
