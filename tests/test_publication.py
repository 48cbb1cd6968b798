"""The workflows run README's commands with the least rights, and versions agree."""

import re
import tomllib
from importlib.metadata import version

import pytest
import yaml

from tests.lock import ROOT, supported_pythons

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$")
# What a job may need beyond reading the repository, by what it does.
RIGHTS = {"publish": {"pages": "write", "id-token": "write"}}


def read(path):
    """A workflow; YAML takes its key `on` for a truth value."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_hash_with_their_version_beside(path):
    """Whoever moves a tag of an action changes nothing here."""
    uses = [line.strip().removeprefix("- ") for line in path.read_text().splitlines()]
    uses = [line for line in uses if line.startswith("uses:")]
    assert uses
    assert [line for line in uses if not PINNED.match(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_and_only_publishing_may_write(path):
    """The right to publish is that of one job, which runs none of the course's code."""
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job.get("permissions", {}) == RIGHTS.get(name, {})
        if "permissions" in job:
            assert not any("run" in step for step in job["steps"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_step_is_one_target_of_the_makefile(path):
    """So each step can be run on any machine as it is written."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    steps = [step for job in read(path)["jobs"].values() for step in job["steps"]]
    commands = [step["run"].split() for step in steps if "run" in step]
    assert all(command[0] == "make" and command[1] in targets for command in commands)


def test_continuous_integration_runs_what_readme_says_on_all_its_pythons():
    """`make demo` and `make test`, as .ci/run does."""
    job = read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["course"]
    assert job["strategy"]["matrix"]["python"] == supported_pythons()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert (
        runs == (ROOT / ".ci" / "run").read_text().splitlines()[-2:] == ["make demo", "make test"]
    )


def test_binder_gets_a_supported_python_and_the_locked_versions():
    """repo2docker reads these files, and runs postBuild only where it may be run."""
    binder = ROOT / "binder"
    assert {path.name for path in binder.iterdir()} == {
        *("postBuild", "requirements.txt", "runtime.txt")
    }
    python = (binder / "runtime.txt").read_text().strip().removeprefix("python-")
    assert python in supported_pythons()
    constraint = re.search(r"^-c (\S+)", (binder / "requirements.txt").read_text(), re.MULTILINE)
    assert (binder / constraint[1]).resolve() == ROOT / "requirements.lock"
    assert (binder / "postBuild").stat().st_mode & 0o111


def test_one_version_stands_everywhere():
    """In pyproject.toml, where it is installed, in the citation, and as the newest change."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest = re.search(r"^## (\S+) \((\S+)\)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert project["version"] == version(project["name"]) == citation["version"] == newest[1]
    assert citation["date-released"] == newest[2]
