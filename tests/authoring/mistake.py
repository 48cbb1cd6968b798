"""One mistake that people make when they write an assignment, as edits of the toy course."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.edits import Edit, edit
from tests.toy_course import CHECKS, NOTEBOOK


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    what : the mistake, in words; names the test
    says : what the refusal must say of it, a part of the sentence
    notebook, checks : edits of the toy course's file
    files : what ships beside the notebook: content by name
    more : appended to the notebook
    """

    what: str
    says: str
    notebook: tuple[Edit, ...] = ()
    checks: tuple[Edit, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    more: str = ""

    @property
    def notebook_text(self) -> str:
        """The whole notebook with the mistake."""
        return edit(NOTEBOOK, *self.notebook) + self.more

    @property
    def checks_text(self) -> str:
        """All checks with the mistake."""
        return edit(CHECKS, *self.checks)


def in_notebook(what: str, says: str, *edits: Edit) -> Mistake:
    """A mistake in the notebook."""
    return Mistake(what, says, notebook=edits)


def in_checks(what: str, says: str, *edits: Edit) -> Mistake:
    """A mistake in checks.py."""
    return Mistake(what, says, checks=edits)
