"""Ways to a forbidden route that the words of a solution cell do not show."""

from collections.abc import Iterator

# What stands for a convolution by loops, given a way to PyTorch.
CONVOLUTION = """
def conv2d_forward(x, w, b, *, stride=1, pad=0):
    for size, kernel in zip(x.shape[2:], w.shape[2:]):
        if (size - kernel + 2 * pad) % stride:
            raise ValueError(f"{x.shape} {w.shape} {stride} {pad}")
    t = WAY
    given = [t.from_numpy(np.ascontiguousarray(one)) for one in (x, w, b)]
    return t.nn.functional.conv2d(*given, stride=stride, padding=pad).numpy()
"""

# name, why, what stands before the function, and how it gets hold of PyTorch
WAYS = (
    (
        "magic",
        "a line that only IPython reads, so that the cell is no Python to look at",
        "%precision 3",
        "torch",
    ),
    (
        "a cell magic",
        "the whole cell is the argument of a magic",
        "%%capture",
        "torch",
    ),
    (
        "a question mark",
        "IPython's help syntax at the end of a cell that is otherwise plain",
        "import torch",
        "torch\n\nlen?",
    ),
    (
        "an alias of sys",
        "sys under another name still has every module",
        "import sys as system",
        'system.modules["torch"]',
    ),
    (
        "sys of os",
        "another module has sys as an attribute",
        "import os",
        'os.sys.modules["torch"]',
    ),
    (
        "its own name",
        "a name that the cell binds somewhere is taken for the student's own everywhere",
        "def unused(torch):\n    return torch",
        "torch",
    ),
    (
        "its own eval",
        "an argument called eval somewhere makes the real eval invisible",
        "def unused(eval):\n    return eval",
        'eval("tor" "ch")',
    ),
    (
        "builtins",
        "eval as an attribute of its module",
        "import builtins",
        'builtins.eval("torch")',
    ),
    (
        "getattr",
        "the globals of a function, asked for by a name in a string",
        "",
        'getattr(conv2d_forward, "__glob" + "als__")["torch"]',
    ),
    (
        "pickle",
        "a pickle names the module that it needs",
        "import pickle",
        'pickle.loads(b"cbuiltins\\n__import__\\n(Vtorch\\ntR.")',
    ),
    (
        "text that is run",
        "a module of the standard library runs text as code",
        "import timeit\n\nKEPT = []",
        '[timeit.timeit("import torch; keep(torch)", globals={"keep": KEPT.append}, number=1)] '
        "and KEPT[0]",
    ),
    (
        "NumPy's own imports",
        "NumPy has modules of the system as attributes",
        "",
        'np.f2py.os.sys.modules["torch"]',
    ),
    (
        "frames",
        "whoever calls has PyTorch among its names",
        "import sys",
        'next(f.f_globals["torch"] for f in [sys._getframe(n) for n in range(1, 9)]\n'
        '             if "torch" in f.f_globals)',
    ),
    (
        "pydoc",
        "documentation finds every object by its name",
        "import pydoc",
        'pydoc.locate("torch")',
    ),
)


def routes() -> Iterator[tuple[str, str, dict[str, str], float]]:
    """(name, why, sources, most) of attacks on naive_convolution."""
    for name, why, before, way in WAYS:
        way, _, after = way.partition("\n\n")
        source = f"{before}\n{CONVOLUTION.replace('WAY', way)}{after}\n"
        yield f"a route through {name}", why, {"conv2d_forward": source}, 0
    # The cell that shows the route belongs to a function that is given up.
    helper = "import torch as tools\n\n\ndef conv_output_size(*given, **how):\n    return 0\n"
    yield (
        "a route through another cell",
        "the import stands in the cell of a function that is given up, and four others use it",
        {
            "conv_output_size": helper,
            "conv2d_forward": CONVOLUTION.replace("WAY", "tools"),
        },
        0,
    )
