"""Start JupyterLab with nbgrader's extensions on the course, without changing a user's settings.

Everything that Jupyter writes goes to _build/jupyter of the course, and it asks no other machine
for anything: no news, no updates, no list of extensions, no formulas from elsewhere.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from autograder.course.configuration import load_config
from autograder.course.files import write_atomically
from autograder.course.folders import Course

# What nbconvert and formgrader look for in Jupyter's data folders: templates, for now.
SHARED = Path(__file__).parent / "jupyter"
SERVER = {
    "LabApp": {
        "news_url": None,
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "extension_manager": "readonly",
    },
    # It runs npm to look for language servers, and npm writes into the user's home.
    "LanguageServerManager": {"autodetect": False},
    # Otherwise it tries to show its configuration as JSON, and complains in the log when it cannot.
    "FormgradeExtension": {"debug": False},
}
# Asks at every start whether news may be fetched.
PAGE = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


def lab_command(course: Course, port: int) -> list[str]:
    """The command line of a server on this machine's own address; run it in the course's root."""
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--log-level=WARN"]
    settings = {
        "ip": "127.0.0.1",
        "port": port,
        "port_retries": 0,
        "root_dir": course.root,  # formgrader serves courses below it only
        "allow_root": os.geteuid() == 0,
    }
    return [*command, *(f"--ServerApp.{name}={value}" for name, value in settings.items())]


def lab_environment(course: Course) -> dict[str, str]:
    """The environment it runs in: this one, with Jupyter's folders in the course's _build/jupyter.

    Makes these folders and writes the settings into them.
    """
    home = course.root / "_build" / "jupyter"
    config = home / "config"
    nbgrader = _nbgrader(course)
    settings = {
        "jupyter_server_config.json": SERVER,
        "labconfig/page_config.json": PAGE,
        "nbgrader_config.json": nbgrader,
    }
    for name, content in settings.items():
        path = config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(content, indent=2))
    Path(nbgrader["Exchange"]["assignment_dir"]).mkdir(parents=True, exist_ok=True)
    Path(nbgrader["Exchange"]["root"]).mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ)
    # Buttons call nbgrader, and nbgrader calls alembic, by name.
    environment["PATH"] = os.pathsep.join(
        (str(Path(sys.executable).parent), environment.get("PATH", ""))
    )
    environment["JUPYTER_PATH"] = os.pathsep.join(
        filter(None, (str(SHARED), environment.get("JUPYTER_PATH")))
    )
    folders = {"JUPYTER_CONFIG_DIR": config, "JUPYTER_DATA_DIR": home / "data"}
    folders |= {"JUPYTER_RUNTIME_DIR": home / "runtime", "IPYTHONDIR": home / "ipython"}
    return environment | {name: str(folder) for name, folder in folders.items()}


def _nbgrader(course: Course) -> dict[str, dict[str, str]]:
    """Settings for extensions that do not read the course's own.

    The exchange is for a rehearsal of a student's work: a release can be fetched in the assignment
    list, answered in grading/rehearsal, and submitted.
    """
    config = load_config(course)
    exchange = course.grading / "exchange"
    folders = {"root": str(exchange), "assignment_dir": str(course.grading / "rehearsal")}
    return {"CourseDirectory": {"course_id": config.CourseDirectory.course_id}, "Exchange": folders}
