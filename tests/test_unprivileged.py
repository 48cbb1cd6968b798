"""What `make test-user` runs as: a user without rights, with a checkout of his own."""

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograder
from tests.unprivileged import ROOT, USER, closed_folder, unused_id

is_root = os.getuid() == 0
needs_root = pytest.mark.skipif(not is_root, reason="only root can run tests as somebody else")
is_started_by_root = os.environ.get("USER") == USER
as_user = pytest.mark.skipif(not is_started_by_root, reason="the test above runs this one")


@needs_root
@pytest.mark.slow
def test_the_tests_below_pass_as_a_user_without_rights():
    """They do not run otherwise, and nothing of them is left in the checkout."""
    command = [sys.executable, "-m", "tests.unprivileged", "-n", "0"]
    command.append("tests/test_unprivileged.py")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed, 1 skipped" in done.stdout
    assert not (ROOT / "written").exists()


@as_user
def test_the_user_is_not_root():
    """In no group but his own, and with a name, as programs ask for it."""
    assert os.getuid() == os.geteuid() == os.getgid() != 0
    assert os.getgroups() in ([], [os.getgid()])
    assert getpass.getuser() == USER


@as_user
def test_the_checkout_is_the_users_own():
    """He can write into it, and imports it."""
    (ROOT / "written").touch()
    assert ROOT.stat().st_uid == os.getuid()
    assert Path(autograder.__file__).is_relative_to(ROOT)


@as_user
def test_the_environment_and_the_machine_are_not():
    """Nothing outside is the user's, and his home is empty but for what the tests leave there."""
    for path in (sys.prefix, sys.base_prefix, "/etc/passwd", "/root"):
        assert not os.access(path, os.W_OK)
    assert not {".bashrc", ".ssh", ".config"} & set(os.listdir(Path.home()))


@as_user
def test_of_a_roots_home_only_python_is_seen():
    """Where it or its environment lies there; elsewhere the home is closed."""
    prefixes = [Path(prefix) for prefix in (sys.base_prefix, sys.prefix)]
    below = [prefix.relative_to("/root") for prefix in prefixes if prefix.is_relative_to("/root")]
    if below:
        assert set(os.listdir("/root")) == {path.parts[0] for path in below}
    else:
        assert not os.access("/root", os.R_OK)


def test_a_folder_that_others_may_not_enter_is_the_outermost(tmp_path):
    """Whatever lies below it is out of reach too."""
    inner = tmp_path / "outer" / "middle" / "inner"
    inner.mkdir(parents=True)
    for folder in [inner, *inner.parents][:3]:
        folder.chmod(0o755)
    (tmp_path / "outer").chmod(0o700)
    reached = closed_folder(inner)
    assert reached == tmp_path / "outer" or tmp_path.is_relative_to(reached)


def test_the_number_belongs_to_nobody():
    """Neither a user nor a group of this machine."""
    number = str(unused_id())
    for file in ("/etc/passwd", "/etc/group"):
        assert number not in [line.split(":")[2] for line in Path(file).read_text().splitlines()]
