"""Say in a few sentences what a student's points are made of, for a platform's column of comments.

The feedback page says more. A comment has one line and no markup, as platforms take it for HTML.
"""

from __future__ import annotations

from decimal import Decimal

from autograder.course.results import SubmissionResult
from autograder.course.safe_text import label
from autograder.gradebook.marks import Mark

MOST = 6  # test cells of which the reason is said
LETTERS = 160  # of a reason or a person's comment


def comment(mark: Mark, result: SubmissionResult | None, exact: Decimal) -> str:
    """The points, by whom they were given, where points were lost, and what people wrote.

    result : of the batch; None where there is none
    exact : the points after penalties
    """
    parts = [f"{mark.auto:g} by tests", f"{mark.manual:g} by hand"]
    if mark.extra_credit:
        parts.append(f"{mark.extra_credit:g} extra")
    if mark.penalty:
        parts.append(f"−{mark.penalty:g} for being late")
    sentences = [f"{exact.normalize():f} of {mark.max_score:g} points: {', '.join(parts)}."]
    cells = result.cells.items() if result else ()
    lost = [(name, cell) for name, cell in cells if cell.score < cell.max_score]
    if result is not None and result.message:
        sentences.append(f"{_one_line(result.message)}.")
    else:
        for name, cell in lost[:MOST]:
            points = f"{cell.score:g} of {cell.max_score:g}"
            sentences.append(f"{name}: {points}, {_one_line(cell.message)}.")
        if len(lost) > MOST:
            sentences.append(f"And {len(lost) - MOST} more; see the feedback page.")
    if mark.ungraded:
        sentences.append(f"Not marked yet: {', '.join(mark.ungraded)}.")
    sentences += [f"{name}: {_one_line(text)}" for name, text in mark.comments if text.strip()]
    return " ".join(sentences)


def comment_on_unreadable(result: SubmissionResult) -> str:
    """Why a file that was handed in has no points."""
    return f"Not graded: your file could not be read. {_one_line(result.message)}."


def _one_line(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    plain = label(first, LETTERS).replace("<", "‹").replace(">", "›")
    return plain.strip().removesuffix(".")
