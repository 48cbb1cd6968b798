"""The example of a JupyterHub: two users, nbgrader's exchange, and the batch as a nightly job.

Everybody is one Unix user here, as in the example itself: what separates accounts is not tried.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from autograder.gradebook.marks import read_marks
from tests.processes import LONG, adopting, descendants, names, soon
from tests.small_class import KINDS, copy_course, run
from tests.toy_course import ROOT, make_course

DEPLOY = ROOT / "deploy" / "jupyterhub"
NIGHTLY = DEPLOY / "nightly.sh"
PROXY = ROOT / "_build" / "hub-proxy" / "node_modules"

needs_hub = pytest.mark.skipif(
    importlib.util.find_spec("jupyterhub") is None or not PROXY.is_dir(),
    reason="JupyterHub is not installed: make _build/hub-proxy/.ready",
)


def test_make_hub_starts_the_example():
    """The target's recipe is `jupyterhub` with the example's settings and nothing besides."""
    made = run(["make", "-n", "--no-print-directory", "hub"]).splitlines()
    assert made[-1] == ".venv/bin/jupyterhub --config deploy/jupyterhub/jupyterhub_config.py"


def nightly(course, state, *names_, **more: str) -> subprocess.CompletedProcess:
    """Run the nightly job as cron would: from another folder, with hardly any environment."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(state),
        "HUB_COURSE": str(course.root),
        "HUB_STATE": str(state),
        "HUB_PROGRAMS": str(Path(sys.executable).parent),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.run(
        [NIGHTLY, *names_],
        cwd="/",
        env=environment | more,
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )


def test_the_nightly_job_says_how_it_is_used(tmp_path):
    """Without an assignment it does nothing and ends with 2."""
    done = nightly(make_course(tmp_path), tmp_path / "state")
    assert done.returncode == 2
    assert done.stderr.startswith("usage: nightly.sh NAME")


