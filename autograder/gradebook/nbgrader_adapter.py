"""Call nbgrader's own steps with the course's configuration."""

from __future__ import annotations

import logging
import os
import re
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path

from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from traitlets.config import Config

from autograder.course.errors import CourseError
from autograder.course.faults import gradebook_fault
from autograder.course.folders import CONFIG

PASSWORD = re.compile(r"(//[^\s:/@]*):[^\s]*@")


def run(converter: type, config: Config) -> None:
    """Run one of nbgrader's converters (GenerateAssignment, Autograde, …).

    nbgrader ends with an exception or with SystemExit when it fails. Its log and its warnings (of
    SQLAlchemy's autoflush, above all) are suppressed, as nobody here can act on them.
    """
    log = logging.getLogger("autograder.nbgrader")
    log.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step = converter(coursedir=CourseDirectory(config=config), config=config, force=True)
        step.log = log
        step.start()


class _Gradebook(Gradebook):
    """nbgrader's gradebook, which leaves no connection open where it cannot be opened."""

    def __init__(self, db_url: str, course_id: str) -> None:
        try:
            super().__init__(db_url, course_id)
        except BaseException:
            with suppress(AttributeError):  # where the address is none, there is no engine either
                self.close()
            raise


def open_gradebook(config: Config) -> Gradebook:
    """Open the course's gradebook, and create it where there is none; use it in a `with`.

    A gradebook in a file is closed to all other users of the machine.

    Raises `CourseError` where its address leads to no database.
    """
    # nbgrader logs the traceback of every error of the database, and then raises it.
    logging.getLogger("tornado.application").setLevel(logging.CRITICAL)
    url = config.CourseDirectory.db_url
    try:
        _keep_private(url)
        return _Gradebook(url, config.CourseDirectory.course_id)
    except (ArgumentError, ImportError, OSError, DBAPIError) as error:
        if fault := gradebook_fault(error):
            raise fault from error
        why = _without_password(str(error).partition("\n")[0])
        raise CourseError(
            f"{CONFIG}: c.CourseDirectory.db_url, {_without_password(url)!r}, cannot be opened: "
            f"{why}",
            'Write "sqlite:///" and the path of a file in a folder that is there, or the address '
            'of a PostgreSQL server: "postgresql+psycopg://…".',
        ) from error


def _without_password(text: str) -> str:
    """A message or an address without the password of a database, which a terminal keeps."""
    return PASSWORD.sub(r"\1:***@", text)


def _keep_private(db_url: str) -> None:
    """Create SQLite's file with mode 0600, or give it that mode; its journals follow it."""
    url = make_url(db_url)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return
    with suppress(OSError):  # whatever is wrong with it, SQLite says so; it may be another user's
        handle = os.open(str(url.database), os.O_RDWR | os.O_CREAT | os.O_NOCTTY, 0o600)
        try:
            if os.fstat(handle).st_mode & 0o077:
                os.fchmod(handle, 0o600)
        finally:
            os.close(handle)


@cache
def _newest_schema() -> str | None:
    """The version of nbgrader's tables, which a new gradebook is marked with.

    nbgrader runs a program to find it out, which imports all that is imported here already: that
    takes seconds.
    """
    from alembic.script import ScriptDirectory  # only new gradebooks wait for it

    return ScriptDirectory(str(Path(api.__file__).parent / "alembic")).get_current_head()


api.get_alembic_version = _newest_schema
