"""Build JupyterLite with the course's notebooks in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from book.lite.parts import PartError

# Those whose cells need NumPy and Matplotlib alone: there is no PyTorch for browsers.
ASSIGNMENTS = ("naive_convolution", "im2col_convolution", "pooling")
# With the name `python3`, JupyterLite asks every student for a kernel.
KERNEL = {"name": "python", "display_name": "Python (Pyodide)"}
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "Convolutional networks: the assignments",
        "litePluginSettings": {
            "@jupyterlite/pyodide-kernel-extension:kernel": {
                # Cells ask with find_spec whether there is Matplotlib, before they import it.
                "loadPyodideOptions": {"packages": ["matplotlib", "numpy"]},
                "disablePyPIFallback": True,
            }
        },
        "disabledExtensions": ["@jupyterlite/javascript-kernel-extension"],
    },
}
DOWNLOAD = {"command": "docmanager:download", "rank": 1.5}
PREFERENCES = {
    # Every cell is on the page, so the browser's own search finds it, and none jumps while read.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    # JupyterLite has the command, but not in the menu File, where students look for it.
    "@jupyterlab/mainmenu-extension:plugin": {
        "menus": [{"id": "jp-mainmenu-file", "items": [DOWNLOAD]}]
    },
}


def stage(assignments: Path, folder: Path) -> None:
    """Write what JupyterLite is built of into `folder`: settings, and the notebooks as released.

    assignments : the folder of the released assignments; those in other languages are in folders
        named after the language, here and there
    """
    for name in ASSIGNMENTS:
        for path in assignments.rglob(f"{name}.ipynb"):
            nb = json.loads(path.read_text(encoding="utf-8"))
            nb["metadata"]["kernelspec"] = KERNEL
            target = folder / "contents" / path.relative_to(assignments).parents[1] / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(nb, indent=1), encoding="utf-8")
    for file, values in (("jupyter-lite.json", SETTINGS), ("overrides.json", PREFERENCES)):
        (folder / file).write_text(json.dumps(values, indent=1), encoding="utf-8")


def build(folder: Path, parts: Path, target: Path) -> None:
    """Run JupyterLite's own build on what `stage` wrote.

    folder : with `static/pyodide` in it, that Pyodide is taken; otherwise the published site loads
        it from where JupyterLite does
    parts : where JupyterLite is installed
    target : the folder of the site, which is made anew
    """
    shutil.rmtree(target, ignore_errors=True)
    extension = parts / "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension"
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--no-sourcemaps"]
    command += ["--contents", "contents", "--output-dir", str(target.resolve())]
    # Not the extensions of the JupyterLab in this environment.
    command += ["--LiteBuildConfig.ignore_sys_prefix=True"]
    command += [f"--LiteBuildConfig.federated_extensions={extension.resolve()}"]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(parts.resolve())},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PartError(f"JupyterLite cannot be built: {done.stdout[-2000:]}{done.stderr[-2000:]}")