def test_the_nightly_job_waits_for_nobody(tmp_path):
    """While one runs, another ends at once with 75 and touches nothing."""
    course, state = make_course(tmp_path), tmp_path / "state"
    state.mkdir()
    with open(state / "nightly.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = nightly(course, state, "toy")
    assert done.returncode == 75
    assert "running already" in done.stderr
    assert not (state / "nightly.log").exists()


def test_the_nightly_job_ends_with_1_for_a_name_that_it_does_not_know(tmp_path):
    """A slip of the pen is not taken for an assignment to which nobody submitted."""
    done = nightly(make_course(tmp_path), tmp_path / "state", "toi")
    assert done.returncode == 1
    assert "toi: FAILED: there is no such assignment" in done.stderr


@pytest.mark.slow
def test_the_nightly_job_ends_with_1_when_a_step_fails(tmp_path):
    """The step is named, the end of what it said is shown, and the log has all of it."""
    state = tmp_path / "state"
    done = nightly(make_course(tmp_path), state, "toy")  # nobody made an exchange
    assert done.returncode == 1
    assert "toy: FAILED with 1: nbgrader collect toy --update" in done.stderr
    assert "Unwritable directory" in done.stderr
    assert "Unwritable directory" in (state / "nightly.log").read_text()


class Person:
    """Somebody with a browser, as far as HTTP goes: logs in, starts a server, asks it."""

    def __init__(self, address: str, name: str):
        self.address, self.name = address, name
        self.session = requests.Session()

    def log_in(self, password: str) -> requests.Response:
        """Fill in the hub's own form; what it answered."""
        page = f"{self.address}/hub/login"
        form = re.search(r'name="_xsrf" value="([^"]+)"', self.session.get(page, timeout=LONG).text)
        told = {"username": self.name, "password": password, "_xsrf": form[1]}
        return self.session.post(f"{page}?next=/hub/home", data=told, timeout=LONG)

    def start(self) -> None:
        """Ask the hub for the server, which takes a while."""
        self.session.get(f"{self.address}/hub/spawn", timeout=LONG)

    def started(self) -> bool:
        """Whether the server shows its page; the first time, it asks the hub who this is."""
        page = f"{self.address}/user/{self.name}/lab"
        found = self.session.get(page, timeout=LONG)
        return found.ok and found.url.split("?")[0] == page

    def ask(self, method: str, path: str, of: str | None = None, **how) -> requests.Response:
        """Ask a server, by default the person's own, as a page of it would."""
        server = f"/user/{of or self.name}/"
        xsrf = {one.path: one.value for one in self.session.cookies if one.name == "_xsrf"}
        headers = {"X-XSRFToken": xsrf.get(server, ""), "Referer": self.address + server}
        url = f"{self.address}{server}{path}"
        return self.session.request(method, url, headers=headers, timeout=LONG, **how)

    def do(self, method: str, path: str, **how):
        """The same for what must succeed; what was answered, from JSON."""
        answer = self.ask(method, path, **how)
        assert answer.ok, (path, answer.status_code, answer.text)
        return answer.json()


def three_ports() -> int:
    """The first of three ports in a row that nobody uses."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = first.getsockname()[1]
            try:
                for more in (1, 2):
                    socket.create_server(("127.0.0.1", port + more)).close()
            except (OSError, OverflowError):
                continue
            return port


@pytest.fixture(scope="module")
def hub(clean_course, tmp_path_factory):
    """The example, running on the toy course; nothing of it is left at the end."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("hub"))
    state = tmp_path_factory.mktemp("state")
    port = three_ports()
    mine = {"HUB_COURSE": str(course.root), "HUB_STATE": str(state), "HUB_PORT": str(port)}
    command = [sys.executable, "-m", "jupyterhub", "--config", DEPLOY / "jupyterhub_config.py"]
    log = state / "hub.log"
    with adopting(), log.open("w") as said:
        before = descendants()
        server = subprocess.Popen(
            command, env=os.environ | mine, cwd=state, stdout=said, stderr=said
        )
        try:
            ready = f"running at http://127.0.0.1:{port}"
            soon(lambda: ready in log.read_text() or server.poll() is not None, every=0.1)
            assert ready in log.read_text(), log.read_text()
            yield SimpleNamespace(
                address=f"http://127.0.0.1:{port}", course=course, state=state, log=log
            )
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(LONG)
            finally:
                left = set() if soon(lambda: descendants() <= before) else descendants() - before
                for pid, _ in left:
                    os.kill(pid, signal.SIGKILL)
        assert not left, names(left)
    for more in range(3):
        socket.create_server(("127.0.0.1", port + more)).close()


@pytest.fixture(scope="module")
def people(hub):
    """The instructor and the student, logged in, their servers running."""
    found = []
    for name in ("instructor", "student"):
        person = Person(hub.address, name)
        assert person.log_in((hub.state / f"{name}.password").read_text()).ok
        found.append(person)
    for person in found:
        person.start()
    for person in found:
        assert soon(person.started, every=0.5), hub.log.read_text()
    return found


@needs_hub
@pytest.mark.slow
def test_nobody_gets_in_with_another_password(hub):
    """Not the instructor with the students' password, not a stranger, and nobody without one."""
    students = (hub.state / "student.password").read_text()
    for name, password in (("instructor", students), ("stranger", students), ("student", "")):
        person = Person(hub.address, name)
        assert person.log_in(password).status_code == 403, name
        assert "/hub/login" in person.session.get(f"{hub.address}/hub/home", timeout=LONG).url
    for file in hub.state.glob("*.password"):
        assert file.stat().st_mode & 0o077 == 0


@needs_hub
@pytest.mark.slow
def test_a_student_reaches_neither_the_instructors_server_nor_a_formgrader(people):
    """The hub answers 403 for another's server, and a student's own has no formgrader."""
    instructor, student = people
    assert student.ask("GET", "api/contents/solutions", of="instructor").status_code == 403
    assert student.ask("GET", "formgrader/api/assignments").status_code == 404
    listed = instructor.do("GET", "formgrader/api/assignments")
    assert [one["name"] for one in listed] == ["toy"]


WHICH = {"course_id": "convnets", "assignment_id": "toy"}


def write(student: Person, answers: dict[str, str]) -> None:
    """Put answers into the notebook on the student's server, as JupyterLab saves it."""
    found = student.do("GET", "api/contents/toy/toy.ipynb")
    for cell in found["content"]["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(name, cell["source"])
    told = {"type": "notebook", "format": "json", "content": found["content"]}
    student.do("PUT", "api/contents/toy/toy.ipynb", json=told)


def submit(student: Person) -> None:
    """Submit what is on the student's server."""
    time.sleep(1)  # the assignment list takes submissions of one second for one
    listed = student.do("POST", "assignments/submit", json=WHICH)["value"]
    assert "submitted" in [one["status"] for one in listed]


def feedback(student: Person) -> list[str]:
    """Fetch the feedback, and read the pages in the order of the submissions."""
    student.do("POST", "assignments/fetch_feedback", json=WHICH)
    found = student.do("GET", "api/contents/toy/feedback")["content"]
    paths = sorted(f"{one['path']}/toy.html?type=file&format=text" for one in found)
    return [student.do("GET", f"api/contents/{path}")["content"] for path in paths]


@needs_hub
@pytest.mark.slow
def test_an_assignment_goes_from_the_instructor_to_the_student_and_back(hub, people):
    """Released, fetched, answered, validated, submitted, graded at night; the student reads it."""
    instructor, student = people
    assert instructor.do("POST", "formgrader/api/assignment/toy/release")["success"]

    listed = student.do("GET", "assignments?course_id=convnets")["value"]
    assert [(one["assignment_id"], one["status"]) for one in listed] == [("toy", "released")]
    listed = student.do("POST", "assignments/fetch", json=WHICH)["value"]
    assert [one["status"] for one in listed] == ["fetched"]
    write(student, KINDS["triples"])
    validated = student.do("POST", "assignments/validate", json={"path": "toy/toy.ipynb"})
    first = validated["value"]["failed"][0]["error"]
    assert "double([1, 2]) is [2, 4]" in first  # what the visible check says
    submit(student)

    done = nightly(hub.course, hub.state, "toy")
    assert done.returncode == 0, done.stderr
    assert [line.split(": done: ")[1] for line in done.stdout.splitlines()] == [
        "nbgrader collect toy --update",
        "autograder grade toy",
        "autograder feedback toy",
        "nbgrader release_feedback toy",
    ]
    (mark,) = read_marks(hub.course.assignment("toy"))
    assert (mark.student, mark.score, mark.ungraded) == ("student", 3.0, ("written_why",))
    (row,) = instructor.do("GET", "formgrader/api/submissions/toy")
    assert (row["student"], row["autograded"], row["score"]) == ("student", True, 3.0)
    (page,) = feedback(student)
    assert "3 of 10 points" in page, page
    assert "reference.double" not in page  # a line of checks.py

    # The next night a better answer counts, and has a page of its own beside the first.
    write(student, KINDS["good"])
    submit(student)
    done = nightly(hub.course, hub.state, "toy")
    assert done.returncode == 0, done.stderr
    (again,) = read_marks(hub.course.assignment("toy"))
    assert again.score == 6.0 and again.timestamp > mark.timestamp
    first, second = feedback(student)
    assert first == page and second != page
