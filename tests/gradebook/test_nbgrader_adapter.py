"""Gradebooks are nbgrader's, made without the seconds that nbgrader takes."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from nbgrader.dbutil import _temp_alembic_ini

from autograder.course.configuration import load_config
from autograder.gradebook.nbgrader_adapter import open_gradebook
from tests.toy_course import make_course


@pytest.mark.slow
def test_a_new_gradebook_bears_the_version_that_nbgraders_own_program_names(tmp_path):
    """Or nbgrader would refuse it, or bring its tables up to date once more."""
    course = make_course(tmp_path)
    course.grading.mkdir()
    open_gradebook(load_config(course)).close()
    with closing(sqlite3.connect(course.grading / "gradebook.db")) as database:
        versions = database.execute("SELECT version_num FROM alembic_version").fetchall()
    with _temp_alembic_ini("sqlite://") as settings:
        heads = subprocess.run(
            [sys.executable, "-m", "alembic.config", "-c", settings, "heads"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    assert versions == [(line.partition(" ")[0],) for line in heads]
    assert len(versions) == 1
