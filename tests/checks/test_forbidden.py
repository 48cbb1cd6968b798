"""Forbidden routes are found in the code, and only in the code."""

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from autograder.checks.forbidden import (
    NOTHING,
    Bindings,
    Routes,
    bindings_after,
    look_for_forbidden,
)
from autograder.course.errors import ForbiddenRoute

ROUTES = Routes(modules=("numpy",), names=("sliding_window_view", "as_strided", "strides"))


def after(*sources, routes=ROUTES):
    """What there is after these cells."""
    made = NOTHING
    for source in sources:
        made = bindings_after(routes, source, made)
    return made


@pytest.mark.parametrize(
    "source",
    [
        "import torch",
        "import torch.nn.functional as F",
        "from torch import nn",
        "def f(x):\n    import scipy.signal\n    return x",
        "def f(x):\n    return torch.from_numpy(x)",
        "def f(x):\n    return np.lib.stride_tricks.sliding_window_view(x, 3)",
        "from numpy.lib.stride_tricks import as_strided as windows",
        "def f(x):\n    return getattr(np.lib.stride_tricks, 'as_strided')(x)",
        "def f(x):\n    return np.ndarray((2,), strides=(8,), buffer=x)",
        "def f(x):\n    return __import__('torch')",
        "import importlib",
        "def f(x):\n    import sys\n    return sys.modules['torch']",
        "from sys import modules",
        "def f(x):\n    return eval('torch')",
        "def f(x):\n    return f.__globals__['torch']",
        "from . import something",
        "from __main__ import torch",
        "from sys import *\nmodules['torch']",
        "import enum\nenum.bltns.globals()['torch']",
        "def f(x):\n    return np.load('kept', None, True)",
        # A name is the cell's own in its scope, and there alone.
        "def f(torch=torch):\n    return torch",
        "def f(torch: torch):\n    return torch",
        "f = lambda torch=torch: torch",
        "[None for torch in ()] or torch",
        "def f(x):\n    [(lambda: (torch := y)) for y in x]\n    return torch",
        "[x for x in torch for torch in x]",
        "def f(torch):\n    def g():\n        global torch\n        return torch\n    return g()",
        "def f(eval):\n    class A:\n        kept = eval\n        eval = None\n    return A.kept",
        "def eval(x):\n    return x\n\ndel eval\neval('torch')",
        "kept = eval('torch')\n\ndef eval(x):\n    return x",
        "def f(x):\n    match x:\n        case object(__globals__=g):\n            return g",
        "def f(x):\n    return x\n\nf = np.ndarray\ng = f((2,), strides=(8,))",
    ],
)
def test_a_forbidden_route_is_named_with_its_line(source):
    """Imports, aliases, attributes, keywords and ways around them are found."""
    with pytest.raises(ForbiddenRoute, match=r"line \d+ uses \w+"):
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
    """torch is a route like any other where the assignment allows it."""
    routes = Routes(modules=("numpy", "torch"))
    look_for_forbidden(
        routes, "import torch\nmodel = torch.nn.Linear(1, 1).eval()\nmodel.modules()"
    )


def test_names_of_other_cells_that_a_route_has_made_are_ruled_out():
    """Directly or by way of one another, in whatever order; what stands beside them is not."""
    made = after(
        "import numpy as np\nimport math\n"
        "def f(x):\n    return g(x)\n\ndef g(x):\n    return torch.ones(x)\n\n"
        "def clean(x):\n    return x\n",
        "tool = np.kept = f",
    )
    assert made.tainted == {"f", "g", "tool", "kept"}
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
        "!x\n" * 501,
        "%time x\n" + "a\n" * 99_000 + "!ls\n",
        "out = !ls",
        "numpy?",
        "  %%time\nx = 1",
    ],
    ids=["501 commands", "a long cell", "a value", "help", "a cell's magic"],
)
def test_ipythons_own_syntax_is_refused_at_once(source, monkeypatch):
    """Whatever it would become, and without IPython making it, which may take long or fail."""

    def never(*_):
        raise AssertionError("IPython was asked")

    monkeypatch.setattr(TransformerManager, "transform_cell", never)
    monkeypatch.setattr(TransformerManager, "do_token_transforms", never)
    with pytest.raises(ForbiddenRoute, match="IPython"):
        look_for_forbidden(Routes(modules=("numpy",)), source)
