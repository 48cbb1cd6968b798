"""Say in plain words, to the student, what verdicts, statuses and flags mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from itertools import dropwhile, takewhile

from autograder.course.limits import Limits
from autograder.course.translation import NONE, Catalog

# The lines of NumPy's asserts before and after the text that an assignment gave them.
NUMPY_HEAD = re.compile(r"Not equal to tolerance|Arrays are not |Items are not equal|\s*$")
NUMPY_TAIL = re.compile(
    r"\s*(\(?(shapes|dtype)|Mismatch|Max |nan location|inf location|(ACTUAL|DESIRED|x|y): )|x and y"
)

# A sign and a word for each status: neither is told by its colour alone.
SIGNS = {
    "passed": ("✓", "passed"),
    "partial": ("◐", "partly passed"),
    "failed": ("✗", "failed"),
    "timed_out": ("✗", "ran too long"),
    "out_of_memory": ("✗", "out of memory"),
    "crashed": ("✗", "crashed"),
    "forbidden": ("⊘", "forbidden route"),
    "grader_error": ("?", "grader's fault"),
    "waits": ("○", "waits for a person"),
    "by_hand": ("●", "graded by a person"),
    "unanswered": ("–", "not answered"),
    "not_seen": ("–", "not graded"),
}

_FLAGS = {
    "renamed notebook": "Your file was called {detail}. It was the only notebook, so it was taken; "
    "please keep its name next time.",
    "wrong notebook": "Your file is not the notebook of this assignment: {gist}. Ask your "
    "instructor whether you may hand in the right one.",
    "deleted cell": "The cell {detail} was not in your notebook. Grading put the given one back; "
    "if it was a cell to write in, there is no answer of yours in it.",
    "edited cell": "You changed the given cell {detail}. Grading used the original; what you added "
    "to given code ran as a cell of your own.",
    "duplicated cell": "Your notebook holds the cell {detail} more than once. Of several answers "
    "the last one counts.",
    "recovered cell": "The cell {detail} had lost its name. Your answer was found all the same.",
    "answer in another cell": "Your answer to {detail} stood in another cell than the one that "
    "asked for it. It was found and graded.",
    "answer in a text cell": "The cell {detail} had become a text cell. It was graded as code; in "
    "Jupyter, press Y to turn it back.",
    "metadata lost": "Another program saved your notebook without what tells its cells apart. Your "
    "answers were found by what stands in them; next time, save it with Jupyter.",
    "slow cells": "Cells of your own took half of the time for a notebook. The others of them were "
    "not run; what you were asked for was graded all the same.",
    "too many cells": "Your notebook has more cells of your own than are run for grading.",
    "oversized cell": "The cell {detail} is far longer than any answer, and was left out.",
    "answer elsewhere": "You answered {cell} outside of its cell. Nothing is lost: this page shows "
    "all of it where the answer belongs. Please write into the given cell next time.",
    "picture not shown": "A picture in your answer {cell} is no PNG or JPEG picture that can be "
    "shown here. Who grades it finds it in your notebook.",
    "long answer": "Your answer {cell} is too long for this page, which shows its beginning. Who "
    "grades it finds all of it in your notebook.",
    "blank notebook": "Of your notebooks one holds no answers, so another was graded: {gist}.",
    "several notebooks": "You handed in several notebooks with different answers: {gist}. Tell "
    "your instructor if that is the wrong one.",
    "unreadable copy": "You handed in several notebooks, and not all can be read: {gist}.",
    "checkpoint taken": "Your notebook was not among your files. A copy of it was that Jupyter "
    "wrote at an earlier save, and it was graded. If you have a later one, ask whether you may "
    "hand it in.",
    "unreadable answer": "What your function gave back to the check {detail} is of a kind that "
    "cannot be read.",
}

# The same of several cells, in one sentence.
_SEVERAL = {
    "deleted cell": "{count} cells were not in your notebook: {cells}. Grading put the given ones "
    "back; of those that were to be written in, there is no answer of yours.",
    "edited cell": "You changed {count} given cells: {cells}. Grading used the originals; what you "
    "added to given code ran as cells of your own.",
    "duplicated cell": "Your notebook holds {count} cells more than once: {cells}. Of several "
    "answers the last one counts.",
    "recovered cell": "{count} cells had lost their names: {cells}. Your answers were found all "
    "the same.",
    "answer in another cell": "{count} of your answers stood in other cells than those that asked "
    "for them: {cells}. They were found and graded.",
    "answer in a text cell": "{count} cells had become text cells: {cells}. They were graded as "
    "code; in Jupyter, press Y to turn one back.",
}
MOST_NAMES = 6
_UNITS = (
    ("1 day", "{count} days"),
    ("1 hour", "{count} hours"),
    ("1 minute", "{count} minutes"),
)


def verdict(
    name: str, message: str, file: str, limits: Limits, rejected: str = ""
) -> tuple[str, str]:
    """The outcome of grading as a whole, and what the student can do, which may be empty.

    rejected : what was handed in instead of a notebook, as a sentence
    """
    if name == "missing" and rejected:
        return (
            f"Nothing was graded so far: you {rejected}.",
            f"Ask your instructor whether you may still hand in {file}, which is the notebook "
            "itself: a file whose name ends in .ipynb, and not a PDF, a page or an address.",
        )
    _, _, instead = message.partition("; ")
    sentences = {
        "graded": ("Your notebook was read and all of it was graded.", ""),
        "missing": (
            f"Nothing was graded, because no {file} was handed in: {instead}."
            if instead
            else f"Nothing was graded, because no {file} was handed in.",
            f"If you did hand it in, look at the file's name, which must be {file}, and at the "
            "place. Then write to your instructor; this page does not know of anything else.",
        ),
        "unreadable": (
            f"Nothing could be graded, because your file could not be read: {message}.",
            "Ask your instructor whether you may hand it in once more. Before you do, open the new "
            "file in Jupyter. If you have no file that opens, look for an earlier copy in the "
            "folder .ipynb_checkpoints.",
        ),
        "timed_out": (
            "Some of your code was stopped because it ran too long. Everything else was graded.",
            f"A cell, and the checks on it, may take {limits.cell_seconds:g} seconds each. "
            "Look for a loop that never ends.",
        ),
        "out_of_memory": (
            "Some of your code was stopped because it asked for too much memory. "
            "Everything else was graded.",
            f"All of it may take {limits.memory_mb} MB. Look for an array that grows in a loop.",
        ),
        "crashed": (
            "Some of your code ended the Python process. Everything else was graded.",
            "Look for exit(), quit() or os._exit(), and for a function that calls itself for ever.",
        ),
        "grader_error": (
            "Your notebook could not be graded, and that is the grader's fault, not yours. "
            "It costs you nothing.",
            "You need not do anything. It will be graded again, and this page will say so.",
        ),
    }
    return sentences.get(name, sentences["graded"])


def status(name: str, limits: Limits) -> str:
    """A sentence on what a test cell's status means; "" where its word is enough."""
    return {
        "partial": "Some of the checks in this cell hold.",
        "failed": "One check in this cell found something else than it should, and the cell's "
        "points go together.",
        "timed_out": f"The cell, or a call of your function, ran longer than "
        f"{limits.cell_seconds:g} seconds, and was stopped.",
        "out_of_memory": f"Your code asked for more than {limits.memory_mb} MB of memory, and was "
        "stopped.",
        "crashed": "Your code ended the Python process, so that nothing more could be asked.",
        "forbidden": "Your code takes a way that this assignment rules out. Such a cell earns "
        "nothing, even where its answers are right.",
        "grader_error": "The grader failed here, and that is not your fault.",
    }.get(name, "")


