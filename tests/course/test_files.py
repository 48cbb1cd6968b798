"""Files are whole or absent, and have their permissions from the first byte on."""

import os

import pytest

from autograder.course.files import write_atomically


def test_a_failed_write_leaves_the_old_file(tmp_path):
    """The old text stays, and no temporary file is left."""
    path = tmp_path / "deep" / "results.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "half \ud800")
    assert path.read_text() == "old"
    assert [entry.name for entry in path.parent.iterdir()] == ["results.json"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o660])
def test_a_mode_holds_while_the_file_is_written(tmp_path, mode, umask):
    """Nobody else may open a private file in between; the umask takes nothing away."""
    path, modes = tmp_path / "seed.json", []

    def parts():
        (temporary,) = tmp_path.iterdir()
        modes.append(temporary.stat().st_mode & 0o777)
        yield "text"

    before = os.umask(umask)
    try:
        write_atomically(path, parts(), mode=mode)
    finally:
        os.umask(before)
    assert modes == [mode]
    assert path.stat().st_mode & 0o777 == mode


def test_without_a_mode_the_umask_decides(tmp_path):
    """As for any other file."""
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "page.html", b"text")
    finally:
        os.umask(before)
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o640
