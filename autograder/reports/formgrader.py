"""Let formgrader and nbgrader's own feedback show text and pictures of a notebook, and no more.

nbgrader_config.py names these for nbconvert. The outputs that the batch wrote are clean already.
Those that stock `nbgrader autograde` wrote may hold scripts of a student's notebook, and
formgrader's pages have all the rights of the instructor who looks at them.
"""

from __future__ import annotations

from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from autograder.course.safe_text import label
from autograder.feedback import markup
from autograder.grading.attachments import safe_attachments
from autograder.grading.outputs import clean_outputs
from autograder.grading.pictures import bound_pictures

ROOM = 8_000_000  # bytes that the outputs of one cell may take on a page


@pass_context
def markdown(context: Context, text: str) -> str:
    """Markdown as HTML without scripts, formulas as MathML; instead of nbconvert's filter.

    The pictures of a written answer follow it.
    """
    pictures = safe_attachments(context.get("cell") or {})
    html = markup.markdown(text, level=2, pictures=pictures)
    for name, picture in pictures.items():
        html += Markup('<p><img src="data:{};base64,{}" alt="{}"></p>').format(
            picture.type, picture.data, label(name)
        )
    return html


def highlighted(
    source: str, language: str | None = None, metadata: dict[str, Any] | None = None
) -> str:
    """Code with colours, in time that does not grow with its square; instead of nbconvert's filter.

    It is Python whatever a notebook's metadata say.
    """
    return f'<div class="highlight hl-ipython3"><pre>{markup.code(source)}</pre></div>'


class OnlyWhatShows(Preprocessor):
    """Keeps text and PNG pictures of every output, and removes widgets."""

    enabled = True

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        nb.metadata.pop("widgets", None)  # would fetch scripts from elsewhere
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = clean_outputs(cell.outputs, ROOM)
        bound_pictures(nb.cells)
        return nb, resources
