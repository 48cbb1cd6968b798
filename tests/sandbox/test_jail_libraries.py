"""A library that does the asked work is not in the jail, by whatever way somebody looks for it."""

import importlib.util
import sys
from pathlib import Path

import pytest

from autograder.sandbox.jail import Jail
from autograder.sandbox.libraries import library_folders, readable_around
from autograder.wire.errors import RULES_OUT
from tests.jail_calls import json_output, process_in, run_cell

pytestmark = pytest.mark.slow
ABSENT = ("scipy", "torch")


@pytest.fixture(scope="module", params=["isolated", "restricted"])
def numpy_jail(request):
    """A jail of each tier that protects, without PyTorch and SciPy."""
    one = Jail(request.param, ABSENT)
    yield one
    one.close()


def place(name):
    """Where a library lies on this machine."""
    return str(Path(importlib.util.find_spec(name).origin).parent)


FORGET = """
import importlib, sys
sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != "StandIns"]
for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
    del sys.modules[name]
importlib.invalidate_caches()
"""
# Each leaves a working function of the library in WORKS, or fails.
WAYS = {
    "an import": "import importlib\nWORKS = importlib.import_module(NAME + PART)\nWORKS(1)",
    "without stand-ins": FORGET + "WORKS = importlib.import_module(NAME + PART).__file__",
    "its own path": FORGET + "sys.path.insert(0, PLACE)\nimport _C as WORKS",
    "its file": "WORKS = open(PLACE + '/__init__.py').read()",
    "a loader": FORGET
    + "from importlib.machinery import SourceFileLoader\n"
    + "WORKS = SourceFileLoader(NAME, PLACE + '/__init__.py').load_module()",
    "NumPy's path": FORGET
    + "import numpy as np, os\nnp.__path__.append(os.path.dirname(PLACE))\n"
    + "WORKS = importlib.import_module('numpy.' + NAME).__file__",
    "a list of its files": "import os\nWORKS = [one for one in os.walk(PLACE) if one[2]]\n"
    "WORKS = open(os.path.join(WORKS[0][0], WORKS[0][2][0]), 'rb').read()",
    "its machine code": "import ctypes, glob\nWORKS = ctypes.CDLL(\n"
    "    glob.glob(PLACE + '/**/*.so*', recursive=True)[0])",
    "the garbage collector": "import gc, types\nWORKS = [one for one in gc.get_objects()\n"
    "    if isinstance(one, types.ModuleType) and one.__name__.partition('.')[0] == NAME\n"
    "    and getattr(one, '__file__', None)][0]",
    "another Python": "import subprocess, sys\nWORKS = subprocess.run([sys.executable, '-c',\n"
    "    'import ' + NAME + PART + ' as m; print(m.__file__)'], check=True,\n"
    "    capture_output=True).stdout.decode()\nWORKS = None if WORKS == 'None\\n' else WORKS",
    "the root of a process": "import glob\nWORKS = [open(path).read() for root in\n"
    "    glob.glob('/proc/*/root') for path in [root + PLACE + '/__init__.py']][0]",
    "a part of NumPy": FORGET
    + "import numpy as np\nopen('tools.py', 'w').write(f'import {NAME}{PART} as library')\n"
    + "np.__path__.append('.')\nfrom numpy import tools\nWORKS = tools.library.__file__",
    "NumPy's build tools": FORGET
    + "open('tools.py', 'w').write(f'import {NAME}{PART} as library')\n"
    + "from numpy.distutils.misc_util import exec_mod_from_location\n"
    + "WORKS = exec_mod_from_location('tools', 'tools.py').library.__file__",
    "NumPy's shell": "import sys\nfrom numpy.distutils.exec_command import exec_command\n"
    "program = f'import {NAME}{PART} as m; print(m.__file__)'\n"
    "code, text = exec_command([sys.executable, '-c', program])\n"
    "WORKS = text if code == 0 and text != 'None' else None",
    "its machine code by name": "import ctypes\nNAMES = {'torch': 'libtorch_cpu.so',\n"
    "    'scipy': 'libscipy_openblas.so'}\nWORKS = ctypes.CDLL(NAMES[NAME])",
    "a walk over the disk": "import os\nFOUND = [os.path.join(place, file)\n"
    "    for place, _, files in os.walk('/') if 'numpy.libs' not in place\n"
    "    for file in files if file.startswith('lib' + NAME)\n"
    "    or file.startswith(NAME) and file.endswith('.whl')]\n"
    "WORKS = open(FOUND[0], 'rb').read(9)",
    "another Python's packages": "import glob, sys\n"
    "PATTERN = sys.base_prefix + '/lib*/python3*/*-packages/' + NAME + '/__init__.py'\n"
    "WORKS = [open(file).read() for file in glob.glob(PATTERN)][0]",
    "a parent's folder": "import os\nWORKS = open(os.path.join(PLACE, '..',\n"
    "    os.path.basename(PLACE), '__init__.py')).read()",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "part"), [("torch", ".nn"), ("scipy", ".signal")])
def test_no_way_leads_to_an_absent_library(numpy_jail, way, name, part):
    """Neither to its code nor to one of its files."""
    head = f"NAME, PART, PLACE, WORKS = {name!r}, {part!r}, {place(name)!r}, None"
    with process_in(numpy_jail) as calls:
        run_cell(calls, head)
        run_cell(calls, WAYS[way])
        kind = json_output(calls, "import json\nprint(json.dumps(type(WORKS).__name__))")
        # A list of folders, a stand-in, or a module of an empty folder is nothing that works.
        assert kind in ("NoneType", "list", "_Library"), way