def flags(texts: Iterable[str], catalog: Catalog = NONE) -> list[str]:
    """Flags as sentences, one for each kind: many cells that were lost are one sentence.

    catalog : of the language that they are wanted in
    """
    details: dict[str, list[str]] = {}
    for text in texts:
        kind, _, detail = text.partition(": ")
        details.setdefault(kind if kind in _SEVERAL else text, []).append(detail)
    sentences = []
    for kind, cells in details.items():
        if len(cells) > 1 and kind in _SEVERAL:
            sentence = catalog.text(_SEVERAL[kind])
            sentences.append(sentence.format(count=len(cells), cells=_list(cells, catalog)))
        else:
            sentences.append(flag(f"{kind}: {cells[0]}" if kind in _SEVERAL else kind, catalog))
    return sentences


def _list(names: list[str], catalog: Catalog) -> str:
    """Names in quotation marks, the first few of them: “a”, “b” and 3 more."""
    shown = [f"“{name}”" for name in names[:MOST_NAMES]]
    rest = len(names) - len(shown)
    last = catalog.text("{rest} more").format(rest=rest) if rest else shown.pop()
    before = catalog.text(", ").join(shown)
    return catalog.text("{names} and {last}").format(names=before, last=last)


def flag(text: str, catalog: Catalog = NONE) -> str:
    """A flag as a sentence; an unknown flag stays as it is."""
    kind, _, detail = text.partition(": ")
    if kind not in _FLAGS:
        return catalog.translate(text)
    gist = detail.partition("; ")[0]  # what follows is the instructor's remedy
    cell = gist.partition(" ")[0]
    return catalog.text(_FLAGS[kind]).format(
        detail=f"“{detail}”", gist=catalog.translate(gist), cell=f"“{cell}”"
    )


def points(value: float) -> str:
    """Points as people write them: 3, 2.5, −1.25."""
    return f"{round(value, 2):g}".replace("-", "−")


def moment(when: datetime | None, zone: tzinfo = UTC) -> str:
    """A time as a page shows it, in a time zone; one of nbgrader's, without a zone, is in UTC."""
    if when is None:
        return ""
    return f"{when.replace(tzinfo=when.tzinfo or UTC).astimezone(zone):%Y-%m-%d, %H:%M %Z}"


def lasting(seconds: float, catalog: Catalog = NONE) -> str:
    """A duration in its two largest units: `2 days 3 hours`, `5 minutes`."""
    minutes = max(1, round(seconds / 60))
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [
        catalog.text(singular if count == 1 else plural).format(count=count)
        for count, (singular, plural) in zip((days, hours, minutes), _UNITS, strict=True)
        if count
    ]
    return " ".join(parts[:2])


def own_words(message: str, *, first: bool = False) -> str:
    """The message of a failure without the lines that NumPy adds, on one line.

    first : only the first line, which names the property; below it stands what was found
    """
    lines = message.split("\n")
    rest = dropwhile(NUMPY_HEAD.match, lines)
    words = [line.strip() for line in takewhile(lambda line: not NUMPY_TAIL.match(line), rest)]
    return " ".join(words[:1] if first else words).strip() or lines[0].strip()
