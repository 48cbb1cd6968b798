"""Files are whole or absent, and have their permissions from the first byte on."""

import os
import secrets

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


def test_no_link_is_written_through(tmp_path, monkeypatch):
    """In a folder that others may write in, even if they knew the name."""
    precious = tmp_path / "precious"
    precious.write_text("as it was")
    names = set()
    for number in range(20):
        write_atomically(tmp_path / "page.html", _names(tmp_path, names))
        assert len(names) == number + 1
    monkeypatch.setattr(secrets, "token_hex", lambda size: "known")
    for link in (tmp_path / f".known{end}" for end in (".part", "")):
        link.symlink_to(precious)
    with pytest.raises(FileExistsError):
        write_atomically(tmp_path / "page.html", "attack")
    assert precious.read_text() == "as it was"


def _names(folder, names):
    """Text for a file, which notes the name under which it is written."""
    names |= {path.name for path in folder.iterdir() if path.name.startswith(".")}
    yield "text"


def test_a_name_may_be_as_long_as_a_name_can_be(tmp_path):
    """255 bytes; the file that is written first has no longer one."""
    write_atomically(tmp_path / ("名" * 85), "text")
    assert (tmp_path / ("名" * 85)).read_text() == "text"


def test_without_a_mode_the_umask_decides(tmp_path):
    """As for any other file."""
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "page.html", b"text")
    finally:
        os.umask(before)
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o640
