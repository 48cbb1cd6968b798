"""Read the files that nbgrader puts beside a submission: its timestamp and its secret.

Students write into the same folder, so neither file is trusted.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.course.errors import SubmissionError
from autograder.course.notebook_file import read_bytes
from autograder.course.submissions import Submission

# A moment as nbgrader writes it. What dateutil takes besides may name a file, or a rule that it
# fails on.
STAMP = re.compile(
    r"(19|2\d)\d\d-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
    r"( ?[A-Za-z]{1,5}| ?[+-]\d{2,4}|[+-]\d\d:\d\d)?"
)
SECRET_TEXT = re.compile(r"[0-9A-Za-z]{32,256}")


def moment(text: str) -> datetime | None:
    """A moment as nbgrader writes it, in UTC; None for any other text."""
    if not STAMP.fullmatch(text):
        return None
    try:
        time: datetime = parse_utc(text)
    except (ValueError, OverflowError, TypeError):
        return None
    return time


def read_stamp(path: Path) -> str | None:
    """The text of a timestamp.txt; None where there is none, or none that holds a moment."""
    text = _text(path).strip()
    return text if moment(text) else None


def read_secret(path: Path) -> str | None:
    """The text of a submission_secret.txt; None for anything that nbgrader does not write."""
    text = _text(path)
    return text if SECRET_TEXT.fullmatch(text) else None


def remarks(submission: Submission) -> tuple[str, ...]:
    """Flags about the files beside the notebook; no result depends on them."""
    stamp = submission.timestamp
    if not _is_linked(stamp) and os.path.lexists(stamp) and read_stamp(stamp) is None:
        return ("unreadable timestamp: mend timestamp.txt, at which nbgrader stops",)
    return ()


def _is_linked(path: Path) -> bool:
    """Whether the assignment's or the student's folder is a link, maybe to another student's."""
    return path.parent.is_symlink() or path.parent.parent.is_symlink()


def _text(path: Path) -> str:
    """The beginning of a file; empty where it cannot be read. Both files hold ASCII alone."""
    if _is_linked(path):
        return ""
    try:
        return read_bytes(path)[:300].decode("ascii", "replace")
    except SubmissionError:
        return ""
