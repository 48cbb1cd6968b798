"""Say in a sentence what is wrong with the disk, the rights or the gradebook under a command.

Such a fault may come up wherever something is written, in Python's exceptions, in SQLAlchemy's and
in those that nbgrader makes of them.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator

from autograder.course.errors import CourseError

AGAIN = "and give the same command again: what was finished is kept, and nothing is half written."
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# These concern the whole machine: the next file would meet them as well.
EVERYWHERE = FULL | {errno.EROFS, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
# What SQLite says, in part, what that means, and what helps.
DATABASE = (
    (
        "locked",
        "the gradebook is locked by another program",
        f"Close the other program that has it open, such as a browser of databases, {AGAIN}",
    ),
    ("disk is full", "the disk is full, so the gradebook was not changed", f"Make room, {AGAIN}"),
    (
        "readonly",
        "the gradebook cannot be changed, as its file or folder may not be written",
        f"Change the rights of the gradebook and of its folder, {AGAIN}",
    ),
    (
        "malformed",
        "the gradebook is damaged",
        "Put a copy of it from before in its place; `sqlite3 gradebook.db .recover` saves the "
        "rest. What was graded is in grading/log too.",
    ),
    (
        "not a database",
        "the gradebook is no database",
        "Put a copy of it from before in its place. What was graded is in grading/log too.",
    ),
)


def course_error(error: BaseException) -> CourseError | None:
    """The sentence and the remedy for a fault of disk, rights or gradebook; None for any other."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno is not None:
            return _of_system(cause)
        if _is_of_database(cause):
            return gradebook_fault(cause) or _of_database(str(cause).partition("\n")[0])
    return None


def gradebook_fault(error: BaseException) -> CourseError | None:
    """The sentence for a lock, a full disk, missing rights or damage; None for other errors."""
    for cause in _causes(error):
        for sign, message, remedy in DATABASE:
            if _is_of_database(cause) and sign in str(cause).partition("\n")[0]:
                return CourseError(message, remedy)
    return None


def stops_everything(error: BaseException) -> bool:
    """Whether the next student would meet the fault as well, so that it is no use to go on."""
    return any(
        _is_of_database(cause) or (isinstance(cause, OSError) and cause.errno in EVERYWHERE)
        for cause in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that it came from, the first one last."""
    while error is not None:
        yield error
        suppressed = error.__suppress_context__
        error = error.__cause__ or (None if suppressed else error.__context__)


def _is_of_database(error: BaseException) -> bool:
    # SQLAlchemy is not imported for this: it takes long, and many commands do without.
    if isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError):
        return not isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError)
    kind = type(error)
    return kind.__module__ == "sqlalchemy.exc" and kind.__name__ in (
        "OperationalError",
        "InterfaceError",
    )


def _of_system(error: OSError) -> CourseError:
    name = error.filename if isinstance(error.filename, str) else ""
    file = name or "a file"
    why = (error.strerror or str(error)).lower()
    if error.errno in FULL:
        return CourseError(f"the disk is full: {file} was not written", f"Make room, {AGAIN}")
    if error.errno == errno.EROFS:
        return CourseError(
            f"{file} was not written, as the disk is read-only",
            f"Mount it for writing, or copy the course elsewhere, {AGAIN}",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return CourseError(
            f"{file}: {why}",
            f"Change its rights or its owner (`ls -ld` shows both, also of its folder), {AGAIN}",
        )
    return CourseError(f"{file}: {why}", f"Mend what is there, {AGAIN}" if name else "")


def _of_database(text: str) -> CourseError:
    return CourseError(
        f"the gradebook cannot be used: {text}",
        "See that its database runs and that c.CourseDirectory.db_url in nbgrader_config.py "
        "names it.",
    )
