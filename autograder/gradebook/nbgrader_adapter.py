"""Call nbgrader's own steps with the course's configuration."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config


def run(converter: type, config: Config) -> None:
    """Run one of nbgrader's converters (GenerateAssignment, Autograde, …).

    nbgrader ends with an exception or with SystemExit when it fails. Its log and its warnings (of
    SQLAlchemy's autoflush, above all) are suppressed, as nobody here can act on them.
    """
    _find_alembic()
    log = logging.getLogger("autograder.nbgrader")
    log.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step = converter(coursedir=CourseDirectory(config=config), config=config, force=True)
        step.log = log
        step.start()


def open_gradebook(config: Config) -> Gradebook:
    """Open the course's gradebook, and create it where there is none; use it in a `with`."""
    _find_alembic()
    # nbgrader logs the traceback of every error of the database, and then raises it.
    logging.getLogger("tornado.application").setLevel(logging.CRITICAL)
    return Gradebook(config.CourseDirectory.db_url, config.CourseDirectory.course_id)


def _find_alembic() -> None:
    # nbgrader calls alembic by name when it makes a gradebook.
    bin_folder = str(Path(sys.executable).parent)
    if bin_folder not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = bin_folder + os.pathsep + os.environ.get("PATH", "")