def test_these_ways_lead_to_a_library_that_is_there():
    """In a jail that has them, all but three find something: the test above can fail."""
    jail = Jail("isolated")
    try:
        works = []
        for way, source in WAYS.items():
            with process_in(jail) as calls:
                run_cell(
                    calls, f"NAME, PART, PLACE, WORKS = 'torch', '.nn', {place('torch')!r}, None"
                )
                if run_cell(calls, source)["error"] is None:
                    works.append(way)
    finally:
        jail.close()
    assert set(WAYS) - set(works) <= {
        "an import",  # a module cannot be called
        "without stand-ins",  # PyTorch cannot be imported twice
        "its own path",
        "a loader",
        "NumPy's path",
        "the root of a process",  # there is no /proc
        "another Python's packages",  # it may have none
        "a part of NumPy",
        "NumPy's build tools",
        "NumPy's shell",
        "its machine code by name",
        "the garbage collector",  # what was there before the fork is out of its sight
    }


@pytest.mark.parametrize(
    "source",
    [
        "import torch\nimport torch.nn.functional as F\nfrom torch import nn, Tensor",
        "import scipy.signal\nfrom scipy.ndimage import convolve",
        "import torch\ntorch.manual_seed(0)\nx = isinstance(1, torch.Tensor)",
        "import torch\ndevice = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "import torch\nassert not torch.cuda.device_count() > 0\ntorch.__version__.split('.')",
        "import torch\ntorch.backends.cudnn.deterministic = True\ntorch.set_num_threads(1)",
        "import scipy\nprint(scipy.__version__)",
        "from torch import nn\nclass Net(nn.Module):\n    pass",
        "import torch\ndef f(x: torch.Tensor | None, dtype=torch.float32):\n    return x",
        "import torch\n@torch.no_grad()\ndef f(x):\n    return x\nf(1)",
        "from tqdm import tqdm, trange\nx = [i for i in tqdm(range(3), desc='x')]",
        "from tqdm.auto import tqdm\nwith tqdm(total=3) as bar:\n    bar.update(1)",
        "import matplotlib.pyplot as plt, numpy as np, PIL, IPython, json, os",
    ],
)
def test_an_import_that_does_no_work_costs_nothing(numpy_jail, source):
    """Nor does a type that is asked for, a seed that is set, or a bar that shows progress."""
    with process_in(numpy_jail) as calls:
        assert run_cell(calls, source)["error"] is None


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.ones(2)",
        "import torch.nn.functional as F\nF.conv2d(1, 2)",
        "from scipy.signal import correlate2d\ncorrelate2d(1, 2)",
    ],
)
def test_whoever_uses_an_absent_library_reads_why_not(numpy_jail, source):
    """The error names what was used, and says that the assignment rules it out."""
    with process_in(numpy_jail) as calls:
        kind, text = run_cell(calls, source)["error"]
    assert kind == "RuntimeError" and text.endswith(RULES_OUT)


@pytest.mark.parametrize(
    "source",
    [
        "from numpy.lib.stride_tricks import sliding_window_view as v\nv(np.ones(4), 2)",
        "getattr(np.lib, 'stride' + '_tricks').as_strided(np.ones(4), (2,), (8,))",
        "vars(np)['lib'].stride_tricks.as_strided(np.ones(4), (2,), (8,))",
    ],
)
def test_numpys_strided_windows_raise_where_they_are_ruled_out(source):
    """However they are reached; the rest of NumPy is whole."""
    jail = Jail("isolated", (*ABSENT, "numpy.lib.stride_tricks"))
    try:
        with process_in(jail) as calls:
            run_cell(calls, "import numpy as np")
            kind, text = run_cell(calls, source)["error"]
            assert kind == "RuntimeError" and text.endswith(RULES_OUT)
            whole = "np.broadcast_to(1, (2, 2)), np.pad(np.ones(3), 1), np.einsum('i,i', [1], [2])"
            assert run_cell(calls, whole)["error"] is None
    finally:
        jail.close()


def test_a_hidden_folder_is_taken_out_of_what_may_be_read(tmp_path):
    """Its neighbours at every height stay, and the folders on the way may be listed."""
    for name in ("lib/python/torch/nn", "lib/python/numpy", "bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lib64").symlink_to("lib")
    (tmp_path / "lib" / "round").symlink_to(tmp_path)
    (tmp_path / "lib" / "python" / "six.py").write_text("")
    hidden = str(tmp_path / "lib" / "python" / "torch")
    readable, listed = readable_around([str(tmp_path), "/usr"], [hidden])
    here = {path.removeprefix(str(tmp_path)) for path in readable}
    assert here == {"/usr", "/bin", "/lib/python/numpy", "/lib/python/six.py"}
    assert {path.removeprefix(str(tmp_path)) for path in listed} == {"", "/lib", "/lib/python"}


def test_the_folders_of_a_library_are_found_where_python_finds_it():
    """And those of packages that bring its functions along."""
    assert place("torch") in library_folders(("torch",))
    assert place("skimage") in library_folders(("scipy",))
    assert library_folders(("no_such_library",)) == ()


def test_packages_of_the_python_that_an_environment_is_made_of_are_found(monkeypatch, tmp_path):
    """They are not on the path, but whoever knows of them could put them there."""
    for place in ("base/lib/python3.11/site-packages", "base/lib64/python3/dist-packages"):
        (tmp_path / place / "torch").mkdir(parents=True)
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "base"))
    library_folders.cache_clear()
    try:
        folders = library_folders(("torch",))
    finally:
        library_folders.cache_clear()
    assert {folder for folder in folders if Path(folder).is_relative_to(tmp_path)} == {
        str(tmp_path / "base/lib/python3.11/site-packages/torch"),
        str(tmp_path / "base/lib64/python3/dist-packages/torch"),
    }
