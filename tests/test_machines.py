"""The trial of machines tells what passed from what did not, and leaves nothing behind."""

import os
import pwd
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests import machines
from tests.machines import Combination, Outcome, refusal, run, table

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="it runs programs as other users")
MAKEFILE = """\
demo:
	mkdir -p .venv && touch .venv/.ready
	echo "home=$$HOME secret=$$SECRET pip=$$PIP_FIND_LINKS in $$PWD with $(PYTHON)"
	test "$$(ls -A ..)" = course
test:
	echo "the reason"; exit 1
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a Makefile, committed, whose clones are tried."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "Makefile").write_text(MAKEFILE)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "All"]):
        subprocess.run([*git, *command], cwd=root, check=True)
    (root / "forgotten").touch()
    monkeypatch.setattr(machines, "ROOT", root)
    monkeypatch.setattr(machines, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(machines, "DESKTOP", 3)
    monkeypatch.setenv("SECRET", "of root")
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels")
    return tmp_path


def user(home: Path) -> pwd.struct_passwd:
    """Root, at home elsewhere."""
    return pwd.struct_passwd(("root", "x", 0, 0, "", str(home), "/bin/sh"))


@needs_root
def test_both_commands_run_in_a_clean_clone_with_an_empty_environment(project, capsys):
    """Only PIP_* is passed on; the log of what failed is shown; the clone is gone afterwards."""
    home = project / "home"
    home.mkdir()
    outcome = run(Combination("user", "blank", sys.executable), user(home), ("demo", "test"))
    assert [code for _, code in outcome.targets.values()] == [0, 2]
    assert not outcome.passed
    log = next((project / "logs").glob("*demo.log")).read_text()
    assert f"home={home} secret= pip=/wheels in {home}/Ein Kürs " in log
    assert "the reason" in capsys.readouterr().out
    assert os.listdir(home) == []


@needs_root
def test_nothing_runs_after_an_installation_that_failed(project):
    """The tests could not start, and would only hide the reason."""
    (project / "project" / "Makefile").write_text("demo:\n\tfalse\ntest:\n\ttrue\n")
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qam", "No"],
        cwd=project / "project",
        check=True,
    )
    outcome = run(Combination("root", "tmp", sys.executable), user(project), ("demo", "test"))
    assert list(outcome.targets) == ["demo"]
    assert "not run" in table([outcome], ("demo", "test"))


@needs_root
def test_a_python_that_the_user_cannot_run_is_refused_before_anything_is_tried(
    project, monkeypatch
):
    """One sentence, and no clone was made."""
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(machines, "new_user", lambda: nullcontext(nobody))
    monkeypatch.setattr(machines, "run", lambda *given: pytest.fail("it was tried"))
    closed = project / "closed"
    closed.mkdir(mode=0o700)
    (closed / "python").symlink_to("/bin/true")
    monkeypatch.setattr(sys, "argv", ["machines", "--who", "user", "--python", f"{closed}/python"])
    with pytest.raises(SystemExit, match=r"nobody cannot run .*/python, so nothing .* denied\."):
        machines.main()
    assert refusal("/bin/true", nobody) is None


def test_the_table_has_a_line_for_each_combination():
    """Minutes and exit code by target."""
    one = Outcome(
        Combination("root", "tmp", "/usr/bin/python3"), {"demo": (6.24, 0)}, "3.11.2 2.13.0"
    )
    assert one.passed
    assert table([one], ("demo",)).splitlines() == [
        "| who | where | Python, PyTorch | make demo |",
        "| --- | --- | --- | --- |",
        "| root | below /tmp | 3.11.2 2.13.0 | 6.2 min, exit 0 |",
    ]
