"""Forbidden routes are found in the code, and only in the code."""

import pytest

from autograder.errors import ForbiddenRoute
from autograder.forbidden import Routes, look_for_forbidden

ROUTES = Routes(modules=("numpy",), names=("sliding_window_view", "as_strided", "strides"))


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
