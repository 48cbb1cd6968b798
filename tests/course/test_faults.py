"""What the system and the database say becomes a sentence with a remedy, wherever it comes up."""

import errno
import os
import sqlite3

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from autograder.course.faults import course_error, gradebook_fault, stops_everything
from autograder.course.files import write_atomically


def raised(function):
    """The exception that a call ends with."""
    with pytest.raises(Exception) as caught:
        function()
    return caught.value


@pytest.mark.parametrize(
    ("number", "sentence", "everywhere"),
    [
        (errno.ENOSPC, "the disk is full: /x/y was not written", True),
        (errno.EDQUOT, "the disk is full: /x/y was not written", True),
        (errno.EROFS, "/x/y was not written, as the disk is read-only", True),
        (errno.EACCES, "/x/y: permission denied", False),
        (errno.EISDIR, "/x/y: is a directory", False),
    ],
)
def test_errors_of_the_system(number, sentence, everywhere):
    """The file is named, and whether the next file meets the same is known."""
    error = OSError(number, os.strerror(number), "/x/y")
    assert str(course_error(error)) == sentence and course_error(error).remedy
    assert stops_everything(error) == everywhere


def test_errors_behind_others():
    """nbgrader raises its own in place of the database's, and chains them."""

    def fail():
        try:
            raise sqlite3.OperationalError("database is locked")
        except sqlite3.OperationalError as error:
            raise ValueError("nothing was saved") from error

    error = raised(fail)
    assert "locked by another program" in str(course_error(error))
    assert stops_everything(error)


def test_errors_of_sqlalchemy(tmp_path):
    """A database that another connection holds, and one that cannot be opened."""
    engine = create_engine(f"sqlite:///{tmp_path}/none/there.db")
    error = raised(engine.connect)
    assert isinstance(error, OperationalError)
    assert "unable to open" in str(course_error(error)) and gradebook_fault(error) is None


def test_a_missing_table_is_not_hidden(tmp_path):
    """It is told in the database's own words."""
    engine = create_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.connect() as database:
        error = raised(lambda: database.execute(text("SELECT * FROM absent")))
    engine.dispose()
    assert "no such table" in str(course_error(error))


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), OSError("without a number")])
def test_other_errors_stay_what_they_are(error):
    """A mistake of the grader's own is no fault of the disk."""
    assert course_error(error) is None and not stops_everything(error)


def test_a_file_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    """Also where only the writing fails, of which the system does not say the file."""

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    error = raised(lambda: write_atomically(tmp_path / "a.txt", "x"))
    assert error.filename == str(tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []
