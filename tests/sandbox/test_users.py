"""Where root knows no other user, a jail is that of the ordinary user whom root stands for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.sandbox.isolation import ANSWERS, NEEDED
from autograder.sandbox.users import unused_user

ROOT = Path(__file__).parents[2]
SECRETS = [str(ROOT / "nbgrader_config.py"), str(ROOT / "tests")]
TRY = """
import json, os, sys
from pathlib import Path
from autograder.course.errors import CourseError
from autograder.sandbox.isolation import choose
from autograder.sandbox.users import unused_user
if len(sys.argv) > 2:  # namespaces within this one are refused
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
answer = {"uid": os.getuid(), "user": unused_user()}
try:
    answer["held"] = choose([*map(Path, json.loads(sys.argv[1]))], trusted=False, wanted=WANTED)
    answer["held"] = answer["held"].protections
except CourseError as error:
    answer |= {"error": str(error), "remedy": error.remedy}
print(json.dumps(answer))
"""


def in_a_namespace(wanted, *more):
    """What `choose` says as root of a user namespace that knows nobody else."""
    if subprocess.run(["unshare", "-r", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine gives no user namespace")
    code = TRY.replace("WANTED", repr(wanted))
    ran = subprocess.run(
        ["unshare", "-r", sys.executable, "-c", code, json.dumps(SECRETS), *more],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert (answer["uid"], answer["user"]) == (0, None)
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("name", ["isolated", "restricted"])
def test_root_of_a_namespace_without_other_users_has_a_jail(name):
    """All that the tier must hold holds, that students' code is not root among it."""
    answer = in_a_namespace(name)
    assert set(answer.get("held", ())) >= NEEDED[name] | {ANSWERS}, answer


@pytest.mark.slow
def test_where_that_is_refused_a_sentence_says_why():
    """With what to allow on the machine, and no traceback."""
    answer = in_a_namespace(None, "refused")
    assert "held" not in answer
    assert answer["error"].count("students' code cannot run as another user than root") == 2
    assert "Traceback" not in answer["error"] and "\n" not in answer["error"]
    assert "user.max_user_namespaces" in answer["remedy"]


def test_only_root_becomes_somebody_else():
    """Somebody to whom no file of this checkout belongs."""
    if os.getuid() != 0:
        assert unused_user() is None
    elif (user := unused_user()) is not None:
        owners = {path.stat().st_uid for path in ROOT.iterdir()}
        assert user not in owners | {0}
