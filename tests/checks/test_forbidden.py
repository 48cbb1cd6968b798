"""Forbidden routes are found in the code, and only in the code."""

from contextlib import suppress

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from autograder.checks import forbidden
from autograder.checks.forbidden import (
    NOTHING,
    Bindings,
    Routes,
    bindings_after,
    look_for_forbidden,
)
from autograder.course.errors import ForbiddenRoute

LIBRARIES = ("torch", "scipy")
ROUTES = Routes(LIBRARIES, names=("sliding_window_view", "as_strided", "strides"))


def after(*sources, routes=ROUTES):
    """What there is after these cells."""
    made = NOTHING
    for source in sources:
        made = bindings_after(routes, source, made)
    return made


@pytest.mark.parametrize(
    "source",
    [
        "import torch\n\ndef f(x):\n    return torch.from_numpy(x)",
        "import torch.nn.functional as F\n\ndef f(x):\n    return F.conv2d(x, x)",
        "from torch import nn\n\nlayer = nn.Linear(2, 2)",
        "def f(x):\n    import scipy.signal\n    return scipy.signal.convolve(x, x)",
        "def f(x):\n    import torch as t\n    return t.from_numpy(x)",
        "def f(x):\n    return torch.from_numpy(x)",
        "def f(x):\n    return np.lib.stride_tricks.sliding_window_view(x, 3)",
        "from numpy.lib.stride_tricks import as_strided as windows\nwindows(3)",
        "def f(x):\n    return getattr(np.lib.stride_tricks, 'as_strided')(x)",
        "def f(x):\n    return np.ndarray((2,), strides=(8,), buffer=x)",
        "def f(x):\n    x.strides = (8, 8)\n    return x",
        "%%time\ndef f(x):\n    return torch.from_numpy(x)",
        # A name is the cell's own in its scope, and there alone.
        "def f(torch=torch):\n    return torch",
        "def f(torch: torch):\n    return torch",
        "f = lambda torch=torch: torch",
        "[None for torch in ()] or torch",
        "def f(x):\n    [(lambda: (torch := y)) for y in x]\n    return torch",
        "[x for x in torch for torch in x]",
        "def f(torch):\n    def g():\n        global torch\n        return torch\n    return g()",
        "def f(x):\n    return x\n\nf = np.ndarray\ng = f((2,), strides=(8,))",
    ],
)
def test_a_forbidden_route_is_named_with_its_line(source):
    """What is imported under any name, attributes and keywords are found where they are used."""
    with pytest.raises(ForbiddenRoute, match=r"line \d+ uses \w+"):
        look_for_forbidden(ROUTES, source)


@pytest.mark.parametrize(
    "source",
    [
        "import torch",
        "import torch.nn.functional as F\nfrom numpy.lib.stride_tricks import as_strided",
        "def f(x):\n    import scipy.signal\n    return x",
        "import os, json, logging, gc, pathlib, timeit, importlib, ctypes, unittest",
        "def f(x):\n    y = 2 * x\n    return locals()['y'], vars(x), x.__dict__",
        "class Net:\n    def measure(self):\n        return self.__class__.__name__",
        "def f(x):\n    setattr(x, 'a', 1)\n    return eval('1 + 1')",
        "def f(x):\n    return x.numpy() if isinstance(x, torch.Tensor) else x",
        "%matplotlib inline\n%load_ext autoreload\nimport matplotlib.pyplot as plt\nplt.show()",
        "%%time\ndef f(x):\n    return x",
        "%%capture\nx = 1",
        "numpy?\n!ls\nx = !ls\n%timeit f(1)",
    ],
)
def test_what_does_no_work_in_a_students_place_is_no_route(source):
    """Imports that nobody uses, the standard library, Python's own tools and magics are free."""
    look_for_forbidden(ROUTES, source)


