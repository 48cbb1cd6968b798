"""A jail sees programs, libraries and Python, and no file of anybody's beside them."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.course.configuration import EXCHANGE, secret_places
from autograder.course.errors import CourseError
from autograder.sandbox import file_view
from autograder.sandbox.isolation import choose, probe
from autograder.sandbox.jail import Jail
from tests.jail_calls import json_output, process_in
from tests.toy_course import make_course

pytestmark = pytest.mark.slow
LOOK = """
    import json, os
    seen = []
    for place, _, names in os.walk({place!r}):
        for name in names:
            try:
                open(os.path.join(place, name), "rb").read(1)
                seen.append(name)
            except OSError:
                pass
    print(json.dumps(seen))
"""


@pytest.fixture
def handed_in():
    """A file in nbgrader's default exchange, as another student has handed it in."""
    exchange, top = Path(EXCHANGE), Path(EXCHANGE)
    while not top.parent.exists():
        top = top.parent
    new = not top.exists()
    folder = exchange / "convnets" / "inbound" / "ann+toy"
    try:
        folder.mkdir(parents=True)
        (folder / "toy.ipynb").write_text("work")
    except OSError:
        pytest.skip("only root can make nbgrader's exchange")
    yield folder / "toy.ipynb"
    shutil.rmtree(top if new else folder)


def test_other_students_work_in_the_exchange_is_not_seen(numpy_jail, handed_in):
    """Though everybody on the machine may read it."""
    assert os.stat(handed_in).st_mode & 0o004
    with process_in(numpy_jail) as calls:
        assert json_output(calls, LOOK.format(place=EXCHANGE)) == []


@pytest.mark.parametrize("name", ["isolated", "restricted"])
def test_an_exchange_that_is_seen_is_no_tier(name, tmp_path, monkeypatch):
    """A file of it is looked for from inside, wherever it is configured."""
    course = make_course(tmp_path / "course")
    exchange = tmp_path / "exchange"
    (exchange / "inbound").mkdir(parents=True)
    (exchange / "inbound" / "toy.ipynb").write_text("work")
    for place in (tmp_path, *list(tmp_path.parents)[:2]):
        place.chmod(0o755)
    with open(course.root / "nbgrader_config.py", "a") as file:
        file.write(f"\nc.Exchange.root = {str(exchange)!r}\n")
    assert secret_places(course)[1] == exchange
    assert "files" in probe(name, secret_places(course)).protections
    seen = (*file_view.python_files(), str(exchange))
    monkeypatch.setattr(file_view, "python_files", lambda: seen)
    file_view._libraries.cache_clear()
    try:
        assert "files" not in probe(name, secret_places(course)).protections
        with pytest.raises(CourseError, match="among programs and libraries") as caught:
            choose(secret_places(course), trusted=False)
        assert "c.Exchange.root" in caught.value.remedy
    finally:
        monkeypatch.undo()
        file_view._libraries.cache_clear()


@pytest.mark.parametrize("beside", ["shared", "notes.txt", ".ssh/id", "course/checks.py"])
def test_nothing_beside_a_python_is_seen(numpy_jail, beside):
    """The folder around it may be somebody's home; only what Python needs of it is shown."""
    prefix = Path(sys.prefix)
    assert not any(file_view.is_seen(place / beside) for place in (prefix, Path("/usr/share")))
    assert not file_view.is_seen(Path("/usr/local/share") / beside)
    assert file_view.is_seen(prefix / "lib") and file_view.is_seen(Path(sys.executable))


def test_python_may_lie_anywhere(monkeypatch, tmp_path):
    """In a home, in a folder of the system's that is not its own, or below a link."""
    home = tmp_path / "home"
    for part in ("bin", "lib/python3/site-packages", ".ssh"):
        (home / part).mkdir(parents=True)
    (home / "lib64").symlink_to("lib")
    (home / "pyvenv.cfg").touch()
    monkeypatch.setattr(sys, "prefix", str(home))
    file_view.python_files.cache_clear()
    try:
        own = {place for place in file_view.python_files() if place.startswith(str(home))}
        assert own == {str(home / name) for name in ("bin", "lib", "lib64", "pyvenv.cfg")}
        command = " ".join(file_view.bubblewrap(()))
        assert f"--symlink lib {home}/lib64" in command
        assert f"--ro-bind {home}/pyvenv.cfg" in command
    finally:
        monkeypatch.undo()
        file_view.python_files.cache_clear()


def test_nobody_else_can_write_into_a_jails_folder(tmp_path, monkeypatch):
    """Others on the machine could plant files there, which the warm process reads."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tmp_path.chmod(0o755)
    jail = Jail("restricted", ("scipy", "torch"))
    try:
        (scratch,) = tmp_path.iterdir()
        for place in (scratch, scratch / "home"):
            assert place.stat().st_mode & 0o022 == 0, place
        if os.getuid() == 0:
            assert (scratch / "home").stat().st_uid != 0
        with process_in(jail) as calls:
            assert json_output(calls, "open('mine', 'w').close(); print(1)") == 1
    finally:
        jail.close()


def test_a_python_below_tmp_stays_where_it_is(tmp_path, monkeypatch):
    """A file and a link of it too, in the private folder that lies over /tmp."""
    if not Path(tempfile.gettempdir()).is_relative_to(file_view.FOLDER):
        pytest.skip("temporary files of this machine lie elsewhere")
    tmp_path.chmod(0o755)
    for place in list(tmp_path.parents)[:2]:
        place.chmod(0o755)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "module.py").write_text("x = 1")
    (tmp_path / "pyvenv.cfg").write_text("home = /usr")
    (tmp_path / "lib64").symlink_to("lib")
    names = [str(tmp_path / name) for name in ("lib", "lib64", "pyvenv.cfg")]
    seen = (*file_view.python_files(), *names)
    monkeypatch.setattr(file_view, "python_files", lambda: seen)
    jail = Jail("isolated", ("scipy", "torch"))
    try:
        with process_in(jail) as calls:
            files = json_output(calls, LOOK.format(place=str(tmp_path)))
            assert sorted(files) == ["module.py", "pyvenv.cfg"]
            source = f"print(len(open({names[1]!r} + '/module.py').read()))"
            assert json_output(calls, source) == 5
    finally:
        jail.close()