@pytest.mark.parametrize(
    "source",
    [
        "# torch would be faster\nimport numpy as np\nimport math, itertools",
        'def f(x):\n    """Like torch.nn.Conv2d and sliding_window_view."""\n    return x',
        "def f(torch):\n    return torch + 1",
        "def f(x):\n    strides = (1, 2)\n    return strides",
        "def f(x):\n    print('torch')\n    return x",
        "import sys\nprint('slow', file=sys.stderr)",
        "def f(x):\n    def walk(strides):\n        return strides\n    return walk(strides=2)",
        "def f(x):\n    return [strides for strides in x]",
        "def f(x):\n    return [(torch := y) for y in x], torch",
        "match 2:\n    case torch:\n        pass\n\ndef f(x):\n    match x:\n"
        "        case [torch, *strides]:\n            return torch, strides",
        "def strides(x):\n    return x\n\nprint(strides(2))",
        "def f(x):\n    return strides(x)\n\ndef strides(x):\n    return x",
        "def f(strides):\n    def g():\n        nonlocal strides\n        strides = strides + 1\n"
        "    return g",
        "def f(strides):\n    class A:\n        def g(self):\n            return strides\n"
        "    return A",
        "class A:\n    def eval(self, load):\n        return load",
        "import re\nre.compile('x')",
        "def f(x:\n  not python",
        "x = '\0'",
    ],
)
def test_words_that_are_not_code_are_no_route(source):
    """Comments, docstrings, strings and the student's own names are left alone."""
    look_for_forbidden(ROUTES, source)


def test_an_allowed_module_may_be_used():
    """torch is no route where the assignment does not rule it out."""
    look_for_forbidden(
        Routes(names=("strides",)),
        "import torch\nmodel = torch.nn.Linear(1, 1).eval()\nmodel.modules()",
    )


def test_names_of_other_cells_that_a_route_has_made_are_ruled_out():
    """Directly or by way of one another, in whatever order; what stands beside them is not."""
    made = after(
        "import numpy as np\nimport math\nimport torch\n"
        "def f(x):\n    return g(x)\n\ndef g(x):\n    return torch.ones(x)\n\n"
        "def clean(x):\n    return x\n",
        "tool = np.kept = f",
    )
    assert made.tainted == {"torch", "f", "g", "tool", "kept"}
    look_for_forbidden(ROUTES, "def h(x):\n    return np.floor(math.pi * clean(x))", made)
    for word in ("f(x)", "tool(x)", "np.kept(x)"):
        with pytest.raises(ForbiddenRoute, match="line 2 uses"):
            look_for_forbidden(ROUTES, f"def h(x):\n    return {word}", made)
    assert after("torch.ones(2)", "def f(x):\n    return x").tainted == set()


def test_a_cell_that_makes_its_own_is_not_held_to_what_another_made():
    """What it defines itself is looked at itself."""
    made = Bindings(tainted=frozenset({"f"}))
    look_for_forbidden(ROUTES, "def f(x):\n    return x\n\nf(2)", made)
    assert bindings_after(ROUTES, "def f(x):\n    return x", made).tainted == set()


def test_a_helper_of_another_cell_may_call_its_argument_what_it_likes():
    """As one of the same cell may; under another name NumPy's own functions may not."""
    made = after("def walk(x, strides):\n    return x")
    look_for_forbidden(ROUTES, "def f(x):\n    return walk(x, strides=2)", made)
    with pytest.raises(ForbiddenRoute):
        look_for_forbidden(ROUTES, "walk = np.ndarray\nwalk((2,), strides=(8,))", made)
    with pytest.raises(ForbiddenRoute):
        look_for_forbidden(ROUTES, "walk((2,), strides=(8,))", after("walk = np.ndarray"))


@pytest.mark.parametrize(
    "source",
    [
        "torch\n" + "!x\n" * 2_000,
        "%time torch\n" + "a\n" * 99_000 + "!ls\n",
        "torch" + "(" * 90_000,
        "x = 1 # torch\n" * 14_000,
    ],
    ids=["2,000 commands", "many statements", "parentheses", "a long cell"],
)
def test_a_long_cell_is_looked_at_without_ipython_and_without_end(source, monkeypatch):
    """IPython may take seconds to transform a cell; the number of steps of ours is bounded."""

    def never(*_):
        raise AssertionError("IPython was asked")

    monkeypatch.setattr(TransformerManager, "transform_cell", never)
    monkeypatch.setattr(TransformerManager, "do_token_transforms", never)
    looks = []
    visit = forbidden._Look.visit
    monkeypatch.setattr(forbidden._Look, "visit", lambda *a: looks.append(1) or visit(*a))
    with suppress(ForbiddenRoute):
        look_for_forbidden(Routes(LIBRARIES), source)
    assert len(looks) < 100_000
